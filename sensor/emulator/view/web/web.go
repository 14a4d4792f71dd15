package web

import (
	"context"
	"errors"
	"image"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"periph.io/x/devices/v3/videosink"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
)

// Options are the choices of [New]. The zero value shows the matrix and the
// stick.
type Options struct {
	// Title heads the page. Empty is "Sense HAT".
	Title string
	// Snapshot returns what the page shows; it is called from several
	// goroutines, about ten times a second for each open page. nil is
	// view.Take of the board.
	Snapshot func() view.Snapshot
	// Stick is told where the stick is held, on a goroutine of the HTTP
	// server. nil is the board's SetKeys.
	Stick func(emulator.Keys)
	// Buttons are further keys of the page, in rows as they are given.
	Buttons [][]Button
	// Press is told the Key of a button that was pressed, on a goroutine of
	// the HTTP server. It may be nil if there are no Buttons.
	Press func(key string)
	// Hosts are names that the page answers to besides loopback addresses.
	Hosts []string
	// MaxClients is the number of pages that may be open. 0 is 8.
	MaxClients int
}

// Button is a key that the page offers.
type Button struct {
	// Key is one character that the keyboard can give, and what Press gets.
	Key string
	// Label says what the button does.
	Label string
}

// period is the time between two looks at the board.
const period = 50 * time.Millisecond

// Page is an HTTP handler. It may be used from any goroutine.
type Page struct {
	board   *emulator.Board
	o       Options
	sink    *videosink.Display
	mux     *http.ServeMux
	cross   *http.CrossOriginProtection
	doc     []byte
	policy  string
	clients atomic.Int64
	over    chan struct{} // closed when Run has ended
	running atomic.Bool
}

// New returns a page of a board. It starts nothing: [Page.Run] moves the
// pictures. All problems of the options are reported together.
func New(b *emulator.Board, o *Options) (*Page, error) {
	if o == nil {
		o = &Options{}
	}
	p := &Page{board: b, o: *o, over: make(chan struct{}), cross: http.NewCrossOriginProtection()}
	var errs []error
	if b == nil {
		errs = append(errs, errors.New("web: board is nil"))
	}
	if len(o.Buttons) > 0 && o.Press == nil {
		errs = append(errs, errors.New("web: there are Buttons and no Press"))
	}
	if o.MaxClients < 0 {
		errs = append(errs, errors.New("web: MaxClients is negative"))
	}
	for _, row := range o.Buttons {
		for _, k := range row {
			if len([]rune(k.Key)) != 1 {
				errs = append(errs, errors.New("web: key "+k.Key+" is not one character"))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if p.o.Title == "" {
		p.o.Title = "Sense HAT"
	}
	if p.o.Snapshot == nil {
		p.o.Snapshot = func() view.Snapshot { return view.Take(b) }
	}
	if p.o.Stick == nil {
		p.o.Stick = b.SetKeys
	}
	if p.o.MaxClients == 0 {
		p.o.MaxClients = 8
	}
	var err error
	if p.doc, p.policy, err = document(&p.o); err != nil {
		return nil, err
	}
	p.sink = videosink.New(&videosink.Options{
		Width: 8, Height: 8, MinFrameInterval: period,
		// Chromium shows a picture of the stream when the next one begins.
		KeepAliveInterval: 500 * time.Millisecond,
	})
	p.mux = http.NewServeMux()
	p.mux.HandleFunc("GET /{$}", p.serveDocument)
	p.mux.HandleFunc("GET /matrix", p.serveMatrix)
	p.mux.HandleFunc("GET /events", p.serveEvents)
	p.mux.HandleFunc("POST /stick", p.serveStick)
	p.mux.HandleFunc("POST /press", p.servePress)
	return p, nil
}

// errRan is what a second Run returns.
var errRan = errors.New("web: the page has run already")

// Run shows the board's matrix to open pages until ctx ends, which ends their
// streams too, and later ones after their first picture. It returns nil then, and
// runs once.
func (p *Page) Run(ctx context.Context) error {
	if !p.running.CompareAndSwap(false, true) {
		return errRan
	}
	tick := time.NewTicker(period)
	defer tick.Stop()
	shown := p.board.Pixels()
	for first := true; ; first = false {
		if px := p.board.Pixels(); first || px != shown {
			shown = px
			if err := p.sink.Draw(p.sink.Bounds(), view.Image(px), image.Point{}); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			close(p.over)
			return nil
		case <-tick.C:
		}
	}
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if !p.answersTo(r.Host) {
		http.Error(w, "This page does not answer to that host name.", http.StatusMisdirectedRequest)
		return
	}
	if err := p.cross.Check(r); err != nil {
		http.Error(w, "This page does not take orders from other sites.", http.StatusForbidden)
		return
	}
	p.mux.ServeHTTP(w, r)
}

func (p *Page) answersTo(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return true
	}
	is := func(name string) bool { return strings.EqualFold(name, host) }
	return is("localhost") || slices.ContainsFunc(p.o.Hosts, is)
}
