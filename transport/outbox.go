package transport

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// Outbox stores messages on disk and sends them until the broker has
// acknowledged them. It is safe for concurrent use.
type Outbox struct {
	dir     string
	dialer  Dialer
	fs      durable.FS
	opts    Options
	profile *Profile // nil without limits
	pace    *pace    // of the link
	epoch   uint64
	opened  time.Time
	base    time.Duration // the clock when it was opened: past that of every stored message
	unlock  func() error

	queues []*queue // by falling priority
	lanes  map[string]*queue
	aside  *asideLog
	wall   func() time.Time // time.Now, but for tests

	suspicion suspicion // belongs to Run

	wake     wakeup // the sender
	keeper   wakeup
	idle     broadcast // some lane has nothing pending
	drops    drops
	draining atomic.Int32
	unstored atomic.Int64 // packets settled since their lanes' marks were last stored
	timers   sync.WaitGroup
	records  sync.Pool // *[]byte
	syncs    latency
	problems []error // found by Open

	closing chan struct{} // closed by Close
	closed  chan struct{} // closed when Close is done
	failed  error         // what Close found; read after closed

	mu        sync.Mutex
	cancelRun context.CancelFunc // nil when Run is not running
	running   chan struct{}      // closed when that Run has returned
	link      *link              // nil without a connection
	linkStats LinkStats
	subs      map[*subscription]struct{}

	linkUp         broadcast
	inboundDropped atomic.Uint64
}

// Open opens the outbox in a directory, which it makes when missing, and
// recovers what is on disk. It starts nothing: messages are stored from now on
// and sent while [Outbox.Run] runs. Options may be nil. All problems of the
// options are reported together before the directory is touched. Only one
// outbox can be open in a directory.
func Open(dir string, d Dialer, o *Options) (*Outbox, error) {
	return open(dir, d, o, durable.OS{})
}

func open(dir string, d Dialer, o *Options, fsys durable.FS) (*Outbox, error) {
	profile := profileOf(d)
	opts, err := o.complete(profile)
	if dir == "" {
		err = errors.Join(err, errors.New("transport: no directory"))
	}
	if d == nil {
		err = errors.Join(err, errors.New("transport: no dialer"))
	}
	if err != nil {
		return nil, err
	}
	out := &Outbox{
		dir: dir, dialer: d, fs: fsys, opts: opts, profile: profile, opened: time.Now(), wall: time.Now,
		lanes:   make(map[string]*queue),
		wake:    make(wakeup, 1),
		keeper:  make(wakeup, 1),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
		subs:    make(map[*subscription]struct{}),
	}
	if profile != nil {
		out.pace = newPace(profile.PublishRate, profile.BytesRate)
	}
	out.records.New = func() any { return new([]byte) }
	if err := out.recover(); err != nil {
		for _, q := range out.queues {
			err = errors.Join(err, q.close())
		}
		if out.aside != nil {
			err = errors.Join(err, out.aside.close())
		}
		if out.unlock != nil {
			err = errors.Join(err, out.unlock())
		}
		return nil, fmt.Errorf("transport: open: %w", err)
	}
	return out, nil
}

func (o *Outbox) recover() (err error) {
	if o.unlock, err = lockDir(o.fs, o.dir); err != nil {
		return err
	}
	if err := o.nextEpoch(); err != nil {
		return err
	}
	for _, lane := range o.opts.Lanes {
		q, err := openQueue(o, lane)
		if err != nil {
			return err
		}
		o.queues = append(o.queues, q)
		o.lanes[lane.Name] = q
	}
	if o.aside, err = openAside(o); err != nil {
		return err
	}
	slices.SortStableFunc(o.queues, func(a, b *queue) int { return cmp.Compare(b.Priority, a.Priority) })
	for i, q := range o.queues {
		if i > 0 && q.Priority == o.queues[i-1].Priority {
			q.turns = o.queues[i-1].turns
		} else {
			q.turns = new(turns)
		}
	}
	o.findProblems()
	return warnOrphans(o.fs, o.dir, o.lanes, o.opts.Logger)
}

// findProblems notes what is wrong and no reason not to open.
func (o *Outbox) findProblems() {
	if _, ok := o.fs.(durable.OS); ok {
		if err := durable.CheckMode(o.dir); err != nil {
			o.problems = append(o.problems, fmt.Errorf("transport: %w", err))
		}
	}
	if d, ok := o.dialer.(interface{ Problems() []error }); ok {
		o.problems = append(o.problems, d.Problems()...)
	}
	for _, err := range o.problems {
		o.opts.Logger.Warn("problem", "err", err)
	}
}

// nextEpoch counts this Open, durably. Both slots of the file get the number,
// so that damage to one cannot bring an old one back.
func (o *Outbox) nextEpoch() error {
	name := filepath.Join(o.dir, "epoch")
	ab, value, err := durable.OpenAB(o.fs, name)
	if errors.Is(err, durable.ErrDamaged) {
		// No message depends on it.
		o.opts.Logger.Error("the epoch file is damaged; starting as in a new directory", "err", err)
		value, err = nil, nil
	}
	if err != nil {
		return err
	}
	switch {
	case len(value) == 8:
		o.epoch = binary.LittleEndian.Uint64(value) + 1
	default:
		// A directory that was wiped must not repeat the numbers it gave out
		// before, as far as the clock can tell.
		o.epoch = 1
		if now := o.wall(); now.Year() > 2020 {
			o.epoch = uint64(now.Unix())
		}
	}
	value = binary.LittleEndian.AppendUint64(nil, o.epoch)
	return errors.Join(ab.Store(value), ab.Store(value), ab.Close())
}

