package tunnel

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

const (
	remembered = 64               // tokens that were handed on
	waiting    = 8                // notices while the handler is busy
	timeout    = 10 * time.Second // for the broker to grant the subscription
)

// ErrRunning reports a second Run while one is going on.
var ErrRunning = errors.New("tunnel: already running")

// Handler is called for each notice, one at a time, on a goroutine that Run
// waits for, with a context that outlives the connection that brought the notice
// and ends with Run's. While it works, eight notices wait and further ones are lost: a
// tunnel's work belongs on a goroutine of its own.
type Handler func(ctx context.Context, n Notice)

// Options of [New]. The zero value is ready to use.
type Options struct {
	// Services that the device offers: a notice with another one is refused.
	// Nil: any.
	Services []string
	// Logger gets notices that were refused or lost, without their tokens.
	// Nil: nothing is logged.
	Logger *slog.Logger
}

// Listener listens for notices to one thing.
type Listener struct {
	opts    Options
	conn    awsiot.Conn
	topic   string
	handler Handler
	running atomic.Bool
}

// New makes a listener. It starts nothing.
func New(conn awsiot.Conn, thing string, h Handler, o *Options) (*Listener, error) {
	l := &Listener{conn: conn, handler: h, topic: "$aws/things/" + thing + "/tunnels/notify"}
	if o != nil {
		l.opts = *o
		l.opts.Services = slices.Clone(o.Services)
	}
	if l.opts.Logger == nil {
		l.opts.Logger = slog.New(slog.DiscardHandler)
	}
	var errs faults.List
	if conn == nil {
		errs.Addf("tunnel: no connection")
	}
	if h == nil {
		errs.Addf("tunnel: no handler")
	}
	errs.Add(name.Thing(thing))
	for _, s := range l.opts.Services {
		errs.Add(name.Service(s))
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return l, nil
}

// Run listens until ctx ends, over connections as they come and go, and returns
// when the handler has; it returns ctx's error, or [ErrRunning]. A notice that is sent while there is no
// connection does not arrive: the service does not keep it.
func (l *Listener) Run(ctx context.Context) error {
	if !l.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer l.running.Store(false)
	notices := make(chan Notice, waiting)
	working, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() {
		for {
			select {
			case n := <-notices:
				l.handler(working, n)
			case <-working.Done():
				return
			}
		}
	})
	var known memory
	for link := range l.conn.Links(ctx) {
		l.serve(ctx, link, &known, notices)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		return fmt.Errorf("%w: it will not come back", awsiot.ErrNoLink)
	}
	return ctx.Err()
}

// serve listens on one connection until it is lost.
func (l *Listener) serve(run, link context.Context, known *memory, notices chan<- Notice) {
	ctx, cancel := context.WithCancel(run)
	defer cancel()
	defer context.AfterFunc(link, cancel)()
	var backoff wait.Backoff
	for ctx.Err() == nil {
		line, err := call.Open(link, l.conn, []string{l.topic}, timeout, func(m call.Message) { l.take(m, known, notices) })
		if err == nil {
			<-ctx.Done()
			line.Close()
			return
		}
		if ctx.Err() == nil {
			l.opts.Logger.Warn("cannot listen for tunnels", slog.Any("error", err))
			backoff.Wait(ctx)
		}
	}
}

// take checks a notice and queues it. It may be called from any goroutine.
func (l *Listener) take(m call.Message, known *memory, notices chan<- Notice) {
	n, err := parse(m.Payload)
	if err == nil {
		err = l.offered(n)
	}
	if err != nil {
		l.opts.Logger.Warn("notice of a tunnel refused", slog.Any("error", &awsiot.MessageError{Topic: m.Topic, Err: err}))
		return
	}
	attrs := []any{slog.String("region", n.Region), slog.Any("services", n.Services)}
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.has(n.Token) {
		l.opts.Logger.Info("notice of a tunnel came again", attrs...)
		return
	}
	select {
	case notices <- n:
		known.add(n.Token)
		l.opts.Logger.Info("notice of a tunnel", attrs...)
	default:
		l.opts.Logger.Warn("notice of a tunnel lost, too many wait", attrs...)
	}
}

func (l *Listener) offered(n Notice) error {
	if l.opts.Services == nil {
		return nil
	}
	for _, s := range n.Services {
		if !slices.Contains(l.opts.Services, s) {
			return fmt.Errorf("service %q is not offered", s)
		}
	}
	return nil
}

// memory knows the last tokens by their digests.
type memory struct {
	mu   sync.Mutex
	sums [remembered][sha256.Size]byte
	next int
}

func (m *memory) has(t Token) bool { return slices.Contains(m.sums[:], digest(t)) }

func (m *memory) add(t Token) {
	m.sums[m.next%remembered] = digest(t)
	m.next++
}

func digest(t Token) [sha256.Size]byte { return sha256.Sum256([]byte(t.Reveal())) }
