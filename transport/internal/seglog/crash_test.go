package seglog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/brinkml/brink/internal/durable/crashfs"
)

// model is what a producer and a consumer know of a log across power cuts.
type model struct {
	rng      *rand.Rand
	id       uint64
	accepted []uint64          // ids in order, as confirmed
	unsure   map[uint64]bool   // appended without confirmation
	void     map[uint64]bool   // appended with an error before one without
	acked    map[uint64]bool   // acknowledged
	stored   map[uint64]bool   // acknowledged, and a Checkpoint after it returned nil
	seqs     map[uint64]uint64 // id to number, in this run
	full     bool              // the disk may be full
	refused  int               // by the full disk
}

func newModel(seed uint64) *model {
	return &model{
		rng:    rand.New(rand.NewPCG(seed, 1)),
		unsure: make(map[uint64]bool), void: make(map[uint64]bool), acked: make(map[uint64]bool), stored: make(map[uint64]bool),
	}
}

func (m *model) payload(id uint64) []byte {
	r := rand.New(rand.NewPCG(id, 2))
	b := binary.LittleEndian.AppendUint64(nil, id)
	for range r.IntN(60) * r.IntN(20) {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// work appends, acknowledges and checkpoints until the power goes or n steps
// are done.
func (m *model) work(l *Log, n int) error {
	for range n {
		switch k := m.rng.IntN(10); {
		case k < 6:
			err := m.append(l, 1+m.rng.IntN(4))
			if m.full && errors.Is(err, syscall.ENOSPC) {
				m.refused++
				err = nil // work goes on
			}
			if err != nil {
				return err
			}
		case k < 9:
			m.ack(l, m.rng.IntN(6))
		default:
			before := make([]uint64, 0, len(m.acked))
			for id := range m.acked {
				if m.seqs[id] <= l.Mark() {
					before = append(before, id)
				}
			}
			if err := l.Checkpoint(); err != nil {
				return err
			}
			if l.o.Sync == Manual {
				if err := l.Sync(); err != nil {
					return err
				}
			}
			for _, id := range before {
				m.stored[id] = true
			}
		}
	}
	return nil
}

// append commits several records at once, as concurrent producers would.
func (m *model) append(l *Log, n int) error {
	entries := make([]entry, n)
	first := m.id + 1
	for i := range entries {
		m.id++
		m.unsure[m.id] = true
		entries[i] = entry{kind: 1, payload: m.payload(m.id)}
	}
	l.turn.Lock()
	l.commit(entries)
	l.turn.Unlock()
	if l.o.Sync == Manual && entries[0].err == nil {
		if err := l.Sync(); err != nil {
			return err
		}
	}
	for i, e := range entries {
		if e.err != nil {
			return e.err
		}
		id := first + uint64(i)
		for old := range m.unsure {
			if old < first {
				m.void[old] = true
				delete(m.unsure, old)
			}
		}
		delete(m.unsure, id)
		m.accepted = append(m.accepted, id)
		m.seqs[id] = e.seq
	}
	return nil
}

func (m *model) ack(l *Log, n int) {
	for range n {
		if len(m.accepted) == 0 {
			return
		}
		id := m.accepted[m.rng.IntN(min(len(m.accepted), 8))]
		for i, a := range m.accepted {
			if a == id {
				m.accepted = append(m.accepted[:i:i], m.accepted[i+1:]...)
				break
			}
		}
		m.acked[id] = true
		l.Ack(m.seqs[id])
	}
}

// check reads the whole log after a restart and compares.
func (m *model) check(l *Log, rec Recovery) error {
	if rec.Lost != 0 {
		return fmt.Errorf("recovery counts %d lost; want 0", rec.Lost)
	}
	m.seqs = make(map[uint64]uint64)
	want := m.accepted
	var got, last, n uint64
	var now []uint64
	r := l.NewReader()
	defer r.Close()
	for {
		rec, ok, err := r.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		n++
		if rec.Seq <= last {
			return fmt.Errorf("number %d after %d; want rising", rec.Seq, last)
		}
		last = rec.Seq
		if len(rec.Payload) < 8 {
			return fmt.Errorf("record %d has %d bytes", rec.Seq, len(rec.Payload))
		}
		got = binary.LittleEndian.Uint64(rec.Payload)
		if !bytes.Equal(rec.Payload, m.payload(got)) {
			return fmt.Errorf("record %d (id %d) has another payload", rec.Seq, got)
		}
		switch {
		case m.void[got]:
			return fmt.Errorf("id %d was refused and is there", got)
		case m.stored[got]:
			return fmt.Errorf("id %d came back after its acknowledgement was stored", got)
		case m.acked[got], m.unsure[got]:
		case len(want) == 0 || want[0] != got:
			return fmt.Errorf("id %d read; want %v next", got, want)
		default:
			want = want[1:]
		}
		m.seqs[got] = rec.Seq
		now = append(now, got)
	}
	if len(want) > 0 {
		return fmt.Errorf("ids %v are accepted and gone", want)
	}
	if n != rec.Pending {
		return fmt.Errorf("%d records read; recovery counted %d", n, rec.Pending)
	}
	m.accepted = now
	clear(m.unsure)
	clear(m.acked)
	return nil
}

// crashModes are the ways in which the crash model runs a log.
var crashModes = []struct {
	name string
	Options
	room int64 // of the disk
}{
	{name: "plain"},
	{name: "full", Options: Options{Reserve: 2 * 4096}, room: 5 * 4096},
	{name: "interval", Options: Options{Sync: Manual}},
	{name: "interval full", Options: Options{Sync: Manual, Reserve: 1}, room: 5*4096 + 600},
	{name: "sealed", Options: Options{Keys: testKeys(1)}},
	{name: "sealed full", Options: Options{Reserve: 2 * 4096, Keys: testKeys(2, 1)}, room: 5 * 4096},
}

// Crash at every changing call of random workloads, restart, and go on to the
// next crash: nothing accepted is lost, nothing settled comes back.
func TestCrashAtEveryCall(t *testing.T) {
	seeds, step := uint64(9), 1
	switch {
	case os.Getenv("BRINK_LONG") != "":
		seeds = 100
	case testing.Short():
		seeds, step = 1, 4
	}
	var all atomic.Int64
	t.Cleanup(func() {
		t.Logf("seeds 0 to %d: %d crashes in all", seeds-1, all.Load())
		if all.Load() < 10_000 && !testing.Short() && !t.Failed() {
			t.Errorf("%d crashes; want at least 10,000", all.Load())
		}
	})
	for _, mode := range crashModes {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			points, refused := 0, 0
			for seed := range seeds {
				for at := 1; ; at += step {
					fsys := crashfs.New(seed<<20 + uint64(at))
					fsys.Capacity(mode.room)
					m := newModel(seed)
					m.full = mode.room > 0
					o := mode.Options
					o.FS, o.Dir, o.Lane, o.Segment = fsys, "/lane", "test", 4096
					crashed := false
					for cut := range 3 {
						if cut < 2 {
							fsys.CrashAt(at * (cut + 1))
						}
						l, rec, err := Open(o)
						if err == nil {
							if err = m.check(l, rec); err != nil && !errors.Is(err, crashfs.ErrCrashed) {
								t.Fatalf("seed %d, crash at %d, restart %d: %v", seed, at, cut, err)
							}
							if err == nil {
								err = m.work(l, 60)
							}
							l.Close()
						}
						if err != nil && !errors.Is(err, crashfs.ErrCrashed) {
							t.Fatalf("seed %d, crash at %d, restart %d: %v", seed, at, cut, err)
						}
						if err != nil {
							crashed = true
							points++
						}
						fsys = fsys.Reboot()
						o.FS = fsys
					}
					refused += m.refused
					if !crashed {
						break
					}
				}
			}
			all.Add(int64(points))
			t.Logf("seeds 0 to %d: %d crashes, %d commits refused by a full disk", seeds-1, points, refused)
			if (mode.room > 0) != (refused > 0) {
				t.Errorf("%d commits refused; want the disk of %d bytes to be full now and then", refused, mode.room)
			}
		})
	}
}

