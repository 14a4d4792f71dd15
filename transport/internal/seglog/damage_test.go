package seglog

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/internal/durable"
)

func mustOpen(t testing.TB, o Options) (*Log, Recovery) {
	t.Helper()
	if o.FS == nil {
		o.FS = durable.OS{}
	}
	l, rec, err := Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	return l, rec
}

func mustAppend(t testing.TB, l *Log, payload string) uint64 {
	t.Helper()
	seq, err := l.Append(1, 0, []byte(payload))
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return seq
}

// read returns the numbers of all records and checks payloads made by body.
func read(t testing.TB, l *Log) []uint64 {
	t.Helper()
	r := l.NewReader()
	defer r.Close()
	var seqs []uint64
	for {
		rec, ok, err := r.Next()
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if !ok {
			return seqs
		}
		if want := body(rec.Seq); string(rec.Payload) != want {
			t.Fatalf("record %d = %.40q; want %.40q", rec.Seq, rec.Payload, want)
		}
		seqs = append(seqs, rec.Seq)
	}
}

func body(seq uint64) string { return fmt.Sprintf("%03d:%s", seq, strings.Repeat("x", int(seq%7)*9)) }

func numbers(from, to uint64) []uint64 {
	var s []uint64
	for ; from <= to; from++ {
		s = append(s, from)
	}
	return s
}

