package seglog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/brinkml/brink/internal/durable"
)

// rotate makes a new segment with room for at least one record of size bytes
// and makes it the one appended to, out of the reserve if it must and may. The
// one before is durable, or bad.
func (l *Log) rotate(base, mark uint64, size int64, reserve bool) error {
	s, f, err := l.create(l.newHeader(base, mark), size)
	if err != nil && reserve && durable.IsFull(err) {
		var again error
		if s, f, again = l.takeSpare(l.newHeader(base, mark), size); again == nil {
			err = nil
		} else if !errors.Is(again, errNoSpare) {
			err = errors.Join(err, again)
		}
	}
	if err != nil {
		return fmt.Errorf("seglog: new segment: %w", err)
	}
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			l.o.Logger.Warn("seglog: close segment", "dir", l.o.Dir, "err", err)
		}
	}
	l.file, l.off, l.gen, l.bad, l.full, l.clean, l.proved = f, headerSize, s.gen, false, false, false, false
	l.mu.Lock()
	l.segments = append(l.segments, s)
	l.mu.Unlock()
	return nil
}

func (l *Log) newHeader(base, mark uint64) header {
	return header{gen: l.gen + 1, salt: rand.Uint32(), base: base, lane: laneSum(l.o.Lane), mark: mark}
}

func (l *Log) create(h header, size int64) (*segment, durable.File, error) {
	s := &segment{header: h, end: headerSize, capacity: max(l.o.Segment, headerSize+size+l.markRoom())}
	if err := l.seal(s); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(l.o.Dir, s.name())
	f, err := l.o.FS.Create(path)
	if err != nil {
		return nil, nil, err
	}
	if err = f.Preallocate(s.capacity); err == nil {
		err = l.begin(s, f)
	}
	if err != nil {
		err = errors.Join(err, f.Close())
		l.undone(h, l.o.FS.Remove(path))
		return nil, nil, err
	}
	return s, f, nil
}

// begin writes the header and makes the name durable; the header itself goes
// with the first commit.
func (l *Log) begin(s *segment, f durable.File) error {
	if _, err := f.WriteAt(s.append(nil), 0); err != nil {
		return err
	}
	if l.o.Sync == Never {
		return nil
	}
	return l.o.FS.SyncDir(l.o.Dir)
}

// undone is told whether a segment that could not be begun lost its name again.
// As long as the name may come back, no record may go to the segment before:
// recovery would take it for one from after the end of that.
func (l *Log) undone(h header, err error) {
	if err == nil && l.o.Sync != Never {
		err = l.o.FS.SyncDir(l.o.Dir)
	}
	if err != nil {
		l.gen = max(l.gen, h.gen)
		l.full = true
		l.o.Logger.Warn("seglog: take back a segment", "dir", l.o.Dir, "segment", h.name(), "err", err)
	}
}

// placeMark stores a mark for which the segment has no room: in the header of a
// new one or, when none can be made, over the older of the segment's last two.
// What it holds besides is durable, or it is bad.
func (l *Log) placeMark(seq, mark uint64) error {
	err := l.rotate(seq, mark, Size(8), false)
	if err == nil {
		return nil
	}
	again := l.rewriteMark(seq, mark)
	if again == nil {
		return nil
	}
	if l.rotate(seq, mark, Size(8), true) == nil {
		return nil
	}
	return errors.Join(err, again)
}

func (l *Log) rewriteMark(seq, mark uint64) error {
	slot := Size(8)
	if l.file == nil || l.bad || l.off < headerSize+2*slot {
		return errors.New("seglog: no segment for the mark")
	}
	two := make([]byte, 2*slot)
	if _, err := l.file.ReadAt(two, l.off-2*slot); err != nil {
		return fmt.Errorf("seglog: read marks: %w", err)
	}
	var marks [2]uint64
	for i := range marks {
		b := two[int64(i)*slot:]
		if !isMarkHead(b) {
			return errors.New("seglog: no room for the mark")
		}
		if r, _, _, ok := parseRecord(b[:slot], l.salt(), 0, seq); ok {
			marks[i], _ = markOf(r)
		}
	}
	at := l.off - 2*slot
	if marks[0] > marks[1] {
		at += slot
	}
	barrier := l.barrier()
	l.clean = false
	if _, err := l.file.WriteAt(appendMark(nil, l.salt(), seq, barrier, mark), at); err != nil {
		l.bad = true
		return fmt.Errorf("seglog: write mark: %w", err)
	}
	if l.o.Sync != Never {
		return l.syncFile() // the other slot must not be at risk before this one is safe
	}
	return nil
}
