package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// A flood of telemetry is on its way when the alarm comes: the alarm passes all
// that is not yet sent, and the window has room for it.
func TestAlarmOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		// The broker takes everything and acknowledges nothing: the window fills.
		hold := true
		b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return hold }})
		out := mustOpen(t, t.TempDir(), d, nil)
		for i := range 200 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		run(t, out)
		synctest.Wait()
		if n := len(b.Messages()); n != 19 {
			t.Errorf("%d telemetry messages in flight; want 19 of the window of 20", n)
		}
		for range 10 {
			mustPublish(t, out, transport.Message{Topic: "a", Lane: "alarm"})
		}
		synctest.Wait()
		got := b.Messages()
		if len(got) != 20 || got[19].Topic != "a" {
			t.Errorf("%d messages, %v; want 19 of telemetry and an alarm", len(got), topics(got))
		}
		if l := out.Stats().Lane("alarm"); l.InFlight != 1 || l.Pending != 10 {
			t.Errorf("alarm lane: %+v; want 1 in flight of 10", l)
		}
		hold = false
		b.HangUp()
		drain(t, out)
		// On the new connection all alarms come before all telemetry.
		second := topics(b.Messages()[20:])
		if i := slices.Index(second, "t"); i != 10 || slices.Contains(second[i:], "a") {
			t.Errorf("second connection begins %v; want 10 alarms, then telemetry only", second[:min(len(second), 20)])
		}
		if n := b.Stats().MaxInFlight; n != 20 {
			t.Errorf("%d in flight; want 20", n)
		}
	})
}

func topics(ms []transporttest.Message) []string {
	var s []string
	for _, m := range ms {
		s = append(s, m.Topic)
	}
	return s
}

func TestEqualPrioritiesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{
			Window: 1, Lanes: []transport.Lane{{Name: "a"}, {Name: "b"}},
		})
		for range 5 {
			mustPublish(t, out, transport.Message{Topic: "a", Lane: "a"})
			mustPublish(t, out, transport.Message{Topic: "b", Lane: "b"})
		}
		run(t, out)
		drain(t, out)
		if got := strings.Join(topics(b.Messages()), ""); got != "ababababab" {
			t.Errorf("order %s; want turns", got)
		}
	})
}

func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{{
			Name: transport.DefaultLane,
			Batch: &transport.Batch{
				MaxMessages: 4, MaxBytes: 64, MaxDelay: 5 * time.Second,
			},
		}}})
		run(t, out)
		synctest.Wait()
		publish := func(topic, payload string) transport.Receipt {
			return mustPublish(t, out, transport.Message{Topic: topic, Payload: []byte(payload)})
		}
		for i := range 5 {
			publish("a", fmt.Sprint(i)) // 4 and 1
		}
		publish("b", `{"x": 1}`) // another topic closes the batch of one
		synctest.Wait()
		want := []string{"[0,1,2,3]", "[4]"}
		if diff := cmp.Diff(want, payloads(b.Messages())); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		time.Sleep(4999 * time.Millisecond)
		synctest.Wait()
		if n := len(b.Messages()); n != 2 {
			t.Errorf("%d batches before MaxDelay; want 2", n)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		// Batches bounded by bytes, and a message longer than the bound.
		r := publish("a", `"`+strings.Repeat("x", 25)+`"`)
		publish("a", `"`+strings.Repeat("y", 25)+`"`)
		publish("a", `"`+strings.Repeat("z", 25)+`"`)
		publish("a", `"`+strings.Repeat("w", 200)+`"`)
		if err := r.Delivered(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !r.Acknowledged() {
			t.Error("Acknowledged() = false; want true")
		}
		began := time.Now()
		drain(t, out) // does not wait for MaxDelay
		if d := time.Since(began); d > 100*time.Millisecond {
			t.Errorf("Drain took %v; want no more than the last confirmation", d)
		}
		got := payloads(b.Messages())
		var lens []int
		for _, p := range got {
			var items []json.RawMessage
			if err := json.Unmarshal([]byte(p), &items); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			lens = append(lens, len(items))
		}
		if diff := cmp.Diff([]int{4, 1, 1, 2, 1, 1}, lens); diff != "" {
			t.Errorf("messages in batches (-want +got):\n%s", diff)
		}
		if got[2] != `[{"x": 1}]` {
			t.Errorf("batch of one = %s", got[2])
		}
		if l := out.Stats().Lane(transport.DefaultLane); l.Acknowledged != 10 {
			t.Errorf("%d acknowledged; want 10", l.Acknowledged)
		}
	})
}

