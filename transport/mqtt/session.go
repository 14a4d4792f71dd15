package mqtt

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport"
)

// errClosed is why a session ended that its owner closed.
var errClosed = errors.New("mqtt: session closed")

// session is one connection with its own client.
type session struct {
	wire     *wire
	client   paho.Client
	messages chan transport.Delivery
	requests chan request
	done     chan struct{}
	fed      chan struct{} // closed when feed has ended
	renew    chan struct{} // closed when there is another key pair
	profile  *transport.Profile
	wg       sync.WaitGroup

	once sync.Once
	err  error // read after done

	mu      sync.Mutex
	filters map[string]struct{} // subscribed, or asked for
}

// request is a packet on its way to the client library, whose Publish may
// block for as long as a write may; token gets what it returns.
type request struct {
	packet transport.Packet
	token  chan paho.Token
}

func newSession(d *Dialer, c net.Conn) *session {
	s := &session{
		messages: make(chan transport.Delivery),
		requests: make(chan request),
		done:     make(chan struct{}),
		fed:      make(chan struct{}),
		renew:    make(chan struct{}),
		profile:  d.o.Profile,
		filters:  make(map[string]struct{}),
	}
	s.wire = newWire(c, &d.o, s.end)
	s.client = paho.NewClient(d.clientOptions(s))
	s.wg.Go(s.feed)
	return s
}

