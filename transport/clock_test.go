package transport_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
)

// The wall clock jumps ten years forward and back, while the outbox is open and
// between two openings: nothing expires, and the order stays. What windows and
// budgets do is in TestWindow and TestDailyBytes.
func TestClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Cut()
		dir := t.TempDir()
		var wall settable
		wall.set(time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC))
		o := &transport.Options{Location: time.UTC, BackoffMax: time.Second, Lanes: []transport.Lane{
			{Name: "age", MaxAge: time.Hour},
			{Name: "window", MaxAge: time.Hour, Window: &transport.Window{Open: "* * * * *", For: time.Hour}},
			{Name: "budget", DailyBytes: 1 << 20},
			{Name: "memory", Sync: transport.InMemory, MaxAge: time.Hour},
		}}
		n := 0
		for life, jump := range []time.Duration{0, decade, -2 * decade, decade} {
			out := mustOpen(t, dir, d, o)
			wall.jump(jump)
			out.SetWall(wall.now)
			stop := run(t, out)
			for _, jump := range []time.Duration{0, decade, -decade, -decade, decade} {
				wall.jump(jump)
				for _, lane := range []string{"age", "window", "budget", "memory"} {
					mustPublish(t, out, transport.Message{Topic: lane, Lane: lane, Expiry: time.Hour, Payload: fmt.Append(nil, n)})
				}
				n++
				time.Sleep(time.Minute)
			}
			if life == 3 {
				b.Restore()
				drain(t, out)
			}
			for _, l := range out.Stats().Lanes {
				if l.TotalDropped() != 0 {
					t.Errorf("life %d: lane %q dropped %v", life, l.Name, l.Dropped)
				}
			}
			stop()
			if err := out.Close(); err != nil {
				t.Fatal(err)
			}
		}
		next := map[string]int{"memory": n - 5} // what was in memory ended with its outbox
		for _, m := range b.Messages() {
			if want := fmt.Sprint(next[m.Topic]); string(m.Payload) != want {
				t.Fatalf("lane %q: message %s arrived; want %s", m.Topic, m.Payload, want)
			}
			next[m.Topic]++
		}
		for lane, k := range next {
			if k != n {
				t.Errorf("lane %q: %d messages; want %d", lane, k, n)
			}
		}
	})
}
