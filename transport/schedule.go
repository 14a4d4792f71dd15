package transport

import (
	"bytes"
	"fmt"
	"math/bits"
	"time"
)

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
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.Sync != InMemory && q.o.unstored.Load() >= maxUnstored {
		return nil, 0 // the keeper is storing the marks and will wake us
	}
	now := q.o.clock()
	wait = max(q.stalled-now, 0)
	for _, src := range []*source{&q.once, &q.main} {
		e, w := q.take(src, flush)
		if e != nil {
			e.sent = now
			q.inFlight += len(e.items)
			return e, 0
		}
		wait = sooner(wait, w)
	}
	return nil, wait
}

// sooner is the shorter of two waits of which 0 is for ever.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

func (q *queue) take(src *source, flush bool) (*entry, time.Duration) {
	for {
		want := 1
		if q.Batch != nil {
			want = q.Batch.MaxMessages + 1
		}
		if len(src.ahead) < want {
			q.readBatch(src, want)
		}
		n, full := 0, false
		if len(src.ahead) > 0 && src.ahead[0].seq <= q.solo {
			n, full = 1, true
		} else if q.Batch != nil {
			n, full = q.run(src)
		} else if len(src.ahead) > 0 {
			n, full = 1, true
		}
		if n == 0 {
			return nil, 0
		}
		if q.dropLate(src, n) {
			continue
		}
		if !full && !flush {
			if left := q.Batch.MaxDelay - (q.o.clock() - src.ahead[0].clock); left > 0 {
				return nil, left
			}
		}
		items := append(make([]item, 0, n), src.ahead[:n]...)
		clear(src.ahead[:n])
		src.ahead = src.ahead[n:]
		if len(src.ahead) == 0 {
			src.ahead = nil
		}
		return &entry{q: q, src: src, items: items, packet: q.packet(items)}, 0
	}
}

// splitUntil sends messages up to that number in packets of one.
func (q *queue) splitUntil(seq uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.solo = max(q.solo, seq)
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

// readBatch reads ahead no further than the batch at the front needs.
func (q *queue) readBatch(src *source, want int) {
	for len(src.ahead) < want {
		had := len(src.ahead)
		q.read(src, had+1)
		if len(src.ahead) == had || q.Batch == nil {
			return
		}
		if _, full := q.run(src); full {
			return
		}
	}
}

// run is how many messages at the front make one batch, and whether no more can
// join it.
func (q *queue) run(src *source) (n int, full bool) {
	size := 1
	for i := range src.ahead {
		it := &src.ahead[i]
		if i > 0 && (it.topic != src.ahead[0].topic || it.retain != src.ahead[0].retain) {
			return i, true
		}
		size += len(it.payload) + 1
		if size > q.Batch.MaxBytes {
			return max(i, 1), true
		}
		if i+1 == q.Batch.MaxMessages {
			return i + 1, true
		}
	}
	return len(src.ahead), false
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
	p := Packet{Topic: first.topic, Payload: first.payload, QoS: 1, Retain: first.retain, ID: first.id}
	if p.ID == "" {
		p.ID = fmt.Sprintf("%d-%s-%d", first.epoch, q.Name, first.seq)
	}
	if first.seq&onceBit != 0 {
		p.QoS = 0
	}
	if q.Batch != nil {
		var b bytes.Buffer
		b.WriteByte('[')
		for i := range items {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(items[i].payload)
		}
		b.WriteByte(']')
		p.Payload = b.Bytes()
	}
	return p
}

// packetSize is what a PUBLISH takes on the wire: fixed header, topic, packet
// identifier, payload (MQTT 3.1.1, section 3.3).
func packetSize(topic string, payload int) int {
	n := 2 + len(topic) + 2 + payload
	return 1 + (max(bits.Len(uint(n)), 1)+6)/7 + n
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
			q.fates.add(it.seq)
			q.count(DroppedUnsent, 1)
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
	inFlight := l.open()
	if o.opts.Window == 1 {
		inFlight = l.inFlight() // to wait for confirmations would cost more than a repetition
	}
	for at := 0; at < len(o.queues); {
		// Queues are sorted by priority; those of one priority take turns.
		end := at + 1
		for end < len(o.queues) && o.queues[end].Priority == o.queues[at].Priority {
			end++
		}
		room := o.opts.Window
		if at > 0 && room > 1 {
			room -= (room + 3) / 4
		}
		if inFlight < room {
			n := end - at
			for i := range n {
				k := at + (o.turn+i)%n
				e, w := o.queues[k].next(flush)
				if e != nil {
					o.turn = k - at + 1
					o.suspicion.sent()
					o.pace.take(o.clock(), 1, packetSize(e.packet.Topic, len(e.packet.Payload)))
					return e, 0
				}
				wait = sooner(wait, w)
			}
		}
		at = end
	}
	return nil, wait
}
