package transport

import (
	"errors"
	"slices"
	"time"
)

// A PUBACK is not a promise: a broker that does not allow a message, or finds it
// too large, may acknowledge it all the same, or close the connection (MQTT
// 3.1.1, section 3.3.5), or do the one and then the other. The first cannot be
// told from delivery; so that the last can, an acknowledgement counts only when
// the connection has outlived it: when a packet that was sent later is
// acknowledged too, or after confirmAfter.
const confirmAfter = 100 * time.Millisecond

// errDoubtful is why a packet is sent again although it was acknowledged.
var errDoubtful = errors.New("transport: the broker closed the connection right after the acknowledgement")

// acknowledged notes an acknowledgement and returns the packet that is
// confirmed by it. Since a broker answers in the order of sending, at most one
// packet waits for its confirmation. It is called with mu held.
func (l *link) acknowledged(e *entry) (confirmed *entry) {
	// Sessions may report in another order than the broker's.
	if l.last != nil && e.n < l.last.n {
		return e
	}
	confirmed = l.last
	l.last, l.lastAt = e, l.o.clock()
	return confirmed
}

// confirm confirms the last acknowledgement when it is old enough, and else
// returns how long until then; 0 when there is none.
func (l *link) confirm() (left time.Duration) {
	l.mu.Lock()
	e := l.last
	if e != nil {
		left = l.lastAt + confirmAfter - l.o.clock()
	}
	if e == nil || left > 0 {
		l.mu.Unlock()
		return left
	}
	l.last = nil
	l.mu.Unlock()
	e.q.finish(e, nil)
	l.o.wake.poke() // who waited for it to be confirmed may go on
	return 0
}

// unanswered closes the books of a link that has ended and returns, in the
// order of sending, the packets that its end leaves open.
func (l *link) unanswered(byPeer bool) []*entry {
	l.mu.Lock()
	e, doubtful := l.last, byPeer && l.o.clock() < l.lastAt+confirmAfter
	l.last = nil
	if e != nil && doubtful {
		l.failed = append(l.failed, e)
	}
	slices.SortFunc(l.failed, func(a, b *entry) int { return int(a.n) - int(b.n) })
	failed := l.failed
	l.mu.Unlock()
	switch {
	case e == nil:
	case doubtful:
		e.q.finish(e, errDoubtful)
	default:
		e.q.finish(e, nil)
	}
	return failed
}
