package page

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/brinkml/brink/edge"
)

// isOwnPath says if the page itself answers at the path.
func isOwnPath(path string) bool {
	switch path {
	case "/", "/events", "/healthz", "/status.json", "/metrics":
		return true
	}
	return false
}

func (p *Page) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", &p.doc)
	mux.HandleFunc("GET /events", p.serveEvents)
	mux.HandleFunc("GET /healthz", p.serveHealth)
	mux.HandleFunc("GET /status.json", p.serveStatus)
	mux.HandleFunc("GET /metrics", p.serveMetrics)
	for pattern, h := range p.o.Handlers {
		mux.Handle(pattern, h)
	}
	return mux
}

// serveHealth answers a probe: 503 while the app is failing.
func (p *Page) serveHealth(w http.ResponseWriter, _ *http.Request) {
	s := p.app.Status()
	code := http.StatusOK
	if s.Health == edge.Failing {
		code = http.StatusServiceUnavailable
	}
	writeJSON(w, code, struct {
		Health  edge.Health `json:"health"`
		Reasons []string    `json:"reasons"`
	}{s.Health, append([]string{}, s.Reasons...)})
}

// serveStatus answers with edge.Status and what only the page knows.
func (p *Page) serveStatus(w http.ResponseWriter, _ *http.Request) {
	all := struct {
		edge.Status
		Series []seriesJSON    `json:"series"`
		Buffer json.RawMessage `json:"buffer,omitempty"`
	}{Status: p.app.Status(), Series: []seriesJSON{}}
	v, _ := p.data.snapshot()
	for _, s := range v.Series {
		end := s.Points[len(s.Points)-1]
		all.Series = append(all.Series, seriesJSON{
			Name: s.Name, Verdict: s.Verdict, Level: s.Level, Since: time.UnixMilli(s.Since).UTC(),
			At: time.UnixMilli(end.t).UTC(), Value: end.v, Threshold: end.h,
		})
	}
	if f := p.take()[2]; f.version > 0 {
		all.Buffer = f.data
	}
	writeJSON(w, http.StatusOK, all)
}

// seriesJSON is the latest of a series, for programs.
type seriesJSON struct {
	Name      string    `json:"name"`
	Verdict   string    `json:"verdict"`
	Level     string    `json:"level"` // ok, warn or bad
	Since     time.Time `json:"since"` // of verdict and level
	At        time.Time `json:"at"`    // of the latest score
	Value     *float64  `json:"value"`
	Threshold *float64  `json:"threshold"`
}

func (p *Page) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if _, err := p.app.Metrics().WriteTo(&b); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", "no-store", b.Bytes())
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, code, "application/json", "no-store", append(b, '\n'))
}

func send(w http.ResponseWriter, code int, contentType, cache string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", cache)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.WriteHeader(code)
	_, _ = w.Write(body)
}
