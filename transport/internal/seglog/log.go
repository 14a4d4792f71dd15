package seglog

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// ErrClosed reports a call on a closed log.
var ErrClosed = errors.New("seglog: closed")

// Sync says when appended records become durable.
type Sync int

const (
	Always Sync = iota // before Append returns
	Manual             // at Log.Sync, and at the end of each segment
	Never              // when the operating system likes
)

// DefaultSegment is the size of a segment in bytes when Options name none.
const DefaultSegment = 1 << 20

// Options configure a log. FS and Dir are required.
type Options struct {
	FS      durable.FS
	Dir     string // made when missing
	Lane    string // written into every segment; a segment of another lane is not read
	Segment int64  // size of a segment in bytes; 0 means DefaultSegment
	Sync    Sync
	Logger  *slog.Logger // nil discards

	// Reserve is how many bytes of disk, rounded up to whole segments, are kept
	// ready for the time when the disk is full.
	Reserve int64

	// Keys, when set, seal what is appended from now on. Segments that are plain,
	// or sealed with another of the keys, stay readable.
	Keys *Keys

	// Synced, when set, is told how long each successful data sync of a segment
	// took. It runs within the commit.
	Synced func(took time.Duration)

	// Recovered, when set, is called by Open for every record that is still to
	// be read, in order.
	Recovered func(Record)
	// Lost, when set, is told of records above the mark that a reader found
	// unreadable after Open, by the half-open range of their numbers. It runs
	// within Reader.Next.
	Lost func(from, to uint64, bytes int64)
}

// Recovery is what Open found.
type Recovery struct {
	Pending  uint64 // records above the mark
	Lost     uint64 // records above the mark that are damaged or missing
	Torn     bool   // an incomplete last commit was cut off
	Segments int
}

// Log is a queue on disk.
type Log struct {
	o Options

	// turn admits one committer; it guards all writing. It is taken before mu.
	turn  sync.Mutex
	buf   []byte
	clean bool   // everything written is durable
	gen   uint32 // of the newest segment
	file  durable.File
	off   int64 // end of what is written in file, in bytes
	bad   bool  // file took a failed write or sync: nothing more goes there
	full  bool  // only marks go to file
	// proved says that what stands last in file proves all before it to have
	// been durable: a mark with the barrier flag.
	proved bool

	want    int       // spares
	spareNo uint64    // the highest number of a spare's name so far
	tried   time.Time // to make spares
	warned  bool      // of the failure to make spares

	mu       sync.Mutex
	open     *batch
	segments []*segment // by base; the last is the one appended to, if file is not nil
	spares   []spare    // changed with turn and mu held
	next     uint64     // number of the next record
	mark     uint64     // everything up to it is acknowledged
	acked    ranges     // above mark
	stored   uint64     // the mark on disk
	closed   bool
}

// segment is what readers need to know of a file. base, name and salt do not
// change; end is guarded by Log.mu.
type segment struct {
	header
	end int64 // just behind its last readable record
	// capacity is the file's size in bytes.
	capacity int64
	aead     cipher.AEAD // nil when plain, or when nothing in it is wanted any more
}

// Open opens the log in a directory and recovers what is there.
func Open(o Options) (*Log, Recovery, error) {
	if o.Segment == 0 {
		o.Segment = DefaultSegment
	}
	if o.Segment < 4096 {
		return nil, Recovery{}, fmt.Errorf("seglog: segments of %d bytes; the least is 4096", o.Segment)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reserve < 0 {
		return nil, Recovery{}, fmt.Errorf("seglog: reserve of %d bytes", o.Reserve)
	}
	if k := o.Keys; k != nil {
		if _, _, err := derive(k.Keys[k.Active], header{}, o.Lane); err != nil {
			return nil, Recovery{}, fmt.Errorf("seglog: key %d: %w", k.Active, err)
		}
	}
	l := &Log{o: o, next: 1, want: int((o.Reserve + o.Segment - 1) / o.Segment)}
	rec, err := l.recover()
	if err != nil {
		if l.file != nil {
			err = errors.Join(err, l.file.Close())
		}
		return nil, rec, fmt.Errorf("seglog: open %s: %w", o.Dir, err)
	}
	return l, rec, nil
}

// entry is one record of a batch; the committer sets seq or err.
type entry struct {
	kind, flags byte
	payload     []byte
	seq         uint64
	err         error
}

// batch collects the records of producers that wait for one commit.
type batch struct {
	entries []entry
	done    chan struct{}
}

// Append adds a record and returns its number. With [Always], a nil error means
// durable. kind must not be 0, and flags must be below 128. payload is not kept.
// An error that wraps the disk's says that the record is not in the log, except
// when the process ends before another record is accepted: then it may be.
func (l *Log) Append(kind, flags byte, payload []byte) (uint64, error) {
	if kind == kindMark || flags&flagBarrier != 0 || len(payload) > MaxPayload-sealOverhead {
		return 0, fmt.Errorf("seglog: append kind %d, flags %#x, %d bytes: out of range", kind, flags, len(payload))
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, ErrClosed
	}
	b := l.open
	first := b == nil
	if first {
		b = &batch{done: make(chan struct{})}
		l.open = b
	}
	i := len(b.entries)
	b.entries = append(b.entries, entry{kind: kind, flags: flags, payload: payload})
	l.mu.Unlock()

	if first {
		l.turn.Lock()
		l.mu.Lock()
		l.open = nil // from here on nobody joins
		closed := l.closed
		l.mu.Unlock()
		if closed {
			for i := range b.entries {
				b.entries[i].err = ErrClosed
			}
		} else {
			l.commit(b.entries)
		}
		l.turn.Unlock()
		close(b.done)
	} else {
		<-b.done
	}
	return b.entries[i].seq, b.entries[i].err
}

// Ack acknowledges a record. Acknowledging twice does no harm.
func (l *Log) Ack(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq > l.mark && seq < l.next {
		l.acked.add(seq, seq+1)
		l.mark = l.acked.take(l.mark)
	}
}

// Acked reports whether a record is acknowledged.
func (l *Log) Acked(seq uint64) bool {
	_, ok := l.isAcked(seq)
	return ok
}

// Mark is the number up to which every record is acknowledged.
func (l *Log) Mark() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mark
}

