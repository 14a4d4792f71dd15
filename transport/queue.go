package transport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/bits"
	"path/filepath"
	"sync"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/internal/seglog"
)

// The lanes together keep at most maxUnstored settled packets whose
// acknowledgement is not on disk: with those in flight, that bounds what is sent
// again after a crash. The marks are stored from storeSoon on, or storeAfter the
// first one.
const (
	maxUnstored = 256
	storeSoon   = maxUnstored / 2
	storeAfter  = time.Second
)

// onceBit marks the numbers of AtMostOnce messages, which have a queue and a
// count of their own.
const onceBit = 1 << 63

// log is what a lane needs of seglog.Log and seglog.Memory.
type log interface {
	Append(kind, flags byte, payload []byte) (uint64, error)
	Ack(seq uint64)
	Acked(seq uint64) bool
	Checkpoint() error
	Sync() error
	Size(n int) int64
	Close() error
}

type reader interface {
	Next() (seglog.Record, bool, error)
	Rewind() error
	Close() error
}

// source is one of a lane's two queues with its read position.
type source struct {
	log   log
	r     reader
	ahead []item // read and not yet sent
	bit   uint64
}

// queue is a lane at work. mu is taken before any lock of seglog and never held
// during a commit.
type queue struct {
	Lane
	o      *Outbox
	logger *slog.Logger

	mu       sync.Mutex
	main     source
	once     source
	accepted uint64
	acked    uint64
	rejected uint64
	resent   uint64
	pending  int
	inFlight int
	bytes    int64
	dropped  [reasons]uint64
	expiring bool // some message has an Expiry
	fates    fates
	space    chan struct{}            // closed when room appears; nil when nobody waits
	waiters  map[uint64]chan struct{} // closed when that message is settled
	unstored int                      // packets settled since the mark was last stored
	since    time.Duration            // when the first of them was
	stalled  time.Duration            // no reading before: the disk failed
	syncing  *time.Timer              // SyncInterval: set while something is unsynced

	// The lane's rules. nil where it has none.
	pace      *pace
	budget    *budget
	shutter   *shutter
	thinner   *thinner
	device    string        // Options.Device in JSON
	broke     time.Duration // the budget is used up: no packet before
	soloUntil uint64        // batches of one up to here
	tag       uint64        // belongs to Run, as do asked and turns
	asked     bool
	turns     *turns
	fill      fill
}

func openQueue(o *Outbox, lane Lane) (*queue, error) {
	q := &queue{Lane: lane, o: o, logger: o.opts.Logger.With("lane", lane.Name), waiters: make(map[uint64]chan struct{})}
	if err := q.rules(); err != nil {
		return nil, err
	}
	once := seglog.NewMemory()
	q.once = source{log: once, r: once.NewReader(), bit: onceBit}
	if lane.Sync == InMemory {
		m := seglog.NewMemory()
		q.main = source{log: m, r: m.NewReader()}
		return q, nil
	}
	sync := [...]seglog.Sync{SyncAlways: seglog.Always, SyncInterval: seglog.Manual, SyncNone: seglog.Never}[lane.Sync]
	var last time.Duration
	l, rec, err := seglog.Open(seglog.Options{
		FS: o.fs, Dir: filepath.Join(o.dir, "lanes", lane.Name), Lane: lane.Name,
		Segment: o.opts.SegmentBytes, Sync: sync, Logger: o.opts.Logger,
		Reserve: lane.Reserve, Keys: o.opts.Keys.seglog(), Synced: o.syncs.add,
		Recovered: func(r seglog.Record) {
			q.pending++
			q.bytes += r.Size
			if it, err := parseMessage(r.Flags, r.Payload); err == nil {
				last = max(last, it.clock)
				q.expiring = q.expiring || it.expiry > 0
			}
		},
		Lost: q.lost,
	})
	if err != nil {
		return nil, errors.Join(keyError(lane.Name, err), q.budget.close())
	}
	q.main = source{log: l, r: l.NewReader()}
	q.filled()
	q.accepted = rec.Pending + rec.Lost
	q.dropped[DroppedDamaged] = rec.Lost
	o.base = max(o.base, last)
	if rec.Pending > 0 || rec.Lost > 0 || rec.Torn {
		q.logger.Info("recovered", "pending", rec.Pending, "lost", rec.Lost, "torn", rec.Torn, "segments", rec.Segments)
	}
	return q, nil
}

