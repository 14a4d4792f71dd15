package mqtt5_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt5"
)

// open returns an outbox that runs until the test ends.
func open(t testing.TB, d transport.Dialer, o *transport.Options) *transport.Outbox {
	t.Helper()
	out, err := transport.Open(t.TempDir(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- out.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := out.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Run = %v; want ErrClosed", err)
		}
		for _, l := range out.Stats().Lanes {
			if l.Accepted != l.Acknowledged+uint64(l.Pending)+l.TotalDropped() {
				t.Errorf("lane %q does not balance: %+v", l.Name, l)
			}
		}
	})
	return out
}

func mustPublish(t testing.TB, out *transport.Outbox, m transport.Message) transport.Receipt {
	t.Helper()
	r, err := out.Publish(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func drain(t testing.TB, out *transport.Outbox) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := out.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func asides(t testing.TB, out *transport.Outbox) (all []transport.AsideMessage) {
	t.Helper()
	for m, err := range out.Aside() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// firsts are the payloads of a topic in the order in which they came first.
func firsts(messages []*packets.Publish, topic string) (got []string) {
	seen := make(map[string]bool)
	for _, m := range messages {
		if p := string(m.Payload); m.Topic == topic && !seen[p] {
			seen[p] = true
			got = append(got, p)
		}
	}
	return got
}

// One message of a thousand is refused. With a code that is the message's fault
// it is known at once; with one that may be, within four reconnects; with one
// that passes, it is delivered when it has passed. The order of the rest stands.
func TestPoison(t *testing.T) {
	for _, tc := range []struct {
		name       string
		code       byte
		disconnect bool
		passes     bool
		reconnects uint64
	}{
		{"not authorized", 0x87, false, false, 0},
		{"payload format invalid", 0x99, false, false, 0},
		{"unspecified error", 0x80, false, false, 4},
		{"unknown code", 0xf0, false, false, 4},
		{"packet too large, and DISCONNECT", 0x95, true, false, 4},
		{"quota exceeded, for a while", 0x97, false, true, 20},
		{"server busy, and DISCONNECT, for a while", 0x89, true, true, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusals := 0
				var b *broker
				b = newBroker(t, script{puback: func(p *packets.Publish) (byte, string, bool) {
					if p.Topic != "bad" {
						return 0, "", true
					}
					if refusals++; tc.passes && refusals > 10 {
						return 0, "", true
					}
					if tc.disconnect {
						for c := range b.conns {
							c.send(encode(&packets.Disconnect{ReasonCode: tc.code, Properties: &packets.Properties{}}))
						}
						return 0, "", false
					}
					return tc.code, "not this one", true
				}})
				out := open(t, b.dialer(t, mqtt5.Options{ClientID: "c"}), nil)
				var bad transport.Receipt
				var want []string
				for i := range 1000 {
					m := transport.Message{Topic: "good", Payload: fmt.Append(nil, i)}
					if i == 500 {
						m.Topic = "bad"
						bad = mustPublish(t, out, m)
						continue
					}
					mustPublish(t, out, m)
					want = append(want, string(m.Payload))
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := out.Drain(ctx); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, firsts(b.sent(), "good")); diff != "" {
					t.Errorf("order of first arrivals (-want +got):\n%s", diff)
				}
				if n := out.Stats().Link.Reconnects(); n > tc.reconnects {
					t.Errorf("%d reconnects; want at most %d", n, tc.reconnects)
				}
				err, aside := bad.Delivered(t.Context()), asides(t, out)
				if tc.passes {
					if err != nil || len(aside) > 0 || refusals != 11 {
						t.Errorf("Delivered = %v after %d attempts, %d aside; want nil, 11, none", err, refusals, len(aside))
					}
					return
				}
				if !errors.Is(err, transport.ErrDropped) || len(aside) != 1 || aside[0].Topic != "bad" {
					t.Fatalf("Delivered = %v, aside %+v; want ErrDropped and the one", err, aside)
				}
				if tc.reconnects == 0 && (refusals != 1 || !strings.Contains(aside[0].Reason, "not this one")) {
					t.Errorf("%d attempts, aside for %q; want one, and the broker's reason", refusals, aside[0].Reason)
				}
			})
		})
	}
}

