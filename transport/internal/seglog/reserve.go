package seglog

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// Spares are files of one segment's size that hold nothing but zeros. When the
// disk has no room for a new segment, a spare is renamed to be it.
//
// A power cut may leave a rename half done, with both names bound to one file.
// Therefore Open keeps only those spares that read as zeros, which no segment
// in use does, and unlinks all others without writing to them.

const spareExt = ".spare"

// replenishEvery is the least time between attempts to make spares while there
// is no sign that the disk has room again.
const replenishEvery = 5 * time.Second

var errNoSpare = errors.New("no spare segment")

// spare is a file of the reserve; dirty says that it still holds what it held
// as a segment.
type spare struct {
	name  string
	dirty bool
}

func parseSpare(name string) (n uint64, ok bool) {
	if !strings.HasPrefix(name, "reserve-") || !strings.HasSuffix(name, spareExt) {
		return 0, false
	}
	_, err := fmt.Sscanf(name, "reserve-%d"+spareExt, &n)
	return n, err == nil
}

func (l *Log) spareName() string {
	l.spareNo++
	return fmt.Sprintf("reserve-%d%s", l.spareNo, spareExt)
}

// Reserve is the number of spare segments, the bytes they take, which
// [Log.Disk] leaves out, and whether they are fewer than [Options.Reserve] asks
// for.
func (l *Log) Reserve() (spares int, bytes int64, short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.spares), int64(len(l.spares)) * l.o.Segment, l.short()
}

// short is called with mu or turn held.
func (l *Log) short() bool {
	return len(l.spares) < l.want || slices.ContainsFunc(l.spares, func(s spare) bool { return s.dirty })
}

