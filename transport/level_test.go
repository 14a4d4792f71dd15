package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// levels collects what Levels yields.
func levels(ctx context.Context, out *transport.Outbox, lane string) (got func() []transport.Level, wait func()) {
	var mu sync.Mutex
	var seen []transport.Level
	var wg sync.WaitGroup
	wg.Go(func() {
		for l := range out.Levels(ctx, lane) {
			mu.Lock()
			seen = append(seen, l)
			mu.Unlock()
		}
	})
	synctest.Wait()
	return func() []transport.Level {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seen)
	}, wg.Wait
}

// The level rises at three quarters, is full when somebody did not fit, and
// falls below half.
func TestLevels(t *testing.T) {
	const low, high, full = transport.LevelLow, transport.LevelHigh, transport.LevelFull
	for _, tc := range []struct {
		rule transport.OnFull
		over int // how many are published beyond the bound
		want []transport.Level
	}{
		{transport.Reject, 0, []transport.Level{low, high, low}},
		{transport.Reject, 1, []transport.Level{low, high, full, high, low}},
		{transport.Block, 1, []transport.Level{low, high, full, high, low}},
		{transport.DropOldest, 3, []transport.Level{low, high, full, high, low}},
		{transport.DropNewest, 3, []transport.Level{low, high, full, high, low}},
	} {
		t.Run(fmt.Sprint(tc.rule, tc.over), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				b.Script(transporttest.Script{Latency: time.Millisecond})
				out := mustOpen(t, t.TempDir(), d, &transport.Options{Window: 1, Lanes: []transport.Lane{
					{Name: transport.DefaultLane, MaxCount: 8, OnFull: tc.rule},
				}})
				ctx, cancel := context.WithCancel(t.Context())
				got, wait := levels(ctx, out, "")
				for n := range 8 + tc.over {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_, err := out.Publish(ctx, transport.Message{Topic: "t"})
					cancel()
					if refused := n >= 8 && (tc.rule == transport.Reject || tc.rule == transport.Block); (err != nil) != refused {
						t.Fatal(err)
					}
					synctest.Wait()
					want := low
					if n >= 5 {
						want = high
					}
					if n >= 8 {
						want = full
					}
					if s := out.Stats().Lane(transport.DefaultLane); s.Level != want {
						t.Errorf("after %d of 8: %v; want %v", n+1, s.Level, want)
					}
				}
				run(t, out)
				drain(t, out)
				cancel()
				wait()
				if diff := cmp.Diff(tc.want, got()); diff != "" {
					t.Errorf("levels (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Between half and three quarters the level stays where it is.
func TestLevelHysteresis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, MaxCount: 1000, MaxBytes: 16 * 1024, MaxAge: time.Minute},
		}})
		b.Script(transporttest.Script{Latency: time.Millisecond})
		run(t, out)
		got, wait := levels(t.Context(), out, transport.DefaultLane)
		for range 3 {
			for out.Stats().Lane(transport.DefaultLane).Level == transport.LevelLow {
				// Far from MaxCount: bytes are what is tight.
				mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 900)})
				if out.Stats().Lane(transport.DefaultLane).Bytes > 16*1024*8/10 {
					t.Fatal("more than three quarters are used and the level is low")
				}
			}
			synctest.Wait() // the reader has seen it
			drain(t, out)
			synctest.Wait()
		}
		const low, high = transport.LevelLow, transport.LevelHigh
		if diff := cmp.Diff([]transport.Level{low, high, low, high, low, high, low}, got()); diff != "" {
			t.Errorf("levels (-want +got):\n%s", diff)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		wait() // Close ends the loop
		for range out.Levels(t.Context(), "no such lane") {
			t.Error("a lane that does not exist has a level")
		}
	})
}

// A full disk is a full lane, until something can be stored again.
func TestLevelOfAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys := crashfs.New(1)
		out := mustOpenFS(t, "/outbox", noDialer{}, &transport.Options{SegmentBytes: 4096}, fsys)
		got, wait := levels(t.Context(), out, "")
		fsys.Fail(func(op, _ string) error {
			if op == "create" || op == "preallocate" {
				return syscall.ENOSPC
			}
			return nil
		})
		for range 3 {
			if _, err := out.Publish(t.Context(), transport.Message{Topic: "t"}); !errors.Is(err, transport.ErrFull) {
				t.Fatalf("Publish = %v; want ErrFull", err)
			}
			synctest.Wait()
		}
		fsys.Fail(nil)
		mustPublish(t, out, transport.Message{Topic: "t"})
		const low, full = transport.LevelLow, transport.LevelFull
		if diff := cmp.Diff([]transport.Level{low, full, low}, got()); diff != "" {
			t.Errorf("levels (-want +got):\n%s", diff)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		wait()
	})
}
