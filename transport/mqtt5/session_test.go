package mqtt5_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/mqtt5"
)

func never(*packets.Publish) (byte, string, bool) { return 0, "", false }

// A packet is acknowledged by its PUBACK, and says whose message it is and how
// long it is good for.
func TestPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := dial(t, script{}, mqtt5.Options{ClientID: "c"})
		for _, p := range []transport.Packet{
			{Topic: "t", Payload: []byte("x"), QoS: 1, Retain: true, ID: "7-alarm-1", Device: "hub", Expiry: 1500 * time.Millisecond},
			{Topic: "t", QoS: 1, Expiry: time.Nanosecond},
			{Topic: "t", QoS: 1, Expiry: 1 << 62},
			{Topic: "t", QoS: 0, ID: "bad\x01id"},
		} {
			if err := <-publish(t, s, p); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		type sent struct {
			Topic, Payload string
			QoS            byte
			Retain         bool
			Expiry         uint32
			User           []packets.User
		}
		var got []sent
		for _, m := range b.sent() {
			s := sent{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS, Retain: m.Retain, User: m.Properties.User}
			if m.Properties.MessageExpiry != nil {
				s.Expiry = *m.Properties.MessageExpiry
			}
			got = append(got, s)
		}
		want := []sent{
			{"t", "x", 1, true, 2, []packets.User{{Key: "brink-id", Value: "7-alarm-1"}, {Key: "brink-device", Value: "hub"}}},
			{"t", "", 1, false, 1, nil},
			{"t", "", 1, false, 1<<32 - 1, nil},
			{"t", "", 0, false, 0, nil},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		h := b.greeted()[0]
		if !h.CleanStart || h.Properties.SessionExpiryInterval != nil || *h.Properties.ReceiveMaximum != 64 || *h.Properties.MaximumPacketSize != 1<<20 {
			t.Errorf("CONNECT %v", h)
		}
	})
}

// A code that is the message's fault rejects it, and the session goes on. Any
// other ends the session, and says whether a message may be why.
func TestPubackCodes(t *testing.T) {
	for code := 0; code < 256; code++ {
		code := byte(code)
		rejected := slices.Contains([]byte{0x87, 0x90, 0x95, 0x99, 0x9a, 0x9b}, code)
		passing := slices.Contains([]byte{0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x91, 0x93, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0x9f, 0xa0}, code)
		t.Run(fmt.Sprintf("%#x", code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, s := dial(t, script{puback: func(p *packets.Publish) (byte, string, bool) {
					if p.Topic == "bad" {
						return code, "the broker's word", true
					}
					return 0, "", true
				}}, mqtt5.Options{})
				err := <-publish(t, s, transport.Packet{Topic: "bad", QoS: 1})
				var r *transport.RejectedError
				var reason *mqtt5.ReasonError
				switch {
				case code < 0x80:
					if err != nil {
						t.Errorf("publish = %v; want nil", err)
					}
				case rejected:
					if !errors.As(err, &r) || r.Code != code || !strings.Contains(err.Error(), "the broker's word") {
						t.Errorf("publish = %v; want a *RejectedError with the reason", err)
					}
				default:
					if !errors.As(err, &reason) || reason.Code != code || errors.As(err, &r) || !strings.Contains(err.Error(), "the broker's word") ||
						errors.Is(err, transport.ErrPeerClosed) == passing {
						t.Errorf("publish = %v; want a *ReasonError with the reason", err)
					}
					if err := s.Err(); !errors.As(err, &reason) || errors.Is(err, transport.ErrPeerClosed) == passing {
						t.Errorf("Err() = %v; want a *ReasonError", err)
					}
					return
				}
				if err := <-publish(t, s, transport.Packet{Topic: "good", QoS: 1}); err != nil {
					t.Errorf("the next publish = %v; want nil", err)
				}
			})
		})
	}
}