// Replenish makes the spares that are missing, if the disk has room for them,
// unless that was tried in the last few seconds and there is no sign, which now
// says, that it has. It returns after how long to call it again; 0 when none is
// missing.
func (l *Log) Replenish(now bool) (wait time.Duration) {
	l.mu.Lock()
	done := l.closed || !l.short()
	l.mu.Unlock()
	if done {
		return 0
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	done = l.closed
	l.mu.Unlock()
	if done {
		return 0
	}
	l.replenish(now)
	if !l.short() {
		return 0
	}
	return max(time.Millisecond, replenishEvery-time.Since(l.tried))
}

// replenish is called with turn held; now says that there may be room again.
func (l *Log) replenish(now bool) {
	if !l.short() || !now && time.Since(l.tried) < replenishEvery {
		return
	}
	l.tried = time.Now()
	err := l.makeSpares()
	if err != nil && !l.warned {
		l.o.Logger.Warn("seglog: reserve", "dir", l.o.Dir, "spares", len(l.spares), "want", l.want, "err", err)
	}
	l.warned = err != nil
}

func (l *Log) makeSpares() error {
	for i := range l.spares {
		if err := l.blank(i); err != nil {
			return err
		}
	}
	made := false
	var failed error
	for len(l.spares) < l.want && failed == nil {
		name := l.spareName()
		path := filepath.Join(l.o.Dir, name)
		f, err := l.o.FS.Create(path)
		if err != nil {
			failed = err
			break
		}
		// Not every system can preallocate: what is written is there.
		if err = f.Preallocate(l.o.Segment); err == nil {
			err = writeZeros(f, 0, l.o.Segment)
		}
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err != nil {
			failed = errors.Join(err, l.o.FS.Remove(path))
			break
		}
		made = true
		l.setSpares(append(l.spares, spare{name: name}))
	}
	if made {
		failed = errors.Join(failed, l.o.FS.SyncDir(l.o.Dir))
	}
	return failed
}

func (l *Log) setSpares(s []spare) {
	l.mu.Lock()
	l.spares = s
	l.mu.Unlock()
}

// blank fills a dirty spare with zeros, in the room that it has.
func (l *Log) blank(i int) error {
	if !l.spares[i].dirty {
		return nil
	}
	f, err := l.o.FS.Open(filepath.Join(l.o.Dir, l.spares[i].name))
	if err != nil {
		return err
	}
	err = writeZeros(f, 0, l.o.Segment)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	l.mu.Lock()
	l.spares[i].dirty = false
	l.mu.Unlock()
	return nil
}

func writeZeros(f durable.File, from, to int64) error {
	zeros := make([]byte, min(readAhead, to-from))
	for from < to {
		n := min(int64(len(zeros)), to-from)
		if _, err := f.WriteAt(zeros[:n], from); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// recycle makes a segment that is no longer needed a spare, if one is wanted.
// Only what is known to be superfluous after a power cut may be overwritten:
// the mark that says so must be durable.
func (l *Log) recycle(s *segment) bool {
	if len(l.spares) >= l.want || !l.clean || l.o.Sync == Never || s.capacity != l.o.Segment {
		return false
	}
	name := l.spareName()
	if err := l.o.FS.Rename(filepath.Join(l.o.Dir, s.name()), filepath.Join(l.o.Dir, name)); err != nil {
		return false
	}
	l.setSpares(append(l.spares, spare{name: name, dirty: true}))
	return true
}

// takeSpare makes a spare the segment with that header.
func (l *Log) takeSpare(h header, size int64) (*segment, durable.File, error) {
	n := len(l.spares) - 1
	if n < 0 || headerSize+size+l.markRoom() > l.o.Segment {
		return nil, nil, errNoSpare
	}
	if err := l.blank(n); err != nil {
		return nil, nil, err
	}
	s := &segment{header: h, end: headerSize, capacity: l.o.Segment}
	if err := l.seal(s); err != nil {
		return nil, nil, err
	}
	from, path := filepath.Join(l.o.Dir, l.spares[n].name), filepath.Join(l.o.Dir, s.name())
	if err := l.o.FS.Rename(from, path); err != nil {
		return nil, nil, err
	}
	f, err := l.o.FS.Open(path)
	if err == nil {
		if err = l.begin(s, f); err != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		l.mu.Lock()
		l.spares[n].dirty = true
		l.mu.Unlock()
		l.undone(h, l.o.FS.Rename(path, from))
		return nil, nil, err
	}
	l.setSpares(slices.Clone(l.spares[:n]))
	l.o.Logger.Warn("seglog: the disk is full; a segment of the reserve is in use", "dir", l.o.Dir, "spares", n)
	return s, f, nil
}

// recoverSpares looks through the spares that Open found.
func (l *Log) recoverSpares(names []string) {
	for _, name := range names {
		n, _ := parseSpare(name)
		l.spareNo = max(l.spareNo, n)
	}
	for _, name := range names {
		path := filepath.Join(l.o.Dir, name)
		if len(l.spares) < l.want {
			ok, err := l.usable(path)
			if ok {
				l.spares = append(l.spares, spare{name: name})
				continue
			}
			if err != nil {
				l.o.Logger.Warn("seglog: spare segment", "dir", l.o.Dir, "name", name, "err", err)
			}
		}
		if err := l.o.FS.Remove(path); err != nil {
			l.o.Logger.Warn("seglog: delete spare segment", "dir", l.o.Dir, "err", err)
		}
	}
}

// usable reports whether a file can be a spare: it has a segment's size, if
// need be after growing, and holds zeros only.
func (l *Log) usable(path string) (ok bool, err error) {
	f, err := l.o.FS.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil || size > l.o.Segment {
		return false, err
	}
	buf := make([]byte, min(readAhead, l.o.Segment))
	for off := int64(0); off < size; {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if n == 0 || !isZero(buf[:n]) {
			return false, nil
		}
		off += int64(n)
	}
	if size == l.o.Segment {
		return true, nil
	}
	if err := writeZeros(f, size, l.o.Segment); err != nil {
		return false, err
	}
	return true, f.Sync()
}
