package transport_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
)

// When telemetry, or somebody else, has filled the disk, alarms are still
// accepted, from the reserve; as the broker acknowledges, the disk empties and
// everything is as before.
func TestReserveTakesAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		fsys := crashfs.New(1)
		fsys.Capacity(200_000)
		out := mustOpenFS(t, "/outbox", d, &transport.Options{SegmentBytes: 4096}, fsys)
		accepted := make(map[string]bool)
		flood := func(lane string) (n int) {
			t.Helper()
			for {
				m := transport.Message{Topic: "t", Lane: lane, Payload: fmt.Appendf(nil, "%s %d", lane, len(accepted))}
				_, err := out.Publish(t.Context(), m)
				if errors.Is(err, transport.ErrFull) && errors.Is(err, syscall.ENOSPC) {
					return n
				}
				if err != nil {
					t.Fatalf("Publish on a full disk = %v; want ErrFull", err)
				}
				accepted[string(m.Payload)] = true
				n++
			}
		}
		flood(transport.DefaultLane)
		for round := range 2 {
			if n := flood("alarm"); n < 20 {
				t.Errorf("round %d: %d alarms accepted on a full disk; want a file full", round, n)
			}
			if l := out.Stats().Lane("alarm"); l.ReserveBytes != 0 {
				t.Errorf("round %d: %d bytes of reserve; want it used up", round, l.ReserveBytes)
			}
			stop := run(t, out)
			drain(t, out)
			time.Sleep(2 * time.Second) // the acknowledgements are stored, the reserve is made again
			stop()
			if l := out.Stats().Lane("alarm"); l.ReserveBytes != 4096 {
				t.Errorf("round %d: %d bytes of reserve after all is delivered; want 4096", round, l.ReserveBytes)
			}
			if l := out.Stats().Lane(transport.DefaultLane); l.Segments > 1 {
				t.Errorf("round %d: %d telemetry files after all is delivered; want 1", round, l.Segments)
			}
			if n := flood(transport.DefaultLane); n < 100 {
				t.Errorf("round %d: %d messages accepted after all is delivered; want the disk full of them", round, n)
			}
		}
		run(t, out)
		drain(t, out)
		if got := payloads(b.Messages()); len(got) != len(accepted) {
			t.Errorf("%d messages arrived; want the %d accepted, once each", len(got), len(accepted))
		}
		for _, p := range payloads(b.Messages()) {
			if !accepted[p] {
				t.Errorf("%q arrived and was not accepted", p)
			}
		}
	})
}

// The disk is full at the nth call that needs room, for every n and a few calls
// from there on: producers see ErrFull at worst, and what was accepted arrives.
func TestDiskFullAtEveryCall(t *testing.T) {
	const n = 60
	points, refused := 0, 0
	for at := 0; ; at++ {
		fired := false
		synctest.Test(t, func(t *testing.T) {
			b, d := rig(t, nil)
			fsys := crashfs.New(uint64(at))
			calls := 0
			fsys.Fail(func(op, _ string) error {
				switch op {
				case "create", "preallocate", "write", "sync":
				default:
					return nil
				}
				calls++
				if calls > at && calls <= at+1+at%4 {
					fired = true
					return syscall.ENOSPC
				}
				return nil
			})
			o := &transport.Options{SegmentBytes: 4096}
			out, err := transport.OpenFS("/outbox", d, o, fsys)
			if err != nil {
				if !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("full at call %d: Open = %v; want ENOSPC", at, err)
				}
				fsys.Fail(nil)
				out = mustOpenFS(t, "/outbox", d, o, fsys)
			} else {
				t.Cleanup(func() { out.Close() })
			}
			run(t, out)
			accepted := make(map[string]bool)
			for i := range n {
				lane := [...]string{"alarm", transport.DefaultLane}[i%2]
				m := transport.Message{Topic: lane, Lane: lane, Payload: fmt.Appendf(nil, "%d %0200d", i, i)}
				switch _, err := out.Publish(t.Context(), m); {
				case err == nil:
					accepted[string(m.Payload)] = true
				case errors.Is(err, transport.ErrFull):
					refused++
				default:
					t.Fatalf("full at call %d: Publish = %v; want ErrFull", at, err)
				}
				time.Sleep(300 * time.Millisecond)
			}
			drain(t, out)
			if len(accepted) < n-10 {
				t.Errorf("full at call %d: %d of %d accepted; want nearly all", at, len(accepted), n)
			}
			arrived := make(map[string]bool)
			for _, p := range payloads(b.Messages()) {
				arrived[p] = true
			}
			for p := range accepted {
				if !arrived[p] {
					t.Errorf("full at call %d: message %.10q was accepted and is lost", at, p)
				}
			}
			balanced(t, out)
		})
		if !fired || t.Failed() {
			break
		}
		points++
	}
	t.Logf("%d points, %d messages refused", points, refused)
	if points < 100 || refused == 0 {
		t.Errorf("%d points, %d messages refused; want more", points, refused)
	}
}
