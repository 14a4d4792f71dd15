package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// asides lists what is set aside.
func asides(t testing.TB, out *transport.Outbox) []transport.AsideMessage {
	t.Helper()
	var all []transport.AsideMessage
	for m, err := range out.Aside() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func aboutBad(m transporttest.Message) bool { return m.Topic == "bad" }

// One message of many ends the connection, before its PUBACK or right after it:
// it is found within four reconnects, set aside and told; the order of the rest
// stands, and once the broker takes it, it can be queued again.
func TestPoison(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script transporttest.Script
	}{
		{"closed without PUBACK", transporttest.Script{HangUp: aboutBad}},
		{"closed right after PUBACK", transporttest.Script{HangUpAfter: aboutBad}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				b.Script(tc.script)
				out := mustOpen(t, t.TempDir(), d, nil)
				var bad transport.Receipt
				var want []string
				for i := range 1000 {
					m := transport.Message{Topic: "good", Payload: fmt.Append(nil, i)}
					if i == 500 {
						m.Topic, m.Retain, m.ID = "bad", true, "the one"
						bad = mustPublish(t, out, m)
						continue
					}
					mustPublish(t, out, m)
					want = append(want, string(m.Payload))
				}
				run(t, out)
				drain(t, out)
				if n := out.Stats().Link.Reconnects(); n > 4 {
					t.Errorf("%d reconnects; want at most 4", n)
				}
				var got []string
				for _, m := range b.Messages() {
					if m.Topic == "good" && !slices.Contains(got, string(m.Payload)) {
						got = append(got, string(m.Payload))
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("order of first arrivals (-want +got):\n%s", diff)
				}
				if err := bad.Delivered(t.Context()); !errors.Is(err, transport.ErrDropped) {
					t.Errorf("Delivered = %v; want ErrDropped", err)
				}
				l := out.Stats().Lane(transport.DefaultLane)
				if l.Acknowledged != 999 || l.Dropped[transport.DroppedPoison] != 1 {
					t.Errorf("stats %+v; want 999 acknowledged and 1 set aside", l)
				}
				aside := asides(t, out)
				if len(aside) != 1 {
					t.Fatalf("%d messages aside; want 1", len(aside))
				}
				m := aside[0]
				if m.Topic != "bad" || string(m.Payload) != "500" || !m.Retain || m.ID != "the one" || m.Seq != bad.Seq() ||
					m.Epoch != bad.Epoch() || m.Lane != transport.DefaultLane || !strings.Contains(m.Reason, "closed") || m.At.IsZero() {
					t.Errorf("aside %+v", m)
				}

				b.Script(transporttest.Script{})
				before := len(b.Messages())
				r, err := out.Requeue(t.Context(), m)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Delivered(t.Context()); err != nil {
					t.Fatal(err)
				}
				last := b.Messages()[before:]
				if len(last) != 1 || last[0].Topic != "bad" || string(last[0].Payload) != "500" || !last[0].Retain {
					t.Errorf("queued again: %+v", last)
				}
				if n := len(asides(t, out)); n != 0 {
					t.Errorf("%d messages aside; want none", n)
				}
			})
		})
	}
}

// A topic that is not allowed at all costs two reconnects a message, once the
// first one has been found.
func TestPoisonOfOneTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{HangUp: aboutBad})
		out := mustOpen(t, t.TempDir(), d, nil)
		const n = 30
		for i := range n {
			mustPublish(t, out, transport.Message{Topic: "bad", Payload: fmt.Append(nil, i)})
		}
		mustPublish(t, out, transport.Message{Topic: "good"})
		run(t, out)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := out.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range asides(t, out) {
			got = append(got, string(m.Payload))
		}
		var want []string
		for i := range n {
			want = append(want, fmt.Sprint(i))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("aside (-want +got):\n%s", diff)
		}
		if c := out.Stats().Link.Reconnects(); c > 2*n+4 {
			t.Errorf("%d reconnects for %d messages; want two each and few more", c, n)
		}
	})
}

// Of a batch that the broker does not take, only the message in question is set
// aside.
func TestPoisonInBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{HangUp: func(m transporttest.Message) bool { return strings.Contains(string(m.Payload), "13") }})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Batch: &transport.Batch{MaxMessages: 10}},
		}})
		for i := range 40 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		run(t, out)
		drain(t, out)
		if aside := asides(t, out); len(aside) != 1 || string(aside[0].Payload) != "13" {
			t.Errorf("aside %+v; want message 13", aside)
		}
		if l := out.Stats().Lane(transport.DefaultLane); l.Acknowledged != 39 {
			t.Errorf("stats %+v; want 39 acknowledged", l)
		}
		if n := out.Stats().Link.Reconnects(); n > 4+2 {
			t.Errorf("%d reconnects; want 4 for the batch and 2 for its message", n)
		}
	})
}

