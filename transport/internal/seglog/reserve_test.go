package seglog

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
)

// fillDisk appends until the disk refuses and returns how many it took.
func fillDisk(t testing.TB, l *Log) (n int) {
	t.Helper()
	for {
		_, err := l.Append(1, 0, []byte(body(l.Next())))
		if durable.IsFull(err) {
			return n
		}
		if err != nil {
			t.Fatalf("Append on a full disk = %v; want ENOSPC", err)
		}
		n++
	}
}

func ackAll(l *Log) {
	for seq := l.Mark() + 1; seq < l.Next(); seq++ {
		l.Ack(seq)
	}
}

func spareFiles(t testing.TB, fsys durable.FS, dir string) (spares []string) {
	t.Helper()
	names, err := fsys.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, spareExt) {
			spares = append(spares, name)
		}
	}
	return spares
}

// A log with a reserve still takes records when the disk is full, gets its
// reserve back from its own segments, and fills it up when there is room again.
func TestReserve(t *testing.T) {
	for _, keys := range []*Keys{nil, testKeys(1)} {
		synctest.Test(t, func(t *testing.T) {
			const segment = 4096
			fsys := crashfs.New(1)
			o := Options{FS: fsys, Dir: "/lane", Segment: segment, Reserve: 2*segment - 100, Keys: keys}
			l, _ := mustOpen(t, o)
			if n, bytes, short := l.Reserve(); n != 2 || bytes != 2*segment || short {
				t.Fatalf("Reserve() = %d, %d, %v; want 2, %d, false", n, bytes, short, 2*segment)
			}
			if n, _ := l.Disk(); n != 0 {
				t.Errorf("%d segments before the first record; want 0", n)
			}
			mustAppend(t, l, body(1))
			fsys.Capacity(fsys.Used()) // others have taken all the rest
			first := fillDisk(t, l)
			if n, _ := l.Disk(); n != 3 || len(spareFiles(t, fsys, "/lane")) != 0 {
				t.Errorf("%d segments, spares %q when full; want 3 and none", n, spareFiles(t, fsys, "/lane"))
			}
			if got := read(t, l); !slices.Equal(got, numbers(1, uint64(first)+1)) {
				t.Fatalf("records %v; want 1 to %d", got, first+1)
			}
			// What is acknowledged becomes the reserve again, though the disk is as
			// full as before.
			ackAll(l)
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			if n, _, short := l.Reserve(); n != 2 || short {
				t.Errorf("Reserve() = %d, %v after Checkpoint; want 2, not short", n, short)
			}
			second := fillDisk(t, l)
			if second == 0 {
				t.Error("no record taken after Checkpoint; want some from the reserve")
			}
			// Reopened as full as it is, it delivers, and takes more.
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l, rec := mustOpen(t, o)
			if rec.Pending != uint64(second) || rec.Lost != 0 || rec.Torn {
				t.Fatalf("Recovery = %+v; want %d pending", rec, second)
			}
			ackAll(l)
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			if fillDisk(t, l) == 0 {
				t.Error("no record taken after restart; want some from the reserve")
			}
			// With room again the reserve is made again, but not asked for all the time.
			fsys.Capacity(0)
			calls := fsys.Ops()
			l.Replenish(false)
			if fsys.Ops() != calls {
				t.Error("Replenish used the disk right after an attempt; want a pause")
			}
			time.Sleep(replenishEvery)
			l.Replenish(false)
			if n, _, short := l.Reserve(); n != 2 || short {
				t.Errorf("Reserve() = %d, %v; want 2, not short", n, short)
			}
			l.Close()
		})
	}
}

