package transport_test

import (
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// wire is what messages took as PUBLISH packets of QoS 1.
func wire(ms []transporttest.Message) (n int64) {
	for _, m := range ms {
		size := 2 + len(m.Topic) + 2 + len(m.Payload)
		n += int64(2 + size)
		for ; size > 127; size >>= 7 {
			n++
		}
	}
	return n
}

func TestDailyBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		var wall settable
		zone := time.FixedZone("", -5*3600)
		wall.set(time.Date(2026, 3, 5, 22, 0, 0, 0, zone))
		const budget = 100_000
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Location: zone, Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1},
			{Name: transport.DefaultLane, DailyBytes: budget},
		}})
		out.SetWall(wall.now)
		for i := range 4000 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Appendf(nil, "%0100d", i)})
		}
		run(t, out)
		const packet = 2 + 2 + 1 + 2 + 100
		seen := 0
		day := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			ms := b.Messages()[seen:]
			seen += len(ms)
			if got := wire(ms); got > want || got < want-packet {
				t.Errorf("%s: %d bytes; want %d and not more", what, got, want)
			}
		}
		day("the first evening", budget)
		if s := out.Stats().Lane(transport.DefaultLane); s.SpentToday > budget || s.SpentToday <= budget-packet {
			t.Errorf("SpentToday = %d; want nearly %d", s.SpentToday, budget)
		}
		mustPublish(t, out, transport.Message{Topic: "a", Lane: "alarm"})
		synctest.Wait()
		if ms := b.Messages()[seen:]; len(ms) != 1 || ms[0].Topic != "a" {
			t.Errorf("%v went when the budget was used up; want the alarm", topics(ms))
		}
		seen++
		time.Sleep(2*time.Hour - time.Second)
		day("before midnight", 0)
		time.Sleep(2 * time.Second)
		day("after midnight", budget)
		// A step to a later date is a new day, noticed within a minute; one within
		// the day is none, and one back only after 24 hours.
		wall.jump(3 * time.Hour)
		time.Sleep(time.Minute)
		day("three hours on", 0)
		wall.jump(decade)
		time.Sleep(time.Minute)
		day("ten years on", budget)
		wall.jump(-2 * decade)
		time.Sleep(time.Minute)
		day("twenty years back", 0)
		time.Sleep(24*time.Hour - 2*time.Minute)
		day("nearly 24 hours later", 0)
		time.Sleep(time.Minute)
		day("24 hours later", budget)
		drainable := int64(4000*packet) - 4*(budget-budget%packet)
		time.Sleep(24 * time.Hour)
		day("the rest", drainable)
		for i, m := range b.Messages() {
			if m.Topic == "t" {
				if want := fmt.Sprintf("%0100d", i-btoi(i > 934)); string(m.Payload) != want {
					t.Fatalf("message %d is %s; want order kept", i, m.Payload)
				}
			}
		}
		if s := out.Stats().Lane(transport.DefaultLane); s.TotalDropped() != 0 || s.Pending != 0 {
			t.Errorf("lane %+v; want all delivered", s)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A budget in memory, batches that are cut to what is left, and messages that
// no day has room for.
func TestBudgetEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Location: time.UTC, Lanes: []transport.Lane{
			{Name: "memory", DailyBytes: 1000, Sync: transport.InMemory},
			{Name: "batch", DailyBytes: 1000, Batch: &transport.Batch{MaxMessages: 10, Format: transport.BatchFrames}},
			{Name: "large", DailyBytes: 1000},
		}})
		publish := func(lane string, n, size int) {
			for range n {
				mustPublish(t, out, transport.Message{Topic: lane, Lane: lane, Payload: make([]byte, size)})
			}
		}
		publish("memory", 30, 88)
		publish("batch", 30, 59)
		publish("large", 1, 100)
		publish("large", 2, 5000)
		publish("large", 1, 100)
		run(t, out)
		perDay := map[string][]int{}
		for day := range 4 {
			from := len(b.Messages())
			time.Sleep(time.Duration(12+12*min(day, 1)) * time.Hour) // until noon
			synctest.Wait()
			bytes := map[string]int{}
			for _, m := range b.Messages()[from:] {
				bytes[m.Topic] += len(m.Payload)
			}
			for _, lane := range []string{"memory", "batch", "large"} {
				perDay[lane] = append(perDay[lane], bytes[lane])
			}
		}
		// 10 packets of 100 bytes a day; batches of 10, 5 and 1 frames of 60
		// bytes; the large ones alone.
		want := map[string]string{"memory": "[880 880 880 0]", "batch": "[960 840 0 0]", "large": "[100 5000 5000 100]"}
		for lane, days := range perDay {
			if got := fmt.Sprint(days); got != want[lane] {
				t.Errorf("%s: %s bytes of payload a day; want %s", lane, got, want[lane])
			}
		}
	})
}

