package page

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/edge"
)

// sse is one server-sent event.
type sse struct{ name, id, data string }

// listenTo opens /events and gives the events one by one.
func listenTo(t *testing.T, url, lastEventID string) (next func() sse, hangUp func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("events = %s, %s; want 200 and a stream", resp.Status, got)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	next = func() sse {
		t.Helper()
		var e sse
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					return e
				}
			case "retry":
			default:
				t.Errorf("line of no kind: %q", lines.Text())
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return e
	}
	return next, func() {
		cancel()
		_ = resp.Body.Close()
	}
}

// until returns the first event of that name.
func until(next func() sse, name string) sse {
	for {
		if e := next(); e.name == name {
			return e
		}
	}
}

func TestEventStream(t *testing.T) {
	var mu sync.Mutex
	red := uint8(0)
	p := handler(t, edge.New("hub", nil), Options{
		Matrix: func() (px [64]color.NRGBA) {
			mu.Lock()
			defer mu.Unlock()
			px[0] = color.NRGBA{red, 0, 0, 255}
			return px
		},
		Buffer: func() Buffer { return Buffer{Link: "up"} },
	})
	srv := httptest.NewServer(p)
	defer srv.Close()
	p.Score(Score{Series: "boiler", Value: .1, Threshold: 1})
	next, hangUp := listenTo(t, srv.URL, "")

	first := next()
	var h struct {
		Series []struct {
			Name   string
			Points [][3]float64
		}
		Log            []change
		Matrix, Buffer bool
	}
	if err := json.Unmarshal([]byte(first.data), &h); err != nil || first.name != "hello" {
		t.Fatalf("first event = %+v, %v; want hello", first, err)
	}
	if len(h.Series) != 1 || h.Series[0].Name != "boiler" || h.Series[0].Points[0][1] != .1 || len(h.Log) != 1 || !h.Matrix || !h.Buffer {
		t.Errorf("hello = %s; want the score so far, the matrix and the buffer", first.data)
	}
	seen := map[string]string{}
	for range 3 {
		e := next()
		seen[e.name] = e.data
	}
	if !strings.Contains(seen["status"], `"name":"hub"`) || !strings.HasPrefix(seen["matrix"], `"000000`) || !strings.Contains(seen["buffer"], `"link":"up"`) {
		t.Errorf("then = %v; want status, matrix and buffer", seen)
	}

	mu.Lock()
	red = 255
	mu.Unlock()
	if e := until(next, "matrix"); !strings.HasPrefix(e.data, `"ff0000`) {
		t.Errorf("matrix = %s; want a red lamp", e.data)
	}
	p.Score(Score{Series: "boiler", Value: 2, Threshold: 1})
	e := until(next, "score")
	if !strings.Contains(e.data, `"s":"boiler"`) || !strings.Contains(e.data, `"f":"normal","r":"anomaly","l":"bad"`) {
		t.Errorf("score = %s; want the change to an anomaly", e.data)
	}
	hangUp()
	eventually(t, "the client is gone", func() bool { return p.clients.Load() == 0 })

	// Back again: what was missed, and not the rest.
	for i := range 3 {
		p.Score(Score{Series: "boiler", Value: float64(10 + i)})
	}
	next, hangUp = listenTo(t, srv.URL, e.id)
	for i := range 3 {
		if got := next(); got.name != "score" || !strings.Contains(got.data, fmt.Sprintf(`"v":%d,`, 10+i)) {
			t.Errorf("event %d after the return = %+v; want score %d", i, got, 10+i)
		}
	}
	hangUp()

	for name, id := range map[string]string{
		"another start": "otherone.2", "the future": p.data.eventID(99), "nonsense": "x", "no number": p.data.epoch + ".",
	} {
		next, hangUp = listenTo(t, srv.URL, id)
		if got := next(); got.name != "hello" {
			t.Errorf("first event for an id of %s = %s; want hello", name, got.name)
		}
		hangUp()
	}
	for i := range 2 * maxRecent {
		p.Score(Score{Series: "boiler", Value: float64(i)})
	}
	next, hangUp = listenTo(t, srv.URL, e.id)
	if got := next(); got.name != "hello" {
		t.Errorf("first event for an id of long ago = %s; want hello", got.name)
	}
	hangUp()
	eventually(t, "all clients are gone", func() bool { return p.clients.Load() == 0 })
}

func TestClientsAreBounded(t *testing.T) {
	p := handler(t, edge.New("hub", nil), Options{MaxClients: 2})
	srv := httptest.NewServer(p)
	defer srv.Close()
	_, hangUp := listenTo(t, srv.URL, "")
	_, hangUp2 := listenTo(t, srv.URL, "")
	defer hangUp2()
	if w := get(p, "/events"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one client too many = %d; want 503 and when to come back", w.Code)
	}
	hangUp()
	eventually(t, "a place is free", func() bool { return p.clients.Load() == 1 })
}

func TestManyClientsGetAllScores(t *testing.T) {
	const clients, scores = 20, 100
	p := handler(t, edge.New("hub", nil), Options{})
	srv := httptest.NewServer(p)
	defer srv.Close()
	var all sync.WaitGroup
	for range clients {
		next, hangUp := listenTo(t, srv.URL, "")
		until(next, "hello")
		all.Go(func() {
			defer hangUp()
			for i := range scores {
				if e := until(next, "score"); !strings.Contains(e.data, fmt.Sprintf(`"v":%d,`, i)) {
					t.Errorf("score = %s; want number %d", e.data, i)
				}
			}
		})
	}
	for i := range scores {
		p.Score(Score{Series: "a", Value: float64(i)})
	}
	all.Wait()
}

// slowWriter accepts the first flight, and nothing more until it is told to.
type slowWriter struct {
	*httptest.ResponseRecorder
	flown sync.Once
	first chan struct{} // closed after the first flight
	gate  chan struct{}
	mu    sync.Mutex
}

func (w *slowWriter) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Body.String()
}

func (w *slowWriter) Write(b []byte) (int, error) {
	select {
	case <-w.first:
		<-w.gate
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ResponseRecorder.Write(b)
}

func (w *slowWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *slowWriter) Flush() { w.flown.Do(func() { close(w.first) }) }

func TestSlowClientLosesTheOldest(t *testing.T) {
	p := handler(t, edge.New("hub", nil), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	w := &slowWriter{ResponseRecorder: httptest.NewRecorder(), first: make(chan struct{}), gate: make(chan struct{})}
	var served sync.WaitGroup
	served.Go(func() { p.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil)) })
	<-w.first
	begin := time.Now()
	const more = 3 * clientQueue
	for i := range more {
		p.Score(Score{Series: "a", Value: float64(i)})
	}
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("scores took %v with a client that accepts nothing; want no wait", d)
	}
	close(w.gate)
	eventually(t, "the latest score arrives", func() bool { return strings.Contains(w.text(), fmt.Sprintf(`"v":%d,`, more-1)) })
	cancel()
	served.Wait()
	if p.dropped.Value() == 0 {
		t.Error("no dropped event was counted")
	}
}
