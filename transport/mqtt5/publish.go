package mqtt5

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"github.com/brinkml/brink/transport"
)

// The user properties by which a packet says whose message it is: Packet.ID and
// Packet.Device. A receiver that is an outbox has them in Inbound.ID and
// Inbound.Device; [transport.Inbound.Identity] takes them apart for
// [transport.Dedup].
const (
	PropertyID     = "brink-id"
	PropertyDevice = "brink-device"
)

// maxPacket is the longest packet of MQTT, in bytes.
const maxPacket = 1 + 4 + 268_435_455

// Publish waits for a place among the packets that the broker takes, and writes
// the packet. One that the broker has said it would not take is rejected without
// being sent.
func (s *session) Publish(ctx context.Context, p transport.Packet, done func(error)) {
	if p.QoS > 1 || len(p.Topic) > maxString {
		done(fmt.Errorf("mqtt5: publish: QoS %d or a topic of %d bytes", p.QoS, len(p.Topic)))
		return
	}
	m := publishPacket(&p)
	if err := s.refuses(m); err != nil {
		done(err)
		return
	}
	select {
	case s.turn <- struct{}{}:
	case <-s.done:
		done(s.err)
		return
	case <-ctx.Done():
		done(ctx.Err())
		return
	}
	defer func() { <-s.turn }()
	if p.QoS == 0 {
		if _, err := s.client.Publish(ctx, m); err != nil {
			done(s.because(err))
			return
		}
		done(nil)
		return
	}
	if err := s.ledger.place(ctx, s.ackTimeout); err != nil {
		done(err)
		return
	}
	q := &question{kind: packets.PUBLISH, done: done}
	s.ledger.handing = q
	_, err := s.client.PublishWithOptions(context.WithoutCancel(ctx), m, paho.PublishOptions{Method: paho.PublishMethod_AsyncSend})
	s.ledger.handing = nil
	if !q.taken {
		<-s.ledger.quota
		done(s.because(err))
	}
	// From here on it is the ledger that calls done: a write that failed has
	// ended the session.
}

// because returns why a request failed: the session's end, if that is it.
func (s *session) because(err error) error {
	if ended := s.Err(); ended != nil {
		err = ended
	} else if err == nil {
		err = errors.New("not sent")
	}
	return fmt.Errorf("mqtt5: publish: %w", err)
}

// refuses holds a packet against what the broker has said of itself.
func (s *session) refuses(m *paho.Publish) error {
	if n := packetSize(m); n > s.maxPacket {
		return &transport.RejectedError{Code: 0x95, Reason: fmt.Sprintf("%s: it would have %d bytes, and the broker takes %d", nameOf(0x95), n, s.maxPacket)}
	}
	if m.Retain && !s.retains {
		return &transport.RejectedError{Code: 0x9a, Reason: nameOf(0x9a)}
	}
	return nil
}

func publishPacket(p *transport.Packet) *paho.Publish {
	m := &paho.Publish{Topic: p.Topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain, Properties: new(paho.PublishProperties)}
	if p.Expiry > 0 {
		left := uint32(min(int64((p.Expiry+time.Second-1)/time.Second), math.MaxUint32))
		m.Properties.MessageExpiry = &left
	}
	for _, u := range []paho.UserProperty{{Key: PropertyID, Value: p.ID}, {Key: PropertyDevice, Value: p.Device}} {
		if u.Value != "" && sendable(u.Value) {
			m.Properties.User = append(m.Properties.User, u)
		}
	}
	return m
}

// sendable reports whether a string can be a property. Brokers may close the
// connection upon control characters (MQTT 5, section 1.5.4).
func sendable(s string) bool {
	return len(s) <= maxString && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// identity finds what publishPacket has written. The first one counts.
func identity(user paho.UserProperties) (id, device string) {
	return user.Get(PropertyID), user.Get(PropertyDevice)
}

// packetSize is what a PUBLISH takes on the wire, in bytes.
func packetSize(m *paho.Publish) int {
	properties := 0
	if m.Properties.MessageExpiry != nil {
		properties += 5
	}
	for _, u := range m.Properties.User {
		properties += 5 + len(u.Key) + len(u.Value)
	}
	n := 2 + len(m.Topic) + varintLen(properties) + properties + len(m.Payload)
	if m.QoS > 0 {
		n += 2
	}
	return 1 + varintLen(n) + n
}