// clock is the time that the outbox has been open, over all its runs.
func (o *Outbox) clock() time.Duration { return o.base + time.Since(o.opened) }

// wallNow is the wall clock. Only days, windows and what is for people to read
// go by it.
func (o *Outbox) wallNow() time.Time { return o.wall().In(o.opts.Location) }

func (o *Outbox) isClosed() bool {
	select {
	case <-o.closing:
		return true
	default:
		return false
	}
}

// Epoch is a number that is one higher at every Open of the directory. The first
// is the wall clock's Unix time in seconds, so that a directory that was wiped,
// or replaced with its disk, does not give out the same numbers again; on a
// device whose clock says 2020 or earlier it is 1. Epoch, lane and sequence
// identify a message for the life of the directory, and beyond it where the
// clock was right when the directory was made. A message keeps the epoch in
// which it was accepted: after a restart, messages of earlier epochs come first,
// and a repetition goes back to them. A wiped directory may begin below the
// epoch before, if the clock was wrong: an epoch says which, not when.
func (o *Outbox) Epoch() uint64 { return o.epoch }

// Publish stores a message. When it returns nil, the message is durable under
// its lane's [Sync], and will be sent, again if necessary, until the broker
// acknowledges it or a rule of the lane drops it, whichever processes and power
// cuts come between. Publish does not need a connection, nor Run. It returns
// [ErrLane], a [*TopicError], [*SizeError] or [*PayloadError] for a message that
// could never be sent, [ErrFull], [ErrClosed], or the disk's error; the message
// is then not accepted, except that one whose disk failed may be found, whole,
// by the next Open. ctx ends the wait of a lane that blocks when full; the write
// itself cannot be interrupted.
func (o *Outbox) Publish(ctx context.Context, m Message) (Receipt, error) {
	name := m.Lane
	if name == "" {
		name = DefaultLane
	}
	q := o.lanes[name]
	if q == nil {
		return Receipt{}, fmt.Errorf("%w: %q", ErrLane, name)
	}
	if err := m.check(q, o.opts.MaxPayload); err != nil {
		return Receipt{}, err
	}
	if len(m.ID) > maxString || m.Expiry < 0 {
		return Receipt{}, errors.New("transport: ID is longer than 65,535 bytes or Expiry is negative")
	}
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	var flags byte
	if m.Retain {
		flags |= flagRetain
	}
	buf := o.records.Get().(*[]byte)
	defer o.records.Put(buf)
	*buf = appendMessage((*buf)[:0], &m, o.epoch, o.clock())
	seq, ok, err := q.add(ctx, &m, flags, *buf)
	if err != nil {
		return Receipt{}, err
	}
	o.wake.poke()
	return Receipt{q: q, epoch: o.epoch, seq: seq, dropped: !ok}, nil
}

// Drain waits until nothing is pending in any lane. Meanwhile batches do not
// wait for more messages; rates, windows and daily budgets hold all the same. It
// does not keep others from publishing and needs a Run going on. When ctx ends
// first, the error is a [*DrainError].
func (o *Outbox) Drain(ctx context.Context) error {
	o.draining.Add(1)
	defer o.draining.Add(-1)
	o.wake.poke()
	var err error
	for {
		idle := o.idle.wait()
		left := o.left()
		if len(left) == 0 {
			return nil
		}
		if err != nil {
			return &DrainError{Left: left, Err: err}
		}
		select {
		case <-idle:
		case <-ctx.Done():
			err = ctx.Err()
		case <-o.closing:
			err = ErrClosed
		}
	}
}

// left is how many messages are pending in each lane that has any.
func (o *Outbox) left() map[string]int {
	left := make(map[string]int)
	for _, q := range o.queues {
		q.mu.Lock()
		if q.pending > 0 {
			left[q.Name] = q.pending
		}
		q.mu.Unlock()
	}
	return left
}

// Stats returns a snapshot.
func (o *Outbox) Stats() Stats {
	s := Stats{
		Epoch: o.epoch, Aside: o.aside.len(), InboundDropped: o.inboundDropped.Load(),
		Syncs: o.syncs.snapshot(), Problems: slices.Clone(o.problems),
	}
	for _, q := range o.queues {
		s.Lanes = append(s.Lanes, q.stats())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s.Link = o.linkStats
	if o.link != nil {
		s.Link.InFlight = o.link.inFlight()
	}
	return s
}

// Close ends Run and waits for it, stores which messages are acknowledged, and
// closes the files. What is pending stays on disk. Closing again does nothing
// and returns the same.
func (o *Outbox) Close() error {
	o.mu.Lock()
	if o.isClosed() {
		o.mu.Unlock()
		<-o.closed
		return o.failed
	}
	close(o.closing)
	running := o.running
	if o.cancelRun != nil {
		o.cancelRun()
	}
	o.mu.Unlock()
	if running != nil {
		<-running
	}
	var errs []error
	for _, q := range o.queues {
		errs = append(errs, q.close())
	}
	o.timers.Wait()
	errs = append(errs, o.aside.close(), o.unlock())
	o.failed = errors.Join(errs...)
	close(o.closed)
	return o.failed
}
