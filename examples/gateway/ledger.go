package main

import (
	"encoding/json"
	"hash/maphash"
	"sync"
)

// ledger holds what was accepted against what arrived, by the messages themselves: they have no numbers, and one that arrives twice
// must not make up for one that is lost. What is balanced takes no room. Without a witness only the number of what was sent is kept.
type ledger struct {
	witnessed bool
	seed      maphash.Seed

	mu   sync.Mutex
	rows map[string]*row
}

// row is one lane.
type row struct {
	sent, arrived int
	open          map[uint64]int // by message: accepted, less arrived
}

func newLedger(witnessed bool) *ledger {
	return &ledger{witnessed: witnessed, seed: maphash.MakeSeed(), rows: map[string]*row{}}
}

func (l *ledger) sent(lane string, payload []byte)    { l.note(lane, payload, 1) }
func (l *ledger) arrived(lane string, payload []byte) { l.note(lane, payload, -1) }

func (l *ledger) note(lane string, payload []byte, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rows[lane]
	if r == nil {
		r = &row{open: map[uint64]int{}}
		l.rows[lane] = r
	}
	if by > 0 {
		r.sent++
	} else {
		r.arrived++
	}
	if !l.witnessed {
		return
	}
	h := maphash.Bytes(l.seed, payload)
	if r.open[h] += by; r.open[h] == 0 {
		delete(r.open, h)
	}
}

// witness sits in the broker of the demonstration's cloud and notes what arrives.
func (l *ledger) witness(o *options) func(client, topic string, payload []byte) error {
	return func(_, topic string, payload []byte) error {
		switch {
		case topic == cloudTopic:
			l.arrived(laneAppliances, payload)
		case topic == inferenceTopic:
			l.arrived(laneInference, payload)
		case isHeartbeat(topic):
			l.arrived(laneHeartbeat, payload)
		case topic == o.stream:
			return eachOf(payload, func(one []byte) { l.arrived(laneStream, one) })
		}
		return nil
	}
}

// eachOf takes a batch of the stream apart.
func eachOf(batch []byte, f func([]byte)) error {
	var all []json.RawMessage
	if err := json.Unmarshal(batch, &all); err != nil {
		return err
	}
	for _, one := range all {
		f(one)
	}
	return nil
}

// balance says of a lane how many messages were accepted, how many arrived, and of these, which did only once or not at all.
func (l *ledger) balance(lane string) (sent, arrived, missing, again int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rows[lane]
	if r == nil {
		return 0, 0, 0, 0
	}
	for _, n := range r.open {
		missing += max(n, 0)
		again += max(-n, 0)
	}
	return r.sent, r.arrived, missing, again
}
