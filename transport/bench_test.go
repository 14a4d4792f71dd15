package transport_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport"
)

// BenchmarkPublish stores messages of 256 bytes, durably. Compare it with
// BenchmarkRawSync, which writes as many bytes and syncs, and does nothing else.
func BenchmarkPublish(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			benchmarkPublish(b, producers, transport.Lane{Name: transport.DefaultLane})
		})
	}
}

// BenchmarkPublishInMemory keeps the lane in balance by dropping the oldest.
func BenchmarkPublishInMemory(b *testing.B) {
	benchmarkPublish(b, 1, transport.Lane{
		Name: transport.DefaultLane, Sync: transport.InMemory, MaxCount: 1000, OnFull: transport.DropOldest,
	})
}

func benchmarkPublish(b *testing.B, producers int, lane transport.Lane) {
	out := mustOpen(b, b.TempDir(), noDialer{}, &transport.Options{Lanes: []transport.Lane{lane}})
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := out.Publish(context.Background(), m); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func BenchmarkRawSync(b *testing.B) {
	f, err := durable.OS{}.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const size = 312 // the record of the messages above
	buf := make([]byte, size)
	for i := 0; b.Loop(); i++ {
		at := i % 3000
		if at == 0 {
			if err := f.Truncate(0); err != nil {
				b.Fatal(err)
			}
			if err := f.Preallocate(1 << 20); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := f.WriteAt(buf, int64(at)*size); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
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
