package transport

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// budgetParts is how many times a day what may be spent is stored.
const budgetParts = 64

// budget counts what a lane sends in one calendar day. What is sent was stored
// as spent before, in parts, so that a crash gives nothing back.
//
// The file holds the day, as yyyymmdd, and the bytes: two little-endian words
// of 8 bytes.
type budget struct {
	limit    int64
	day      uint64
	began    time.Duration // the day, or this outbox on it; 0: not yet
	spent    int64
	reserved int64       // stored as spent
	ab       *durable.AB // nil in memory
}

// openBudget reads what a lane has spent.
func openBudget(o *Outbox, lane *Lane) (*budget, error) {
	b := &budget{limit: lane.DailyBytes}
	if lane.Sync == InMemory {
		return b, nil
	}
	dir := filepath.Join(o.dir, "budgets")
	if err := o.fs.MkdirAll(dir); err != nil {
		return nil, err
	}
	ab, value, err := durable.OpenAB(o.fs, filepath.Join(dir, lane.Name))
	if errors.Is(err, durable.ErrDamaged) {
		o.opts.Logger.Error("what the lane has spent today is not known", "lane", lane.Name, "err", err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	b.ab = ab
	if len(value) == 16 {
		b.day = binary.LittleEndian.Uint64(value)
		b.spent = int64(binary.LittleEndian.Uint64(value[8:]) & (1<<62 - 1))
		b.reserved = b.spent
	}
	return b, nil
}

// roll begins a new day when the wall clock shows a later date, or an earlier
// one and the day has lasted for 24 hours: a device that boots with an old date
// until it is told the time must not get the budget anew each time. now is the
// outbox's clock.
func (b *budget) roll(wall time.Time, now time.Duration) {
	if b.began == 0 {
		b.began = max(now, 1)
	}
	y, m, d := wall.Date()
	day := uint64(max(y, 0)*10000 + int(m)*100 + d)
	if day > b.day || day != b.day && now-b.began >= 24*time.Hour {
		b.day, b.began, b.spent, b.reserved = day, now, 0, 0
	}
}

// fits reports whether a packet may be sent today. One that no day has room
// for may when it is the first.
func (b *budget) fits(size int64) bool {
	return b.spent == 0 || b.spent+size <= b.limit
}

// covered reports whether a packet that fits is stored as spent.
func (b *budget) covered(size int64) bool {
	return b.ab == nil || b.spent+size <= b.reserved
}

// part is what to store as spent before a packet goes that is not covered.
func (b *budget) part(size int64) int64 {
	return min(b.spent+max(b.limit/budgetParts, size), max(b.limit, b.spent+size))
}

func (b *budget) store(day uint64, spent int64) error {
	value := binary.LittleEndian.AppendUint64(nil, day)
	return b.ab.Store(binary.LittleEndian.AppendUint64(value, uint64(spent)))
}

// close gives back what was reserved and not sent.
func (b *budget) close() error {
	if b == nil || b.ab == nil {
		return nil
	}
	var err error
	if b.reserved != b.spent {
		err = b.store(b.day, b.spent)
	}
	return errors.Join(err, b.ab.Close())
}

// untilTomorrow is how long the wall clock's day lasts, at most [wallGlance]:
// it may be set meanwhile.
func untilTomorrow(wall time.Time) time.Duration {
	y, m, d := wall.Date()
	left := time.Date(y, m, d+1, 0, 0, 0, 0, wall.Location()).Sub(wall)
	return min(max(left, time.Millisecond), wallGlance)
}

// reserve stores that a part of the budget is spent. Only the sender calls it.
func (q *queue) reserve(size int64) {
	b := q.budget
	q.mu.Lock()
	day, part := b.day, b.part(size)
	q.mu.Unlock()
	// A disk that cannot take it must not stop delivery: a crash may then spend
	// more.
	if err := b.store(day, part); err != nil {
		q.logger.Error("store what is spent today", "err", err)
	}
	q.mu.Lock()
	if b.day == day {
		b.reserved = part
	}
	q.mu.Unlock()
}

// size is what a packet takes as an MQTT PUBLISH, in bytes.
func (p *Packet) size() int {
	n := 2 + len(p.Topic) + len(p.Payload)
	if p.QoS > 0 {
		n += 2
	}
	head := 2
	for rest := n >> 7; rest > 0; rest >>= 7 {
		head++
	}
	return head + n
}
