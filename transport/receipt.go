package transport

import (
	"context"
	"slices"
)

// Receipt tells about one published message. It is a small value, good for as
// long as its outbox is open, and safe for concurrent use.
type Receipt struct {
	q       *queue
	epoch   uint64
	seq     uint64
	dropped bool
}

// Lane is the name of the message's lane.
func (r Receipt) Lane() string {
	if r.q == nil {
		return ""
	}
	return r.q.Name
}

// Epoch and Seq identify the message together with its lane, for the life of
// the outbox's directory. A message that
// [DropNewest] or [Thin] dropped has Seq 0.
func (r Receipt) Epoch() uint64 { return r.epoch }

// Seq is the message's number within its lane; numbers of one lane rise.
// AtMostOnce messages have the highest bit set and rise on their own.
func (r Receipt) Seq() uint64 { return r.seq }

// Acknowledged reports, without waiting, whether the broker has acknowledged
// the message.
func (r Receipt) Acknowledged() bool {
	if r.q == nil || r.dropped {
		return false
	}
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	settled, err := r.q.fate(r.seq)
	return settled && err == nil
}

// Delivered waits until the broker has acknowledged the message and the
// connection has outlived that: until a later packet is acknowledged too, or for
// another 100 ms. It returns
// [ErrDropped] when the lane's rules gave the message up, [ErrUnknown] when the
// message was settled so long ago that this is not known any more, [ErrClosed]
// when the outbox closes first, and otherwise the error of ctx.
func (r Receipt) Delivered(ctx context.Context) error {
	if r.q == nil || r.dropped {
		return ErrDropped
	}
	q := r.q
	q.mu.Lock()
	settled, err := q.fate(r.seq)
	if settled {
		q.mu.Unlock()
		return err
	}
	w := q.waiters[r.seq]
	if w == nil {
		w = make(chan struct{})
		q.waiters[r.seq] = w
	}
	q.mu.Unlock()
	select {
	case <-w:
		q.mu.Lock()
		defer q.mu.Unlock()
		_, err := q.fate(r.seq)
		return err
	case <-q.o.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) fate(seq uint64) (settled bool, err error) {
	src := &q.main
	if seq&onceBit != 0 {
		src = &q.once
	}
	if !src.log.Acked(seq &^ onceBit) {
		return false, nil
	}
	return true, q.fates.of(seq)
}

// fates remembers which of the settled messages were dropped, as ranges,
// because drops come in runs. It forgets the oldest.
type fates struct {
	runs      []run
	forgotten [2]uint64 // highest forgotten, without and with onceBit
}

type run struct{ from, to uint64 } // inclusive

const maxRuns = 1024

func (f *fates) add(r run) {
	if n := len(f.runs); n > 0 && f.runs[n-1].to+1 == r.from {
		f.runs[n-1].to = r.to
		return
	}
	if len(f.runs) == maxRuns {
		kind := f.runs[0].to >> 63
		f.forgotten[kind] = max(f.forgotten[kind], f.runs[0].to)
		f.runs = slices.Delete(f.runs, 0, 1)
	}
	f.runs = append(f.runs, r)
}

func (f *fates) of(seq uint64) error {
	for _, r := range f.runs {
		if r.from <= seq && seq <= r.to {
			return ErrDropped
		}
	}
	if seq <= f.forgotten[seq>>63] {
		return ErrUnknown
	}
	return nil
}
