package transport_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// collect reads drops until ctx ends; the loop has begun when it returns.
func collect(ctx context.Context, out *transport.Outbox) (drops func() []transport.Drop) {
	var got []transport.Drop
	var wg sync.WaitGroup
	wg.Go(func() {
		for d := range out.Drops(ctx) {
			got = append(got, d)
		}
	})
	synctest.Wait()
	return func() []transport.Drop {
		wg.Wait()
		return got
	}
}

var ignoreAt = cmpopts.IgnoreFields(transport.Drop{}, "At")

func TestDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: "oldest", MaxCount: 2, OnFull: transport.DropOldest},
			{Name: "newest", MaxCount: 2, OnFull: transport.DropNewest},
			{Name: "thin", MaxCount: 8, OnFull: transport.Thin},
			{Name: "age", MaxAge: time.Minute},
		}})
		publish := func(lane string, n int) {
			for range n {
				mustPublish(t, out, transport.Message{Topic: "t", Lane: lane})
			}
		}
		publish("oldest", 3) // nobody listens yet: 1 goes untold
		ctx, cancel := context.WithCancel(t.Context())
		first := collect(ctx, out)
		began := time.Now()
		publish("oldest", 4) // 2 to 5
		publish("newest", 5)
		second := collect(ctx, out)
		publish("thin", 7) // the first of every two is taken from half on, and so on
		publish("age", 3)
		publish("oldest", 1) // 6
		time.Sleep(2 * time.Minute)
		b.Script(transporttest.Script{})
		run(t, out)
		drain(t, out)
		cancel()
		want := []transport.Drop{
			{Lane: "oldest", Reason: transport.DroppedOldest, From: 2, To: 5, Count: 4},
			{Lane: "newest", Reason: transport.DroppedNewest, Count: 3},
			{Lane: "thin", Reason: transport.DroppedThinned, Count: 1},
			{Lane: "oldest", Reason: transport.DroppedOldest, From: 6, To: 6, Count: 1},
			{Lane: "age", Reason: transport.DroppedAge, From: 1, To: 3, Count: 3},
		}
		got := first()
		// Wherever a reader was in between, neighbours may come in pieces.
		if diff := cmp.Diff(want, joined(got), ignoreAt); diff != "" {
			t.Errorf("drops (-want +got):\n%s", diff)
		}
		if !got[0].At.Equal(began) {
			t.Errorf("the first drop was at %v; want %v", got[0].At, began)
		}
		if diff := cmp.Diff(want[2:], joined(second()), ignoreAt); diff != "" {
			t.Errorf("drops of the second reader (-want +got):\n%s", diff)
		}
	})
}

// joined puts neighbours together again.
func joined(ds []transport.Drop) (out []transport.Drop) {
	for _, d := range ds {
		if n := len(out); n > 0 && out[n-1].Lane == d.Lane && out[n-1].Reason == d.Reason && (d.From == 0 || out[n-1].To+1 == d.From) {
			out[n-1].To = d.To
			out[n-1].Count += d.Count
			continue
		}
		out = append(out, d)
	}
	return out
}

// A reader that is slow is told how many it missed, and no drop is counted
// twice or not at all.
func TestDropsOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := mustOpen(t, t.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{
			{Name: "a", MaxCount: 1, OnFull: transport.DropOldest, Sync: transport.InMemory},
			{Name: "b", MaxCount: 1, OnFull: transport.DropNewest, Sync: transport.InMemory},
		}})
		publish := func(n int) { // lanes in turn: nothing can be joined
			for range n {
				for _, lane := range []string{"a", "b"} {
					mustPublish(t, out, transport.Message{Topic: "t", Lane: lane})
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var told, missed, entries uint64
		reading, more := make(chan bool), make(chan bool)
		var wg sync.WaitGroup
		wg.Go(func() {
			for d := range out.Drops(ctx) {
				entries++
				told += d.Count
				missed += d.Missed
				if entries == 1 {
					reading <- true
					<-more
				}
			}
		})
		synctest.Wait()
		publish(2)
		<-reading
		publish(3000)
		close(more)
		synctest.Wait()
		publish(1) // tells what was missed
		synctest.Wait()
		cancel()
		wg.Wait()
		stats := out.Stats()
		all := stats.Lane("a").TotalDropped() + stats.Lane("b").TotalDropped()
		if told+missed != all {
			t.Errorf("%d told, %d missed; want %d in all", told, missed, all)
		}
		if entries < 1024 || entries > 1040 {
			t.Errorf("%d entries; want the first, 1024 that waited, and the last ones", entries)
		}
	})
}
