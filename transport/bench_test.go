package transport_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport"
)

// BenchmarkPublish stores messages of 256 bytes, durably, and tells how long the
// slowest hundredth of the calls took at least.
//
//	go test -run '^$' -bench '^BenchmarkPublish$' ./transport
func BenchmarkPublish(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			benchmarkPublish(b, producers, transport.Lane{Name: transport.DefaultLane}, nil)
		})
	}
}

// BenchmarkPublishSealed is the same with encryption at rest.
func BenchmarkPublishSealed(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			benchmarkPublish(b, producers, transport.Lane{Name: transport.DefaultLane},
				&transport.KeyRing{Keys: map[uint32][]byte{0: newKey}})
		})
	}
}

// BenchmarkPublishInMemory keeps the lane in balance by dropping the oldest.
//
//	go test -run '^$' -bench '^BenchmarkPublishInMemory$' ./transport
func BenchmarkPublishInMemory(b *testing.B) {
	out := mustOpen(b, b.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{{
		Name: transport.DefaultLane, Sync: transport.InMemory, MaxCount: 1000, OnFull: transport.DropOldest,
	}}})
	ctx, m := context.Background(), transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Publish(ctx, m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func benchmarkPublish(b *testing.B, producers int, lane transport.Lane, keys *transport.KeyRing) {
	out := mustOpen(b, b.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{lane}, Keys: keys})
	b.ReportAllocs()
	b.ResetTimer()
	took := publishBy(b, out, producers, b.N)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(percentile(took, 0.99))/1e6, "p99-ms")
}

// publishBy publishes n messages with several producers and returns how long
// each call took.
func publishBy(tb testing.TB, out *transport.Outbox, producers, n int) []time.Duration {
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	took := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				began := time.Now()
				if _, err := out.Publish(context.Background(), m); err != nil {
					tb.Error(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	return took
}

// BenchmarkBesideRaw has one producer and a loop that writes as many bytes and
// syncs, and does nothing else, take turns at every message: whatever else the
// disk does, it does to both. The metric ratio is the producer's rate divided by
// the loop's.
//
//	go test -run '^$' -bench '^BenchmarkBesideRaw$' ./transport
func BenchmarkBesideRaw(b *testing.B) {
	besideRaw := newBesideRaw(b)
	for b.Loop() {
		besideRaw.turn()
	}
	b.ReportMetric(float64(b.N)/total(besideRaw.ours).Seconds(), "msg/s")
	b.ReportMetric(float64(b.N)/total(besideRaw.its).Seconds(), "raw/s")
	b.ReportMetric(besideRaw.ratio(), "ratio")
}

// besideRaw lets an outbox and a bare loop take turns.
type besideRaw struct {
	tb        testing.TB
	out       *transport.Outbox
	raw       *rawLog
	ours, its []time.Duration
}

func newBesideRaw(tb testing.TB) *besideRaw {
	tb.Helper()
	return &besideRaw{tb: tb, out: mustOpen(tb, tb.TempDir(), noDialer{}, nil), raw: newRawLog(tb)}
}

func (r *besideRaw) turn() {
	began := time.Now()
	mustPublish(r.tb, r.out, transport.Message{Topic: "plant/line/7/telemetry", Payload: rawRecord[:256]})
	published := time.Now()
	r.raw.append(r.tb)
	r.ours, r.its = append(r.ours, published.Sub(began)), append(r.its, time.Since(published))
}

// ratio is the outbox's rate divided by the loop's.
func (r *besideRaw) ratio() float64 { return float64(total(r.its)) / float64(total(r.ours)) }

func total(times []time.Duration) (sum time.Duration) {
	for _, t := range times {
		sum += t
	}
	return sum
}

// rawLog writes and syncs records as large as those of the messages above, into
// a preallocated file.
type rawLog struct {
	f durable.File
	n int64
}

func newRawLog(b testing.TB) *rawLog {
	b.Helper()
	f, err := durable.OS{}.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return &rawLog{f: f}
}

var rawRecord = make([]byte, 312)

func (r *rawLog) append(b testing.TB) {
	const perFile = 1 << 20 / 312
	at := r.n % perFile
	r.n++
	if at == 0 {
		if err := errors.Join(r.f.Truncate(0), r.f.Preallocate(1<<20)); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := r.f.WriteAt(rawRecord, at*int64(len(rawRecord))); err != nil {
		b.Fatal(err)
	}
	if err := r.f.Sync(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDeliver sends a stored backlog to a broker in the same process.
func BenchmarkDeliver(b *testing.B) {
	_, d := rig(b, nil)
	out := mustOpen(b, b.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
		{Name: transport.DefaultLane, Sync: transport.SyncNone},
	}})
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	for range b.N {
		mustPublish(b, out, m)
	}
	b.ResetTimer()
	run(b, out)
	drain(b, out)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// A lane in memory that is in balance publishes without allocating.
func TestPublishInMemoryAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget")
	}
	out := mustOpen(t, t.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{
		{Name: transport.DefaultLane, Sync: transport.InMemory, MaxCount: 100, OnFull: transport.DropNewest},
		{Name: "free", Sync: transport.InMemory},
	}})
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	for _, lane := range []string{transport.DefaultLane, "free"} {
		m.Lane = lane
		for range 1000 {
			mustPublish(t, out, m)
		}
		// A fresh chunk of 64 KiB each 230 messages or so is all there may be.
		n := testing.AllocsPerRun(1000, func() {
			if _, err := out.Publish(context.Background(), m); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("lane %q: Publish allocates %v times; want 0", lane, n)
		}
	}
}

// The figures of Publish that are promised, on a machine that does nothing else;
// in the gate, few messages and no demands on their speed.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestPublishFigures$' ./transport
func TestPublishFigures(t *testing.T) {
	n, demand := 500, func(bool, string, ...any) {}
	if long() && !raceEnabled {
		n = 10_000
		demand = func(ok bool, format string, args ...any) {
			t.Helper()
			if !ok {
				t.Errorf(format, args...)
			}
		}
	}
	t.Run("64 producers", func(t *testing.T) {
		out := mustOpen(t, t.TempDir(), noDialer{}, nil)
		began := time.Now()
		took := publishBy(t, out, 64, 64*n)
		rate, p99 := float64(64*n)/time.Since(began).Seconds(), percentile(took, 0.99)
		t.Logf("%.0f messages a second, p99 %v", rate, p99)
		demand(rate >= 30_000, "%.0f/s; want at least 30,000/s", rate)
		demand(p99 <= 20*time.Millisecond, "p99 %v; want at most 20 ms", p99)
	})
	t.Run("one producer beside a raw loop", func(t *testing.T) {
		r := newBesideRaw(t)
		for range n {
			r.turn()
		}
		t.Logf("%.0f messages a second, %.3f of the loop's rate", float64(n)/total(r.ours).Seconds(), r.ratio())
		demand(r.ratio() >= 0.8, "%.3f of the loop's rate; want at least 0.8", r.ratio())
	})
	t.Run("in memory", func(t *testing.T) {
		out := mustOpen(t, t.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{{
			Name: transport.DefaultLane, Sync: transport.InMemory, MaxCount: 1000, OnFull: transport.DropOldest,
		}}})
		m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
		began := time.Now()
		for range 200 * n {
			mustPublish(t, out, m)
		}
		rate := float64(200*n) / time.Since(began).Seconds()
		t.Logf("%.0f messages a second", rate)
		demand(rate >= 1_000_000, "%.0f/s; want at least 1,000,000/s", rate)
	})
}
