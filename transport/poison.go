package transport

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
)

// strikes is how often the connection must end with a message alone in flight
// for the message to be the reason.
const strikes = 2

// suspicion finds the message whose sending ends connections. Brokers of MQTT
// 3.1.1 have no other way to say that they do not take one: it is not allowed,
// or too long. Without this the message would be sent for ever, and everything
// behind it would wait.
//
// Brokers take packets in order, so the message is the lowest of its lane that is
// not acknowledged. When the broker ends two connections one after the other with
// the same message there, that message is sent alone, and confirmed before
// another is sent. When the connection then ends twice more, the message is set
// aside. So it is set aside at the fourth end of a connection, and never for an
// end that the device's own side brought about. It belongs to Run.
type suspicion struct {
	heads    []suspect // of the lanes, when the broker last ended a connection
	suspects []suspect // to be sent alone
	alone    suspect   // was alone when the connection last ended
	count    int       // how often
	known    string    // topic of the message set aside last: one strike is enough for its like
}

// suspect is a packet by its first and last message.
type suspect struct {
	q        *queue
	from, to uint64
}

func (e *entry) suspect() suspect {
	return suspect{e.q, e.items[0].seq, e.items[len(e.items)-1].seq}
}

// endedByPeer reports whether it was the broker that ended a connection.
func endedByPeer(err error) bool {
	for _, target := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// probing reports whether packets are to be sent one by one.
func (s *suspicion) probing() bool {
	s.suspects = slices.DeleteFunc(s.suspects, func(p suspect) bool { return p.q.isSettled(p.from, p.to) })
	if len(s.suspects) == 0 {
		s.count, s.known = 0, ""
		return false
	}
	return true
}

// judge draws the conclusions from the end of a connection with these packets
// in flight.
func (o *Outbox) judge(l *link, left []*entry, byPeer bool) {
	s := &o.suspicion
	if !byPeer || len(left) == 0 {
		if byPeer {
			s.heads = nil
		}
		return
	}
	probing := s.probing()
	var heads []suspect
	again := false
	for _, e := range left {
		p := e.suspect()
		if slices.ContainsFunc(heads, func(h suspect) bool { return h.q == p.q }) {
			continue
		}
		heads = append(heads, p)
		again = again || slices.ContainsFunc(s.heads, func(h suspect) bool { return h.q == p.q && h.from == p.from })
	}
	s.heads = heads
	switch {
	case !probing && again:
		o.opts.Logger.Warn("connections end with the same message at the head; sending one by one", "lane", heads[0].q.Name, "seq", heads[0].from)
		s.suspects = heads
	case probing && len(left) == 1 && len(l.direct) == 0:
		o.strike(left[0])
	}
}

// strike counts the end of a connection against the one packet in flight.
func (o *Outbox) strike(e *entry) {
	s := &o.suspicion
	if p := e.suspect(); s.alone != p {
		s.alone, s.count = p, 0
	}
	s.count++
	if s.count < strikes && e.packet.Topic != s.known {
		return
	}
	s.count = 0
	s.known = e.packet.Topic
	if len(e.items) > 1 {
		// One of a batch: its messages go one by one.
		last := e.items[len(e.items)-1].seq
		e.q.splitUntil(last)
		s.suspects = slices.DeleteFunc(s.suspects, func(p suspect) bool { return p == e.suspect() })
		for i := range e.items {
			s.suspects = append(s.suspects, suspect{e.q, e.items[i].seq, e.items[i].seq})
		}
		return
	}
	reason := "the broker closed the connection each time it was sent"
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