// rules makes what the lane's rules need.
func (q *queue) rules() (err error) {
	q.pace = newPace(q.Rate, 0)
	if q.OnFull == Thin {
		q.thinner = newThinner()
	}
	if q.Envelope {
		q.device = jsonString(q.o.opts.Device)
	}
	if q.Window != nil {
		opens, err := q.Window.parse(q.o.wallNow())
		if err != nil {
			return err
		}
		q.shutter = &shutter{opens: opens, long: q.Window.For}
	}
	if q.DailyBytes > 0 {
		q.budget, err = openBudget(q.o, &q.Lane)
	}
	return err
}

// lost is called by the reader, within read, when records have become
// unreadable.
func (q *queue) lost(from, to uint64, bytes int64) {
	q.pending -= int(to - from)
	q.bytes -= bytes
	q.gone(DroppedDamaged, from, to-1)
	for seq, w := range q.waiters {
		if from <= seq && seq < to {
			delete(q.waiters, seq)
			close(w)
		}
	}
	q.freed()
}

// add admits a message, stores it and returns its number; ok is false when the
// lane's rule dropped it.
func (q *queue) add(ctx context.Context, m *Message, flags byte, record []byte) (seq uint64, ok bool, err error) {
	src := &q.main
	if m.AtMostOnce {
		src = &q.once
	}
	size := src.log.Size(len(record))
	ok, err = q.admit(ctx, m.Topic, size)
	if !ok || err != nil {
		return 0, false, err
	}
	q.mu.Lock()
	unstored := q.unstored
	q.expiring = q.expiring || m.Expiry > 0
	q.mu.Unlock()
	seq, err = src.log.Append(recordMessage, flags, record)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.accepted--
		q.pending--
		q.bytes -= size
		q.rejected++
		q.freed()
		err = appendError(q.Name, err)
		if errors.Is(err, ErrFull) {
			q.fill.disk = true
			q.lacked(size)
		}
		return 0, false, err
	}
	if q.fill.disk {
		q.fill.disk = false
		q.filled()
	}
	if src == &q.main {
		q.stored(unstored) // the commit took the mark along
		q.syncLater()
	}
	return seq | src.bit, true, nil
}

func appendError(lane string, err error) error {
	switch {
	case errors.Is(err, seglog.ErrClosed):
		return ErrClosed
	case durable.IsFull(err):
		return fmt.Errorf("transport: lane %q: %w: %w", lane, ErrFull, err)
	}
	return fmt.Errorf("transport: lane %q: %w", lane, err)
}

// admit counts a message as accepted and pending, after making room for it by
// the lane's rule; ok is false when the rule dropped it.
func (q *queue) admit(ctx context.Context, topic string, size int64) (ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lacked := false
	defer func() {
		q.fill.making = false
		if lacked {
			q.fill.lacks = size
		}
		q.filled()
	}()
	if q.thinner != nil && !q.thinner.takes(topic, q.halvings(size)) && !q.o.isClosed() {
		q.accepted++
		q.skipped(DroppedThinned)
		return false, nil
	}
	for {
		if q.o.isClosed() {
			return false, ErrClosed
		}
		if q.fits(size) || q.sweep() && q.fits(size) {
			break
		}
		lacked = true
		switch q.OnFull {
		case Reject:
			q.rejected++
			return false, fmt.Errorf("transport: lane %q: %w", q.Name, ErrFull)
		case DropNewest:
			q.accepted++
			q.skipped(DroppedNewest)
			return false, nil
		case DropOldest, Thin:
			q.fill.making = true
			if q.dropOldest() {
				continue
			}
			// All that waits is in flight: it cannot be taken back, and the
			// window bounds it.
		case Block:
			if q.space == nil {
				q.space = make(chan struct{})
			}
			space := q.space
			q.lacked(size)
			q.mu.Unlock()
			select {
			case <-space:
			case <-ctx.Done():
			case <-q.o.closing:
			}
			q.mu.Lock()
			if err := ctx.Err(); err != nil {
				return false, fmt.Errorf("transport: lane %q: %w: %w", q.Name, ErrFull, err)
			}
			continue
		}
		break
	}
	q.accepted++
	q.pending++
	q.bytes += size
	return true, nil
}

func (q *queue) fits(size int64) bool {
	return q.pending == 0 || (q.bytes+size <= q.MaxBytes && (q.MaxCount == 0 || q.pending < q.MaxCount))
}

// freed wakes those who wait for room.
func (q *queue) freed() {
	if q.pending == 0 {
		q.bytes = 0
		q.o.idle.notify()
	}
	if q.space != nil {
		close(q.space)
		q.space = nil
	}
	q.filled()
}