// Next is the number of the next record.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// Disk is the number of segments and the bytes they take, without the reserve.
func (l *Log) Disk() (segments int, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		bytes += s.capacity
	}
	return len(l.segments), bytes
}

// Checkpoint makes the mark durable, as far as the log's Sync goes, and then
// deletes the segments that it has passed.
func (l *Log) Checkpoint() error {
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	behind, closed := l.mark != l.stored, l.closed
	l.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if behind {
		return l.commit(nil)
	}
	l.replenish(false)
	return nil
}

// Sync makes everything appended so far durable.
func (l *Log) Sync() error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.file == nil || l.clean {
		return nil
	}
	return l.syncFile()
}

// Close stores the mark and closes the log.
func (l *Log) Close() error {
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	behind, closed := l.mark != l.stored, l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if behind {
		err = l.commit(nil)
	}
	if l.file == nil {
		return err
	}
	if l.o.Sync == Manual && !l.clean {
		err = errors.Join(err, l.syncFile())
	}
	if l.clean && !l.proved && l.room(Size(8)) {
		// Damage to the last commit can then be told from a commit that was torn.
		l.mu.Lock()
		next, stored := l.next, l.stored
		l.mu.Unlock()
		l.buf = l.buf[:0]
		l.addMark(next, stored)
		e := l.flush()
		if e == nil {
			e = l.syncFile()
		}
		if e != nil { // no record depends on it
			l.o.Logger.Warn("seglog: prove the last commit", "dir", l.o.Dir, "err", e)
		}
	}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	return err
}

// flushAt bounds the write buffer: a larger batch goes out in several writes.
const flushAt = 256 << 10

// commit writes the entries and the mark. What a segment does not take because
// the disk is full after all, as with systems that cannot preallocate, goes to
// the reserve. It is called with turn held.
func (l *Log) commit(entries []entry) error {
	err := l.commitOnce(entries)
	if err == nil || len(entries) == 0 || len(l.spares) == 0 || !l.bad || !durable.IsFull(err) {
		return err
	}
	i := slices.IndexFunc(entries, func(e entry) bool { return e.err != nil })
	if i < 0 {
		return err
	}
	for j := i; j < len(entries); j++ {
		entries[j].err = nil
	}
	return l.commitOnce(entries[i:])
}

