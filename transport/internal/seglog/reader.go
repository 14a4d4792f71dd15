package seglog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sort"

	"github.com/brinkml/brink/internal/durable"
)

const readAhead = 64 << 10

// Reader reads a log's records in order, leaving out what is acknowledged.
type Reader struct {
	l    *Log
	pos  uint64   // number of the next record wanted
	seg  *segment // open, or nil
	file durable.File
	off  int64 // of the next record in seg
	buf  []byte
	at   int64 // offset of buf in seg
	junk int64 // bytes of damage passed since the last record

	plain []byte // the last record's payload, if it was sealed
}

// NewReader returns a reader at the first record that is not acknowledged.
func (l *Log) NewReader() *Reader { return &Reader{l: l, pos: 1} }

// Rewind goes back to the first record that is not acknowledged.
func (r *Reader) Rewind() error {
	r.pos = 1
	return r.leave()
}

// Close releases the reader's file.
func (r *Reader) Close() error { return r.leave() }

func (r *Reader) leave() error {
	r.seg, r.buf = nil, r.buf[:0]
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// Next returns the next record; ok is false when there is none now. A record
// that cannot be read any more is skipped, acknowledged, and told to
// [Options.Lost].
func (r *Reader) Next() (rec Record, ok bool, err error) {
	for {
		l := r.l
		l.mu.Lock()
		r.pos = max(r.pos, l.mark+1)
		if end, done := l.acked.find(r.pos); done {
			r.pos = end
		}
		if l.closed {
			l.mu.Unlock()
			return rec, false, ErrClosed
		}
		if r.pos >= l.next {
			l.mu.Unlock()
			return rec, false, nil
		}
		// The segment is the last that begins at or below pos; limit is where
		// the one after it begins.
		i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].base > r.pos }) - 1
		limit := l.next
		if i+1 < len(l.segments) {
			limit = l.segments[i+1].base
		}
		var seg *segment
		var end int64
		if i >= 0 {
			seg, end = l.segments[i], l.segments[i].end
		}
		l.mu.Unlock()

		if seg == nil {
			r.lose(limit, 0)
			continue
		}
		if r.seg != seg {
			switch err := r.enter(seg); {
			case err == nil:
			case !errors.Is(err, fs.ErrNotExist):
				return rec, false, err
			case l.Mark() >= r.pos:
				continue // acknowledged and deleted meanwhile
			default:
				r.lose(limit, end-headerSize)
				continue
			}
		}
		r.junk = 0
		rec, ok, err = r.scan(end, limit)
		if err != nil {
			return rec, false, err
		}
		if !ok {
			r.lose(limit, r.junk)
			continue
		}
		if rec.Seq > r.pos {
			r.lose(rec.Seq, r.junk)
		}
		r.pos = rec.Seq + 1
		if _, done := l.isAcked(rec.Seq); done {
			continue
		}
		return rec, true, nil
	}
}

func (l *Log) isAcked(seq uint64) (end uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.mark {
		return l.mark + 1, true
	}
	return l.acked.find(seq)
}

func (r *Reader) enter(s *segment) error {
	if err := r.leave(); err != nil {
		return fmt.Errorf("seglog: close segment: %w", err)
	}
	f, err := r.l.o.FS.Open(filepath.Join(r.l.o.Dir, s.name()))
	if err != nil {
		return fmt.Errorf("seglog: open segment: %w", err)
	}
	r.seg, r.file, r.off, r.at = s, f, headerSize, 0
	return nil
}

// scan returns the next record numbered within pos and limit and leaves off
// behind it, or ok false with off at end.
func (r *Reader) scan(end int64, limit uint64) (rec Record, ok bool, err error) {
	want := int64(recordHeader)
	for r.off < end {
		b, err := r.bytes(want, end)
		if err != nil {
			return rec, false, err
		}
		var size int
		rec, size, want, ok = parseRecord(b, r.seg.salt, r.seg.base, limit)
		switch {
		case ok:
			r.off += int64(size)
			if rec.Kind != kindMark && rec.Seq >= r.pos && rec.Seq < limit {
				if r.plain, ok = r.seg.open(&rec, r.plain); ok {
					return rec, true, nil
				}
				r.junk += int64(size)
			}
		case want > int64(len(b)) && r.off+want <= end:
			continue // a whole record may be there: read more
		default:
			r.off += recordAlign
			r.junk += recordAlign
		}
		want = recordHeader
	}
	r.off = max(r.off, end)
	return rec, false, nil
}

// bytes returns what is buffered at off, at least want bytes unless end is
// nearer.
func (r *Reader) bytes(want, end int64) ([]byte, error) {
	want = min(want, end-r.off)
	if lo, hi := r.at, r.at+int64(len(r.buf)); r.off >= lo && r.off+want <= hi {
		return r.buf[r.off-lo : min(hi, end)-lo], nil
	}
	n := int(min(max(want, readAhead), end-r.off))
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf, r.at = r.buf[:n], r.off
	got, err := r.file.ReadAt(r.buf, r.off)
	if err != nil && !errors.Is(err, io.EOF) {
		r.buf = r.buf[:0]
		return nil, fmt.Errorf("seglog: read segment: %w", err)
	}
	clear(r.buf[got:]) // the file lost its end: what is missing reads as damage
	return r.buf, nil
}

// lose acknowledges the numbers from pos up to limit that nothing was found
// for, and reports those that were still wanted.
func (r *Reader) lose(limit uint64, bytes int64) {
	l := r.l
	var lost ranges
	l.mu.Lock()
	// What was acknowledged meanwhile may have been deleted under the reader.
	for from := max(r.pos, l.mark+1); from < limit; {
		if end, ok := l.acked.find(from); ok {
			from = end
			continue
		}
		to := limit
		if i, _ := slices.BinarySearchFunc(l.acked, from, func(s span, v uint64) int { return cmp(s.from, v) }); i < len(l.acked) {
			to = min(to, l.acked[i].from)
		}
		lost = append(lost, span{from, to})
		from = to
	}
	l.acked.add(r.pos, limit)
	l.mark = l.acked.take(l.mark)
	l.mu.Unlock()
	r.pos = limit
	for _, s := range lost {
		if l.o.Lost != nil {
			l.o.Lost(s.from, s.to, bytes)
		}
		bytes = 0
	}
}