// end makes the session done. Everything in flight fails at once; the
// goroutines of the library follow.
func (s *session) end(err error) {
	s.once.Do(func() {
		s.err = err
		close(s.done)
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

// watch looks for another key pair.
func (s *session) watch(k *KeyPair, used *tls.Certificate, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if k.current() != used {
				close(s.renew)
				return
			}
		case <-s.done:
			return
		}
	}
}

// born publishes the birth message.
func (s *session) born(ctx context.Context, m *Will) error {
	done := make(chan error, 1)
	s.Publish(ctx, transport.Packet{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}, func(err error) { done <- err })
	select {
	case err := <-done:
		if err != nil {
			err = fmt.Errorf("mqtt: birth message: %w", err)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// feed keeps packets in order and a blocking library away from the sender.
func (s *session) feed() {
	defer close(s.fed)
	for {
		select {
		case r := <-s.requests:
			r.token <- s.client.Publish(r.packet.Topic, r.packet.QoS, r.packet.Retain, r.packet.Payload)
		case <-s.done:
			return
		}
	}
}

func (s *session) Publish(ctx context.Context, p transport.Packet, done func(error)) {
	if p.QoS > 1 || len(p.Topic) > maxString {
		done(fmt.Errorf("mqtt: publish: QoS %d or a topic of %d bytes", p.QoS, len(p.Topic)))
		return
	}
	r := request{packet: p, token: make(chan paho.Token, 1)}
	select {
	case s.requests <- r:
	case <-s.done:
		done(s.err)
		return
	case <-ctx.Done():
		done(ctx.Err())
		return
	}
	s.wg.Go(func() { done(s.await(r)) })
}

// await waits for the end of one publish. Only a PUBACK that was read from the
// wire is one, and it is one even if the session ended right after it; a
// completed token only says that it is time to look.
func (s *session) await(r request) error {
	var token paho.Token
	select {
	case token = <-r.token:
	case <-s.done:
		return s.err
	}
	var ended error
	select {
	case <-token.Done():
		if ended = token.Error(); ended != nil {
			ended = s.reason(ended)
		}
	case <-s.done:
		if ended = s.err; tokenDone(token) && token.Error() == nil {
			ended = nil
		}
	}
	if t, ok := token.(*paho.PublishToken); ok && r.packet.QoS > 0 {
		if s.wire.pubackSeen(t.MessageID()) {
			return nil
		}
		if ended == nil {
			ended = s.reason(errors.New("completed without PUBACK"))
		}
	}
	if ended != nil {
		return fmt.Errorf("mqtt: publish: %w", ended)
	}
	return nil
}

func tokenDone(t paho.Token) bool {
	select {
	case <-t.Done():
		return true
	default:
		return false
	}
}

// reason returns why the session ended, when a token has failed: the library
// fails what is in flight a moment before it tells why.
func (s *session) reason(err error) error {
	timer := time.NewTimer(disconnectTime)
	defer timer.Stop()
	select {
	case <-s.done:
		return s.err
	case <-timer.C:
		return err
	}
}

// Subscribe sends one filter a packet, so that a profile's FiltersPerSubscribe
// holds of itself.
func (s *session) Subscribe(ctx context.Context, filter string, qos byte) error {
	if qos > 1 || len(filter) > maxString {
		return fmt.Errorf("mqtt: subscribe: QoS %d or a filter of %d bytes", qos, len(filter))
	}
	if err := s.profile.CheckFilter(filter); err != nil {
		return err
	}
	held, err := s.hold(filter)
	if err != nil {
		return err
	}
	if err := s.subscribe(ctx, filter, qos); err != nil {
		// When only our patience ended, the broker may have granted it.
		if held && ctx.Err() == nil {
			s.release(filter)
		}
		return err
	}
	return nil
}

// hold counts a filter against the profile's bound, and reports whether it did
// not count before.
func (s *session) hold(filter string) (held bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.filters[filter]; ok {
		return false, nil
	}
	if p := s.profile; p != nil && p.MaxSubscriptions > 0 && len(s.filters) >= p.MaxSubscriptions {
		return false, fmt.Errorf("mqtt: subscribe: the connection has %d subscriptions, and %s takes no more", len(s.filters), cmp.Or(p.Name, "its broker"))
	}
	s.filters[filter] = struct{}{}
	return true, nil
}

func (s *session) release(filter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.filters, filter)
}

func (s *session) subscribe(ctx context.Context, filter string, qos byte) error {
	var token paho.Token
	err := s.ask(ctx, func() paho.Token {
		// Without a callback the library keeps no route: all goes to arrived.
		token = s.client.Subscribe(filter, qos, nil)
		return token
	})
	if err != nil {
		return err
	}
	t, ok := token.(*paho.SubscribeToken)
	if !ok {
		return errors.New("mqtt: subscribe: no answer")
	}
	for _, code := range t.Result() {
		if code > qos { // 0x80, for a filter that is not granted
			return fmt.Errorf("mqtt: subscribe: the broker refused (code %#x)", code)
		}
		return nil
	}
	return errors.New("mqtt: subscribe: completed without SUBACK")
}

func (s *session) Unsubscribe(ctx context.Context, filter string) error {
	err := s.ask(ctx, func() paho.Token { return s.client.Unsubscribe(filter) })
	if err == nil {
		s.release(filter)
	}
	return err
}

// ask runs a request of the library, which may block, and waits for its token.
func (s *session) ask(ctx context.Context, f func() paho.Token) error {
	if err := s.Err(); err != nil {
		return err
	}
	var token paho.Token
	asked := make(chan struct{})
	s.wg.Go(func() {
		token = f()
		close(asked)
	})
	select {
	case <-asked:
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-token.Done():
		return token.Error()
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// arrived runs on the library's reading goroutine and waits only for the
// receiver, who is always there.
func (s *session) arrived(_ paho.Client, m paho.Message) {
	d := transport.Delivery{
		Inbound: transport.Inbound{
			Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos(), Retained: m.Retained(), Again: m.Duplicate(),
		},
		Ack: m.Ack,
	}
	select {
	case s.messages <- d:
	case <-s.done:
	}
}

// Close says goodbye, so that the broker does not publish the will, and waits
// for the goroutines.
func (s *session) Close() error {
	s.end(errClosed)
	if s.err == errClosed {
		// A publish that is handed over while the library stops waits for
		// nobody, for as long as a write may take.
		timer := time.NewTimer(disconnectTime)
		defer timer.Stop()
		select {
		case <-s.fed:
		case <-timer.C:
		}
		s.client.Disconnect(uint(disconnectTime.Milliseconds()))
	}
	s.abandon()
	return nil
}

// unmade closes a connection on which no session came about. The library is not
// told: it has ended, and a Disconnect that comes before it has noted that would
// wait for somebody to send its goodbye.
func (s *session) unmade() {
	s.end(errClosed)
	s.wire.Close()
	s.wg.Wait()
}

// abandon closes the connection and waits for the goroutines.
func (s *session) abandon() {
	s.end(errClosed)
	s.wire.Close() // perhaps again: then its error says only that
	// Returns as soon as the library has cleaned up, or never connected.
	s.client.Disconnect(uint(endTime.Milliseconds()))
	s.wg.Wait()
}
