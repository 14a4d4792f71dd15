package transport

import "sync"

const (
	dedupEpochs = 8   // remembered of one lane of one device
	dedupRuns   = 128 // remembered of one epoch
)

// DedupOptions configure a Dedup. The zero value, like nil, is the defaults.
type DedupOptions struct {
	// Lanes is how many lanes of devices are remembered; 0 means 10,000. Beyond
	// that the one that has been quiet for longest is forgotten.
	Lanes int
}

// Dedup tells a consumer which messages it has seen, by their envelopes. It is
// safe for concurrent use and keeps its memory, of which it takes a few hundred
// bytes for a lane of a device and at most 17 KiB, as long as the process lives.
//
// Of each lane of a device it remembers 8 epochs, those heard of last, whether
// they rise or fall, and of each epoch which numbers came, as up to 128 runs
// without a gap. What it has not heard of counts as new, so that it never takes
// away a message because it has forgotten: a device that was forgotten, or an
// epoch that eight others followed, may be seen twice. The one thing it takes
// for seen without having seen it is what comes after 128 later gaps, and an
// outbox does not send in such an order. Numbers that a consumer never gets,
// because they are of topics that it does not subscribe to, are gaps like
// others.
type Dedup struct {
	mu    sync.Mutex
	most  int
	lanes map[dedupKey]*dedupLane
	first *dedupLane // a ring: the one that has been quiet for longest
}

type dedupKey struct {
	device, lane string
	once         bool
}

type dedupLane struct {
	key        dedupKey
	prev, next *dedupLane
	epochs     []dedupEpoch // the one heard of last is last
}

type dedupEpoch struct {
	epoch uint64
	runs  []run // rising, with gaps between
}

// NewDedup returns a Dedup that has seen nothing. Options may be nil.
func NewDedup(o *DedupOptions) *Dedup {
	d := &Dedup{most: 10_000, lanes: make(map[dedupKey]*dedupLane)}
	if o != nil && o.Lanes > 0 {
		d.most = o.Lanes
	}
	return d
}

// Seen reports whether an envelope with this identity was given to Seen before,
// and remembers it at once: a consumer whose work on a message fails has to try
// that again by itself.
func (d *Dedup) Seen(e Envelope) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := dedupKey{e.Device, e.Lane, e.Seq&onceBit != 0}
	l := d.lanes[key]
	if l == nil {
		if len(d.lanes) == d.most {
			delete(d.lanes, d.first.key)
			d.unlink(d.first)
		}
		l = &dedupLane{key: key}
		d.lanes[key] = l
	} else {
		d.unlink(l)
	}
	d.link(l)
	return l.of(e.Epoch).seen(e.Seq)
}

// link makes a lane the one heard of last.
func (d *Dedup) link(l *dedupLane) {
	if d.first == nil {
		l.prev, l.next = l, l
		d.first = l
		return
	}
	l.prev, l.next = d.first.prev, d.first
	l.prev.next, l.next.prev = l, l
}

func (d *Dedup) unlink(l *dedupLane) {
	if l.next == l {
		d.first = nil
		return
	}
	l.prev.next, l.next.prev = l.next, l.prev
	if d.first == l {
		d.first = l.next
	}
}

// of returns what is known of an epoch, and makes it the one heard of last.
func (l *dedupLane) of(epoch uint64) *dedupEpoch {
	last := len(l.epochs) - 1
	for i := last; i >= 0; i-- {
		if l.epochs[i].epoch == epoch {
			if i < last {
				e := l.epochs[i]
				copy(l.epochs[i:], l.epochs[i+1:])
				l.epochs[last] = e
			}
			return &l.epochs[last]
		}
	}
	if len(l.epochs) == dedupEpochs {
		l.epochs = l.epochs[:copy(l.epochs, l.epochs[1:])]
	}
	l.epochs = append(l.epochs, dedupEpoch{epoch: epoch})
	return &l.epochs[len(l.epochs)-1]
}

func (e *dedupEpoch) seen(seq uint64) bool {
	// Nearly always it is the number after the last.
	i := len(e.runs)
	for i > 0 && seq < e.runs[i-1].from {
		i--
	}
	// Run i-1 is the last that begins at or below seq.
	if i > 0 && seq <= e.runs[i-1].to {
		return true
	}
	after := i > 0 && e.runs[i-1].to+1 == seq
	before := i < len(e.runs) && seq+1 == e.runs[i].from
	switch {
	case after && before:
		e.runs[i-1].to = e.runs[i].to
		e.runs = append(e.runs[:i], e.runs[i+1:]...)
	case after:
		e.runs[i-1].to = seq
	case before:
		e.runs[i].from = seq
	default:
		if len(e.runs) == dedupRuns { // the oldest gap is forgotten
			e.runs[1].from = e.runs[0].from
			e.runs = append(e.runs[:0], e.runs[1:]...)
			if i = max(i-1, 0); seq >= e.runs[0].from && i == 0 {
				break // it lay in that gap
			}
		}
		e.runs = append(e.runs, run{})
		copy(e.runs[i+1:], e.runs[i:])
		e.runs[i] = run{seq, seq}
	}
	return false
}
