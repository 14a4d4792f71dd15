package transport_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/brinkml/brink/transport"
)

// BenchmarkWear tells how many bytes a message of 256 bytes makes the disk write. By itself it reads what the kernel counts for this process,
// which leaves the file system's journal out. With BRINK_WEAR=loop0 it reads what was written to that block device, on which TMPDIR has
// to lie and nothing else. The paced ones send a message a second, or ten, as a device does: -benchtime 180x takes three minutes.
func BenchmarkWear(b *testing.B) {
	always := transport.Lane{Name: transport.DefaultLane}
	interval := transport.Lane{Name: transport.DefaultLane, Sync: transport.SyncInterval, SyncEvery: 5 * time.Second}
	for _, c := range []struct {
		name      string
		lane      transport.Lane
		producers int
		pace      time.Duration
	}{
		{"always/producers=1", always, 1, 0},
		{"always/producers=16", always, 16, 0},
		{"always/producers=64", always, 64, 0},
		{"paced/always/1s", always, 1, time.Second},
		{"paced/always/100ms", always, 1, 100 * time.Millisecond},
		{"paced/always/10s", always, 1, 10 * time.Second},
		{"paced/interval=5s/1s", interval, 1, time.Second},
		{"paced/interval=5s/100ms", interval, 1, 100 * time.Millisecond},
		{"paced/none/1s", transport.Lane{Name: transport.DefaultLane, Sync: transport.SyncNone}, 1, time.Second},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkWear(b, c.lane, c.producers, c.pace) })
	}
}

func benchmarkWear(b *testing.B, lane transport.Lane, producers int, pace time.Duration) {
	dialer := transport.Dialer(noDialer{})
	if pace > 0 {
		_, dialer = rig(b, nil) // acknowledgements are stored too
	}
	out := mustOpen(b, b.TempDir(), dialer, &transport.Options{Lanes: []transport.Lane{lane}})
	if pace > 0 {
		run(b, out)
	}
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	mustPublish(b, out, m) // makes the first segment
	before := written(b)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := out.Publish(context.Background(), m); err != nil {
					b.Error(err)
					return
				}
				time.Sleep(pace)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(written(b)-before)/float64(b.N), "disk-B/msg")
}

// written is how many bytes have gone to the disk so far.
func written(b *testing.B) (n int64) {
	name, field, unit := "/proc/self/io", 11, int64(1) // write_bytes
	if device := os.Getenv("BRINK_WEAR"); device != "" {
		syncFS(b, b.TempDir())
		name, field, unit = "/sys/block/"+device+"/stat", 6, 512 // sectors written
	}
	text, err := os.ReadFile(name)
	if err != nil {
		b.Skip(err)
	}
	if _, err := fmt.Sscan(strings.Fields(string(text))[field], &n); err != nil {
		b.Fatal(err)
	}
	return n * unit
}

// syncFS writes what the file system of a folder has in memory.
func syncFS(b *testing.B, dir string) {
	f, err := os.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		b.Fatal(err)
	}
}
