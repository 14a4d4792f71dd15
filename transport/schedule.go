package transport

import "time"

// entry is one packet in flight with the messages in it.
type entry struct {
	q      *queue
	src    *source
	items  []item
	packet Packet
	sent   time.Duration

	// Both are guarded by link.mu.
	n        uint64 // of the packets of its link
	answered bool
}

// next takes the lane's next packet. When there is none, wait is how long until
// there may be one without anything happening, or 0 for never.
func (q *queue) next(flush bool) (e *entry, wait time.Duration) {
	for {
		e, wait, uncovered := q.tryNext(flush)
		if uncovered == 0 {
			return e, wait
		}
		q.reserve(uncovered)
	}
}

// tryNext is next, except that a packet whose bytes are not yet stored as spent
// stays where it is, and its size is returned.
func (q *queue) tryNext(flush bool) (e *entry, wait time.Duration, uncovered int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.Sync != InMemory && q.o.unstored.Load() >= maxUnstored {
		return nil, 0, 0 // the keeper is storing the marks and will wake us
	}
	now := q.o.clock()
	if wait := q.gate(now); wait > 0 {
		if q.pending == q.inFlight {
			return nil, 0, 0
		}
		return nil, wait, 0
	}
	wait = max(q.stalled-now, 0)
	for _, src := range []*source{&q.once, &q.main} {
		e, w, uncovered := q.take(src, flush)
		if uncovered > 0 {
			return nil, 0, uncovered
		}
		if e != nil {
			e.sent = now
			q.inFlight += len(e.items)
			q.pace.take(now, 1, 0)
			return e, 0, 0
		}
		wait = sooner(wait, w)
	}
	return nil, wait, 0
}

// gate is how long the lane's window, rate and budget keep it from sending.
func (q *queue) gate(now time.Duration) time.Duration {
	wait := max(q.broke-now, q.pace.wait(now), 0)
	if q.shutter != nil {
		wait = max(wait, q.shutter.wait(now, q.o.wallNow))
	}
	return wait
}

// sooner is the shorter of two waits of which 0 is for ever.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

func (q *queue) take(src *source, flush bool) (e *entry, wait time.Duration, uncovered int64) {
	for {
		want := 1
		if q.Batch != nil {
			want = q.Batch.MaxMessages + 1
		}
		if len(src.ahead) < want {
			q.readBatch(src, want)
		}
		n, full := 0, false
		if q.Batch != nil {
			n, full = q.run(src)
		} else if len(src.ahead) > 0 {
			n, full = 1, true
		}
		if n == 0 {
			return nil, 0, 0
		}
		if q.dropLate(src, n) {
			continue
		}
		if !full && !flush {
			if left := q.Batch.MaxDelay - (q.o.clock() - src.ahead[0].clock); left > 0 {
				return nil, left, 0
			}
		}
		packet, n := q.pack(src.ahead[:n])
		if b := q.budget; b != nil {
			wall := q.o.wallNow()
			b.roll(wall, q.o.clock())
			for !b.fits(int64(packet.size())) {
				if n == 1 {
					wait = untilTomorrow(wall)
					q.broke = q.o.clock() + wait
					return nil, wait, 0
				}
				packet, n = q.pack(src.ahead[:n/2])
			}
			if size := int64(packet.size()); !b.covered(size) {
				return nil, 0, size
			} else {
				b.spent += size
			}
		}
		items := append(make([]item, 0, n), src.ahead[:n]...)
		clear(src.ahead[:n])
		src.ahead = src.ahead[n:]
		if len(src.ahead) == 0 {
			src.ahead = nil
		}
		return &entry{q: q, src: src, items: items, packet: packet}, 0, 0
	}
}

// isSettled reports whether all messages from one number to another are.
func (q *queue) isSettled(from, to uint64) bool {
	for seq := from; seq <= to; seq++ {
		if !q.main.log.Acked(seq) {
			return false
		}
	}
	return true
}

