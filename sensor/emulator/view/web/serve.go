package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
)

// maxForm is how many bytes a page may post.
const maxForm = 256

func (p *Page) serveDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", p.policy)
	_, _ = w.Write(p.doc)
}

// enter counts a stream; the request's context ends with the page's Run, too.
func (p *Page) enter(w http.ResponseWriter, r *http.Request) (_ *http.Request, leave func(), ok bool) {
	if p.clients.Add(1) > 2*int64(p.o.MaxClients) { // a page has two
		p.clients.Add(-1)
		http.Error(w, "Too many pages are open.", http.StatusServiceUnavailable)
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-p.over:
			cancel()
		case <-ctx.Done():
		}
	}()
	return r.WithContext(ctx), func() {
		cancel()
		<-done
		p.clients.Add(-1)
	}, true
}

func (p *Page) serveMatrix(w http.ResponseWriter, r *http.Request) {
	if r, leave, ok := p.enter(w, r); ok {
		defer leave()
		p.sink.ServeHTTP(w, r)
	}
}

// state is what an event says.
type state struct {
	Keys     []string       `json:"keys"`
	Readings []view.Reading `json:"readings"`
	Note     string         `json:"note"`
	Matrix   string         `json:"matrix"` // in letters, for screen readers
}

// serveEvents sends the state whenever it has changed.
func (p *Page) serveEvents(w http.ResponseWriter, r *http.Request) {
	r, leave, ok := p.enter(w, r)
	if !ok {
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	tick := time.NewTicker(2 * period)
	defer tick.Stop()
	var sent []byte
	for {
		s := p.o.Snapshot()
		data, err := json.Marshal(state{
			Keys:     strings.Fields(view.KeyNames(s.Keys)),
			Readings: s.Readings,
			Note:     s.Note,
			Matrix:   strings.Join(view.Letters(s.Pixels), " "),
		})
		if err != nil {
			return
		}
		if !bytes.Equal(data, sent) {
			sent = data
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func (p *Page) serveStick(w http.ResponseWriter, r *http.Request) {
	text, ok := p.field(w, r, "keys")
	if !ok {
		return
	}
	var keys emulator.Keys
	for name := range strings.FieldsSeq(text) {
		k, ok := view.ParseKey(name)
		if !ok {
			http.Error(w, "The keys are up, down, left, right and enter.", http.StatusBadRequest)
			return
		}
		keys |= k
	}
	p.o.Stick(keys)
	w.WriteHeader(http.StatusNoContent)
}

func (p *Page) servePress(w http.ResponseWriter, r *http.Request) {
	key, ok := p.field(w, r, "key")
	if !ok {
		return
	}
	for _, row := range p.o.Buttons {
		for _, b := range row {
			if b.Key == key {
				p.o.Press(key)
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
	}
	http.Error(w, "There is no such button.", http.StatusBadRequest)
}

// field reads the one field of a short form.
func (p *Page) field(w http.ResponseWriter, r *http.Request, name string) (string, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || !r.PostForm.Has(name) {
		http.Error(w, "The form has no field "+name+".", http.StatusBadRequest)
		return "", false
	}
	return r.PostForm.Get(name), true
}
