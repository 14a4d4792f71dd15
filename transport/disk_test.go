package transport_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport"
)

// SyncInterval syncs once for all that came within the interval: a power cut
// takes no more than that.
func TestSyncInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &transport.Options{Lanes: []transport.Lane{
			{Name: transport.DefaultLane, Sync: transport.SyncInterval, SyncEvery: 5 * time.Second},
		}}
		lost := 0
		for seed := range uint64(20) {
			fsys := crashfs.New(seed)
			out, err := transport.OpenFS("/outbox", noDialer{}, o, fsys)
			if err != nil {
				t.Fatal(err)
			}
			before := fsys.Ops()
			for i := range 100 {
				mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
				time.Sleep(50 * time.Millisecond)
			}
			synctest.Wait() // 5 s are over
			// A write each, the syncs of the interval and of the first segment.
			if n := fsys.Ops() - before; n > 110 {
				t.Errorf("%d calls to the disk for 100 messages; want a write each and few others", n)
			}
			for i := range 10 {
				mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, 100+i)})
			}
			after := fsys.Reboot()
			out.Close() // its errors are the crash's
			out = mustOpenFS(t, "/outbox", noDialer{}, o, after)
			l := out.Stats().Lane(transport.DefaultLane)
			if l.Pending < 100 {
				t.Errorf("seed %d: %d of 110 left; want at least the 100 of the interval before", seed, l.Pending)
			}
			lost += 110 - l.Pending
		}
		if lost == 0 {
			t.Error("no power cut took anything; want the model to be harsher than that")
		}
	})
}

// A record that goes bad on the disk is dropped and counted, and costs nothing
// but itself.
func TestDamagedRecord(t *testing.T) {
	b, d := rig(t, nil)
	dir := t.TempDir()
	out := mustOpen(t, dir, d, nil)
	var receipts []transport.Receipt
	for i := range 5 {
		receipts = append(receipts, mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Appendf(nil, "message %d", i)}))
	}
	files, err := filepath.Glob(filepath.Join(dir, "lanes", transport.DefaultLane, "*.seg"))
	if err != nil || len(files) != 1 {
		t.Fatalf("segments %q, %v; want one", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(files[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("M"), int64(bytes.Index(content, []byte("message 2")))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	run(t, out)
	drain(t, out)
	if diff := cmp.Diff([]string{"message 0", "message 1", "message 3", "message 4"}, payloads(b.Messages())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if err := receipts[2].Delivered(t.Context()); !errors.Is(err, transport.ErrDropped) {
		t.Errorf("Delivered of the damaged one = %v; want ErrDropped", err)
	}
	if l := out.Stats().Lane(transport.DefaultLane); l.Dropped[transport.DroppedDamaged] != 1 {
		t.Errorf("stats %+v; want 1 damaged", l)
	}
}

// Dropping keeps the disk within bounds even when nothing is ever sent.
func TestDropOldestBoundsTheDisk(t *testing.T) {
	out := mustOpenFS(t, "/outbox", noDialer{}, &transport.Options{
		SegmentBytes: 4096,
		Lanes:        []transport.Lane{{Name: transport.DefaultLane, MaxBytes: 10_000, OnFull: transport.DropOldest}},
	}, crashfs.New(1))
	for range 3000 {
		mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 100)})
	}
	l := out.Stats().Lane(transport.DefaultLane)
	if l.Segments > 5 || l.Bytes > 10_000 {
		t.Errorf("%d segments, %d bytes; want at most 5 for 10,000 bytes", l.Segments, l.Bytes)
	}
	if l.Dropped[transport.DroppedOldest] < 2800 {
		t.Errorf("stats %+v; want most dropped", l)
	}
}

// Receipts of what was dropped long ago say that they do not know, never that
// it was delivered.
func TestOldFates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{
			Lanes: []transport.Lane{{Name: transport.DefaultLane, Sync: transport.InMemory}},
		})
		// Every other message expires, so that drops do not come in runs.
		var receipts []transport.Receipt
		for i := range 2 * 3000 {
			m := transport.Message{Topic: "t"}
			if i%2 == 0 {
				m.Expiry = time.Second
			}
			receipts = append(receipts, mustPublish(t, out, m))
		}
		time.Sleep(2 * time.Second)
		run(t, out)
		drain(t, out)
		unknown := 0
		for i, r := range receipts {
			err := r.Delivered(t.Context())
			switch {
			case errors.Is(err, transport.ErrUnknown):
				unknown++
			case i%2 == 0 && !errors.Is(err, transport.ErrDropped), i%2 == 1 && err != nil:
				t.Fatalf("receipt %d: %v", i, err)
			}
		}
		if unknown == 0 || unknown > 5000 {
			t.Errorf("%d unknown; want the older ones only", unknown)
		}
	})
}

// A lane that the options no longer name keeps its messages.
func TestOrphanedLane(t *testing.T) {
	fsys := crashfs.New(1)
	both := &transport.Options{Lanes: []transport.Lane{{Name: transport.DefaultLane}, {Name: "extra"}}}
	out := mustOpenFS(t, "/outbox", noDialer{}, both, fsys)
	mustPublish(t, out, transport.Message{Topic: "t", Lane: "extra"})
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	out = mustOpenFS(t, "/outbox", noDialer{}, &transport.Options{
		Lanes: []transport.Lane{{Name: transport.DefaultLane}}, Logger: textLogger(&log),
	}, fsys)
	if !strings.Contains(log.String(), "lane=extra") {
		t.Errorf("log %q; want the lane named", log.String())
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	out = mustOpenFS(t, "/outbox", noDialer{}, both, fsys)
	if l := out.Stats().Lane("extra"); l.Pending != 1 {
		t.Errorf("stats %+v; want the message still there", l)
	}
}
