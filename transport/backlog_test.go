package transport_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
)

// A backlog lies on the disk and not in memory: opening it and sending it take
// little of it.
func TestBacklog(t *testing.T) {
	n := 20_000
	if os.Getenv("BRINK_LONG") != "" {
		n = 1_000_000
	}
	dir := t.TempDir()
	o := &transport.Options{Lanes: []transport.Lane{{Name: transport.DefaultLane, Sync: transport.SyncNone}}}
	b, d := rig(t, nil)
	out := mustOpen(t, dir, d, o)
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	for range n {
		mustPublish(t, out, m)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	before := heap()
	began := time.Now()
	out = mustOpen(t, dir, d, o)
	opened := time.Since(began)
	if l := out.Stats().Lane(transport.DefaultLane); l.Pending != n {
		t.Fatalf("%d pending; want %d", l.Pending, n)
	}
	grown := heap() - before
	if grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes for %d messages; want at most 16 MiB", grown, n)
	}
	began = time.Now()
	run(t, out)
	drain(t, out)
	took := time.Since(began)
	if got := len(b.Messages()); got != n {
		t.Errorf("%d delivered; want %d", got, n)
	}
	t.Logf("%d messages: opened in %v with %d KiB of heap, delivered at %.0f a second",
		n, opened, grown>>10, float64(n)/took.Seconds())
}

func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