// A failing write, sync or segment creation is an error to the producer and
// nothing else: what was accepted stays, what comes after is accepted again.
func TestFailingDisk(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 30
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 3))
		fsys := crashfs.New(seed)
		o := Options{FS: fsys, Dir: "/lane", Segment: 4096}
		switch seed % 3 {
		case 1:
			o.Reserve = 2 * o.Segment
		case 2:
			o.Keys = testKeys(1)
		}
		l, rec, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		m := newModel(seed)
		if err := m.check(l, rec); err != nil {
			t.Fatal(err)
		}
		failed := 0
		fsys.Fail(func(op, _ string) error {
			if op != "remove" && rng.IntN(10) == 0 {
				failed++
				return syscall.ENOSPC
			}
			return nil
		})
		for range 40 {
			if err := m.work(l, 5); err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("seed %d: %v; want ENOSPC", seed, err)
			}
		}
		fsys.Fail(nil)
		if err := m.append(l, 1); err != nil {
			t.Fatalf("seed %d: append on a healthy disk = %v; want nil", seed, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l, rec, err = Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.check(l, rec); err != nil {
			t.Fatalf("seed %d, %d failures: %v", seed, failed, err)
		}
		l.Close()
	}
}

// With Manual, a mark that needs a new segment leaves nothing behind that Sync
// would then miss.
func TestSyncCoversEverySegment(t *testing.T) {
	for seed := range uint64(20) {
		fsys := crashfs.New(seed)
		o := Options{FS: fsys, Dir: "/lane", Segment: 4096, Sync: Manual}
		l, _ := mustOpen(t, o)
		for range 20 {
			mustAppend(t, l, body(l.Next()))
		}
		if err := l.Sync(); err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		for segments := 1; segments < 2; segments, _ = l.Disk() {
			if l.off < 3500 {
				mustAppend(t, l, body(l.Next()))
				continue
			}
			n++
			l.Ack(n)
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Sync(); err != nil {
			t.Fatal(err)
		}
		last := l.Next() - 1
		o.FS = fsys.Reboot()
		l, rec := mustOpen(t, o)
		if got := read(t, l); rec.Lost != 0 || !slices.Equal(got, numbers(n+1, last)) {
			t.Fatalf("seed %d: %+v, %v; want %d to %d", seed, rec, got, n+1, last)
		}
		l.Close()
	}
}
