package transport_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// A connection that ends under messages in flight: the next one starts at the
// lowest unacknowledged, in order, and repeats at most the window.
func TestRestartsAtLowestUnacknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		rng := rand.New(rand.NewPCG(1, 2))
		b.Script(transporttest.Script{
			NoPuback:    func(transporttest.Message) bool { return rng.IntN(5) == 0 },
			HangUpAfter: func(transporttest.Message) bool { return rng.IntN(15) == 0 },
		})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{AckTimeout: time.Second, BackoffMax: time.Second})
		const n = 500
		for i := range n {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		run(t, out)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := out.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		conns := b.Stats().Connects
		if conns < 10 {
			t.Fatalf("%d connections; want the script to have cut many", conns)
		}
		seen := make(map[int]int)
		last := make(map[int]int) // by connection
		for _, m := range b.Messages() {
			i, err := strconv.Atoi(string(m.Payload))
			if err != nil {
				t.Fatal(err)
			}
			if before, ok := last[m.Conn]; ok && i <= before {
				t.Fatalf("connection %d: %d after %d; want rising", m.Conn, i, before)
			}
			last[m.Conn] = i
			seen[i]++
		}
		if len(seen) != n {
			t.Errorf("%d of %d delivered", len(seen), n)
		}
		if twice := len(b.Messages()) - n; twice > conns*20 {
			t.Errorf("%d repetitions on %d connections; want at most 20 each", twice, conns)
		}
	})
}

// A packet whose PUBACK never comes ends the connection after AckTimeout.
func TestAckTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		n := 0
		b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { n++; return n == 1 }})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{AckTimeout: 15 * time.Second})
		r := mustPublish(t, out, transport.Message{Topic: "t"})
		began := time.Now()
		run(t, out)
		if err := r.Delivered(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d < 15*time.Second || d > 17*time.Second {
			t.Errorf("delivered after %v; want 15 s and at most 1 s of backoff", d)
		}
		if s := out.Stats().Link; s.Reconnects() != 1 || s.LastError == nil || !strings.Contains(s.LastError.Error(), "no acknowledgement") {
			t.Errorf("link %+v; want one reconnect for want of an acknowledgement", s)
		}
	})
}

// A half-open connection, idle or busy, is noticed and nothing is lost.
func TestHalfOpen(t *testing.T) {
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("busy=%v", busy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, &mqtt.Options{KeepAlive: 20 * time.Second, PingTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second})
				out := mustOpen(t, t.TempDir(), d, nil)
				run(t, out)
				synctest.Wait()
				b.Freeze()
				began := time.Now()
				if busy {
					for i := range 100 {
						mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
					}
				}
				for out.Stats().Link.Up {
					time.Sleep(100 * time.Millisecond)
				}
				took := time.Since(began)
				if limit := 36 * time.Second; took > limit || busy && took > 6*time.Second {
					t.Errorf("noticed after %v; want at most %v, 6 s when writing", took, limit)
				}
				b.Restore()
				if !busy {
					mustPublish(t, out, transport.Message{Topic: "t"})
				}
				drain(t, out)
			})
		})
	}
}

// While the broker refuses, attempts are spread and bounded; the error is told.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{Connack: 5})
		var log strings.Builder
		out := mustOpen(t, t.TempDir(), d, &transport.Options{
			BackoffMin: time.Second, BackoffMax: 30 * time.Second,
			Logger: textLogger(&log),
		})
		stop := run(t, out)
		time.Sleep(time.Hour)
		synctest.Wait()
		s := out.Stats().Link
		// The mean wait is 15 s: 240 attempts.
		if s.Failures < 180 || s.Failures > 320 || s.Up || s.Connects != 0 {
			t.Errorf("link %+v; want about 240 failures in an hour", s)
		}
		var refused *mqtt.RefusedError
		if !errors.As(s.LastError, &refused) || refused.Code != 5 {
			t.Errorf("LastError = %v; want a *mqtt.RefusedError of code 5", s.LastError)
		}
		b.Script(transporttest.Script{})
		mustPublish(t, out, transport.Message{Topic: "t"})
		began := time.Now()
		drain(t, out)
		if d := time.Since(began); d > 31*time.Second {
			t.Errorf("delivered %v after the broker came back; want within BackoffMax", d)
		}
		stop()
		for _, want := range []string{"no link", "not authorized", "link up"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log lacks %q", want)
			}
		}
	})
}

// 26 hours with an outage of 9: what was sensed meanwhile arrives, alarms first,
// nothing is lost, nothing twice but what was in flight.
func TestTwentySixHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpenFS(t, "/outbox", d, &transport.Options{SegmentBytes: 64 << 10}, crashfs.New(1))
		run(t, out)
		n, alarms := 0, 0
		for minute := range 26 * 60 {
			switch minute {
			case 8 * 60:
				b.Cut()
			case 17 * 60:
				b.Restore()
			}
			for range 6 {
				mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, n)})
				n++
				time.Sleep(10 * time.Second)
			}
			if minute%97 == 0 {
				mustPublish(t, out, transport.Message{Topic: "a", Lane: "alarm", Payload: fmt.Append(nil, alarms)})
				alarms++
			}
		}
		drain(t, out)
		got := b.Messages()
		seen := make(map[string]int)
		var telemetryAgain bool
		second := 0
		for _, m := range got {
			seen[m.Topic+string(m.Payload)]++
			if m.Conn != 1 {
				if second++; m.Topic == "t" {
					telemetryAgain = true
				} else if telemetryAgain && second < 3000 {
					t.Errorf("alarm %s after telemetry in the backlog", m.Payload)
				}
			}
		}
		if len(seen) != n+alarms || len(got)-len(seen) > 20 {
			t.Errorf("%d of %d delivered, %d twice; want all, at most 20 twice", len(seen), n+alarms, len(got)-len(seen))
		}
		s := out.Stats()
		if s.Link.Reconnects() != 1 || s.Link.Failures < 300 {
			t.Errorf("link %+v; want one reconnect after some hundred attempts", s.Link)
		}
		if l := s.Lane(transport.DefaultLane); l.Segments > 2 {
			t.Errorf("%d segments left; want the delivered ones deleted", l.Segments)
		}
		if p := b.Stats().Pings; p > 100 {
			t.Errorf("%d pings; want few on a busy connection", p)
		}
	})
}

// Drain that runs out of time tells what is left.
func TestDrainGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Cut()
		out := mustOpen(t, t.TempDir(), d, nil)
		for range 3 {
			mustPublish(t, out, transport.Message{Topic: "t"})
		}
		mustPublish(t, out, transport.Message{Topic: "a", Lane: "alarm"})
		run(t, out)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var left *transport.DrainError
		if err := out.Drain(ctx); !errors.As(err, &left) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Drain = %v; want a *DrainError of the deadline", err)
		}
		if left.Left["alarm"] != 1 || left.Left[transport.DefaultLane] != 3 {
			t.Errorf("Left = %v; want 1 alarm, 3 of telemetry", left.Left)
		}
	})
}