// Of a batch that is refused, only the message that is refused alone is set
// aside.
func TestPoisonInBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, script{puback: func(p *packets.Publish) (byte, string, bool) {
			if strings.Contains(string(p.Payload), "13") {
				return 0x99, "unlucky", true
			}
			return 0, "", true
		}})
		out := open(t, b.dialer(t, mqtt5.Options{}), &transport.Options{Device: "hub", Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Batch: &transport.Batch{MaxMessages: 10}},
		}})
		for i := range 40 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		drain(t, out)
		if aside := asides(t, out); len(aside) != 1 || string(aside[0].Payload) != "13" {
			t.Errorf("aside %+v; want message 13", aside)
		}
		if n := out.Stats().Link.Reconnects(); n > 1 {
			t.Errorf("%d reconnects; want one, for the batch", n)
		}
	})
}

// The window is the broker's receive maximum where that is less, and what goes
// beside the window, by Conn, is counted too. All the same everything arrives.
func TestWindow(t *testing.T) {
	for _, most := range []uint16{1, 2, 5, 19, 100} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				open2, worst := 0, 0
				var b *broker
				b = newBroker(t, script{
					connack: func(*packets.Connect) *packets.Connack {
						return &packets.Connack{Properties: &packets.Properties{ReceiveMaximum: &most}}
					},
					puback: func(p *packets.Publish) (byte, string, bool) {
						mu.Lock()
						defer mu.Unlock()
						open2++
						worst = max(worst, open2)
						time.AfterFunc(50*time.Millisecond, func() {
							mu.Lock()
							open2--
							mu.Unlock()
							b.send(encode(&packets.Puback{PacketID: p.PacketID, Properties: &packets.Properties{}}))
						})
						return 0, "", false
					},
				})
				out := open(t, b.dialer(t, mqtt5.Options{}), nil)
				synctest.Wait()
				var wg sync.WaitGroup
				for i := range 200 {
					mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
					if i%10 == 0 {
						wg.Go(func() {
							if err := out.Conn().Publish(t.Context(), "direct", nil); err != nil {
								t.Error(err)
							}
						})
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := out.Drain(ctx); err != nil {
					t.Fatal(err)
				}
				wg.Wait()
				if worst > int(most) || worst < min(int(most), 20) {
					t.Errorf("up to %d packets in flight; want %d", worst, min(int(most), 20))
				}
				if n := out.Stats().Link.Connects; n != 1 {
					t.Errorf("%d connections; want 1", n)
				}
			})
		})
	}
}

// A refusal of what goes by Conn is told to its caller, and is no end of the
// link.
func TestConnRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, script{puback: func(*packets.Publish) (byte, string, bool) { return 0x87, "no", true }})
		out := open(t, b.dialer(t, mqtt5.Options{}), nil)
		synctest.Wait()
		err := out.Conn().Publish(t.Context(), "t", nil)
		var r *transport.RejectedError
		if !errors.As(err, &r) || errors.Is(err, transport.ErrNoLink) || !out.Stats().Link.Up {
			t.Errorf("Publish = %v; want a *RejectedError and the link as it is", err)
		}
	})
}