// fill makes a log with n records in a fresh directory and closes it.
func fill(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	l, _ := mustOpen(t, Options{Dir: dir, Segment: 4096})
	for i := range n {
		mustAppend(t, l, body(uint64(i+1)))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func segmentFiles(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func copyDir(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Flip single bits all over a sealed and over the last segment: never more
// than the record that was hit is lost, and exactly what is lost is counted.
func TestBitFlips(t *testing.T) {
	const n = 120
	whole := fill(t, n)
	files := segmentFiles(t, whole)
	if len(files) < 2 {
		t.Fatalf("%d segments; want at least 2", len(files))
	}
	for _, file := range []string{files[0], files[len(files)-1]} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		last := file == files[len(files)-1]
		used := len(trimZeros(content))
		dir := copyDir(t, whole)
		path := filepath.Join(dir, filepath.Base(file))
		stride := 11
		if testing.Short() {
			stride = 83
		}
		for off := 0; off < used; off += stride {
			b := slices.Clone(content)
			b[off] ^= 1 << (off % 8)
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			l, rec := mustOpen(t, Options{Dir: dir, Segment: 4096})
			seqs := read(t, l)
			lost := n - len(seqs)
			if lost > 1 {
				t.Fatalf("%s, byte %d: %d records lost; want at most 1", filepath.Base(file), off, lost)
			}
			// A flip in the very last commit cannot be told from a torn one.
			tail := last && (len(seqs) == 0 || seqs[len(seqs)-1] != n)
			if !tail && rec.Lost != uint64(lost) {
				t.Fatalf("%s, byte %d: %d lost, %d counted", filepath.Base(file), off, lost, rec.Lost)
			}
			l.Close()
			for _, f := range segmentFiles(t, dir) {
				os.Remove(f)
			}
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
		}
		aside, err := filepath.Glob(filepath.Join(dir, "*"+asideExt))
		if err != nil || len(aside) == 0 || len(aside) > maxAside {
			t.Errorf("%d files set aside, %v; want 1 to %d", len(aside), err, maxAside)
		}
	}
}

func TestZeroedPage(t *testing.T) {
	dir := t.TempDir()
	l, _ := mustOpen(t, Options{Dir: dir, Segment: 16 << 10})
	const n = 400
	for i := range n {
		mustAppend(t, l, body(uint64(i+1)))
	}
	l.Close()
	file := segmentFiles(t, dir)[0]
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[4096:8192])
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	l, rec := mustOpen(t, Options{Dir: dir, Segment: 16 << 10})
	seqs := read(t, l)
	if rec.Lost == 0 || len(seqs)+int(rec.Lost) != n {
		t.Errorf("%d read, %d counted lost; want %d together and some lost", len(seqs), rec.Lost, n)
	}
	if seq := mustAppend(t, l, body(n+1)); seq != n+1 {
		t.Errorf("next number = %d; want %d", seq, n+1)
	}
}

// Cut the last segment at each offset: what lies whole before the cut is there.
func TestTruncated(t *testing.T) {
	whole := fill(t, 30)
	files := segmentFiles(t, whole)
	file := files[len(files)-1]
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := copyDir(t, whole)
	path := filepath.Join(dir, filepath.Base(file))
	before := -1
	for off := len(trimZeros(content)); off >= 0; off -= 5 {
		if err := os.WriteFile(path, content[:off], 0o644); err != nil {
			t.Fatal(err)
		}
		l, _ := mustOpen(t, Options{Dir: dir, Segment: 4096})
		seqs := read(t, l)
		if !slices.Equal(seqs, numbers(1, uint64(len(seqs)))) {
			t.Fatalf("cut at %d: %v; want numbers from 1 on", off, seqs)
		}
		if before >= 0 && len(seqs) < before-1 {
			t.Fatalf("cut at %d: %d records, 5 bytes more gave %d", off, len(seqs), before)
		}
		before = len(seqs)
		next := uint64(len(seqs)) + 1
		if seq := mustAppend(t, l, body(next)); seq != next {
			t.Fatalf("cut at %d: next number %d; want %d", off, seq, next)
		}
		if got := len(read(t, l)); got != len(seqs)+1 {
			t.Fatalf("cut at %d: %d records after one more; want %d", off, got, len(seqs)+1)
		}
		l.Close()
	}
}

// A commit of which a later record reached the disk and an earlier one did not
// must not leave that record behind to be found later.
func TestTornTailIsErased(t *testing.T) {
	dir := t.TempDir()
	l, _ := mustOpen(t, Options{Dir: dir, Segment: 4096})
	mustAppend(t, l, body(1))
	at := l.off
	l.turn.Lock()
	l.commit([]entry{{kind: 1, payload: []byte("lost")}, {kind: 1, payload: []byte("stays")}})
	l.turn.Unlock()
	dir = copyDir(t, dir) // the power goes now
	l.Close()

	file := segmentFiles(t, dir)[0]
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[at : at+Size(4)])
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	l, rec := mustOpen(t, Options{Dir: dir, Segment: 4096})
	if !rec.Torn || rec.Pending != 1 || rec.Lost != 0 {
		t.Errorf("Recovery = %+v; want a torn tail, 1 pending, none lost", rec)
	}
	if seq := mustAppend(t, l, body(2)); seq != 2 {
		t.Errorf("next number = %d; want 2", seq)
	}
	l.Close()
	l, rec = mustOpen(t, Options{Dir: dir, Segment: 4096})
	if got := read(t, l); !slices.Equal(got, numbers(1, 2)) || rec.Torn {
		t.Errorf("records %v, %+v; want 1 and 2 and no torn tail", got, rec)
	}
}

func TestMissingAndSuperfluousSegments(t *testing.T) {
	const n = 400
	dir := fill(t, n)
	files := segmentFiles(t, dir)
	if len(files) < 4 {
		t.Fatalf("%d segments; want at least 4", len(files))
	}
	for _, name := range []string{"README", "0000.seg", "zz-zz-zz.seg"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not a segment"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	second, _ := parseName(filepath.Base(files[1]))
	third, _ := parseName(filepath.Base(files[2]))
	l, rec := mustOpen(t, Options{Dir: dir, Segment: 4096})
	want := append(numbers(1, second.base-1), numbers(third.base, n)...)
	if got := read(t, l); !slices.Equal(got, want) {
		t.Errorf("records %v; want %v", got, want)
	}
	if rec.Lost != third.base-second.base {
		t.Errorf("%d lost; want %d", rec.Lost, third.base-second.base)
	}
	// Acknowledge everything; bring back a deleted segment: it is deleted again.
	back, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(n) {
		l.Ack(seq + 1)
	}
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(files[0], back, 0o644); err != nil {
		t.Fatal(err)
	}
	l, rec = mustOpen(t, Options{Dir: dir, Segment: 4096})
	if got := read(t, l); len(got) != 0 || rec.Lost != 0 {
		t.Errorf("records %v, %+v; want none, none lost", got, rec)
	}
	if left := segmentFiles(t, dir); slices.Contains(left, files[0]) {
		t.Errorf("segments %q; want the superfluous one gone", left)
	}
}

// A record that goes bad after Open is skipped by the reader and told.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	var lost uint64
	var lostBytes int64
	l, _ := mustOpen(t, Options{Dir: dir, Segment: 4096, Lost: func(from, to uint64, b int64) { lost += to - from; lostBytes += b }})
	for i := range 10 {
		mustAppend(t, l, body(uint64(i+1)))
	}
	f, err := os.OpenFile(segmentFiles(t, dir)[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	off := int64(headerSize)
	for i := range 4 {
		off += Size(len(body(uint64(i + 1))))
	}
	if _, err := f.WriteAt([]byte{0xff}, off+recordHeader); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(numbers(1, 10), func(n uint64) bool { return n == 5 })
	if got := read(t, l); !slices.Equal(got, want) {
		t.Errorf("records %v; want %v", got, want)
	}
	if lost != 1 || lostBytes != Size(len(body(5))) {
		t.Errorf("Lost told %d records, %d bytes; want 1, %d", lost, lostBytes, Size(len(body(5))))
	}
	if got := read(t, l); !slices.Equal(got, want) || lost != 1 {
		t.Errorf("second pass: %v, %d lost; want %v, still 1", got, lost, want)
	}
}

func FuzzScan(f *testing.F) {
	dir := fill(f, 60)
	for _, file := range segmentFiles(f, dir) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(trimZeros(b), true)
		f.Add(trimZeros(b)[:900], false)
	}
	f.Add(bytes.Repeat([]byte{0xc9, 0xb5}, 600), true)
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		h, ok := parseHeader(b)
		if !ok {
			h = header{base: 1, salt: 7}
		}
		s := scan(nil, b, h.salt, h.base, h.base+50, sealed)
		last := h.base
		for i, r := range s.records {
			if r.Seq < last || r.Seq >= h.base+50 || (i > 0 && r.Seq == last) {
				t.Fatalf("record %d has number %d after %d", i, r.Seq, last)
			}
			last = r.Seq
		}
		if s.end < headerSize || (len(b) >= headerSize && s.end >= int64(len(b)+recordAlign)) {
			t.Fatalf("end = %d of %d", s.end, len(b))
		}
		for _, e := range s.damaged {
			if e.from < headerSize || e.to < e.from || e.to > int64(len(b)) {
				t.Fatalf("damage at %v of %d", e, len(b))
			}
		}
	})
}

