package awsiottest

import (
	"context"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

const (
	maxIn  = 256  // requests that wait
	maxOut = 1024 // answers that wait
)

// publication is a message of a service.
type publication struct {
	topic   string
	payload []byte
}

// relay carries requests to a service and its messages back, over any number of
// connections.
type relay struct {
	mu     sync.Mutex
	outs   map[chan publication]struct{}
	script func(Request) Fate
	once   sync.Once
	ready  chan struct{} // closed once a connection is served
}

// served is closed once a connection is served.
func (r *relay) served() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ready == nil {
		r.ready = make(chan struct{})
	}
	return r.ready
}

func (r *relay) wait(ctx context.Context) error {
	select {
	case <-r.served():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// setScript sets what befalls every request from now on.
func (r *relay) setScript(f func(Request) Fate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script = f
}

func (r *relay) fate(q Request) Fate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.script == nil {
		return Fate{}
	}
	return r.script(q)
}

// send publishes on every connection; a full queue loses a message, as a broker
// may.
func (r *relay) send(p publication) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for out := range r.outs {
		select {
		case out <- p:
		default:
		}
	}
}

// answer sends an answer as a fate wants it.
func (r *relay) answer(p publication, f Fate) {
	if f.Silent {
		return
	}
	if f.Answer != nil {
		p.payload = f.Answer
	}
	later(f.Late, func() {
		for range 1 + f.Copies {
			r.send(p)
		}
	})
}

// arrive hands a request over as often and as late as its fate wants.
func (r *relay) arrive(q Request, handle func(Request, Fate)) {
	f := r.fate(q)
	if f.Drop {
		return
	}
	later(f.Delay, func() {
		for range 1 + f.Again {
			handle(q, f)
		}
	})
}

// later runs f now or after a time.
func later(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	time.AfterFunc(d, f)
}

// serve works over one connection until ctx ends, and returns ctx's error.
// Requests are handled on the calling goroutine, one at a time.
func (r *relay) serve(ctx context.Context, c awsiot.Conn, filters []string, handle func(Request, Fate)) error {
	for link := range c.Links(ctx) {
		for ctx.Err() == nil && link.Err() == nil {
			err := r.serveLink(ctx, link, c, filters, handle)
			if err != nil && ctx.Err() == nil && link.Err() == nil {
				select { // a refused subscription on a standing connection
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}

func (r *relay) serveLink(ctx, link context.Context, c awsiot.Conn, filters []string, handle func(Request, Fate)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(link, cancel)()

	in := make(chan Request, maxIn)
	unsubscribe, err := c.Subscribe(ctx, filters, func(topic string, payload []byte) {
		select {
		case in <- Request{topic, payload}:
		default: // the device's timeout takes care of it
		}
	})
	if err != nil {
		return err
	}
	defer unsubscribe()

	out := make(chan publication, maxOut)
	r.mu.Lock()
	if r.outs == nil {
		r.outs = map[chan publication]struct{}{}
	}
	r.outs[out] = struct{}{}
	r.mu.Unlock()
	ready := r.served()
	r.once.Do(func() { close(ready) })
	defer func() {
		r.mu.Lock()
		delete(r.outs, out)
		r.mu.Unlock()
	}()
	for {
		select {
		case q := <-in:
			r.arrive(q, handle)
		case p := <-out:
			if err := c.Publish(ctx, p.topic, p.payload); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