// Everything in flight fails when the session ends, however it ends, and once.
func TestInFlightFailsWithTheSession(t *testing.T) {
	for name, end := range map[string]func(*broker, transport.Session){
		"broker": func(b *broker, _ transport.Session) { b.hangUp() },
		"close":  func(_ *broker, s transport.Session) { s.Close() },
		"leaves": func(b *broker, _ transport.Session) { b.send([]byte{0xe0, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := dial(t, script{puback: never}, mqtt5.Options{})
				var waits []<-chan error
				for range 50 {
					waits = append(waits, publish(t, s, transport.Packet{Topic: "t", QoS: 1}))
				}
				synctest.Wait()
				end(b, s)
				synctest.Wait()
				for i, w := range waits {
					if err := <-w; err == nil {
						t.Errorf("packet %d: nil; want an error: it was not acknowledged", i)
					}
					if len(w) > 0 {
						t.Errorf("packet %d: done was called twice", i)
					}
				}
				if s.Err() == nil {
					t.Error("Err() = nil after the end")
				}
				for _, qos := range []byte{0, 1} {
					if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: qos}); err == nil {
						t.Error("Publish on a session that is done = nil; want an error")
					}
				}
				if err := s.Subscribe(t.Context(), "t", 1); err == nil {
					t.Error("Subscribe on a session that is done = nil; want an error")
				}
				if err := s.Unsubscribe(t.Context(), "t"); err == nil {
					t.Error("Unsubscribe on a session that is done = nil; want an error")
				}
				s.Close()
				s.Close()
			})
		})
	}
}

// The broker's own words are in the error of a connection that it refuses or
// ends.
func TestReasons(t *testing.T) {
	for _, tc := range []struct {
		code   byte
		words  string
		server string
		want   string
		peer   bool // as the end of a connection
	}{
		{0x80, "", "", "unspecified error", true},
		{0x84, "", "", "unsupported protocol version", true},
		{0x87, "who are you", "", `not authorized: "who are you"`, true},
		{0x89, "later", "", "server busy", false},
		{0x8b, "", "", "server shutting down", false},
		{0x8e, "", "", "session taken over", false},
		{0x95, "", "", "packet too large", true},
		{0x97, "", "", "quota exceeded", false},
		{0x9c, "", "other:1883", `use "other:1883"`, false},
		{0x9f, "", "", "connection rate exceeded", false},
		{0xf7, strings.Repeat("x", 5000), "", "unknown reason", true},
		{0x87, "a\nb\x1b", "", `a\nb\x1b`, true},
	} {
		properties := &packets.Properties{ReasonString: tc.words, ServerReference: tc.server}
		check := func(t *testing.T, err error, packet string, peer bool) {
			t.Helper()
			var r *mqtt5.ReasonError
			if !errors.As(err, &r) || r.Code != tc.code || r.Packet != packet || !strings.Contains(err.Error(), tc.want) ||
				errors.Is(err, transport.ErrPeerClosed) != peer || len(err.Error()) > 1000 {
				t.Errorf("error %v; want a *ReasonError of %s with %q, by the peer: %v", err, packet, tc.want, peer)
			}
		}
		t.Run(fmt.Sprintf("%#x", tc.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, script{connack: func(*packets.Connect) *packets.Connack {
					return &packets.Connack{ReasonCode: tc.code, Properties: properties}
				}})
				_, err := b.dialer(t, mqtt5.Options{}).Dial(t.Context())
				check(t, err, "CONNACK", false)

				b, s := dial(t, script{puback: never}, mqtt5.Options{})
				w := publish(t, s, transport.Packet{Topic: "t", QoS: 1})
				b.send(encode(&packets.Disconnect{ReasonCode: tc.code, Properties: properties}))
				<-s.Done()
				check(t, s.Err(), "DISCONNECT", tc.peer)
				check(t, <-w, "DISCONNECT", tc.peer)
			})
		})
	}
	t.Run("MQTT 3.1.1", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBroker(t, script{raw: func(*packets.ControlPacket) []byte { return []byte{0x20, 2, 0, 1} }})
			var r *mqtt5.ReasonError
			if _, err := b.dialer(t, mqtt5.Options{}).Dial(t.Context()); !errors.As(err, &r) || r.Code != 0x84 {
				t.Errorf("Dial = %v; want the protocol's version", err)
			}
		})
	})
}

func TestDialUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, script{silent: true})
		d := b.dialer(t, mqtt5.Options{ConnectTimeout: 7 * time.Second})
		began := time.Now()
		if _, err := d.Dial(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 7*time.Second {
			t.Errorf("Dial = %v after %v; want an error after ConnectTimeout", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if _, err := d.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("Dial = %v after %v; want the deadline's error after 1 s", err, time.Since(began))
		}
		b.close()
		if _, err := d.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "memory:1883") {
			t.Errorf("Dial = %v; want an error that names the address", err)
		}
	})
}

// What the broker says of itself in CONNACK is kept.
func TestServerLimits(t *testing.T) {
	limits := func(p packets.Properties) script {
		return script{connack: func(*packets.Connect) *packets.Connack { return &packets.Connack{Properties: &p} }}
	}
	t.Run("maximum packet size", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			most := uint32(200)
			b, s := dial(t, limits(packets.Properties{MaximumPacketSize: &most}), mqtt5.Options{})
			var r *transport.RejectedError
			for size := 100; size < 300; size++ {
				p := transport.Packet{Topic: "topic", Payload: make([]byte, size), QoS: 1, ID: "1-a-1", Device: "d", Expiry: time.Second}
				if err := <-publish(t, s, p); err != nil {
					if !errors.As(err, &r) || r.Code != 0x95 {
						t.Fatalf("publish = %v; want a *RejectedError", err)
					}
					break
				}
			}
			synctest.Wait()
			sent := b.sent()
			if r == nil || len(encode(sent[len(sent)-1])) != int(most) {
				t.Errorf("the longest that was sent has %d bytes; want %d", len(encode(sent[len(sent)-1])), most)
			}
		})
	})
	t.Run("no retain", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, s := dial(t, limits(packets.Properties{RetainAvailable: new(byte)}), mqtt5.Options{})
			var r *transport.RejectedError
			if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1, Retain: true}); !errors.As(err, &r) || r.Code != 0x9a {
				t.Errorf("publish = %v; want a *RejectedError", err)
			}
			if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err != nil || len(b.sent()) != 1 {
				t.Errorf("publish = %v; want nil", err)
			}
		})
	})
	t.Run("QoS 0 only", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBroker(t, limits(packets.Properties{MaximumQOS: new(byte)}))
			if _, err := b.dialer(t, mqtt5.Options{}).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "QoS 0 only") {
				t.Errorf("Dial = %v; want an error", err)
			}
		})
	})
	t.Run("client identifier", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			b := newBroker(t, script{connack: func(h *packets.Connect) *packets.Connack {
				n++
				switch {
				case h.ClientID == "":
					return &packets.Connack{Properties: &packets.Properties{AssignedClientID: fmt.Sprintf("you-%d", n)}}
				case n == 3:
					return &packets.Connack{ReasonCode: 0x85, Properties: &packets.Properties{}}
				}
				return &packets.Connack{Properties: &packets.Properties{}}
			}})
			d := b.dialer(t, mqtt5.Options{})
			for range 5 {
				if s, err := d.Dial(t.Context()); err == nil {
					s.Close()
				}
			}
			var ids []string
			for _, h := range b.greeted() {
				ids = append(ids, h.ClientID)
			}
			if diff := cmp.Diff([]string{"", "you-1", "you-1", "", "you-4"}, ids); diff != "" {
				t.Errorf("client identifiers (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("keep alive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			keep := uint16(8)
			b, s := dial(t, limits(packets.Properties{ServerKeepAlive: &keep}), mqtt5.Options{})
			time.Sleep(80*time.Second + time.Millisecond)
			if n := look(b, func(b *broker) int { return b.pings }); n != 11 {
				t.Errorf("%d pings in 80 s; want one every 7 s", n)
			}
			if err := s.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
		})
	})
}

