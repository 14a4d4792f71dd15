package page

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// lookPeriod is the time between two looks for something new.
	lookPeriod = 100 * time.Millisecond
	// heartbeat is the time after which a silent stream gets a comment, so
	// that what lies between does not take it for dead.
	heartbeat = 15 * time.Second
	// writeTimeout is how long a client may take to accept what was written.
	writeTimeout = 10 * time.Second
)

// hello is the first event of a client that knows nothing yet.
type hello struct {
	view
	Matrix bool `json:"matrix"`
	Buffer bool `json:"buffer"`
}

// serveEvents streams server-sent events until the client leaves or the page
// stops. A client that says which event it got last gets what came after, if
// that is still known; others begin with hello.
func (p *Page) serveEvents(w http.ResponseWriter, r *http.Request) {
	if p.clients.Add(1) > int64(p.o.MaxClients) {
		p.clients.Add(-1)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "Too many pages are open.", http.StatusServiceUnavailable)
		return
	}
	defer p.clients.Add(-1)
	sub, missed, resumed := p.data.attach(r.Header.Get("Last-Event-ID"))
	defer func() {
		p.dropped.Add(sub.Dropped())
		sub.Close()
	}()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		return
	}
	s := stream{w: w, control: http.NewResponseController(w)}
	s.raw("retry: 2000\n\n")
	var lastID uint64
	if resumed {
		for _, e := range missed {
			s.event("score", p.data.eventID(e.id), e.data)
		}
	} else {
		hi := hello{Matrix: p.o.Matrix != nil, Buffer: p.o.Buffer != nil}
		hi.view, lastID = p.data.snapshot()
		data, err := json.Marshal(hi)
		if err != nil {
			return
		}
		s.event("hello", p.data.eventID(lastID), data)
	}

	var shown [3]uint64 // versions of the frames
	tick := time.NewTicker(lookPeriod)
	defer tick.Stop()
	for {
		for e := range sub.Drain() {
			if e.id > lastID { // older ones are in hello
				s.event("score", p.data.eventID(e.id), e.data)
			}
		}
		for i, f := range p.take() {
			if f.version != shown[i] {
				shown[i] = f.version
				s.event(f.name, "", f.data)
			}
		}
		if !s.flush() {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// stream writes server-sent events as the HTML standard has them (section 9.2).
type stream struct {
	w       io.Writer
	control *http.ResponseController
	wrote   bool
	last    time.Time
	err     error
}

// event writes one event; data is a single line.
func (s *stream) event(name, id string, data []byte) {
	if id != "" {
		s.raw("id: " + id + "\n")
	}
	s.raw(fmt.Sprintf("event: %s\ndata: %s\n\n", name, data))
}

func (s *stream) raw(text string) {
	if s.err != nil {
		return
	}
	if !s.wrote {
		// Not every writer has deadlines; the server's has.
		_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
		s.wrote = true
	}
	_, s.err = io.WriteString(s.w, text)
}

// flush sends what was written, or a comment if nothing was for long. It returns
// false when the client is gone.
func (s *stream) flush() bool {
	if !s.wrote && time.Since(s.last) >= heartbeat {
		s.raw(": still here\n\n")
	}
	if s.wrote && s.err == nil {
		s.err = s.control.Flush()
		s.wrote, s.last = false, time.Now()
	}
	return s.err == nil
}
