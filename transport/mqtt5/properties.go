package mqtt5

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/eclipse/paho.golang/packets"
)

// varint reads a variable byte integer (MQTT 5, section 1.5.5) of at most four
// bytes. n is 0 when there is none.
func varint(b []byte) (v, n int) {
	for i := range min(len(b), 4) {
		v |= int(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return v, i + 1
		}
	}
	return 0, 0
}

func varintLen(v int) int {
	n := 1
	for v >>= 7; v > 0; v >>= 7 {
		n++
	}
	return n
}

// properties checks the properties at the front of b for a packet of that type,
// gives each value to see, and returns how many bytes all of them take.
func properties(b []byte, kind byte, see func(id byte, v []byte) error) (n int, err error) {
	length, head := varint(b)
	if head == 0 || length > len(b)-head {
		return 0, &ProtocolError{"properties longer than their packet"}
	}
	var seen [256]bool
	for rest := b[head : head+length]; len(rest) > 0; {
		id := rest[0]
		rest = rest[1:]
		if !packets.ValidateID(kind, id) {
			return 0, &ProtocolError{fmt.Sprintf("property %#x in a packet of type %d", id, kind)}
		}
		if seen[id] && id != packets.PropUser && id != packets.PropSubscriptionIdentifier {
			return 0, &ProtocolError{fmt.Sprintf("property %#x twice", id)}
		}
		seen[id] = true
		size := valueLen(id, rest)
		if size <= 0 || size > len(rest) {
			return 0, &ProtocolError{fmt.Sprintf("property %#x is cut off or not UTF-8", id)}
		}
		if err := see(id, rest[:size]); err != nil {
			return 0, err
		}
		rest = rest[size:]
	}
	return head + length, nil
}

// valueLen is how long the value of a property is that begins b; 0 or more than
// b has when it is malformed (MQTT 5, section 2.2.2.2).
func valueLen(id byte, b []byte) int {
	switch id {
	case packets.PropPayloadFormat, packets.PropRequestProblemInfo, packets.PropRequestResponseInfo, packets.PropMaximumQOS,
		packets.PropRetainAvailable, packets.PropWildcardSubAvailable, packets.PropSubIDAvailable, packets.PropSharedSubAvailable:
		return 1
	case packets.PropServerKeepAlive, packets.PropReceiveMaximum, packets.PropTopicAliasMaximum, packets.PropTopicAlias:
		return 2
	case packets.PropMessageExpiry, packets.PropSessionExpiryInterval, packets.PropWillDelayInterval, packets.PropMaximumPacketSize:
		return 4
	case packets.PropSubscriptionIdentifier:
		_, n := varint(b)
		return n
	case packets.PropCorrelationData, packets.PropAuthData:
		if len(b) < 2 {
			return 0
		}
		return 2 + int(binary.BigEndian.Uint16(b))
	case packets.PropUser:
		key := stringLen(b)
		if key == 0 {
			return 0
		}
		value := stringLen(b[key:])
		if value == 0 {
			return 0
		}
		return key + value
	}
	return stringLen(b)
}

// stringLen is how long a string with its length is that begins b, or 0.
func stringLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return 0
	}
	if s := string(b[2:n]); !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return 0
	}
	return n
}