// No more than the broker's receive maximum is in flight; who waits for a place
// can give up, and a broker that gives none is given up.
func TestReceiveMaximum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most := uint16(3)
		b, s := dial(t, script{
			puback: never,
			connack: func(*packets.Connect) *packets.Connack {
				return &packets.Connack{Properties: &packets.Properties{ReceiveMaximum: &most}}
			},
		}, mqtt5.Options{AckTimeout: 20 * time.Second})
		if n := s.(interface{ ReceiveMaximum() int }).ReceiveMaximum(); n != 3 {
			t.Errorf("ReceiveMaximum() = %d; want 3", n)
		}
		for range 3 {
			publish(t, s, transport.Packet{Topic: "t", QoS: 1})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := make(chan error, 1)
		began := time.Now()
		s.Publish(ctx, transport.Packet{Topic: "t", QoS: 1}, func(err error) { late <- err })
		if err := <-late; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("publish = %v after %v; want the deadline's error", err, time.Since(began))
		}
		if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 0}); err != nil {
			t.Errorf("publish with QoS 0 = %v; it needs no place", err)
		}
		synctest.Wait()
		if n := len(b.sent()); n != 4 {
			t.Errorf("%d packets sent; want 3 and the one of QoS 0", n)
		}
		b.send(encode(&packets.Puback{PacketID: 1, Properties: &packets.Properties{}}))
		w := publish(t, s, transport.Packet{Topic: "t", QoS: 1})
		synctest.Wait()
		if n := len(b.sent()); n != 5 || len(w) > 0 {
			t.Errorf("%d packets sent after a PUBACK; want one more", n)
		}
		began = time.Now()
		if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err == nil || errors.Is(err, transport.ErrPeerClosed) || time.Since(began) != 20*time.Second {
			t.Errorf("publish = %v after %v; want an error after AckTimeout", err, time.Since(began))
		}
		if s.Err() == nil {
			t.Error("the session goes on")
		}
	})
}

func TestWillAndGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		will := &mqtt.Will{Topic: "state", Payload: []byte("gone"), QoS: 1, Retain: true}
		b, s := dial(t, script{}, mqtt5.Options{Will: will, Username: "u", Password: "p"})
		b.hangUp()
		synctest.Wait()
		if m := b.sent(); len(m) != 1 || string(m[0].Payload) != "gone" || !m[0].Retain || m[0].QoS != 1 {
			t.Errorf("messages %+v; want the will", m)
		}
		if h := b.greeted()[0]; h.Username != "u" || string(h.Password) != "p" {
			t.Errorf("CONNECT %v; want the credentials", h)
		}
		s.Close()
		b, s = dial(t, script{}, mqtt5.Options{Will: will})
		s.Close()
		synctest.Wait()
		if ends := look(b, func(b *broker) [2]int { return [2]int{b.wills, b.goodbyes} }); ends != [2]int{0, 1} {
			t.Errorf("wills and goodbyes %v after Close; want a goodbye", ends)
		}
	})
}

func TestBirth(t *testing.T) {
	birth := &mqtt.Will{Topic: "state", Payload: []byte("online"), QoS: 1, Retain: true}
	for _, tc := range []struct {
		name   string
		script script
		want   string // in Dial's error
		after  time.Duration
	}{
		{"acknowledged", script{}, "", 0},
		{"no PUBACK", script{puback: never}, "deadline", 7 * time.Second},
		{"refused", script{puback: func(*packets.Publish) (byte, string, bool) { return 0x87, "", true }}, "not authorized", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, tc.script)
				began := time.Now()
				s, err := b.dialer(t, mqtt5.Options{Birth: birth, ConnectTimeout: 7 * time.Second}).Dial(t.Context())
				if took := time.Since(began); took != tc.after {
					t.Errorf("Dial took %v; want %v", took, tc.after)
				}
				if tc.want != "" {
					if err == nil || !strings.Contains(err.Error(), tc.want) {
						t.Errorf("Dial = %v; want an error with %q", err, tc.want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if m := b.sent(); len(m) != 1 || string(m[0].Payload) != "online" || !m[0].Retain {
					t.Errorf("messages %+v; want the birth", m)
				}
			})
		})
	}
}

