package mqtt5

import (
	"cmp"
	"context"
	"fmt"

	"github.com/eclipse/paho.golang/paho"
)

// Subscribe sends one filter a packet, so that a profile's FiltersPerSubscribe
// holds of itself. A refusal is a [*ReasonError].
func (s *session) Subscribe(ctx context.Context, filter string, qos byte) error {
	if qos > 1 || len(filter) > maxString || len(filter)+16 > s.maxPacket {
		return fmt.Errorf("mqtt5: subscribe: QoS %d or a filter of %d bytes", qos, len(filter))
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
		return false, fmt.Errorf("mqtt5: subscribe: the connection has %d subscriptions, and %s takes no more", len(s.filters), cmp.Or(p.Name, "its broker"))
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
	return s.ask(ctx, func(ctx context.Context) error {
		a, err := s.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: qos}}})
		if a == nil {
			if err != nil {
				err = fmt.Errorf("mqtt5: subscribe: %w", err)
			}
			return err
		}
		words := ""
		if a.Properties != nil {
			words = a.Properties.ReasonString
		}
		return s.answer("SUBACK", a.Reasons, qos, words)
	})
}

func (s *session) Unsubscribe(ctx context.Context, filter string) error {
	err := s.ask(ctx, func(ctx context.Context) error {
		a, err := s.client.Unsubscribe(ctx, &paho.Unsubscribe{Topics: []string{filter}})
		if a == nil {
			if err != nil {
				err = fmt.Errorf("mqtt5: unsubscribe: %w", err)
			}
			return err
		}
		words := ""
		if a.Properties != nil {
			words = a.Properties.ReasonString
		}
		return s.answer("UNSUBACK", a.Reasons, 0x11, words) // no subscription existed: as wanted
	})
	if err == nil {
		s.release(filter)
	}
	return err
}

// answer reads the code of the one filter.
func (s *session) answer(packet string, codes []byte, most byte, words string) error {
	switch {
	case len(codes) != 1:
		return &ProtocolError{fmt.Sprintf("%s with %d codes", packet, len(codes))}
	case codes[0] >= 0x80:
		return &ReasonError{Packet: packet, Code: codes[0], Reason: shorten(words)}
	case codes[0] > most:
		return &ProtocolError{fmt.Sprintf("%s with code %#x", packet, codes[0])}
	}
	return nil
}

// ask runs a request of the library, whose write heeds no context.
func (s *session) ask(ctx context.Context, f func(context.Context) error) error {
	result := make(chan error, 1)
	if !s.start(func() { result <- f(ctx) }) {
		return s.err
	}
	select {
	case err := <-result:
		if ended := s.Err(); err != nil && ended != nil {
			err = ended
		}
		return err
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
