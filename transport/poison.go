package transport

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// strikes is how often in a row a connection must end with a message alone in
	// flight for the message to be the reason.
	strikes = 2
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
// When the broker ends a connection, the packets that were open are sent with a
// window of 1 on the next. If that ends too, the one or two that were open then
// are sent on a connection that has stood idle, and each is confirmed before the
// next. A message that is alone when such a connection ends, twice, is set aside:
// at the fourth end of a connection. Ends that the device's own side brought
// about do not count, and an idle connection that ends acquits, so that a bad
// network is not taken for a bad message. For a while after a message was set
// aside packets go one by one, because where one is not allowed, others like it
// are not. It belongs to Run.
type suspicion struct {
	stage    stage
	suspects []suspect
	caution  int     // packets for which the stage holds, whatever they are
	alone    suspect // was alone when the connection last ended
	count    int     // how often in a row
}

type stage int

const (
	trusting  stage = iota // the window as it is
	narrowing              // one packet at a time
	trying                 // one packet at a time, on a connection that stood idle, and confirmed
)

// suspect is a packet by its first and last message.
type suspect struct {
	q        *queue
	from, to uint64
}

func (e *entry) suspect() suspect {
	return suspect{e.q, e.items[0].seq, e.items[len(e.items)-1].seq}
}

// now is the stage, which ends with the last of the suspects.
func (s *suspicion) now() stage {
	s.suspects = slices.DeleteFunc(s.suspects, func(p suspect) bool { return p.q.isSettled(p.from, p.to) })
	if len(s.suspects) == 0 && s.caution == 0 {
		*s = suspicion{}
	}
	return s.stage
}

// may reports whether another packet may be sent over l, or how long that must
// wait; 0 when it waits for an answer.
func (s *suspicion) may(l *link) (ok bool, wait time.Duration) {
	switch s.now() {
	case narrowing:
		return l.inFlight() == 0, 0
	case trying:
		wait = l.began + quiet - l.o.clock()
		return wait <= 0 && l.open() == 0, max(wait, 0)
	}
	return true, 0
}

// sent notes that a packet was sent.
func (s *suspicion) sent() {
	if s.caution > 0 {
		s.caution--
	}
}

// judge draws the conclusions from the end of a connection that the broker
// brought about with these packets open.
func (o *Outbox) judge(l *link, open []*entry) {
	s := &o.suspicion
	switch now := s.now(); {
	case len(open) == 0:
		*s = suspicion{}
	case now == trying && len(open) == 1 && len(l.direct) == 0:
		o.strike(open[0], l.sess.Err())
	case now == trying:
	default:
		s.stage = now + 1
		s.suspects = nil
		for _, e := range open {
			s.suspects = append(s.suspects, e.suspect())
		}
	}
}

// strike counts the end of a connection against the one packet that was open.
// why is the session's word for it.
func (o *Outbox) strike(e *entry, why error) {
	s := &o.suspicion
	if p := e.suspect(); s.alone != p {
		s.alone, s.count = p, 0
		s.suspects = append(s.suspects, p)
	}
	if s.count++; s.count < strikes {
		return
	}
	s.suspects, s.count = nil, 0
	s.caution = max(o.opts.Window, len(e.items))
	if len(e.items) > 1 {
		// One of a batch: its messages go one by one.
		e.q.splitUntil(e.items[len(e.items)-1].seq)
		return
	}
	reason := "the broker closed the connection each time it was sent"
	if why != nil {
		reason += fmt.Sprintf(": %v", why)
	}
	if err := o.setAside(e.q, &e.items[0], reason); err != nil {
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
