package seglog

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
)

// place is where a record's bytes lie, its padding left out.
type place struct {
	seq      uint64
	from, to int64
	mark     bool
}

// specimen is a closed log of more than 64 KiB in several segments, with
// records of many sizes, some acknowledged, and deleted segments before it.
type specimen struct {
	o       Options
	fsys    *crashfs.FS
	files   []string // in order
	bytes   map[string][]byte
	places  map[string][]place
	pending []uint64
	next    uint64
}

const specimenBytes = 64 << 10

func specimenBody(seq uint64) []byte {
	r := rand.New(rand.NewPCG(seq, 5))
	b := []byte(body(seq))
	for range r.IntN(4) * r.IntN(60) {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

func newSpecimen(t testing.TB, keys *Keys) *specimen {
	t.Helper()
	s := &specimen{
		fsys:  crashfs.New(1),
		bytes: make(map[string][]byte), places: make(map[string][]place),
	}
	s.o = Options{FS: s.fsys, Dir: "/lane", Lane: "test", Segment: 16 << 10, Keys: keys}
	l, _ := mustOpen(t, s.o)
	rng := rand.New(rand.NewPCG(1, 1))
	commit := func(n int) {
		next := l.Next()
		entries := make([]entry, n)
		for i := range entries {
			entries[i] = entry{kind: 1, payload: specimenBody(next + uint64(i))}
		}
		l.turn.Lock()
		defer l.turn.Unlock()
		if err := l.commit(entries); err != nil {
			t.Fatal(err)
		}
	}
	// Three segments that come and go, then five that stay, with holes.
	for l.gen < 4 {
		commit(1 + rng.IntN(5))
	}
	for seq := range l.Next() - 10 {
		l.Ack(seq + 1)
	}
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	for l.gen < 8 || l.off < 12<<10 {
		commit(1 + rng.IntN(5))
		if rng.IntN(3) == 0 {
			l.Ack(l.Next() - 1 - rng.Uint64N(5))
			l.Ack(l.Mark() + 1)
		}
	}
	s.next = l.Next()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, _ = mustOpen(t, s.o)
	r := l.NewReader()
	for {
		rec, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		s.pending = append(s.pending, rec.Seq)
	}
	r.Close()
	l.Close()
	names, err := s.fsys.ReadDir("/lane")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, name := range names {
		h, _ := parseName(name)
		b, err := durable.ReadFile(s.fsys, "/lane/"+name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, name)
		s.bytes[name] = b
		for off := int64(headerSize); ; {
			r, size, _, ok := parseRecord(b[off:], h.salt, 0, maxSeq)
			if !ok {
				break
			}
			p := place{seq: r.Seq, from: off, to: off + recordHeader + int64(len(r.Payload)), mark: r.Kind == kindMark}
			s.places[name] = append(s.places[name], p)
			off += int64(size)
			total += size
		}
	}
	if total < specimenBytes || len(s.files) < 5 {
		t.Fatalf("%d bytes in %d segments; want 64 KiB in several", total, len(s.files))
	}
	return s
}

// last visits the last 64 KiB of what is written, with each byte's place.
func (s *specimen) last(visit func(file string, off int64, hit *place)) {
	left := specimenBytes
	for _, file := range slices.Backward(s.files) {
		places := s.places[file]
		for off := places[len(places)-1].to - 1; off >= 0 && left > 0; off-- {
			left--
			i := slices.IndexFunc(places, func(p place) bool { return p.from <= off && off < p.to })
			if i < 0 {
				visit(file, off, nil)
				continue
			}
			visit(file, off, &places[i])
		}
	}
}

// open puts damaged bytes in a file's place, opens the log and reads it whole.
func (s *specimen) open(t testing.TB, file string, b []byte) (Recovery, []uint64) {
	t.Helper()
	o := s.o
	fsys := s.fsys.Clone()
	o.FS = fsys
	path := filepath.Join(o.Dir, file)
	f, err := fsys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) < len(s.bytes[file]) {
		err = f.Truncate(int64(len(b)))
	} else {
		_, err = f.WriteAt(b, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	l, rec, err := Open(o)
	if err != nil {
		t.Fatalf("Open = %v; want nil", err)
	}
	r := l.NewReader()
	var seqs []uint64
	for {
		rec, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if string(rec.Payload) != string(specimenBody(rec.Seq)) {
			t.Fatalf("record %d has another payload", rec.Seq)
		}
		seqs = append(seqs, rec.Seq)
	}
	if uint64(len(seqs)) != rec.Pending {
		t.Fatalf("%d records read, %d recovered", len(seqs), rec.Pending)
	}
	r.Close()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return rec, seqs
}

// judge compares what is left with what should be: all but the records of gone.
// More may be there: what was acknowledged, if the damage hit a mark.
func (s *specimen) judge(rec Recovery, seqs []uint64, gone func(uint64) bool) error {
	have := make(map[uint64]bool, len(seqs))
	for _, seq := range seqs {
		have[seq] = true
	}
	lost := uint64(0)
	for _, seq := range s.pending {
		if have[seq] == gone(seq) {
			return fmt.Errorf("record %d there: %v; want %v", seq, have[seq], !have[seq])
		}
		if gone(seq) {
			lost++
		}
	}
	if rec.Lost != lost {
		return fmt.Errorf("%d lost, %d counted", lost, rec.Lost)
	}
	return nil
}

// damageStride is how many bytes the plain gate goes on at a time.
func damageStride(t testing.TB) int {
	switch {
	case os.Getenv("BRINK_LONG") != "":
		return 1
	case raceEnabled || testing.Short():
		return 499
	}
	return 61
}

// Every byte of the last 64 KiB is flipped, one at a time, in a log with
// several segments, plain and sealed: exactly the record that was hit is lost,
// and counted.
func TestEveryByte(t *testing.T) {
	for name, keys := range map[string]*Keys{"plain": nil, "sealed": testKeys(1)} {
		t.Run(name, func(t *testing.T) {
			s := newSpecimen(t, keys)
			stride, n, lost := damageStride(t), 0, uint64(0)
			i := 0
			s.last(func(file string, off int64, hit *place) {
				if i++; i%stride != 0 {
					return
				}
				b := slices.Clone(s.bytes[file])
				b[off] ^= 1 << (i / stride % 8)
				rec, seqs := s.open(t, file, b)
				err := s.judge(rec, seqs, func(seq uint64) bool { return hit != nil && !hit.mark && hit.seq == seq })
				if err != nil {
					t.Fatalf("%s, byte %d, bit %d: %v (hit %+v, %+v)", file, off, i/stride%8, err, hit, rec)
				}
				n++
				lost += rec.Lost
			})
			t.Logf("%d bytes, %d records lost and counted", n, lost)
			if lost == 0 {
				t.Error("no record was ever lost; want most flips to hit one")
			}
		})
	}
}

// The segments of the last 64 KiB are cut off, one at a time, at each length.
// What lies before the cut is there; what lay behind is counted, but in the last
// segment, where nothing says that there was more.
func TestEveryTruncation(t *testing.T) {
	for name, keys := range map[string]*Keys{"plain": nil, "sealed": testKeys(1)} {
		t.Run(name, func(t *testing.T) {
			s := newSpecimen(t, keys)
			stride, n, lost := damageStride(t), 0, uint64(0)
			i := 0
			final := s.files[len(s.files)-1]
			s.last(func(file string, off int64, _ *place) {
				if i++; i%stride != 0 {
					return
				}
				from, to := s.next, s.next // numbers that are gone
				places := s.places[file]
				for _, p := range slices.Backward(places) {
					if !p.mark && p.to > off {
						from = p.seq
					}
				}
				if j := slices.Index(s.files, file); j+1 < len(s.files) {
					h, _ := parseName(s.files[j+1])
					to = h.base
				}
				rec, seqs := s.open(t, file, s.bytes[file][:off])
				if file == final {
					rec.Lost = 0
					for _, seq := range s.pending {
						if seq >= from {
							rec.Lost++
						}
					}
				}
				if err := s.judge(rec, seqs, func(seq uint64) bool { return from <= seq && seq < to }); err != nil {
					t.Fatalf("%s cut at %d: %v (%+v)", file, off, err, rec)
				}
				n++
				lost += rec.Lost
			})
			t.Logf("%d lengths, %d records lost", n, lost)
		})
	}
}

// Each page of each segment but the last is zeroed, one at a time.
func TestEveryZeroedPage(t *testing.T) {
	const page = 4096
	for name, keys := range map[string]*Keys{"plain": nil, "sealed": testKeys(1)} {
		t.Run(name, func(t *testing.T) {
			s := newSpecimen(t, keys)
			lost := uint64(0)
			for _, file := range s.files[:len(s.files)-1] {
				for at := int64(0); at < int64(len(s.bytes[file])); at += page {
					b := slices.Clone(s.bytes[file])
					clear(b[at:min(at+page, int64(len(b)))])
					rec, seqs := s.open(t, file, b)
					gone := make(map[uint64]bool)
					for _, p := range s.places[file] {
						// A record whose only bytes in the page were zeros is not hit.
						if hit := s.bytes[file][max(p.from, at):max(min(p.to, at+page), max(p.from, at))]; !p.mark && !isZero(hit) {
							gone[p.seq] = true
						}
					}
					if err := s.judge(rec, seqs, func(seq uint64) bool { return gone[seq] }); err != nil {
						t.Fatalf("%s, page at %d: %v (%+v)", file, at, err, rec)
					}
					lost += rec.Lost
				}
			}
			if lost < 100 {
				t.Errorf("%d records lost in all; want many", lost)
			}
		})
	}
}
