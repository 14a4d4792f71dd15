package transport

import (
	"context"
	"iter"
)

// Level says how full a lane is, for producers that can send less.
type Level int

const (
	// LevelLow: less than three quarters of the lane are used, by bytes or by
	// count, whichever is more; after LevelHigh or LevelFull, less than half.
	LevelLow Level = iota
	// LevelHigh: three quarters are used and not yet less than half again.
	LevelHigh
	// LevelFull: a message was refused, had to wait, or was dropped or had
	// another dropped for want of room, here or on the disk, and there is no
	// room for one like it yet.
	LevelFull
)

// String returns one word for logs and metrics.
func (l Level) String() string {
	names := [...]string{"low", "high", "full"}
	if l < 0 || int(l) >= len(names) {
		return "unknown"
	}
	return names[l]
}

// Levels yields the level of a lane as it is and then each time it has changed,
// until ctx ends or the outbox is closed. A reader that is slow is told where
// the level is, not each turn on the way. Of a lane that does not exist it
// yields nothing. The name "" means [DefaultLane].
func (o *Outbox) Levels(ctx context.Context, lane string) iter.Seq[Level] {
	if lane == "" {
		lane = DefaultLane
	}
	q := o.lanes[lane]
	return func(yield func(Level) bool) {
		if q == nil {
			return
		}
		for told := Level(-1); ; {
			q.mu.Lock()
			level, changed := q.fill.level, q.fill.changed.wait()
			q.mu.Unlock()
			if ctx.Err() != nil || o.isClosed() {
				return
			}
			if level != told {
				told = level
				if !yield(level) {
					return
				}
				continue
			}
			select {
			case <-changed:
			case <-ctx.Done():
			case <-o.closing:
			}
		}
	}
}

// fill is how full a lane is.
type fill struct {
	level   Level
	changed broadcast
	lacks   int64 // the size of a message there was no room for; 0: there is room
	disk    bool  // the disk had none
	making  bool  // room is being made: no time to look
}

// lacked notes that there was no room for a message, for how long there is none.
func (q *queue) lacked(size int64) {
	q.fill.lacks = size
	q.filled()
}

// filled works out the level anew.
func (q *queue) filled() {
	f := &q.fill
	if f.making {
		return
	}
	if !f.disk && f.lacks > 0 && q.fits(f.lacks) {
		f.lacks = 0
	}
	level := f.level
	switch {
	case f.lacks > 0:
		level = LevelFull
	case q.uses(0.75):
		level = LevelHigh
	case !q.uses(0.5):
		level = LevelLow
	case level == LevelFull:
		level = LevelHigh
	}
	if level != f.level {
		f.level = level
		f.changed.notify()
	}
}

// uses reports whether that part of the lane is used, or more.
func (q *queue) uses(part float64) bool {
	return float64(q.bytes) >= part*float64(q.MaxBytes) ||
		q.MaxCount > 0 && float64(q.pending) >= part*float64(q.MaxCount)
}
