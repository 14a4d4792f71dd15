package page

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/edge"
)

// Options are the optional choices of [New].
type Options struct {
	// Addr is the TCP address to listen on, as for net.Listen. Empty:
	// 127.0.0.1 and any free port, which URL tells.
	Addr string

	// NoListen makes a page that is only an http.Handler, to be mounted in a
	// server of the caller's. Its Run just waits.
	NoListen bool

	// Hosts are names that requests may be for, without port, beside
	// addresses of the loopback interface and localhost. Empty: no other if
	// the page listens on the loopback interface, any if it does not.
	Hosts []string

	// Matrix returns the colours of the 8x8 LED matrix, row by row from the
	// top left. Nil: the page has no matrix.
	Matrix func() [64]color.NRGBA

	// Buffer returns the state of the buffer towards upstream. Nil: the page
	// has none. Matrix and Buffer are called while a page is open, up to ten
	// times and once a second, never both at the same time, on goroutines of
	// the HTTP server. They must be quick.
	Buffer func() Buffer

	// History is the number of scores kept of each series. Zero: 240.
	History int

	// MaxSeries is the number of series kept. When one more comes, the one
	// that was silent longest is forgotten. Zero: 32.
	MaxSeries int

	// MaxClients is the number of pages that may be open at a time. Zero: 32.
	MaxClients int

	// Handlers are mounted beside the page, by patterns of http.ServeMux
	// without a method or host, such as "/debug/pprof/". They answer to the
	// same hosts as the page does.
	Handlers map[string]http.Handler

	// Logger gets the errors of the HTTP server at debug level. Nil: nothing
	// is logged.
	Logger *slog.Logger
}

// Page is the status page of an app: an [edge.Component] and an http.Handler.
// All methods are safe for concurrent use.
type Page struct {
	app  *edge.App
	o    Options
	log  *slog.Logger
	doc  document
	mux  *http.ServeMux
	data store

	frames  frames
	clients atomic.Int64
	dropped *edge.Counter // events that slow clients did not get

	onlyLoopback bool
	addr         net.Addr // nil with NoListen

	mu       sync.Mutex
	listener net.Listener // nil while there is none
	closed   bool
}

var (
	_ edge.Component = (*Page)(nil)
	_ http.Handler   = (*Page)(nil)
)

// New returns a page of the app. Unless o says NoListen it listens from now on,
// and answers once Run is called; an address in use is an error of New, as are
// bad options, which it reports all together before it listens.
func New(app *edge.App, o *Options) (*Page, error) {
	p := &Page{app: app, log: slog.New(slog.DiscardHandler)}
	if o != nil {
		p.o = *o
	}
	if p.o.Logger != nil {
		p.log = p.o.Logger
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	p.data.init(p.o.History, p.o.MaxSeries)
	p.doc = newDocument(app.Name())
	p.mux = p.routes()
	if !p.o.NoListen {
		l, err := listen(p.o.Addr)
		if err != nil {
			return nil, err
		}
		p.listener, p.addr = l, l.Addr()
		p.onlyLoopback = isLoopback(p.addr)
	}
	m := app.Metrics()
	m.GaugeFunc("edge_page_clients", "Pages that are open.", func() float64 { return float64(p.clients.Load()) })
	p.dropped = m.Counter("edge_page_dropped_events_total", "Events that open pages were too slow for.")
	return p, nil
}

// check sets the defaults and returns all that is wrong with the options.
func (p *Page) check() error {
	var errs []error
	if p.app == nil {
		errs = append(errs, errors.New("app is nil"))
	}
	for _, f := range []struct {
		name  string
		value *int
		zero  int
	}{{"History", &p.o.History, 240}, {"MaxSeries", &p.o.MaxSeries, 32}, {"MaxClients", &p.o.MaxClients, 32}} {
		if *f.value < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", f.name))
		}
		if *f.value == 0 {
			*f.value = f.zero
		}
	}
	if p.o.NoListen && p.o.Addr != "" {
		errs = append(errs, errors.New("NoListen with an Addr"))
	}
	for pattern, h := range p.o.Handlers {
		if h == nil {
			errs = append(errs, fmt.Errorf("handler of %q is nil", pattern))
		}
		if !strings.HasPrefix(pattern, "/") || strings.ContainsAny(pattern, " \t{}") || isOwnPath(pattern) {
			errs = append(errs, fmt.Errorf("handler pattern %q is not a free path", pattern))
		}
	}
	return errors.Join(errs...)
}

// URL returns where the page is, with a slash at the end; nothing with
// NoListen.
func (p *Page) URL() string {
	tcp, ok := p.addr.(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port)) + "/"
}

// beatPeriod is the time between two beats of a page that serves.
const beatPeriod = 5 * time.Second

// Run serves the page until ctx ends, and then lets running requests finish for
// at most two seconds. After that it may be called again: it then listens on the
// same address. It returns the error of ctx or that of the server.
func (p *Page) Run(ctx context.Context) error {
	if p.o.NoListen {
		<-ctx.Done()
		return ctx.Err()
	}
	l, err := p.takeListener()
	if err != nil {
		return err
	}
	serving, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	srv := &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return serving },
	}
	outcome := make(chan error, 1)
	go func() { outcome <- srv.Serve(newLimitListener(l, p.o.MaxClients+spareConns)) }()

	beat := time.NewTicker(beatPeriod)
	defer beat.Stop()
	for edge.Beat(ctx) == nil {
		select {
		case err := <-outcome:
			return fmt.Errorf("page: %w", err)
		case <-beat.C:
		case <-ctx.Done():
		}
	}
	hangUp() // the events of open pages end
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if srv.Shutdown(last) != nil {
		_ = srv.Close()
	}
	<-outcome
	return ctx.Err()
}

// takeListener returns the listener of New, or a new one for a later Run.
func (p *Page) takeListener() (net.Listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, edge.Fatal(errors.New("page: Run after Close"))
	}
	if l := p.listener; l != nil {
		p.listener = nil
		return l, nil
	}
	return listen(p.addr.String())
}

// Close stops listening. It does not wait: a Run in progress goes on until its
// ctx ends. Later calls do nothing.
func (p *Page) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	l := p.listener
	p.listener = nil
	if l == nil {
		return nil
	}
	return l.Close()
}
