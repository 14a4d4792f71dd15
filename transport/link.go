package transport

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// directWindow bounds the packets of Conn in flight, beside those of the lanes.
const directWindow = 16

// link is one connection at work.
type link struct {
	o        *Outbox
	sess     Session
	began    time.Duration
	window   int             // packets of lanes in flight at most
	ctx      context.Context // ends with the connection; its cause wraps ErrNoLink
	cancel   context.CancelCauseFunc
	wg       sync.WaitGroup // goroutines
	packets  sync.WaitGroup // packets whose done has not been called
	progress atomic.Bool    // something was acknowledged
	direct   chan struct{}

	mu       sync.Mutex
	sent     uint64   // packets sent, which numbers them
	flying   []*entry // in the order of sending; answered ones leave from the front
	count    int      // of those, without answer
	last     *entry   // see confirm.go
	lastAt   time.Duration
	failed   []*entry // in flight when the link ended
	rejected []rejection

	routeMu sync.Mutex
	routes  map[string][]*route
	ended   bool // no more deliveries
}

func newLink(ctx context.Context, o *Outbox, sess Session) *link {
	l := &link{
		o: o, sess: sess, began: o.clock(), window: o.opts.Window,
		routes: make(map[string][]*route), direct: make(chan struct{}, directWindow),
	}
	if s, ok := sess.(interface{ ReceiveMaximum() int }); ok {
		l.window = max(min(l.window, s.ReceiveMaximum()), 1)
	}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	return l
}

func (l *link) inFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// open is how many packets will be sent again if the link ends now.
func (l *link) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil {
		return l.count + 1
	}
	return l.count
}

// publish sends a packet of a lane.
func (l *link) publish(e *entry) {
	l.mu.Lock()
	l.sent++
	e.n = l.sent
	l.flying = append(l.flying, e)
	l.count++
	l.mu.Unlock()
	l.packets.Add(1)
	l.sess.Publish(l.ctx, e.packet, func(err error) {
		defer l.packets.Done()
		l.answered(e, err)
		l.o.wake.poke()
	})
}

// answered takes a packet out of the window, unless it failed with its link:
// then nothing may follow it.
func (l *link) answered(e *entry, err error) {
	var confirmed *entry
	var rejected *RejectedError
	errors.As(err, &rejected)
	l.mu.Lock()
	e.answered = true
	if err == nil || rejected != nil {
		l.count--
	}
	n := 0
	for n < len(l.flying) && l.flying[n].answered {
		l.flying[n] = nil
		n++
	}
	l.flying = l.flying[n:]
	switch {
	case err == nil && e.packet.QoS == 0:
		confirmed = e
	case err == nil:
		confirmed = l.acknowledged(e)
	case e.packet.QoS == 0:
	case rejected != nil:
		l.rejected = append(l.rejected, rejection{e, rejected})
	default:
		l.failed = append(l.failed, e)
	}
	l.mu.Unlock()
	if confirmed != nil {
		confirmed.q.finish(confirmed, nil)
	}
	switch {
	case err == nil:
		l.progress.Store(true)
	case rejected == nil:
		e.q.finish(e, err)
		l.cancel(errors.Join(ErrNoLink, err))
	case e.packet.QoS == 0:
		e.q.finish(e, err)
	}
}

// overdue returns how long the oldest packet in flight may still wait, 0 when
// there is none, and whether it has waited too long.
func (l *link) overdue() (left time.Duration, late bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.flying) == 0 {
		return 0, false
	}
	left = l.flying[0].sent + l.o.opts.AckTimeout - l.o.clock()
	return max(left, 0), left <= 0
}
