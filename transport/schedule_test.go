package transport_test

import (
	"fmt"
	"math"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// shares is which part of the bytes of some PUBLISH packets each topic has.
func shares(ms []transporttest.Message) map[string]float64 {
	part := make(map[string]float64)
	total := 0.0
	for _, m := range ms {
		n := 1 + 1 + 2 + len(m.Topic) + 2 + len(m.Payload)
		if n > 129 {
			n++ // the length takes two bytes
		}
		part[m.Topic] += float64(n)
		total += float64(n)
	}
	for topic := range part {
		part[topic] /= total
	}
	return part
}

func TestWeights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{Latency: 100 * time.Microsecond})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Window: 1, Lanes: []transport.Lane{
			{Name: "heavy", Weight: 6, Sync: transport.InMemory},
			{Name: "large", Weight: 3, Sync: transport.InMemory},
			{Name: "small", Sync: transport.InMemory},
		}})
		size := map[string]int{"heavy": 700, "large": 4000, "small": 90}
		fill := func(lane string, bytes int) {
			for range bytes / size[lane] {
				mustPublish(t, out, transport.Message{Topic: lane, Lane: lane, Payload: make([]byte, size[lane])})
			}
		}
		want := func(what string, ms []transporttest.Message, want map[string]float64) {
			t.Helper()
			got := shares(ms)
			for lane, part := range want {
				if math.Abs(got[lane]-part) > 0.05*part {
					t.Errorf("%s: the share of %q is %.3f of %d messages; want %.3f within 5 %%", what, lane, got[lane], len(ms), part)
				}
			}
		}
		fill("heavy", 600_000)
		fill("large", 300_000)
		fill("small", 100_000)
		run(t, out)
		drain(t, out)
		all := b.Messages()
		// They are in balance all the way, not only in the end.
		for _, part := range []float64{0.3, 0.6, 0.9} {
			want("backlog", all[:int(part*float64(len(all)))], map[string]float64{"heavy": 0.6, "large": 0.3, "small": 0.1})
		}
		// heavy is idle for a while: it has saved up nothing for when it comes
		// back, and what it did not use went to the others.
		during := func() []transporttest.Message {
			synctest.Wait() // the window is full of what was published first
			n := len(b.Messages())
			time.Sleep(150 * time.Millisecond)
			synctest.Wait()
			return b.Messages()[n:]
		}
		fill("large", 1_200_000)
		fill("small", 600_000)
		want("heavy idle", during(), map[string]float64{"large": 0.75, "small": 0.25})
		fill("heavy", 900_000)
		want("heavy back", during(), map[string]float64{"heavy": 0.6, "large": 0.3, "small": 0.1})
		drain(t, out)
	})
}

// The same in real time: the rate is held, and reached as far as the machine lets
// the sender wake up in time; with BRINK_LONG, within 1 % over ten seconds.
func TestLaneRateInRealTime(t *testing.T) {
	span, reached := time.Second, 0.5
	if os.Getenv("BRINK_LONG") != "" {
		span, reached = 10*time.Second, 0.99
	}
	for _, rate := range []float64{100, 500} {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Rate: rate, Sync: transport.InMemory},
		}})
		for range int(rate*span.Seconds()) + 200 {
			mustPublish(t, out, transport.Message{Topic: "t"})
		}
		stop := run(t, out)
		eventually(t, "the first packet", func() bool { return len(b.Messages()) > 0 })
		time.Sleep(span + 100*time.Millisecond)
		stop()
		n, began := 0, b.Messages()[0].At
		for _, m := range b.Messages() {
			if m.At.Sub(began) < span {
				n++
			}
		}
		got := float64(n) / span.Seconds()
		t.Logf("%.1f packets a second over %v at a rate of %v", got, span, rate)
		if got < reached*rate || got > 1.01*rate+1/span.Seconds() {
			t.Errorf("%.1f packets a second; want %v to %v", got, reached*rate, rate)
		}
	}
}

// A lane's Rate holds over the lane, whatever else is sent.
func TestLaneRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{Latency: 50 * time.Millisecond})
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1},
			{Name: transport.DefaultLane, Rate: 100, Sync: transport.InMemory},
		}})
		for i := range 2000 {
			mustPublish(t, out, transport.Message{Topic: "t", AtMostOnce: i%2 == 0})
		}
		began := time.Now()
		run(t, out)
		for range 20 {
			time.Sleep(500 * time.Millisecond)
			mustPublish(t, out, transport.Message{Topic: "a", Lane: "alarm"})
		}
		synctest.Wait()
		var at []time.Time
		for _, m := range b.Messages() {
			if m.Topic == "t" {
				at = append(at, m.At)
			} else if late := m.At.Sub(began) % (500 * time.Millisecond); late > time.Millisecond {
				t.Errorf("an alarm took %v; want it at once", late)
			}
		}
		if n := len(at); n < 990 || n > 1010 {
			t.Errorf("%d packets in 10 s; want 1000 within 1 %%", n)
		}
		for i := range at {
			if i >= 101 && at[i].Sub(at[i-101]) < time.Second {
				t.Fatalf("packets %d to %d within %v; want at most 101 in a second", i-101, i, at[i].Sub(at[i-101]))
			}
		}
		// Drain does not hurry.
		began = time.Now()
		drain(t, out)
		if took := time.Since(began); took < 9*time.Second {
			t.Errorf("the second half took %v; want 10 s", took)
		}
	})
}

func TestSplitUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Batch: &transport.Batch{MaxMessages: 3}},
		}})
		for i := range 8 {
			mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		}
		out.SplitUntil(transport.DefaultLane, 4)
		run(t, out)
		drain(t, out)
		if got := fmt.Sprint(payloads(b.Messages())); got != "[[0] [1] [2] [3] [4,5,6] [7]]" {
			t.Errorf("batches %s; want four of one, then three and one", got)
		}
	})
}

// The rules of a lane in memory cost Publish no allocation.
func TestRulesDoNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget")
	}
	batch := &transport.Batch{Format: transport.BatchFrames}
	for _, lane := range []transport.Lane{
		{MaxCount: 100, OnFull: transport.Thin},
		{MaxCount: 100, OnFull: transport.DropOldest, Envelope: true, Batch: batch, Rate: 1, DailyBytes: 1000},
		{MaxCount: 100, OnFull: transport.DropNewest, Window: &transport.Window{Open: "@daily", For: time.Hour}},
	} {
		lane.Name, lane.Sync = transport.DefaultLane, transport.InMemory
		out := mustOpen(t, t.TempDir(), noDialer{}, &transport.Options{Device: "d", Lanes: []transport.Lane{lane}})
		m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
		for range 1000 {
			mustPublish(t, out, m)
		}
		n := testing.AllocsPerRun(1000, func() {
			if _, err := out.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("OnFull %d: Publish allocates %v times; want 0", lane.OnFull, n)
		}
	}
}