// FuzzOpen puts arbitrary bytes where a segment belongs.
func FuzzOpen(f *testing.F) {
	dir := fill(f, 20)
	for _, file := range segmentFiles(f, dir) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(file), b, false)
	}
	for _, file := range segmentFiles(f, sealedDir(f, testKeys(1), 20)) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(file), b, true)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte, sealed bool) {
		h, ok := parseName(name)
		if !ok {
			t.Skip()
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, h.name()), b, 0o644); err != nil {
			t.Fatal(err)
		}
		o := Options{FS: durable.OS{}, Dir: dir, Segment: 4096}
		if sealed {
			o.Keys, o.Lane = testKeys(1), "test"
		}
		l, _, err := Open(o)
		if err != nil {
			if _, ok := errors.AsType[*KeyError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		defer l.Close()
		seq, err := l.Append(1, 0, []byte("after"))
		if err != nil {
			t.Fatal(err)
		}
		r := l.NewReader()
		defer r.Close()
		for {
			rec, ok, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				t.Fatalf("record %d was appended and not read", seq)
			}
			if rec.Seq == seq && string(rec.Payload) == "after" {
				return
			}
		}
	})
}

// Damage to the last record of a log that was closed is told from a commit that
// was torn.
func TestDamageInLastCommit(t *testing.T) {
	for _, sync := range []Sync{Always, Manual} {
		dir := t.TempDir()
		o := Options{Dir: dir, Segment: 4096, Sync: sync}
		l, _ := mustOpen(t, o)
		for n := range uint64(4) {
			mustAppend(t, l, body(n+1))
		}
		at := l.off + recordHeader
		mustAppend(t, l, body(5))
		l.Close()
		file := segmentFiles(t, dir)[0]
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[at] ^= 1
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		l, rec := mustOpen(t, o)
		if rec.Lost != 1 || rec.Torn || rec.Pending != 4 {
			t.Errorf("%+v; want 1 lost, 4 pending, not torn", rec)
		}
		if seq := mustAppend(t, l, body(6)); seq != 6 {
			t.Errorf("next number %d; want 6", seq)
		}
		l.Close()
		// Opening and closing without records adds nothing.
		before := tree(t, dir)
		for range 3 {
			l, _ := mustOpen(t, o)
			l.Close()
		}
		if !maps.Equal(before, tree(t, dir)) {
			t.Error("Open and Close change the files of a log that nobody used")
		}
	}
}

// A mark that let segments go is on the disk twice: damage to one must not make
// what was deleted look lost.
func TestDamagedMark(t *testing.T) {
	for _, tc := range []struct {
		name string
		then func(l *Log) // after everything is acknowledged
		lost uint64       // at most: a record that is not acknowledged
	}{
		{"by a checkpoint", func(l *Log) {
			if err := l.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"by the next record", func(l *Log) { mustAppend(t, l, "next") }, 1},
		{"by the header of the next segment", func(l *Log) { mustAppend(t, l, strings.Repeat("long", 1000)) }, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			o := Options{Dir: dir, Segment: 4096}
			l, _ := mustOpen(t, o)
			for n := 1; n < 3; n, _ = l.Disk() {
				mustAppend(t, l, body(l.Next()))
			}
			ackAll(l)
			tc.then(l)
			dir = copyDir(t, dir) // the power goes now
			l.Close()
			files := segmentFiles(t, dir)
			if len(files) != 1 {
				t.Fatalf("%d segments; want 1", len(files))
			}
			content, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			end := len(trimZeros(content))
			for off := range end {
				if off > 150 && off < end-150 && off%29 > 0 || testing.Short() && off%7 > 0 {
					continue // the inside of the long record
				}
				b := slices.Clone(content)
				b[off] ^= 1
				if err := os.WriteFile(files[0], b, 0o600); err != nil {
					t.Fatal(err)
				}
				o.Dir = dir
				l, rec := mustOpen(t, o)
				l.Close()
				for _, file := range segmentFiles(t, dir) {
					os.Remove(file)
				}
				if rec.Lost > tc.lost {
					t.Fatalf("byte %d flipped: %+v; want at most %d lost", off, rec, tc.lost)
				}
			}
		})
	}
}

func TestRecordSum(t *testing.T) {
	b := []byte{0x78, 0x56, 0x34, 0x12, 'h', 'e', 'a', 'd', 'p', 'a', 'y'}
	if got, want := recordSum(0x12345678, b[4:8], b[8:]), crc32.Checksum(b, castagnoli()); got != want {
		t.Errorf("recordSum = %08x; want %08x", got, want)
	}
}
