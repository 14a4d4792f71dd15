package seglog

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/brinkml/brink/internal/durable"
)

// Damaged bytes are copied to at most maxAside files of at most asideBytes each.
const (
	maxAside   = 16
	asideBytes = 256 << 10
	asideExt   = ".damaged"
)

// found is a segment file as recovery sees it.
type found struct {
	*segment
	scanned
	broken  bool // its header is not readable: it is not appended to
	blank   bool // it was never begun
	content []byte
}

func (l *Log) recover() (Recovery, error) {
	var rec Recovery
	if err := l.o.FS.MkdirAll(l.o.Dir); err != nil {
		return rec, err
	}
	names, err := l.o.FS.ReadDir(l.o.Dir)
	if err != nil {
		return rec, err
	}
	var heads []header
	var spares []string
	aside := 0
	for _, name := range names {
		if h, ok := parseName(name); ok {
			heads = append(heads, h)
			l.gen = max(l.gen, h.gen)
		} else if strings.HasSuffix(name, asideExt) {
			aside++
		} else if _, ok := parseSpare(name); ok {
			spares = append(spares, name)
		}
	}
	slices.SortFunc(heads, func(a, b header) int { return cmp(uint64(a.gen), uint64(b.gen)) })

	var room scratch
	if err := l.findMark(heads, &room); err != nil {
		return rec, err
	}
	var (
		last   *found
		blank  []string // files that were never begun
		expect = l.mark + 1
		plain  []byte
	)
	for i, h := range heads {
		// A later file, even one that was never begun, says that this one was
		// complete.
		sealed, limit := i+1 < len(heads), uint64(math.MaxUint64)
		if sealed {
			limit = heads[i+1].base
		}
		f, err := l.load(h, limit, sealed, &room)
		if err != nil {
			return rec, err
		}
		if f == nil {
			continue
		}
		if f.blank {
			blank = append(blank, h.name())
			// The one before had no room for a record any more, or took a
			// failed write. It takes marks all the same.
			l.full = true
			continue
		}
		before := rec.Lost
		expect = l.lose(&rec, expect, h.base)
		unsealed := false
		for _, r := range f.records {
			if r.Seq < expect {
				continue
			}
			if !unsealed {
				if err := l.unseal(f); err != nil {
					return rec, err
				}
				unsealed = true
			}
			var ok bool
			if plain, ok = f.segment.open(&r, plain); !ok {
				f.damaged = append(f.damaged, extent{r.at, r.at + r.Size})
				expect = l.lose(&rec, expect, r.Seq+1)
				continue
			}
			expect = l.lose(&rec, expect, r.Seq) + 1
			rec.Pending++
			if l.o.Recovered != nil {
				l.o.Recovered(r)
			}
		}
		expect = l.lose(&rec, expect, f.next)
		if sealed {
			expect = l.lose(&rec, expect, limit)
		}
		l.next = max(l.next, expect, h.base)
		if rec.Lost > before {
			l.o.Logger.Warn("seglog: damaged records", "dir", l.o.Dir, "segment", h.name(), "lost", rec.Lost-before)
			for _, e := range f.damaged {
				if aside < maxAside && l.setAside(f.segment, e, f.content) {
					aside++
				}
			}
		}
		l.segments = append(l.segments, f.segment)
		last, l.full = f, f.broken || !l.ours(f.segment)
	}
	rec.Segments = len(l.segments)
	l.recoverSpares(spares)
	if last != nil {
		rec.Torn = last.torn
		if err := l.resume(last.segment); err != nil {
			return rec, err
		}
		l.proved = last.proved
	}
	l.prune(l.stored, false)
	for _, name := range blank {
		if err := l.o.FS.Remove(filepath.Join(l.o.Dir, name)); err != nil {
			return rec, err
		}
	}
	if l.mark != l.stored {
		// Damage was passed, or hit a mark: not to find the same again.
		if err := l.commit(nil); err != nil {
			l.o.Logger.Warn("seglog: store the mark", "dir", l.o.Dir, "err", err)
		}
	}
	l.replenish(true)
	return rec, nil
}