// Err and the errors of what was in flight tell who ended the session.
func TestWhoEndedIt(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script script
		end    func(*broker, transport.Session)
		peer   bool
	}{
		{"peer hangs up", script{puback: never}, func(b *broker, _ transport.Session) { b.hangUp() }, true},
		{"we close", script{puback: never}, func(_ *broker, s transport.Session) { s.Close() }, false},
		{"no answer to pings", script{puback: never, noPing: true}, func(*broker, transport.Session) {}, false},
		{"half open", script{puback: never}, func(b *broker, _ transport.Session) { b.freeze() }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := dial(t, tc.script, mqtt5.Options{})
				var waits []<-chan error
				for range 3 {
					waits = append(waits, publish(t, s, transport.Packet{Topic: "t", QoS: 1}))
				}
				synctest.Wait()
				tc.end(b, s)
				<-s.Done()
				for _, w := range waits {
					if err := <-w; err == nil || errors.Is(err, transport.ErrPeerClosed) != tc.peer {
						t.Errorf("publish = %v; want an error that wraps ErrPeerClosed: %v", err, tc.peer)
					}
				}
				if err := s.Err(); errors.Is(err, transport.ErrPeerClosed) != tc.peer {
					t.Errorf("Err() = %v; want ErrPeerClosed: %v", err, tc.peer)
				}
				b.thaw()
			})
		})
	}
}

func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := dial(t, script{suback: func(filter string, qos byte) byte {
			switch filter {
			case "no":
				return 0x87
			case "more":
				return 2
			case "less":
				return 0
			}
			return qos
		}}, mqtt5.Options{Profile: &transport.Profile{Name: "small", MaxSubscriptions: 2, MaxTopicSlashes: 1}})
		for _, tc := range []struct {
			filter string
			want   string
		}{
			{"a", ""}, {"no", `not authorized: "not no"`}, {"a/b/c", "slashes"}, {"less", ""}, {"a", ""}, {"c", "small takes no more"},
		} {
			err := s.Subscribe(t.Context(), tc.filter, 1)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Subscribe(%s) = %v; want %q", tc.filter, err, tc.want)
			}
		}
		if err := s.Unsubscribe(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if err := s.Subscribe(t.Context(), "more", 1); err == nil {
			t.Error("Subscribe that is granted more than it asked for = nil; want an error")
		}
		b.freeze()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Subscribe(ctx, "d", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Subscribe = %v; want the deadline's error", err)
		}
		b.thaw()
	})
}

// Messages are acknowledged when they are handled, and in the order in which
// they came, whatever the order in which they are handled.
func TestInbound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := dial(t, script{}, mqtt5.Options{ReceiveMaximum: 4})
		want := []transport.Inbound{
			{Topic: "t/1", Payload: []byte("a"), QoS: 1, Again: true},
			{Topic: "t/2", Payload: []byte("b"), QoS: 0, ID: "1-alarm-7", Device: "hub"},
			{Topic: "t/3", Payload: []byte{}, QoS: 1, Retained: true},
			{Topic: "t/4", Payload: []byte("d"), QoS: 1},
		}
		for i, m := range want {
			p := &packets.Publish{
				Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retained, Duplicate: m.Again, PacketID: uint16(i + 10),
				Properties: &packets.Properties{},
			}
			if m.ID != "" {
				p.Properties.User = []packets.User{{Key: "brink-device", Value: m.Device}, {Key: "brink-id", Value: m.ID}, {Key: "brink-id", Value: "second"}}
			}
			b.send(encode(p))
		}
		var got []transport.Inbound
		var acks []func()
		for range want {
			d := <-s.Messages()
			got, acks = append(got, d.Inbound), append(acks, d.Ack)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, i := range []int{3, 1, 0} {
			acks[i]()
			synctest.Wait()
		}
		if !slices.Equal(b.acked(), []uint16{10}) {
			t.Errorf("PUBACK %v; want the first message's", b.acked())
		}
		acks[2]()
		synctest.Wait()
		if !slices.Equal(b.acked(), []uint16{10, 12, 13}) {
			t.Errorf("PUBACK %v; want them in order", b.acked())
		}
	})
}
