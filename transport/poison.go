package transport

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// strikes is how often in a row the connection must end with a message alone
	// in flight for the message to be the reason, and knownStrikes when another
	// message of its topic was found just before.
	strikes      = 3
	knownStrikes = 2
	// quiet is how long a connection must have stood idle before a message is
	// sent that is to be blamed for its end: a connection that ends before that
	// acquits it.
	quiet = time.Second
)

// suspicion finds the message whose sending ends connections. Brokers of MQTT
// 3.1.1 have no other way to say that they do not take one: it is not allowed,
// or too long. Without this the message would be sent for ever, and everything
// behind it would wait.
//
// Brokers take packets in order, so the message is the lowest of its lane that is
// not acknowledged, or the last that was. When the broker ends a connection, the
// next one sends that message alone, and nothing else before it is confirmed.
// If that ends the connection too, the message is sent alone on an idle
// connection, and if that ends twice more, it is set aside: at the fourth end of
// a connection. Ends that the device's own side brought about do not count, and
// an idle connection that ends acquits, so that a bad network is not taken for a
// bad message. For a while after a message was set aside packets go one by one,
// because where one is not allowed, others of its topic are not. It belongs to
// Run.
type suspicion struct {
	suspects []suspect // to be sent alone
	caution  int       // packets that go alone, whatever they are
	alone    suspect   // was alone when the connection last ended
	count    int       // how often in a row
	known    string    // topic of the message set aside last
}

// suspect is a packet by its first and last message.
type suspect struct {
	q        *queue
	from, to uint64
}

func (e *entry) suspect() suspect {
	return suspect{e.q, e.items[0].seq, e.items[len(e.items)-1].seq}
}

// heads are the packets that may have ended a connection: of each lane the first
// without answer, and the last one acknowledged.
func heads(open []*entry) []suspect {
	var all []suspect
	seen := make(map[*queue]bool)
	for _, e := range open {
		if e.doubtful || !seen[e.q] {
			all = append(all, e.suspect())
		}
		seen[e.q] = seen[e.q] || !e.doubtful
	}
	return all
}

// probing reports whether packets are to be sent one by one.
func (s *suspicion) probing() bool {
	s.suspects = slices.DeleteFunc(s.suspects, func(p suspect) bool { return p.q.isSettled(p.from, p.to) })
	return len(s.suspects) > 0 || s.caution > 0
}

// hold is how long the suspect waits on a connection that is that old.
func (s *suspicion) hold(age time.Duration) time.Duration {
	if s.count == 0 {
		return 0
	}
	return max(quiet-age, 0)
}

// sent notes that a packet was sent alone.
func (s *suspicion) sent() {
	if s.caution--; s.caution <= 0 {
		s.caution, s.known = 0, ""
	}
}

// judge draws the conclusions from the end of a connection that the broker
// brought about with these packets open.
func (o *Outbox) judge(l *link, open []*entry) {
	s := &o.suspicion
	switch {
	case len(open) == 0:
		*s = suspicion{}
	case !s.probing():
		s.suspects, s.count = heads(open), 0
	case len(open) == 1 && len(l.direct) == 0:
		o.strike(open[0])
	}
}

// strike counts the end of a connection against the one packet in flight.
func (o *Outbox) strike(e *entry) {
	s := &o.suspicion
	if p := e.suspect(); s.alone != p {
		s.alone, s.count = p, 0
	}
	s.count++
	enough := strikes
	if e.packet.Topic == s.known {
		enough = knownStrikes
	}
	if s.count < enough {
		return
	}
	s.suspects, s.count, s.known = nil, 0, e.packet.Topic
	s.caution = max(o.opts.Window, len(e.items))
	if len(e.items) > 1 {
		// One of a batch: its messages go one by one.
		e.q.splitUntil(e.items[len(e.items)-1].seq)
		return
	}
	if err := o.setAside(e.q, &e.items[0], "the broker closed the connection each time it was sent"); err != nil {
		o.opts.Logger.Error("set a message aside", "lane", e.q.Name, "seq", e.items[0].seq, "err", err)
	}
}

// RejectedError is what a [Session] reports of a message that the broker has
// answered with a refusal, which MQTT 3.1.1 cannot say and MQTT 5 can. The
// message is set aside; the connection goes on.
type RejectedError struct {
	Code   byte // the reason code of MQTT 5, section 2.4
	Reason string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("transport: the broker refused the message: %s (code %#x)", e.Reason, e.Code)
}

type rejection struct {
	e   *entry
	err *RejectedError
}

// setAsideRejected settles what the broker has refused since. An error ends the
// link, so that what could not be settled is sent again.
func (o *Outbox) setAsideRejected(l *link) error {
	l.mu.Lock()
	rejected := l.rejected
	l.rejected = nil
	l.mu.Unlock()
	var errs []error
	for _, r := range rejected {
		q := r.e.q
		q.finish(r.e, r.err)
		if len(r.e.items) > 1 {
			q.splitUntil(r.e.items[len(r.e.items)-1].seq)
			errs = append(errs, fmt.Errorf("transport: a batch goes again, message by message: %w", r.err))
			continue
		}
		errs = append(errs, o.setAside(q, &r.e.items[0], r.err.Error()))
	}
	return errors.Join(errs...)
}