// A connection that ends under messages in flight: the next one starts at the
// lowest unacknowledged, in order, and repeats at most the window. By the
// identity that goes along, a consumer sees each message once.
func TestRestartsAtLowestUnacknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 500
		arrivals, answers := 0, 0
		var b *broker
		b = newBroker(t, script{puback: func(*packets.Publish) (byte, string, bool) {
			if arrivals++; arrivals%37 == 0 {
				for c := range b.conns {
					c.c.Close()
				}
			}
			answers++
			return 0, "", answers%5 != 0
		}})
		out := open(t, b.dialer(t, mqtt5.Options{}), &transport.Options{AckTimeout: time.Second, BackoffMax: time.Second, Device: "hub"})
		for i := range n {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i), Expiry: 24 * time.Hour})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := out.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		links := int(out.Stats().Link.Connects)
		if links < 10 {
			t.Errorf("%d connections; want the script to have cut many", links)
		}
		sent := b.sent()
		if again := len(sent) - n; again > links*20 || again == 0 {
			t.Errorf("%d repetitions on %d connections; want some, and at most 20 each", again, links)
		}
		dedup := transport.NewDedup(nil)
		next := 0
		for _, m := range sent {
			if m.Properties.MessageExpiry == nil || *m.Properties.MessageExpiry > 86400 || *m.Properties.MessageExpiry < 86400-3600 {
				t.Fatalf("expiry %v; want what is left of a day", m.Properties.MessageExpiry)
			}
			in := transport.Inbound{Topic: m.Topic, Payload: m.Payload}
			for _, u := range m.Properties.User {
				switch u.Key {
				case mqtt5.PropertyID:
					in.ID = u.Value
				case mqtt5.PropertyDevice:
					in.Device = u.Value
				}
			}
			e, ok := in.Identity()
			if !ok {
				t.Fatalf("no identity in %v", m.Properties)
			}
			if dedup.Seen(e) {
				continue
			}
			if i, err := strconv.Atoi(string(m.Payload)); err != nil || i != next {
				t.Fatalf("%q comes first after %d; want the next", m.Payload, next-1)
			}
			next++
		}
		if next != n {
			t.Errorf("%d of %d arrived", next, n)
		}
	})
}

// A half-open connection, idle or busy, is noticed and nothing is lost.
func TestHalfOpen(t *testing.T) {
	for _, busy := range []bool{false, true} {
		for _, fast := range []bool{false, true} {
			t.Run(fmt.Sprintf("busy=%v fast=%v", busy, fast), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBroker(t, script{})
					out := open(t, b.dialer(t, mqtt5.Options{Fast: fast}), nil)
					synctest.Wait()
					time.Sleep(3 * time.Second)
					b.freeze()
					began := time.Now()
					for i := range 100 {
						if busy {
							mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
						}
					}
					for out.Stats().Link.Up {
						time.Sleep(100 * time.Millisecond)
					}
					limit := 45 * time.Second
					if fast {
						limit = 15 * time.Second
					}
					if took := time.Since(began); took > limit {
						t.Errorf("noticed after %v; want at most %v", took, limit)
					}
					b.thaw()
					mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("last")})
					drain(t, out)
					want := []string{"last"}
					if busy {
						for i := 99; i >= 0; i-- {
							want = slices.Insert(want, 0, fmt.Sprint(i))
						}
					}
					if diff := cmp.Diff(want, firsts(b.sent(), "t")); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// A message with QoS 0 that the broker would not take is dropped and counted,
// and is no end of the link.
func TestAtMostOnceRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most := uint32(100)
		b := newBroker(t, script{connack: func(*packets.Connect) *packets.Connack {
			return &packets.Connack{Properties: &packets.Properties{MaximumPacketSize: &most}}
		}})
		out := open(t, b.dialer(t, mqtt5.Options{}), nil)
		mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 200), AtMostOnce: true})
		mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("good"), AtMostOnce: true})
		drain(t, out)
		synctest.Wait()
		l := out.Stats().Lane(transport.DefaultLane)
		if l.Dropped[transport.DroppedUnsent] != 1 || l.Acknowledged != 1 || out.Stats().Link.Connects != 1 || len(b.sent()) != 1 {
			t.Errorf("lane %+v, link %+v; want one dropped, one sent, one connection", l, out.Stats().Link)
		}
	})
}
