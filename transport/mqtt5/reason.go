package mqtt5

import (
	"fmt"
	"strings"

	"github.com/brinkml/brink/transport"
)

// ReasonError reports a reason code by which the broker refused something or
// ended the connection. It wraps [transport.ErrPeerClosed] when a message in
// flight may be why: see the table in the package comment.
type ReasonError struct {
	Packet string // CONNACK, PUBACK, SUBACK, UNSUBACK or DISCONNECT
	Code   byte   // MQTT 5, section 2.4
	Reason string // the broker's words, cut at 256 bytes; "" for none
	Server string // where the broker sends its client instead; "" for nowhere
}

func (e *ReasonError) Error() string {
	s := fmt.Sprintf("mqtt5: %s: %s", e.Packet, explain(e.Code, e.Reason))
	if e.Server != "" {
		s += fmt.Sprintf(", use %q", e.Server)
	}
	return fmt.Sprintf("%s (code %#x)", s, e.Code)
}

// Unwrap makes a code that may be a message's fault look like an end of the
// connection that the broker brought about, so that the outbox looks for it.
func (e *ReasonError) Unwrap() error {
	if (e.Packet == "PUBACK" || e.Packet == "DISCONNECT") && blameOf(e.Code) != noMessage {
		return transport.ErrPeerClosed
	}
	return nil
}

// blame is what a reason code says of the messages that are in flight.
type blame int

const (
	someMessage blame = iota // it may be one of them: the code does not say
	thisMessage              // the one that a PUBACK answers will never be taken
	noMessage                // it is about something else, and passes
)

// blameOf is the table of the package comment.
func blameOf(code byte) blame {
	switch code {
	case 0x87, 0x90, 0x95, 0x99, 0x9a, 0x9b:
		return thisMessage
	case 0x00, 0x04, 0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x91, 0x93, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0x9f, 0xa0:
		return noMessage
	}
	return someMessage
}

// maxReason bounds what is kept of the broker's words.
const maxReason = 256

// explain puts the broker's own words after what the code says.
func explain(code byte, words string) string {
	if words == "" {
		return nameOf(code)
	}
	return fmt.Sprintf("%s: %q", nameOf(code), words)
}

// shorten makes a broker's string fit for logs.
func shorten(s string) string {
	if len(s) > maxReason {
		s = s[:maxReason]
	}
	return strings.ToValidUTF8(s, "?")
}

// nameOf names a reason code as MQTT 5, section 2.4, does.
func nameOf(code byte) string {
	names := [...]string{
		0x00: "success", 0x04: "disconnect with will message", 0x10: "no matching subscribers",
		0x11: "no subscription existed", 0x80: "unspecified error", 0x81: "malformed packet",
		0x82: "protocol error", 0x83: "implementation specific error", 0x84: "unsupported protocol version",
		0x85: "client identifier not valid", 0x86: "bad user name or password", 0x87: "not authorized",
		0x88: "server unavailable", 0x89: "server busy", 0x8a: "banned", 0x8b: "server shutting down",
		0x8c: "bad authentication method", 0x8d: "keep alive timeout", 0x8e: "session taken over",
		0x8f: "topic filter invalid", 0x90: "topic name invalid", 0x91: "packet identifier in use",
		0x92: "packet identifier not found", 0x93: "receive maximum exceeded", 0x94: "topic alias invalid",
		0x95: "packet too large", 0x96: "message rate too high", 0x97: "quota exceeded",
		0x98: "administrative action", 0x99: "payload format invalid", 0x9a: "retain not supported",
		0x9b: "QoS not supported", 0x9c: "use another server", 0x9d: "server moved",
		0x9e: "shared subscriptions not supported", 0x9f: "connection rate exceeded",
		0xa0: "maximum connect time", 0xa1: "subscription identifiers not supported",
		0xa2: "wildcard subscriptions not supported",
	}
	if int(code) < len(names) && names[code] != "" {
		return names[code]
	}
	return "unknown reason"
}