// A broker that goes away and comes back, whatever is in flight, is no reason to
// set anything aside.
func TestRestartsAreNoPoison(t *testing.T) {
	for _, up := range []time.Duration{150 * time.Millisecond, 700 * time.Millisecond, 2 * time.Second} {
		t.Run(up.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				b.Script(transporttest.Script{Latency: 40 * time.Millisecond})
				out := mustOpen(t, t.TempDir(), d, &transport.Options{BackoffMax: 2 * time.Second})
				for i := range 500 {
					mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
				}
				run(t, out)
				for range 300 {
					time.Sleep(up)
					b.Cut()
					time.Sleep(300 * time.Millisecond)
					b.Restore()
				}
				drain(t, out)
				if aside := asides(t, out); len(aside) != 0 {
					t.Errorf("%d messages aside; want none", len(aside))
				}
			})
		})
	}
}

// What is set aside survives restarts, can be discarded, and is bounded: the
// oldest make room.
func TestAsideIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{HangUp: aboutBad})
		o := &transport.Options{MaxAside: 1000}
		fsys := crashfs.New(1)
		out := mustOpenFS(t, "/outbox", d, o, fsys)
		for range 20 {
			mustPublish(t, out, transport.Message{Topic: "bad", Payload: make([]byte, 100)})
		}
		stop := run(t, out)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := out.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		stop()
		aside := asides(t, out)
		if len(aside) < 3 || len(aside) > 5 || aside[len(aside)-1].Seq != 20 {
			t.Fatalf("%d messages aside, the last %+v; want the last few of 1000 bytes", len(aside), aside[len(aside)-1])
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		out = mustOpenFS(t, "/outbox", d, o, fsys.Reboot())
		if diff := cmp.Diff(aside, asides(t, out), cmp.AllowUnexported(transport.AsideMessage{})); diff != "" {
			t.Errorf("after a restart (-before +after):\n%s", diff)
		}
		for _, m := range aside[1:] {
			if err := errors.Join(out.Discard(m), out.Discard(m)); err != nil {
				t.Fatal(err)
			}
		}
		if got := asides(t, out); len(got) != 1 || got[0].Seq != aside[0].Seq || out.Stats().Aside != 1 {
			t.Errorf("aside %+v, Stats().Aside %d; want the first only", got, out.Stats().Aside)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		for _, err := range out.Aside() {
			if !errors.Is(err, transport.ErrClosed) {
				t.Errorf("Aside after Close = %v; want ErrClosed", err)
			}
		}
	})
}

// The power goes at any call to the disk while a message is set aside: it is in
// its lane or aside, and the others arrive.
func TestPowerCutWhileSettingAside(t *testing.T) {
	for at := 1; ; at++ {
		done := false
		synctest.Test(t, func(t *testing.T) {
			b, d := rig(t, nil)
			b.Script(transporttest.Script{HangUp: aboutBad})
			o := &transport.Options{SegmentBytes: 4096}
			fsys := crashfs.New(uint64(at))
			out, err := transport.OpenFS("/outbox", d, o, fsys)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 30 {
				topic := "good"
				if i%10 == 5 {
					topic = "bad"
				}
				mustPublish(t, out, transport.Message{Topic: topic, Payload: fmt.Append(nil, i)})
			}
			fsys.CrashAt(at)
			stop := run(t, out)
			time.Sleep(2 * time.Minute)
			stop()
			done = out.Close() == nil
			out = mustOpenFS(t, "/outbox", d, o, fsys.Reboot())
			run(t, out)
			drain(t, out)
			arrived := make(map[string]bool)
			for _, m := range b.Messages() {
				arrived[string(m.Payload)] = true
			}
			aside := make(map[string]int)
			for _, m := range asides(t, out) {
				aside[string(m.Payload)]++
			}
			for i := range 30 {
				id := fmt.Sprint(i)
				if bad := i%10 == 5; bad && aside[id] != 1 || !bad && (!arrived[id] || aside[id] > 0) {
					t.Errorf("cut at call %d: message %d: arrived %v, aside %d times", at, i, arrived[id], aside[id])
				}
			}
		})
		if done {
			t.Logf("%d power cuts", at-1)
			return
		}
	}
}