// A batch in flight when the link goes is sent again whole, as is the one whose
// acknowledgement came right before.
func TestBatchIsAUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		n := 0
		b.Script(transporttest.Script{HangUp: func(transporttest.Message) bool { n++; return n == 2 }})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{
			Window: 1,
			Lanes:  []transport.Lane{{Name: transport.DefaultLane, Batch: &transport.Batch{MaxMessages: 3}}},
		})
		for i := range 9 {
			mustPublish(t, out, transport.Message{Topic: "a", Payload: fmt.Append(nil, i)})
		}
		run(t, out)
		drain(t, out)
		if diff := cmp.Diff([]string{"[0,1,2]", "[0,1,2]", "[3,4,5]", "[6,7,8]"}, payloads(b.Messages())); diff != "" {
			t.Errorf("batches (-want +got):\n%s", diff)
		}
	})
}

func TestFullLane(t *testing.T) {
	for _, tc := range []struct {
		rule     transport.OnFull
		sync     transport.Sync
		err      error
		left     string
		accepted uint64
		reason   transport.Reason
		dropped  uint64
	}{
		{transport.Reject, transport.SyncAlways, transport.ErrFull, "0123", 4, 0, 0},
		{transport.DropOldest, transport.SyncAlways, nil, "2345", 6, transport.DroppedOldest, 2},
		{transport.DropOldest, transport.InMemory, nil, "2345", 6, transport.DroppedOldest, 2},
		{transport.DropNewest, transport.SyncNone, nil, "0123", 6, transport.DroppedNewest, 2},
		{transport.Thin, transport.SyncAlways, nil, "0124", 6, transport.DroppedThinned, 2},
		{transport.Block, transport.SyncInterval, context.DeadlineExceeded, "0123", 4, 0, 0},
	} {
		t.Run(fmt.Sprint(tc.rule, tc.sync), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, d := rig(t, nil)
				out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
					{Name: transport.DefaultLane, MaxCount: 4, OnFull: tc.rule, Sync: tc.sync},
				}})
				var receipts []transport.Receipt
				for i := range 6 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					r, err := out.Publish(ctx, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
					cancel()
					var want error
					if i >= 4 {
						want = tc.err
					}
					if !errors.Is(err, want) {
						t.Errorf("Publish %d = %v; want %v", i, err, want)
					}
					receipts = append(receipts, r)
				}
				run(t, out)
				drain(t, out)
				if got := strings.Join(payloads(b.Messages()), ""); got != tc.left {
					t.Errorf("delivered %s; want %s", got, tc.left)
				}
				l := out.Stats().Lane(transport.DefaultLane)
				if l.Accepted != tc.accepted || l.Dropped[tc.reason] != tc.dropped || l.TotalDropped() != tc.dropped {
					t.Errorf("stats %+v; want %d accepted, %d dropped", l, tc.accepted, tc.dropped)
				}
				if l.Accepted+l.Rejected < 6 && tc.rule == transport.Reject {
					t.Errorf("stats %+v; want 2 rejected", l)
				}
				for i, r := range receipts {
					delivered := strings.Contains(tc.left, fmt.Sprint(i))
					if r.Acknowledged() != delivered {
						t.Errorf("receipt %d: Acknowledged() = %v; want %v", i, !delivered, delivered)
					}
					if err := r.Delivered(t.Context()); !delivered && !errors.Is(err, transport.ErrDropped) {
						t.Errorf("receipt %d: Delivered = %v; want ErrDropped", i, err)
					}
				}
			})
		})
	}
}

// A producer that waits for room goes on when the link makes some.
func TestBlockEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, MaxBytes: 1000},
		}})
		done := make(chan error)
		go func() {
			for range 100 {
				if _, err := out.Publish(t.Context(), transport.Message{Topic: "t", Payload: make([]byte, 100)}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		synctest.Wait()
		if l := out.Stats().Lane(transport.DefaultLane); l.Pending == 0 || l.Bytes > 1000 {
			t.Errorf("blocked with %d pending, %d bytes; want some within 1000", l.Pending, l.Bytes)
		}
		run(t, out)
		if err := <-done; err != nil {
			t.Error(err)
		}
		drain(t, out)
	})
}

// What is in flight cannot be dropped; what it replaced is counted.
func TestDropOldestSparesInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return true }})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Window: 2, Lanes: []transport.Lane{
			{Name: transport.DefaultLane, MaxCount: 3, OnFull: transport.DropOldest},
		}})
		run(t, out)
		for i := range 3 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		synctest.Wait()
		for i := 3; i < 10; i++ {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		if l := out.Stats().Lane(transport.DefaultLane); l.Pending != 3 || l.InFlight != 2 || l.Dropped[transport.DroppedOldest] != 7 {
			t.Errorf("stats %+v; want 3 pending, 2 in flight, 7 dropped", l)
		}
		b.Script(transporttest.Script{})
		b.HangUp()
		drain(t, out)
		got := payloads(b.Messages())
		if diff := cmp.Diff([]string{"0", "1", "0", "1", "9"}, got); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
	})
}

func TestAgeAndExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Cut()
		dir := t.TempDir()
		o := &transport.Options{BackoffMax: 5 * time.Second, Lanes: []transport.Lane{
			{Name: "old", MaxAge: time.Minute},
			{Name: transport.DefaultLane},
		}}
		out := mustOpen(t, dir, d, o)
		stop := run(t, out)
		mustPublish(t, out, transport.Message{Topic: "old", Lane: "old"})
		mustPublish(t, out, transport.Message{Topic: "short", Expiry: 50 * time.Second})
		mustPublish(t, out, transport.Message{Topic: "for ever"})
		time.Sleep(30 * time.Second)
		mustPublish(t, out, transport.Message{Topic: "young", Lane: "old"})
		time.Sleep(29 * time.Second)
		if l := out.Stats().Lane("old"); l.Pending != 2 || l.OldestAge != 59*time.Second {
			t.Errorf("after 59 s: %+v; want 2 pending, the oldest 59 s old", l)
		}
		stop()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		// A day without power does not count, whatever the clock says.
		time.Sleep(24 * time.Hour)
		out = mustOpen(t, dir, d, o)
		run(t, out)
		synctest.Wait()
		if l := out.Stats().Lane("old"); l.Pending != 2 {
			t.Errorf("after the restart: %+v; want 2 pending", l)
		}
		// The clock goes on from the youngest message found: 30 s have passed
		// between the two, so the old one has 30 s left.
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if l := out.Stats().Lane("old"); l.Pending != 1 || l.Dropped[transport.DroppedAge] != 1 {
			t.Errorf("61 s on: %+v; want 1 dropped for its age without being sent", l)
		}
		b.Restore()
		drain(t, out)
		if diff := cmp.Diff([]string{"young", "for ever"}, topics(b.Messages()), cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		if l := out.Stats().Lane(transport.DefaultLane); l.Dropped[transport.DroppedExpired] != 1 {
			t.Errorf("stats %+v; want 1 expired", l)
		}
	})
}

// AtMostOnce: QoS 0, in memory, never again.
func TestAtMostOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		dir := t.TempDir()
		out := mustOpen(t, dir, d, nil)
		r := mustPublish(t, out, transport.Message{Topic: "once", AtMostOnce: true})
		mustPublish(t, out, transport.Message{Topic: "kept"})
		if r.Seq()>>63 != 1 {
			t.Errorf("Seq() = %#x; want the highest bit", r.Seq())
		}
		stop := run(t, out)
		drain(t, out)
		stop()
		for _, m := range b.Messages() {
			if want := map[string]byte{"once": 0, "kept": 1}[m.Topic]; m.QoS != want {
				t.Errorf("%s has QoS %d", m.Topic, m.QoS)
			}
		}
		if err := r.Delivered(t.Context()); err != nil {
			t.Errorf("Delivered = %v; want nil", err)
		}
		mustPublish(t, out, transport.Message{Topic: "once", AtMostOnce: true})
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		out = mustOpen(t, dir, d, nil)
		if l := out.Stats().Lane(transport.DefaultLane); l.Pending != 0 {
			t.Errorf("after a restart: %+v; want nothing pending", l)
		}
	})
}

// A disk without room is ErrFull, the process goes on, and so does the lane
// when there is room again.
func TestDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		fsys := crashfs.New(1)
		out := mustOpenFS(t, "/outbox", d, &transport.Options{SegmentBytes: 4096}, fsys)
		fsys.Fail(func(op, _ string) error {
			if op == "create" || op == "preallocate" {
				return syscall.ENOSPC
			}
			return nil
		})
		_, err := out.Publish(t.Context(), transport.Message{Topic: "t", Payload: []byte("no room")})
		if !errors.Is(err, transport.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Publish = %v; want ErrFull and ENOSPC", err)
		}
		if l := out.Stats().Lane(transport.DefaultLane); l.Rejected != 1 || l.Accepted != 0 || l.Pending != 0 {
			t.Errorf("stats %+v; want 1 rejected", l)
		}
		fsys.Fail(nil)
		mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("room")})
		run(t, out)
		drain(t, out)
		if diff := cmp.Diff([]string{"room"}, payloads(b.Messages())); diff != "" {
			t.Error(diff)
		}
	})
}

// When the disk takes no more acknowledgements, delivery goes on.
func TestFailingDiskDoesNotStopDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		fsys := crashfs.New(1)
		out := mustOpenFS(t, "/outbox", d, nil, fsys)
		const n = 1000
		for i := range n {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		fsys.Fail(func(op, _ string) error {
			if op == "write" || op == "sync" || op == "create" {
				return syscall.EIO
			}
			return nil
		})
		run(t, out)
		drain(t, out)
		if got := len(b.Messages()); got != n {
			t.Errorf("%d messages; want %d, once each", got, n)
		}
		fsys.Fail(nil)
	})
}
