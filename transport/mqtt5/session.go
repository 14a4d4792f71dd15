package mqtt5

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

var (
	// errClosed is why a session ended that its owner closed.
	errClosed = errors.New("mqtt5: session closed")
	// errLost is why, when nobody said so before.
	errLost = errors.New("mqtt5: connection lost")
)

// session is one connection with its own client.
type session struct {
	wire       *wire
	ledger     *ledger
	client     *paho.Client
	messages   chan transport.Delivery
	done       chan struct{}
	renew      chan struct{} // closed when there is another key pair
	profile    *transport.Profile
	ackTimeout time.Duration
	maxPacket  int  // that the broker takes, in bytes
	retains    bool // the broker keeps messages
	wg         sync.WaitGroup
	turn       chan struct{} // holds one element while somebody publishes

	once sync.Once
	err  error // read after done

	mu      sync.Mutex
	closed  bool                // no more goroutines
	filters map[string]struct{} // subscribed, or asked for
}

func newSession(d *Dialer, c net.Conn) *session {
	s := &session{
		messages:   make(chan transport.Delivery),
		done:       make(chan struct{}),
		renew:      make(chan struct{}),
		profile:    d.o.Profile,
		ackTimeout: d.o.AckTimeout,
		turn:       make(chan struct{}, 1),
		filters:    make(map[string]struct{}),
	}
	s.wire = newWire(c, &d.o, s.end)
	s.ledger = newLedger(s, d.o.ReceiveMaximum)
	s.client = paho.NewClient(d.clientConfig(s))
	return s
}

// end makes the session done. Everything in flight fails at once; the
// goroutines of the library follow.
func (s *session) end(err error) {
	s.once.Do(func() {
		s.err = err
		close(s.done)
		s.ledger.fail(err)
	})
}

func (s *session) Done() <-chan struct{} { return s.done }

func (s *session) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

func (s *session) Messages() <-chan transport.Delivery { return s.messages }

// Renew is closed when the session should be replaced, because the device has
// another key pair than the one that was shown on it. It goes on working.
func (s *session) Renew() <-chan struct{} { return s.renew }

// ReceiveMaximum is how many packets with QoS 1 the broker takes before it has
// acknowledged one.
func (s *session) ReceiveMaximum() int { return cap(s.ledger.quota) }

// watch looks for another key pair.
func (s *session) watch(k *mqtt.KeyPair, used *tls.Certificate, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if now, _ := k.Get(nil); now != used {
				close(s.renew)
				return
			}
		case <-s.done:
			return
		}
	}
}

// born publishes the birth message.
func (s *session) born(ctx context.Context, m *mqtt.Will) error {
	done := make(chan error, 1)
	s.Publish(ctx, transport.Packet{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}, func(err error) { done <- err })
	select {
	case err := <-done:
		if err != nil {
			err = fmt.Errorf("mqtt5: birth message: %w", err)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// arrived runs on a goroutine of the library and waits only for the receiver,
// who is always there.
func (s *session) arrived(r paho.PublishReceived) (bool, error) {
	m := r.Packet
	d := transport.Delivery{
		Inbound: transport.Inbound{
			Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retained: m.Retain, Again: m.Duplicate(),
		},
		Ack: func() {},
	}
	if m.Properties != nil {
		d.ID, d.Device = identity(m.Properties.User)
	}
	if m.QoS > 0 {
		d.Ack = func() { s.ledger.handled(m.PacketID) }
	}
	select {
	case s.messages <- d:
	case <-s.done:
	}
	return true, nil
}

// Close says goodbye, so that the broker does not publish the will, and waits
// for the goroutines.
func (s *session) Close() error {
	s.end(errClosed)
	if s.err == errClosed {
		// A write that the peer does not take must not hold up the goodbye, nor
		// the goodbye its caller.
		timer := time.AfterFunc(goodbyeTime, func() { s.wire.Close() })
		s.client.Disconnect(&paho.Disconnect{})
		timer.Stop()
	}
	s.abandon()
	return nil
}

// abandon closes the connection and waits for the goroutines.
func (s *session) abandon() {
	s.end(errClosed)
	s.wire.Close() // perhaps again: then its error says only that
	s.client.Disconnect(&paho.Disconnect{})
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.wg.Wait()
}

// start runs f on a goroutine that Close waits for, unless the session is done.
func (s *session) start(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.Err() != nil {
		return false
	}
	s.wg.Go(f)
	return true
}
