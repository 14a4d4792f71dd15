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
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				began := time.Now()
				if _, err := out.Publish(context.Background(), m); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(percentile(took, 0.99))/1e6, "p99-ms")
}

// BenchmarkBesideRaw has one producer and a loop that writes as many bytes and
// syncs, and does nothing else, take turns at every message: whatever else the
// disk does, it does to both. The metric ratio is the producer's rate divided by
// the loop's.
//
//	go test -run '^$' -bench '^BenchmarkBesideRaw$' ./transport
func BenchmarkBesideRaw(b *testing.B) {
	out := mustOpen(b, b.TempDir(), noDialer{}, nil)
	raw := newRawLog(b)
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	var ours, its []time.Duration
	for b.Loop() {
		began := time.Now()
		mustPublish(b, out, m)
		published := time.Now()
		raw.append(b)
		ours, its = append(ours, published.Sub(began)), append(its, time.Since(published))
	}
	reportBesideRaw(b, ours, its)
}

func reportBesideRaw(b *testing.B, ours, its []time.Duration) {
	o, i := total(ours), total(its)
	b.ReportMetric(float64(len(ours))/o.Seconds(), "msg/s")
	b.ReportMetric(float64(len(its))/i.Seconds(), "raw/s")
	b.ReportMetric(float64(i)/float64(o), "ratio")
}

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