// A log whose disk is full stores its mark, deletes its segments, and goes on
// when there is room, however many marks that takes.
func TestMarksOnAFullDisk(t *testing.T) {
	const segment = 4096
	for _, sync := range []Sync{Always, Manual, Never} {
		fsys := crashfs.New(1)
		o := Options{FS: fsys, Dir: "/lane", Segment: segment, Sync: sync}
		l, _ := mustOpen(t, o)
		fsys.Capacity(5 * segment)
		n := fillDisk(t, l)
		fsys.Fail(func(op, _ string) error {
			if op == "create" || op == "preallocate" {
				return syscall.ENOSPC
			}
			return nil
		})
		for seq := uint64(1); seq <= uint64(n); seq++ {
			l.Ack(seq)
			if err := l.Checkpoint(); err != nil {
				t.Fatalf("Checkpoint after record %d of %d = %v; want nil", seq, n, err)
			}
			if seq%10 == 0 && sync == Always {
				after, rec := mustOpen(t, Options{FS: reopened(t, fsys), Dir: "/lane", Segment: segment})
				if rec.Pending != uint64(n)-seq || rec.Lost != 0 {
					t.Fatalf("after the mark of record %d of %d a power cut leaves %+v", seq, n, rec)
				}
				after.Close()
			}
		}
		if n, _ := l.Disk(); n != 1 {
			t.Errorf("%d segments when all is acknowledged; want 1", n)
		}
		if _, err := l.Append(1, 0, []byte(body(1))); !durable.IsFull(err) {
			t.Errorf("Append = %v; want ENOSPC still", err)
		}
		fsys.Fail(nil)
		if more := fillDisk(t, l); more == 0 {
			t.Error("nothing appended in the room that was freed")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l, rec := mustOpen(t, o)
		if got := read(t, l); len(got) == 0 || got[0] != uint64(n)+1 || rec.Lost != 0 || rec.Torn {
			t.Errorf("after restart %+v, first record %v; want %d", rec, got[:min(1, len(got))], n+1)
		}
	}
}

// reopened is what the disk would hold if the power went now, leaving fsys as it is.
func reopened(t testing.TB, fsys *crashfs.FS) *crashfs.FS {
	t.Helper()
	return fsys.Clone().Reboot()
}

// Spares in any state are tolerated, and none is ever taken for data.
func TestSparesFound(t *testing.T) {
	const segment = 4096
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("reserve-1.spare", nil)
	write("reserve-2.spare", make([]byte, 100))
	write("reserve-7.spare", make([]byte, segment))
	write("reserve-8.spare", slices.Repeat([]byte("old data"), segment/8))
	write("reserve-9.spare", make([]byte, segment+8))
	write("reserve-x.spare", make([]byte, segment)) // not one of ours
	l, rec := mustOpen(t, Options{Dir: dir, Segment: segment, Reserve: 4 * segment})
	if rec != (Recovery{}) {
		t.Errorf("Recovery = %+v; want zero", rec)
	}
	want := []string{"reserve-1.spare", "reserve-10.spare", "reserve-2.spare", "reserve-7.spare", "reserve-x.spare"}
	if got := spareFiles(t, durable.OS{}, dir); !slices.Equal(got, want) {
		t.Errorf("spares %q; want %q", got, want)
	}
	for _, name := range want {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Size() != segment {
			t.Errorf("%s: %v; want %d bytes", name, err, segment)
		}
	}
	l.Close()
	l, _ = mustOpen(t, Options{Dir: dir, Segment: segment})
	if got := spareFiles(t, durable.OS{}, dir); !slices.Equal(got, []string{"reserve-x.spare"}) {
		t.Errorf("spares %q without a reserve; want none of ours", got)
	}
	l.Close()
}

// A segment that could not be begun and whose name could not be taken back must
// not cut off what goes on.
func TestLeftoverSegment(t *testing.T) {
	for seed := range uint64(20) {
		leftover(t, seed)
	}
}

func leftover(t *testing.T, seed uint64) {
	fsys := crashfs.New(seed)
	o := Options{FS: fsys, Dir: "/lane", Segment: 4096}
	l, _ := mustOpen(t, o)
	n := uint64(1)
	for ; n < 20; n++ {
		mustAppend(t, l, body(n))
	}
	fsys.Fail(func(op, name string) error {
		if op == "remove" || op == "preallocate" {
			return syscall.ENOSPC
		}
		return nil
	})
	if _, err := l.Append(1, 0, make([]byte, 5000)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Append of a large record = %v; want ENOSPC", err)
	}
	fsys.Fail(nil)
	for ; n < 40; n++ {
		if got := mustAppend(t, l, body(n)); got != n {
			t.Fatalf("number %d; want %d", got, n)
		}
	}
	l.Ack(1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, rec := mustOpen(t, o)
	if got := read(t, l); !slices.Equal(got, numbers(2, n-1)) || rec.Lost != 0 {
		t.Errorf("after restart %v, %+v; want 2 to %d", got, rec, n-1)
	}
}

// A segment that a crash left behind before it was begun may come back as long
// as the directory is not synced: nothing goes to the segment before it.
func TestBlankSegmentComesBack(t *testing.T) {
	for seed := range uint64(20) {
		fsys := crashfs.New(seed)
		o := Options{FS: fsys, Dir: "/lane", Segment: 4096}
		l, _ := mustOpen(t, o)
		for n := range uint64(5) {
			mustAppend(t, l, body(n+1))
		}
		l.Close()
		f, err := fsys.Create(filepath.Join("/lane", header{gen: l.gen + 1, base: 6, salt: 1}.name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Preallocate(4096), f.Sync(), f.Close(), fsys.SyncDir("/lane")); err != nil {
			t.Fatal(err)
		}
		l, _ = mustOpen(t, o)
		mustAppend(t, l, body(6))
		l.Ack(2)
		o.FS = fsys.Reboot()
		l, rec := mustOpen(t, o)
		if got := read(t, l); !slices.Equal(got, numbers(1, 6)) || rec.Lost != 0 {
			t.Fatalf("seed %d: %v, %+v; want 1 to 6", seed, got, rec)
		}
		l.Close()
	}
}

// What a segment held before it became part of the reserve is gone when it is
// used again.
func TestRecycledSegmentIsBlank(t *testing.T) {
	fsys := crashfs.New(1)
	o := Options{FS: fsys, Dir: "/lane", Segment: 4096, Reserve: 4096}
	l, _ := mustOpen(t, o)
	mustAppend(t, l, body(1))
	fsys.Capacity(fsys.Used())
	fillDisk(t, l)
	ackAll(l)
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if n, _, short := l.Reserve(); n != 1 || short {
		t.Fatalf("Reserve() = %d, short %v; want 1", n, short)
	}
	fillDisk(t, l)
	ackAll(l)
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	for segments := 1; segments < 2; segments, _ = l.Disk() {
		mustAppend(t, l, body(l.Next()))
	}
	last := l.Next() - 1
	o.FS = fsys.Reboot()
	l, rec := mustOpen(t, o)
	if got := read(t, l); rec.Torn || rec.Lost != 0 || len(got) == 0 || got[len(got)-1] != last {
		t.Errorf("%+v, records %v; want no torn tail, the last %d", rec, got, last)
	}
}

// The power goes while a mark is written over an older one: the newer or the
// newest is there.
func TestCrashWhileMarking(t *testing.T) {
	step := int64(8)
	if testing.Short() {
		step = 40
	}
	for extra := int64(0); extra < 64; extra += step { // the marks move over the end of a sector
		for seed := range uint64(2) {
			fsys := crashfs.New(seed)
			o := Options{FS: fsys, Dir: "/lane", Segment: 4096 + extra}
			l, _ := mustOpen(t, o)
			fsys.Capacity(o.Segment)
			n := uint64(fillDisk(t, l))
			for seq := uint64(1); seq <= n && (seq < 20 || !testing.Short()); seq++ {
				for at := range 8 {
					o.FS = fsys.Clone()
					again, _ := mustOpen(t, o)
					o.FS.(*crashfs.FS).CrashAt(1 + at)
					again.Ack(seq)
					err := again.Checkpoint()
					want := n - seq + 1
					o.FS = o.FS.(*crashfs.FS).Reboot()
					after, rec := mustOpen(t, o)
					if rec.Lost != 0 || rec.Pending != want && rec.Pending != want-1 || err == nil && rec.Pending != want-1 {
						t.Fatalf("mark %d of %d, crash at %d: Checkpoint = %v, then %+v; want %d pending or 1 less", seq, n, at, err, rec, want)
					}
					after.Close()
					if err == nil {
						break
					}
				}
				l.Ack(seq)
				if err := l.Checkpoint(); err != nil {
					t.Fatal(err)
				}
			}
			l.Close()
		}
	}
}

// Where nothing can be preallocated, a full disk shows at the write: that goes
// to the reserve at once.
func TestReserveWithoutPreallocation(t *testing.T) {
	fsys := crashfs.New(1)
	o := Options{FS: fsys, Dir: "/lane", Segment: 4096, Reserve: 4096}
	l, _ := mustOpen(t, o)
	mustAppend(t, l, body(1))
	full := segmentFilesOf(t, fsys)
	fsys.Fail(func(op, name string) error {
		if op == "write" && slices.Contains(full, name) || op == "create" {
			return syscall.ENOSPC
		}
		return nil
	})
	entries := []entry{{kind: 1, payload: []byte(body(2))}, {kind: 1, payload: []byte(body(3))}}
	l.turn.Lock()
	err := l.commit(entries)
	l.turn.Unlock()
	if err != nil || entries[0].seq != 2 || entries[1].seq != 3 || entries[0].err != nil || entries[1].err != nil {
		t.Fatalf("commit = %v, entries %+v; want them in the reserve", err, entries)
	}
	if n := fillDisk(t, l); n < 20 {
		t.Errorf("%d records more; want a segment full", n)
	}
	last := l.Next() - 1
	o.FS = fsys.Reboot()
	l, rec := mustOpen(t, o)
	if got := read(t, l); rec.Lost != 0 || !slices.Equal(got, numbers(1, last)) {
		t.Errorf("%+v, %v; want 1 to %d", rec, got, last)
	}
}

func segmentFilesOf(t testing.TB, fsys durable.FS) (paths []string) {
	t.Helper()
	names, err := fsys.ReadDir("/lane")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, ok := parseName(name); ok {
			paths = append(paths, filepath.Join("/lane", name))
		}
	}
	return paths
}