func (q *queue) dropOldest() bool {
	for _, src := range []*source{&q.main, &q.once} {
		if len(src.ahead) > 0 {
			q.drop(src, DroppedOldest)
			return true
		}
		// What nobody has read ahead need not be taken apart either.
		if rec, ok := q.fetch(src); ok {
			q.giveUp(src, &item{seq: rec.Seq | src.bit, size: rec.Size}, DroppedOldest)
			return true
		}
	}
	return false
}

// sweep drops what has waited too long at the front and reports whether
// anything was.
func (q *queue) sweep() bool {
	if q.MaxAge == 0 && !q.expiring {
		return false
	}
	any := false
	for _, src := range []*source{&q.main, &q.once} {
		for {
			if len(src.ahead) == 0 {
				q.read(src, 1)
			}
			if len(src.ahead) == 0 {
				break
			}
			reason, late := q.late(&src.ahead[0])
			if !late {
				break
			}
			q.drop(src, reason)
			any = true
		}
	}
	return any
}

func (q *queue) late(it *item) (Reason, bool) {
	age := q.o.clock() - it.clock
	switch {
	case q.MaxAge > 0 && age > q.MaxAge:
		return DroppedAge, true
	case it.expiry > 0 && age > it.expiry:
		return DroppedExpired, true
	}
	return 0, false
}

// drop gives up the message at the front.
func (q *queue) drop(src *source, reason Reason) {
	it := src.ahead[0]
	src.ahead[0] = item{}
	src.ahead = src.ahead[1:]
	q.giveUp(src, &it, reason)
}

func (q *queue) giveUp(src *source, it *item, reason Reason) {
	q.settle(src, it)
	q.gone(reason, it.seq, it.seq)
	if src == &q.main {
		q.store(1)
	}
	q.freed()
}

// settle takes a message out of the books; the caller says where it went.
func (q *queue) settle(src *source, it *item) {
	src.log.Ack(it.seq &^ onceBit)
	q.fill.disk = false
	q.pending--
	q.bytes -= it.size
	if w, ok := q.waiters[it.seq]; ok {
		delete(q.waiters, it.seq)
		close(w)
	}
}

// gone notes messages that were stored and will not be delivered. Both numbers
// are inclusive.
func (q *queue) gone(reason Reason, from, to uint64) {
	q.fates.add(run{from, to})
	q.count(reason, to-from+1)
	q.o.drops.note(q, reason, from, to, to-from+1)
}

// skipped notes a message that was dropped without being stored.
func (q *queue) skipped(reason Reason) {
	q.count(reason, 1)
	q.o.drops.note(q, reason, 0, 0, 1)
}

// count counts drops and logs the 1st, 2nd, 4th, 8th, ... of each reason.
func (q *queue) count(reason Reason, n uint64) {
	before := q.dropped[reason]
	q.dropped[reason] += n
	if bits.Len64(before) != bits.Len64(before+n) {
		q.logger.Warn("messages dropped", "reason", reason.String(), "total", before+n)
	}
}

// store notes settled packets whose mark is to be put on disk.
func (q *queue) store(packets int) {
	if q.Sync == InMemory {
		return
	}
	if q.unstored == 0 {
		q.since = q.o.clock()
	}
	before := q.unstored
	q.unstored += packets
	if total := q.o.unstored.Add(int64(packets)); before == 0 || total >= storeSoon {
		q.o.keeper.poke()
	}
}

// stored takes back as many of those.
func (q *queue) stored(packets int) {
	n := min(packets, q.unstored)
	q.unstored -= n
	q.o.unstored.Add(-int64(n))
}

// read reads ahead until n messages are there or no more.
func (q *queue) read(src *source, n int) {
	for len(src.ahead) < n {
		rec, ok := q.fetch(src)
		if !ok {
			return
		}
		it, err := parseMessage(rec.Flags, rec.Payload)
		it.seq, it.size = rec.Seq|src.bit, rec.Size
		if err != nil || rec.Kind != recordMessage {
			// Whole by its checksum, and yet nothing that this version wrote.
			q.giveUp(src, &it, DroppedDamaged)
			continue
		}
		it.payload = append(make([]byte, 0, len(it.payload)), it.payload...)
		it.wire = q.wireSize(&it)
		src.ahead = append(src.ahead, it)
	}
}

// fetch reads the next record. A disk that fails is asked again a little later.
func (q *queue) fetch(src *source) (rec seglog.Record, ok bool) {
	if src == &q.main && q.stalled != 0 && q.stalled > q.o.clock() {
		return rec, false
	}
	rec, ok, err := src.r.Next()
	if err != nil {
		if !errors.Is(err, seglog.ErrClosed) {
			q.stalled = q.o.clock() + storeAfter
			q.logger.Error("read", "err", err)
		}
		return rec, false
	}
	return rec, ok
}

