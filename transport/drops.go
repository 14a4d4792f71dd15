package transport

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// Drop tells of messages of one lane that were given up for one reason, one
// after the other.
type Drop struct {
	Lane   string
	Reason Reason
	// From and To are the numbers of the first and the last ([Receipt.Seq]);
	// 0 where the messages were dropped before they got one, which is so with
	// DroppedNewest and DroppedThinned.
	From, To uint64
	Count    uint64
	At       time.Time // when the first was dropped, by the wall clock
	// Missed counts the messages, of any lane and for any reason, whose Drop
	// this reader was too slow to be told of since the one before.
	Missed uint64
}

// maxDrops is how many wait for one reader of Drops.
const maxDrops = 1024

// Drops yields what is dropped from the moment the loop over it begins, until
// ctx ends or the outbox is closed. Each loop sees everything. Up to 1,024 wait
// for a loop that is slow, neighbours joined into one; what is beyond that is
// counted in [Drop.Missed]. Nothing waits for a reader, and without one nothing
// is kept: the counts of [LaneStats.Dropped] go on in any case.
func (o *Outbox) Drops(ctx context.Context) iter.Seq[Drop] {
	return func(yield func(Drop) bool) {
		r := &dropReader{wake: make(wakeup, 1)}
		o.drops.attach(r)
		defer o.drops.detach(r)
		for {
			select {
			case <-r.wake:
			case <-ctx.Done():
				return
			case <-o.closing:
			}
			for ctx.Err() == nil {
				d, ok := o.drops.next(r)
				if !ok {
					break
				}
				if !yield(d) {
					return
				}
			}
			if o.isClosed() {
				return
			}
		}
	}
}

// drops hands what is dropped to those who want to know. Its lock is taken
// under those of the lanes.
type drops struct {
	any     atomic.Bool // somebody does
	mu      sync.Mutex
	readers []*dropReader
}

type dropReader struct {
	wake   wakeup
	first  int // of those waiting
	wait   []Drop
	missed uint64
}

func (d *drops) attach(r *dropReader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readers = append(d.readers, r)
	d.any.Store(true)
}

func (d *drops) detach(r *dropReader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.readers {
		if d.readers[i] == r {
			d.readers = append(d.readers[:i:i], d.readers[i+1:]...)
			break
		}
	}
	d.any.Store(len(d.readers) > 0)
}

func (d *drops) next(r *dropReader) (x Drop, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.first == len(r.wait) {
		r.first, r.wait = 0, r.wait[:0]
		return x, false
	}
	r.first++
	return r.wait[r.first-1], true
}

func (d *drops) note(q *queue, reason Reason, from, to, n uint64) {
	if !d.any.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.readers {
		r.note(q, reason, from, to, n)
		r.wake.poke()
	}
}

func (r *dropReader) note(q *queue, reason Reason, from, to, n uint64) {
	if len(r.wait) > r.first {
		last := &r.wait[len(r.wait)-1]
		if last.Lane == q.Name && last.Reason == reason &&
			(from == 0 && last.To == 0 || from != 0 && last.To+1 == from) {
			last.To, last.Count = to, last.Count+n
			return
		}
	}
	if len(r.wait)-r.first == maxDrops {
		r.missed += n
		return
	}
	if len(r.wait) == cap(r.wait) && r.first > 0 {
		r.wait = r.wait[:copy(r.wait, r.wait[r.first:])]
		r.first = 0
	}
	r.wait = append(r.wait, Drop{
		Lane: q.Name, Reason: reason, From: from, To: to, Count: n, At: q.o.wall(), Missed: r.missed,
	})
	r.missed = 0
}
