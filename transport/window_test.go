package transport_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
)

// settable is a wall clock that somebody sets.
type settable struct{ ahead atomic.Int64 }

func (s *settable) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())).Round(0) }

func (s *settable) set(to time.Time) { s.ahead.Store(int64(time.Until(to))) }

func (s *settable) jump(by time.Duration) { s.ahead.Add(int64(by)) }

const decade = 3653 * 24 * time.Hour

// Telemetry goes at night, alarms always.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		var wall settable
		berlin := time.FixedZone("CET", 3600)
		wall.set(time.Date(2026, 3, 5, 2, 0, 0, 0, berlin))
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Location: berlin, Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1},
			{Name: transport.DefaultLane, Window: &transport.Window{Open: "0 3 * * *", For: 30 * time.Minute}},
		}})
		out.SetWall(wall.now)
		run(t, out)
		n := 0
		publish := func(lane string, once bool) {
			n++
			mustPublish(t, out, transport.Message{Topic: lane, Lane: lane, AtMostOnce: once, Payload: fmt.Append(nil, n)})
			synctest.Wait()
		}
		arrived := func(want string) {
			t.Helper()
			synctest.Wait()
			if got := strings.Join(payloads(b.Messages()), " "); got != want {
				t.Errorf("at %v: arrived %q; want %q", wall.now().Format(time.TimeOnly), got, want)
			}
		}
		publish(transport.DefaultLane, false)
		publish(transport.DefaultLane, true)
		publish("alarm", false)
		arrived("3")
		time.Sleep(time.Hour - time.Nanosecond)
		arrived("3")
		time.Sleep(time.Nanosecond)
		arrived("3 2 1") // AtMostOnce goes before what is stored
		time.Sleep(30*time.Minute - time.Nanosecond)
		publish(transport.DefaultLane, false)
		arrived("3 2 1 4")
		time.Sleep(time.Nanosecond)
		publish(transport.DefaultLane, false)
		publish(transport.DefaultLane, false)
		arrived("3 2 1 4")
		// Somebody sets the clock, ten years on and into the window: the lane
		// notices within a minute; and out of it again, ten years back.
		wall.jump(decade - 20*time.Minute)
		time.Sleep(time.Minute)
		arrived("3 2 1 4 5 6")
		wall.jump(-decade + time.Hour)
		time.Sleep(time.Minute)
		publish(transport.DefaultLane, false)
		publish("alarm", false)
		arrived("3 2 1 4 5 6 8")
		// Twenty years back and into the window.
		wall.set(time.Date(2006, 3, 5, 3, 10, 0, 0, berlin))
		time.Sleep(time.Minute)
		arrived("3 2 1 4 5 6 8 7")
		for _, l := range out.Stats().Lanes {
			if l.TotalDropped() != 0 {
				t.Errorf("lane %+v; want nothing dropped", l)
			}
		}
	})
}

// Drain does not open a window.
func TestDrainWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Location: time.UTC, Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Window: &transport.Window{Open: "0 3 * * *", For: time.Minute}},
		}})
		mustPublish(t, out, transport.Message{Topic: "t"})
		run(t, out)
		began := time.Now() // midnight, as always in a bubble
		if err := out.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 3*time.Hour || took > 3*time.Hour+time.Second {
			t.Errorf("Drain took %v; want 3 h", took)
		}
	})
}

// What a lane's rules cannot mean is reported, all of it.
func TestLaneProblems(t *testing.T) {
	_, err := transport.Open(t.TempDir(), noDialer{}, &transport.Options{
		Device: "a\nb",
		Lanes: []transport.Lane{
			{Name: "rate", Rate: -1},
			{Name: "weight", Weight: -1},
			{Name: "budget", DailyBytes: -1},
			{Name: "cron", Window: &transport.Window{Open: "61 * * * *", For: time.Hour}},
			{Name: "every", Window: &transport.Window{Open: "@every 1h", For: time.Hour}},
			{Name: "never", Window: &transport.Window{Open: "0 0 30 2 *"}},
			{Name: "format", Batch: &transport.Batch{Format: 2}},
			{Name: "full", OnFull: transport.Thin + 1},
		},
	})
	var got []string
	for line := range strings.Lines(fmt.Sprint(err)) {
		got = append(got, strings.TrimSpace(strings.TrimPrefix(line, "transport: ")))
	}
	want := []string{
		`Device "a\nb" is not up to 256 bytes of UTF-8 without control characters`,
		`lane "rate": Rate is -1; it must be 0 to 2147483647`,
		`lane "weight": Weight is -1; it must be 0 to 1000`,
		`lane "budget": DailyBytes is -1; it must be 0 to 2^60`,
		`lane "cron": Window.Open "61 * * * *": end of range (61) above maximum (59): 61`,
		`lane "every": Window.Open "@every 1h" has no times of the day`,
		`lane "never": Window.For is 0s; it must be at least 1 s`,
		`Window.Open "0 0 30 2 *": there is no such time`,
		`lane "format": no such Batch.Format: 2`,
		`lane "full": no such OnFull: 5`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	_, err = transport.Open(t.TempDir(), noDialer{}, &transport.Options{
		Lanes: []transport.Lane{{Name: "a", Envelope: true}},
	})
	if err == nil || !strings.Contains(err.Error(), "Envelope needs Options.Device") {
		t.Errorf("Open = %v; want that Envelope needs a device", err)
	}
}
