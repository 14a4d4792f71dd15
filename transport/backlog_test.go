package transport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// A backlog lies on the disk and not in memory: a process that opens it and
// sends it to a broker in another process stays small, opens quickly and sends
// fast, and publishing beside it is as fast as into an empty outbox.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestBacklog$' ./transport
func TestBacklog(t *testing.T) {
	n := 20_000
	if long() {
		n = 1_000_000
	}
	dir := t.TempDir()
	payload := make([]byte, 256)
	out := mustOpen(t, dir, noDialer{}, &transport.Options{Lanes: backlogLanes(transport.SyncNone)})
	began := time.Now()
	for i := range n {
		copy(payload, fmt.Sprintf("%09d", i))
		mustPublish(t, out, transport.Message{Topic: "plant/line/7/telemetry", Payload: payload})
	}
	filled := time.Since(began)
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}

	b := startChild(t, "broker", "BRINK_ADDR=127.0.0.1:0")
	p := startChild(t, "backlog", "BRINK_URL="+b.line(), "BRINK_DIR="+dir)
	var f backlogFigures
	if err := json.Unmarshal([]byte(p.line()), &f); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(); err != nil {
		t.Fatalf("%v\n%s", err, &p.stderr)
	}
	got := b.record()
	if f.Pending != n || got.Messages != n || got.Distinct != n || len(got.Violations) > 0 {
		t.Errorf("%d pending and %d delivered, %d of them distinct, violations %q; want %d", f.Pending, got.Messages, got.Distinct, got.Violations, n)
	}
	rate := float64(n) / f.Drained.Seconds()
	// What the sender took of the processor tells a slow outbox from a machine
	// that does other things.
	cpu := (p.ProcessState.UserTime() + p.ProcessState.SystemTime()) / time.Duration(n)
	t.Logf("%d messages stored at %.0f/s; opened in %v, sent at %.0f/s with %v of processor time each, memory grew by %.1f MiB (%.1f MiB to open)",
		n, float64(n)/filled.Seconds(), f.Opened, rate, cpu, mib(f.Grown), mib(f.GrownOpen))
	if f.Opened > 2*time.Second {
		t.Errorf("Open took %v; want at most 2 s", f.Opened)
	}
	if f.Grown > 32<<20 && !raceEnabled {
		t.Errorf("the process grew by %.1f MiB; want at most 32 MiB", mib(f.Grown))
	}
	if rate < 20_000 && long() && !raceEnabled {
		t.Errorf("sent at %.0f/s; want at least 20,000/s", rate)
	}
}

func backlogLanes(s transport.Sync) []transport.Lane {
	return []transport.Lane{{Name: transport.DefaultLane, Sync: s}}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// backlogFigures are measured in the process that opens and sends.
type backlogFigures struct {
	Pending          int
	Opened, Drained  time.Duration
	GrownOpen, Grown int64 // bytes of memory at the peak, beyond those before Open
}

func backlog() error {
	d, err := mqtt.New(&mqtt.Options{Broker: os.Getenv("BRINK_URL"), ClientID: "backlog"})
	if err != nil {
		return err
	}
	endWithParent()
	debug.FreeOSMemory()
	var f backlogFigures
	before := startPeak()
	began := time.Now()
	out, err := transport.Open(os.Getenv("BRINK_DIR"), d, &transport.Options{Lanes: backlogLanes(transport.SyncAlways)})
	if err != nil {
		return err
	}
	f.Opened, f.GrownOpen = time.Since(began), peak()-before
	f.Pending = out.Stats().Lane(transport.DefaultLane).Pending
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	began = time.Now()
	go out.Run(ctx)
	if err := out.Drain(ctx); err != nil {
		return err
	}
	f.Drained, f.Grown = time.Since(began), peak()-before
	return json.NewEncoder(os.Stdout).Encode(f)
}

// startPeak begins to measure the peak of the process's resident memory and
// returns what it is now, in bytes.
func startPeak() int64 {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return peak()
	}
	return status("VmRSS:")
}

// peak is the largest the resident memory was, in bytes, or where nothing tells,
// what the runtime holds now.
func peak() int64 {
	if n := status("VmHWM:"); n > 0 {
		return n
	}
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.Sys - s.HeapReleased)
}

func status(field string) int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "\n"+field)
	kb, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 10, 64)
	return kb << 10
}

// Publishing beside a backlog costs what it costs in an empty outbox. The two
// take turns, so that whatever else the disk does is done to both.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestPublishBesideBacklog$' ./transport
func TestPublishBesideBacklog(t *testing.T) {
	n, turns := 20_000, 20
	if long() {
		n, turns = 1_000_000, 100
	}
	dir := t.TempDir()
	m := transport.Message{Topic: "plant/line/7/telemetry", Payload: make([]byte, 256)}
	full := filepath.Join(dir, "full")
	out := mustOpen(t, full, noDialer{}, &transport.Options{Lanes: backlogLanes(transport.SyncNone)})
	for range n {
		mustPublish(t, out, m)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	o := &transport.Options{Lanes: backlogLanes(transport.SyncAlways)}
	boxes := []*transport.Outbox{
		mustOpen(t, filepath.Join(dir, "empty"), noDialer{}, o),
		mustOpen(t, full, noDialer{}, o),
	}
	times := make([][]time.Duration, len(boxes))
	for range turns {
		for i, out := range boxes {
			for range 100 {
				began := time.Now()
				mustPublish(t, out, m)
				times[i] = append(times[i], time.Since(began))
			}
		}
	}
	empty, beside := percentile(times[0], 0.99), percentile(times[1], 0.99)
	t.Logf("p99 of Publish: %v empty, %v beside %d messages", empty, beside, n)
	if long() && beside > 2*empty {
		t.Errorf("p99 is %v beside a backlog and %v without; want at most twice", beside, empty)
	}
}

// percentile sorts times.
func percentile(times []time.Duration, p float64) time.Duration {
	slices.Sort(times)
	return times[int(p*float64(len(times)-1))]
}