// A crash never lets the lane send more than its budget, and takes at most a
// 64th from it; a clean restart takes nothing.
func TestBudgetSurvivesCrashes(t *testing.T) {
	const budget = 64_000
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			b, d := rig(t, nil)
			o := &transport.Options{Location: time.UTC, SegmentBytes: 4096, Lanes: []transport.Lane{
				{Name: transport.DefaultLane, DailyBytes: budget, Sync: transport.SyncNone},
			}}
			fsys := crashfs.New(seed)
			restarts := int64(0)
			crashes := int64(0) // with the outbox open
			for {
				at := 40 + (int(seed)+7*int(restarts))%100
				fsys.CrashAt(at)
				// With the power, the link goes too.
				power := fsys
				b.Script(transporttest.Script{HangUp: func(transporttest.Message) bool { return power.Ops() >= at }})
				out, err := transport.OpenFS("/outbox", d, o, fsys)
				if err == nil {
					crashes++
					for i := range 40 {
						_, _ = out.Publish(t.Context(), transport.Message{Topic: "t", Payload: fmt.Appendf(nil, "%093d", i)})
					}
					stop := run(t, out)
					synctest.Wait()
					stop()
					_ = out.Close()
				}
				fsys = fsys.Reboot()
				restarts++
				if got := wire(b.Messages()); got > budget {
					t.Fatalf("seed %d: %d bytes were sent in one day; want at most %d", seed, got, budget)
				}
				if restarts == 30 {
					break
				}
			}
			if got := wire(b.Messages()); got+crashes*budget/64 < budget {
				t.Errorf("seed %d: %d bytes sent with %d crashes; want what they left", seed, got, crashes)
			}
		})
	}
}

func TestBudgetAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		dir := t.TempDir()
		o := &transport.Options{Location: time.UTC, Lanes: []transport.Lane{{Name: transport.DefaultLane, DailyBytes: 10_000}}}
		for i := range 20 {
			out := mustOpen(t, dir, d, o)
			for range 10 {
				mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 93)})
			}
			stop := run(t, out)
			synctest.Wait()
			stop()
			if got, want := len(b.Messages()), min(10*(i+1), 100); got != want {
				t.Fatalf("after %d restarts: %d packets of 100 bytes; want %d of a budget of 10,000 bytes", i, got, want)
			}
			if err := out.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A device without a battery clock boots in 1970 and is told the time a little
// later: that gives it nothing that it has spent.
func TestBudgetWithoutABatteryClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		dir := t.TempDir()
		o := &transport.Options{Location: time.UTC, Lanes: []transport.Lane{{Name: transport.DefaultLane, DailyBytes: 10_000}}}
		var wall settable
		for i := range 6 {
			out := mustOpen(t, dir, d, o)
			out.SetWall(wall.now)
			wall.set(time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC))
			for range 70 {
				mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 93)})
			}
			stop := run(t, out)
			time.Sleep(2 * time.Minute)
			wall.set(time.Date(2026, 3, 5, 1+i, 0, 0, 0, time.UTC))
			time.Sleep(2 * time.Minute)
			stop()
			// In all, the budget of a day in 1970, before anything was known, and
			// of one in 2026.
			if got, want := len(b.Messages()), min(70*(i+1), 200); got != want {
				t.Errorf("boot %d: %d packets of 100 bytes; want %d", i, got, want)
			}
			if err := out.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// When the disk does not take the note, messages are delivered nevertheless.
func TestBudgetOnAFailingDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		fsys := crashfs.New(1)
		out := mustOpenFS(t, "/outbox", d, &transport.Options{Location: time.UTC, Lanes: []transport.Lane{
			{Name: transport.DefaultLane, DailyBytes: 10_000},
		}}, fsys)
		for range 200 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 93)})
		}
		fsys.Fail(func(op, _ string) error {
			if op == "write" || op == "sync" {
				return syscall.EIO
			}
			return nil
		})
		run(t, out)
		synctest.Wait()
		if n := len(b.Messages()); n != 100 {
			t.Errorf("%d packets of 100 bytes; want the budget of 10,000 bytes", n)
		}
		fsys.Fail(nil)
	})
}