// dropLate drops late ones among the first n messages.
func (q *queue) dropLate(src *source, n int) bool {
	for i := range src.ahead[:n] {
		reason, late := q.late(&src.ahead[i])
		if !late {
			continue
		}
		it := src.ahead[i]
		copy(src.ahead[1:i+1], src.ahead[:i])
		src.ahead[0] = it
		q.drop(src, reason)
		return true
	}
	return false
}

func (q *queue) packet(items []item) Packet {
	first := &items[0]
	p := Packet{
		Topic: first.topic, Payload: first.payload, QoS: 1, Retain: first.retain,
		ID: q.identity(items), Device: q.o.opts.Device, Expiry: q.left(items),
	}
	if first.seq&onceBit != 0 {
		p.QoS = 0
	}
	switch {
	case q.Batch != nil:
		p.Payload = q.join(items)
	case q.Envelope:
		p.Payload = q.appendPayload(make([]byte, 0, first.wire), first)
	}
	return p
}

// left is how long the broker may keep the messages of a packet; 0 means for
// ever.
func (q *queue) left(items []item) (left time.Duration) {
	now := q.o.clock()
	for i := range items {
		if items[i].expiry == 0 {
			return 0
		}
		left = max(left, items[i].expiry-(now-items[i].clock), time.Nanosecond)
	}
	return left
}

// finish settles a packet: acknowledged, or with an error, in which case it is
// sent again on the next connection, or never when it is AtMostOnce.
func (q *queue) finish(e *entry, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight -= len(e.items)
	once := e.src == &q.once
	if err != nil && !once {
		q.resent += uint64(len(e.items))
		return
	}
	for i := range e.items {
		it := &e.items[i]
		q.settle(e.src, it)
		if err == nil {
			q.acked++
		} else {
			q.gone(DroppedUnsent, it.seq, it.seq)
		}
	}
	if !once {
		q.store(1)
	}
	q.freed()
}

// pick takes the next packet to send over l, by priority and window.
func (o *Outbox) pick(l *link) (e *entry, wait time.Duration) {
	flush := o.draining.Load() > 0
	if ok, wait := o.suspicion.may(l); !ok {
		return nil, wait
	}
	if wait := o.pace.wait(o.clock()); wait > 0 {
		return nil, wait
	}
	inFlight, open := l.inFlight(), l.open()
	if l.window == 1 {
		open = inFlight // to wait for confirmations would cost more than a repetition
	}
	for at := 0; at < len(o.queues); {
		// Queues are sorted by priority; those of one priority share the link.
		end := at + 1
		for end < len(o.queues) && o.queues[end].Priority == o.queues[at].Priority {
			end++
		}
		// The last place is the highest priority's.
		if open < l.window && (at == 0 || inFlight < max(l.window-1, 1)) {
			e, w := share(o.queues[at:end], flush)
			if e != nil {
				o.suspicion.sent()
				o.pace.take(o.clock(), 1, e.packet.size())
				return e, 0
			}
			wait = sooner(wait, w)
		}
		at = end
	}
	return nil, wait
}

// turns is where the lanes of one priority stand in sharing the link.
type turns struct {
	now uint64 // the tag of the lane whose turn was last
}

// share takes the next packet from one of the lanes of one priority, by their
// weights. Each lane has a tag, which grows by what it sends, divided by its
// weight, and the lowest tag has the next turn. A lane that had nothing to send
// goes on from the tag of the last turn, so that it has saved up nothing.
func share(lanes []*queue, flush bool) (e *entry, wait time.Duration) {
	for _, q := range lanes {
		q.tag = max(q.tag, q.turns.now)
		q.asked = false
	}
	for range lanes {
		var q *queue
		for _, c := range lanes {
			if !c.asked && (q == nil || c.tag < q.tag) {
				q = c
			}
		}
		q.asked = true
		e, w := q.next(flush)
		if e != nil {
			q.turns.now = q.tag
			q.tag += uint64(e.packet.size()) << 10 / uint64(q.Weight)
			return e, 0
		}
		wait = sooner(wait, w)
	}
	return nil, wait
}
