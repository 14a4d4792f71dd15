package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// Whoever subscribes to the state topic, then or later, knows how hub-7 is.
func ExampleOptions_birth() {
	b, err := transporttest.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	d, err := mqtt.New(&mqtt.Options{
		Broker: "tcp://memory", ClientID: "hub-7", Dial: b.Dial,
		Birth: &mqtt.Will{Topic: "hub/7/state", Payload: []byte("online"), QoS: 1, Retain: true},
		Will:  &mqtt.Will{Topic: "hub/7/state", Payload: []byte("offline"), QoS: 1, Retain: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := d.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	b.HangUp() // the network fails
	messages, err := b.Wait(context.Background(), 2)
	for _, m := range messages {
		fmt.Println(m.Topic, string(m.Payload), m.Retain, err)
	}
	// Output:
	// hub/7/state online true <nil>
	// hub/7/state offline true <nil>
}

func TestBirth(t *testing.T) {
	always := func(transporttest.Message) bool { return true }
	for _, tc := range []struct {
		name   string
		qos    byte
		script transporttest.Script
		want   string // in Dial's error
		peer   bool
		after  time.Duration
	}{
		{"QoS 1", 1, transporttest.Script{}, "", false, 0},
		{"QoS 0", 0, transporttest.Script{}, "", false, 0},
		{"QoS 0 needs no answer", 0, transporttest.Script{NoPuback: always}, "", false, 0},
		{"no PUBACK", 1, transporttest.Script{NoPuback: always}, "deadline", false, 7 * time.Second},
		{"closed", 1, transporttest.Script{Deny: func(transporttest.Message) transporttest.Denial { return transporttest.DenyClose }}, "birth message", true, 0},
		{"malformed", 1, transporttest.Script{Malformed: always}, "remaining length", false, 0},
		{"closed after CONNACK", 1, transporttest.Script{CloseAfter: 1, NoPuback: always}, "birth message", true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, err := transporttest.New(nil)
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				b.Script(tc.script)
				d, err := mqtt.New(&mqtt.Options{
					Broker: "tcp://memory", Dial: b.Dial, ConnectTimeout: 7 * time.Second,
					Birth: &mqtt.Will{Topic: "state", Payload: []byte("online"), QoS: tc.qos, Retain: true},
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				s, err := d.Dial(t.Context())
				if took := time.Since(began); took != tc.after {
					t.Errorf("Dial took %v; want %v", took, tc.after)
				}
				if tc.want != "" {
					if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, transport.ErrPeerClosed) != tc.peer {
						t.Errorf("Dial = %v; want an error with %q, by the peer: %v", err, tc.want, tc.peer)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				synctest.Wait()
				if m := b.Messages(); len(m) != 1 || string(m[0].Payload) != "online" || !m[0].Retain || m[0].QoS != tc.qos {
					t.Errorf("messages %+v; want the birth", m)
				}
			})
		})
	}
}

func TestProfileOfSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &transport.Profile{Name: "small", MaxSubscriptions: 2, MaxTopicSlashes: 1, ConnectEvery: 3 * time.Second}
		b, err := transporttest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: b.Dial, Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		if d.Profile() != p {
			t.Error("Profile() is another one")
		}
		began := time.Now()
		for i := range 3 {
			s, err := d.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if took, want := time.Since(began), time.Duration(i)*3*time.Second; took != want {
				t.Errorf("CONNECT %d after %v; want %v", i, took, want)
			}
			s.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial = %v; want the deadline's error", err)
		}
		time.Sleep(10 * time.Second)
		s, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var topic *transport.TopicError
		if err := s.Subscribe(t.Context(), "a/b/c", 1); !errors.As(err, &topic) {
			t.Errorf("Subscribe(a/b/c) = %v; want a *TopicError", err)
		}
		b.Script(transporttest.Script{Suback: func(f string, qos byte) byte {
			if f == "no" {
				return 0x80
			}
			return qos
		}})
		for _, tc := range []struct {
			filter string
			want   string
		}{
			{"a", ""}, {"no", "refused"}, {"b", ""}, {"a", ""}, {"c", "small takes no more"},
		} {
			err := s.Subscribe(t.Context(), tc.filter, 1)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Subscribe(%s) = %v; want %q", tc.filter, err, tc.want)
			}
		}
		if err := s.Unsubscribe(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if err := s.Subscribe(t.Context(), "c", 1); err != nil {
			t.Errorf("Subscribe(c) with room = %v; want nil", err)
		}
	})
}
