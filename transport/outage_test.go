package transport_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
)

// A device measures three things each second and has no link for 20 minutes, with
// room for five.
func TestThinOverAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Cut()
		const room = 900
		out := mustOpen(t, t.TempDir(), d, &transport.Options{BackoffMax: time.Second, Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Sync: transport.SyncNone, MaxCount: room, OnFull: transport.Thin},
		}})
		run(t, out)
		measure := func(from, to int) {
			for i := from; i < to; i++ {
				for _, topic := range []string{"a", "b", "c"} {
					mustPublish(t, out, transport.Message{Topic: topic, Payload: fmt.Append(nil, i)})
				}
				time.Sleep(time.Second)
			}
		}
		// Half of the room holds each 150 s at full, half, quarter, ... rate:
		// eight times that are 20 minutes.
		const outage = 1200
		measure(0, outage)
		l := out.Stats().Lane(transport.DefaultLane)
		if l.Pending > room || l.Dropped[transport.DroppedOldest] > 0 || l.Dropped[transport.DroppedThinned] == 0 {
			t.Errorf("lane %+v; want it thinned and nothing pushed out", l)
		}
		b.Restore()
		drain(t, out)
		measure(outage, outage+60)
		drain(t, out)
		at := map[string][]int{}
		for _, m := range b.Messages() {
			var i int
			if _, err := fmt.Sscan(string(m.Payload), &i); err != nil {
				t.Fatal(err)
			}
			at[m.Topic] = append(at[m.Topic], i)
		}
		for topic, is := range at {
			if is[0] != 0 || is[len(is)-1] != outage+59 {
				t.Errorf("topic %q: from %d to %d; want all of it", topic, is[0], is[len(is)-1])
			}
			for k := 1; k < len(is); k++ {
				gap, want := is[k]-is[k-1], 1
				if is[k] <= outage { // each 150 s the resolution is halved, give or take one
					want = 2 << (is[k] / 150)
				}
				if gap < 1 || gap > want {
					t.Errorf("topic %q: a gap of %d s at %d s; want at most %d", topic, gap, is[k], want)
				}
			}
		}
	})
}