// commitOnce confirms the entries one by one: what an earlier segment took stays
// accepted when a later one cannot be made.
func (l *Log) commitOnce(entries []entry) error {
	l.mu.Lock()
	seq, mark, stored := l.next, l.mark, l.stored
	l.mu.Unlock()

	done := 0   // entries confirmed
	copies := 0 // of the mark that are written here
	filled := 0
	l.buf = l.buf[:0]
	fail := func(err error) error {
		for i := done; i < len(entries); i++ {
			entries[i].seq, entries[i].err = 0, err
		}
		return err
	}
	// settle makes everything encoded so far part of the log.
	settle := func(sync bool) error {
		if err := l.flush(); err != nil {
			return err
		}
		if sync && !l.clean {
			if err := l.syncFile(); err != nil {
				return err
			}
		}
		done = filled
		l.mu.Lock()
		l.next = seq
		l.segments[len(l.segments)-1].end = l.off
		l.mu.Unlock()
		return nil
	}
	for i := range entries {
		e := &entries[i]
		size := l.Size(len(e.payload))
		if l.full || !l.room(size+l.markRoom()) {
			if l.file != nil && !l.bad {
				if err := settle(l.o.Sync != Never); err != nil {
					return fail(err)
				}
			}
			if err := l.rotate(seq, mark, size, true); err != nil {
				return fail(err)
			}
			stored, copies = mark, 1
		}
		if s := l.segments[len(l.segments)-1]; s.aead != nil {
			l.buf = appendSealed(l.buf, s.salt, s.aead, seq, e.kind, e.flags|l.barrier(), e.payload)
		} else {
			l.buf = appendRecord(l.buf, s.salt, seq, e.kind, e.flags|l.barrier(), e.payload)
		}
		l.proved = false
		e.seq = seq
		seq++
		filled++
		if len(l.buf) >= flushAt {
			if err := l.flush(); err != nil {
				return fail(err)
			}
		}
	}
	if mark != stored {
		if l.room(Size(8)) {
			l.addMark(seq, mark)
			copies = 1
		} else if len(entries) > 0 {
			mark = stored // the next segment's header takes it
		} else {
			if l.file != nil && !l.bad {
				if err := settle(l.o.Sync != Never); err != nil {
					return err
				}
			}
			if err := l.placeMark(seq, mark); err != nil {
				return err
			}
			copies = 1
		}
	}
	// A mark that lets segments go is stored twice: if it were damaged, what they
	// held would seem to be lost.
	if copies == 1 && l.passed(mark) > 0 && l.room(Size(8)) {
		l.addMark(seq, mark)
	}
	// No segment goes before the mark that lets it is durable.
	if err := settle(l.o.Sync == Always || l.o.Sync == Manual && l.passed(mark) > 0); err != nil {
		return fail(err)
	}
	l.replenish(l.prune(mark, true) && len(entries) == 0)
	return nil
}

func (l *Log) salt() uint32 { return l.segments[len(l.segments)-1].salt }

// addMark encodes a mark.
func (l *Log) addMark(seq, mark uint64) {
	barrier := l.barrier()
	l.buf = appendMark(l.buf, l.salt(), seq, barrier, mark)
	l.proved = barrier != 0
}

// passed is the number of segments of which a mark says that they can go.
func (l *Log) passed(mark uint64) (n int) {
	for n < len(l.segments)-1 && l.segments[n+1].base-1 <= mark {
		n++
	}
	return n
}

// barrier is the flag for the next record: set when nothing unsynced lies
// before it.
func (l *Log) barrier() byte {
	if l.clean && len(l.buf) == 0 {
		return flagBarrier
	}
	return 0
}

func (l *Log) room(size int64) bool {
	if l.file == nil || l.bad {
		return false
	}
	s := l.segments[len(l.segments)-1]
	return l.off+int64(len(l.buf))+size <= s.capacity
}

// markRoom is what each segment keeps at its end for marks alone: a log whose
// disk is full can then still store the mark that lets it delete segments.
func (l *Log) markRoom() int64 { return min(4<<10, l.o.Segment/16) }

// flush writes the encoded records.
func (l *Log) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	l.clean = false
	if _, err := l.file.WriteAt(l.buf, l.off); err != nil {
		l.bad = true
		return fmt.Errorf("seglog: write: %w", err)
	}
	l.off += int64(len(l.buf))
	l.buf = l.buf[:0]
	return nil
}

func (l *Log) syncFile() error {
	began := time.Now()
	if err := l.file.Sync(); err != nil {
		l.bad = true
		return fmt.Errorf("seglog: sync: %w", err)
	}
	if l.o.Synced != nil {
		l.o.Synced(time.Since(began))
	}
	l.clean = true
	return nil
}

// prune notes the mark that is on disk and deletes the segments below it. The
// deletions need no directory sync: a segment that comes back is deleted again.
// With reuse set they may become spares. It reports whether there were any.
func (l *Log) prune(stored uint64, reuse bool) bool {
	l.mu.Lock()
	l.stored = max(l.stored, stored)
	n := l.passed(l.stored)
	gone := slices.Clone(l.segments[:n])
	l.segments = slices.Delete(l.segments, 0, n)
	l.mu.Unlock()
	for _, s := range gone {
		if reuse && l.recycle(s) {
			continue
		}
		if err := l.o.FS.Remove(filepath.Join(l.o.Dir, s.name())); err != nil {
			l.o.Logger.Warn("seglog: delete segment", "dir", l.o.Dir, "err", err)
		}
	}
	return n > 0
}