// rewind makes the next message to send the lowest that is not settled.
func (q *queue) rewind() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.main.ahead = nil
	if err := q.main.r.Rewind(); err != nil {
		q.logger.Warn("rewind", "err", err)
	}
}

// syncLater starts the timer of SyncInterval.
func (q *queue) syncLater() {
	if q.Sync != SyncInterval || q.syncing != nil || q.o.isClosed() {
		return
	}
	q.o.timers.Add(1)
	q.syncing = time.AfterFunc(q.SyncEvery, func() {
		defer q.o.timers.Done()
		q.mu.Lock()
		q.syncing = nil
		q.mu.Unlock()
		if err := q.main.log.Sync(); err != nil {
			q.logger.Error("sync", "err", err)
		}
	})
}

// checkpoint stores the mark. What that frees on the disk is first offered to
// the reserves, of all lanes.
func (q *queue) checkpoint() {
	q.mu.Lock()
	n := q.unstored
	q.mu.Unlock()
	files := q.segments()
	err := q.main.log.Checkpoint()
	if q.segments() < files {
		for _, other := range q.o.queues {
			other.replenish(true)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	// A disk that cannot take the mark must not stop delivery: a crash then
	// costs more repetitions.
	q.stored(n)
	q.since = q.o.clock()
	if err != nil && !errors.Is(err, seglog.ErrClosed) {
		q.logger.Error("store acknowledgements", "err", err)
		q.store(1)
	}
}

// replenish lets the lane's reserve be made again and says when to ask next; 0
// means not. now says that the disk may have room again.
func (q *queue) replenish(now bool) time.Duration {
	if l, ok := q.main.log.(*seglog.Log); ok {
		return l.Replenish(now)
	}
	return 0
}

// segments is the number of the lane's files.
func (q *queue) segments() (n int) {
	if l, ok := q.main.log.(*seglog.Log); ok {
		n, _ = l.Disk()
	}
	return n
}

func (q *queue) close() error {
	q.mu.Lock()
	if q.syncing != nil && q.syncing.Stop() {
		q.o.timers.Done()
	}
	q.syncing = nil
	err := errors.Join(q.main.r.Close(), q.once.log.Close(), q.budget.close())
	q.mu.Unlock()
	if err := errors.Join(err, q.main.log.Close()); err != nil {
		return fmt.Errorf("transport: close lane %q: %w", q.Name, err)
	}
	return nil
}

func (q *queue) stats() LaneStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := LaneStats{
		Name: q.Name, Accepted: q.accepted, Acknowledged: q.acked, Pending: q.pending, InFlight: q.inFlight,
		Rejected: q.rejected, Resent: q.resent, Level: q.fill.level, Bytes: q.bytes, MaxBytes: q.MaxBytes, MaxCount: q.MaxCount,
	}
	if q.budget != nil {
		q.budget.roll(q.o.wallNow(), q.o.clock())
		s.SpentToday = q.budget.spent
	}
	for r, n := range q.dropped {
		if n > 0 {
			if s.Dropped == nil {
				s.Dropped = make(map[Reason]uint64)
			}
			s.Dropped[Reason(r)] = n
		}
	}
	if l, ok := q.main.log.(*seglog.Log); ok {
		s.Segments, s.DiskBytes = l.Disk()
		_, s.ReserveBytes, _ = l.Reserve()
		s.Keys = l.KeysInUse()
	}
	now := q.o.clock()
	for _, src := range []*source{&q.main, &q.once} {
		if len(src.ahead) == 0 {
			q.read(src, 1)
		}
		if len(src.ahead) > 0 {
			s.OldestAge = max(s.OldestAge, now-src.ahead[0].clock)
		}
	}
	return s
}

// lockDir makes the outbox's directory and takes it.
func lockDir(fsys durable.FS, dir string) (unlock func() error, err error) {
	if err := fsys.MkdirAll(filepath.Join(dir, "lanes")); err != nil {
		return nil, err
	}
	lock, err := fsys.Lock(filepath.Join(dir, "LOCK"))
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%s is in use by another outbox: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	return lock.Close, nil
}

// warnOrphans tells of lanes on disk that the options do not name.
func warnOrphans(fsys durable.FS, dir string, lanes map[string]*queue, logger *slog.Logger) error {
	names, err := fsys.ReadDir(filepath.Join(dir, "lanes"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range names {
		if q := lanes[name]; q == nil || q.Sync == InMemory {
			logger.Warn("a lane on disk is not in use; its messages wait", "lane", name)
		}
	}
	return nil
}
