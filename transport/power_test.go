package transport_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
)

// The power goes at any call to the disk, while messages are published and
// delivered: everything accepted arrives after it, and little arrives again.
func TestPowerCut(t *testing.T) {
	const n = 150
	cuts := 0
	for at := 1; ; at += 1 + at/32 {
		done := false
		synctest.Test(t, func(t *testing.T) {
			b, d := rig(t, nil)
			fsys := crashfs.New(uint64(at))
			fsys.CrashAt(at)
			o := &transport.Options{SegmentBytes: 4096}
			accepted := make(map[string]bool)
			if out, err := transport.OpenFS("/outbox", d, o, fsys); err == nil {
				stop := run(t, out)
				for i := range n {
					lane := [...]string{"alarm", transport.DefaultLane}[i%2]
					m := transport.Message{Topic: lane, Lane: lane, Payload: fmt.Appendf(nil, "%d", i)}
					if _, err := out.Publish(t.Context(), m); err != nil {
						break
					}
					accepted[string(m.Payload)] = true
					time.Sleep(100 * time.Millisecond)
				}
				done = len(accepted) == n
				stop()
				out.Close() // its errors are the crash's
			}
			cuts++
			out := mustOpenFS(t, "/outbox", d, o, fsys.Reboot())
			run(t, out)
			drain(t, out)
			arrived := make(map[string]int)
			for _, m := range b.Messages() {
				arrived[string(m.Payload)]++
			}
			for id := range accepted {
				if arrived[id] == 0 {
					t.Errorf("cut at call %d: message %s was accepted and is lost", at, id)
				}
			}
			if again := len(b.Messages()) - len(arrived); again > 40 {
				t.Errorf("cut at call %d: %d messages arrived again; want at most those of a second and the window", at, again)
			}
			for _, l := range out.Stats().Lanes {
				if l.TotalDropped() > 0 {
					t.Errorf("cut at call %d: lane %q dropped %v", at, l.Name, l.Dropped)
				}
			}
		})
		if done {
			break
		}
	}
	t.Logf("%d power cuts", cuts)
}