// findMark finds the acknowledgement mark: the newest readable segment has it,
// in its header or in a record.
func (l *Log) findMark(heads []header, room *scratch) error {
	for i, h := range slices.Backward(heads) {
		limit := uint64(math.MaxUint64)
		if i+1 < len(heads) {
			limit = heads[i+1].base
		}
		f, err := l.load(h, limit, i+1 < len(heads), room)
		if err != nil {
			return err
		}
		if f == nil || f.blank {
			continue
		}
		l.mark, l.stored = max(l.mark, f.mark), max(l.stored, f.sure)
		if !f.broken {
			break
		}
	}
	l.next = max(l.next, l.mark+1)
	return nil
}

// lose notes that the numbers of [expect, seq) are gone and returns the number
// to expect next.
func (l *Log) lose(rec *Recovery, expect, seq uint64) uint64 {
	if seq <= expect {
		return expect
	}
	rec.Lost += seq - expect
	l.next = max(l.next, seq)
	l.acked.add(expect, seq)
	l.mark = l.acked.take(l.mark)
	return seq
}

// scratch is the room that one segment after the other is read into: a backlog of
// thousands of them is opened in the memory of one.
type scratch struct {
	content []byte
	records []Record
}

// load reads a segment whole. What it returns is good until the next call with
// the same room; nil for a segment that belongs to another lane.
func (l *Log) load(h header, limit uint64, sealed bool, room *scratch) (*found, error) {
	path := filepath.Join(l.o.Dir, h.name())
	content, err := durable.ReadInto(l.o.FS, path, math.MaxInt32, room.content)
	if err != nil {
		return nil, err
	}
	room.content = content
	f := &found{segment: &segment{header: h, capacity: int64(len(content))}, content: content}
	on, ok := parseHeader(content)
	switch {
	case ok && (on.lane != laneSum(l.o.Lane) || on.base != h.base || on.salt != h.salt):
		l.o.Logger.Warn("seglog: foreign segment left alone", "dir", l.o.Dir, "segment", h.name())
		return nil, nil
	case !ok && isZero(content):
		f.blank = true
		return f, nil
	}
	f.broken = !ok
	if ok {
		f.segment.sealing = on.sealing
	}
	f.scanned = scan(room.records[:0], content, h.salt, h.base, limit, sealed)
	room.records = f.records
	f.mark, f.sure = max(f.mark, on.mark), max(f.sure, on.mark)
	f.segment.end = f.scanned.end
	f.capacity = max(f.capacity, f.segment.end)
	return f, nil
}

// resume opens the last segment for appending, with zeros behind its end.
func (l *Log) resume(s *segment) error {
	path := filepath.Join(l.o.Dir, s.name())
	f, err := l.o.FS.Open(path)
	if err != nil {
		return err
	}
	l.file, l.off = f, s.end
	tail := make([]byte, s.capacity-s.end)
	if _, err := f.ReadAt(tail, s.end); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	// The tail is overwritten and not cut off, to keep the room that it has. A
	// full disk must not keep what is stored from being read and sent, nor its
	// mark from being stored.
	if n := int64(len(trimZeros(tail))); n > 0 {
		if err := writeZeros(f, s.end, s.end+n); durable.IsFull(err) {
			l.o.Logger.Warn("seglog: erase the torn tail", "dir", l.o.Dir, "err", err)
			l.bad = true
		} else if err != nil {
			return err
		}
	}
	if s.capacity < l.o.Segment {
		if err := f.Preallocate(l.o.Segment); err == nil {
			s.capacity = l.o.Segment
		} else {
			l.o.Logger.Warn("seglog: preallocate", "dir", l.o.Dir, "err", err)
		}
	}
	if l.o.Sync == Never {
		return nil
	}
	// What was just read may be in the page cache only.
	if err := errors.Join(f.Sync(), l.o.FS.SyncDir(l.o.Dir)); err != nil {
		return err
	}
	l.clean = true
	return nil
}

// setAside copies damaged bytes for a person to look at. It is a courtesy: its
// failure is only logged.
func (l *Log) setAside(s *segment, e extent, content []byte) bool {
	name := fmt.Sprintf("%s.%d%s", strings.TrimSuffix(s.name(), ".seg"), e.from, asideExt)
	b := content[e.from:min(e.to, int64(len(content)), e.from+asideBytes)]
	if err := durable.Replace(l.o.FS, filepath.Join(l.o.Dir, name), b); err != nil {
		l.o.Logger.Warn("seglog: set damaged bytes aside", "dir", l.o.Dir, "err", err)
		return false
	}
	return true
}
