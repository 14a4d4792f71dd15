package page

import (
	"context"
	"encoding/json"
	"errors"
	"image/color"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/edge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handler returns a page that is only a handler.
func handler(t *testing.T, app *edge.App, o Options) *Page {
	t.Helper()
	o.NoListen = true
	p, err := New(app, &o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// run starts the app and returns how to stop it.
func run(t *testing.T, app *edge.App) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan error, 1)
	go func() { outcome <- app.Run(ctx) }()
	return func() {
		cancel()
		if err := <-outcome; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func TestDocumentIsSmallAndSelfContained(t *testing.T) {
	p := handler(t, edge.New(`<script>"&`, nil), Options{})
	w := get(p, "/")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("GET / = %d %s; want 200 and HTML", w.Code, w.Header().Get("Content-Type"))
	}
	body := w.Body.String()
	size := len(body)
	for k, v := range w.Header() {
		size += len(k) + len(strings.Join(v, ""))
	}
	if const40KB := 40_000; size >= const40KB {
		t.Errorf("size of the transfer = %d bytes; want less than %d", size, const40KB)
	}
	t.Logf("%d bytes", size)
	if strings.Contains(body, `<script>"&`) || !strings.Contains(body, "<title>&lt;script&gt;&#34;&amp;</title>") {
		t.Error("the app's name is not escaped")
	}
	for _, m := range regexp.MustCompile(`(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)`).FindAllStringSubmatch(body, -1) {
		if u := m[1]; strings.Contains(u, "//") && !strings.HasPrefix(u, "data:") {
			t.Errorf("the page refers to %s", u)
		}
	}
	if strings.Contains(body, "{{") {
		t.Error("the page has an unfilled place")
	}
	if again := get(p, "/", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("GET / with the known ETag = %d, %d bytes; want 304, 0", again.Code, again.Body.Len())
	}
}

func TestSecurityHeaders(t *testing.T) {
	extra := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "extra") })
	p := handler(t, edge.New("hub", nil), Options{Handlers: map[string]http.Handler{"/debug/": extra}})
	for _, path := range []string{"/", "/healthz", "/status.json", "/metrics", "/debug/x", "/nothing"} {
		h := get(p, path).Header()
		for k, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(k); got != want {
				t.Errorf("%s: %s = %q; want %q", path, k, got, want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy = %q; want one that allows nothing unsafe", path, csp)
		}
	}
	if n := strings.Count(get(p, "/").Header().Get("Content-Security-Policy"), "'sha256-"); n != 2 {
		t.Errorf("hashes in the page's policy = %d; want those of style and script", n)
	}
	if got := get(p, "/debug/x").Body.String(); got != "extra" {
		t.Errorf("extra handler = %q; want its answer", got)
	}
	for _, path := range []string{"/nothing", "/assets/page.js"} {
		if w := get(p, path); w.Code != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/status.json", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST = %d; want 405", w.Code)
	}
}

func TestHostIsChecked(t *testing.T) {
	p, err := New(edge.New("hub", nil), &Options{Hosts: []string{"hub.example"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	open := handler(t, edge.New("hub", nil), Options{})
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "localhost.": 200, "127.0.0.1:1": 200, "127.9.9.9": 200, "[::1]:80": 200, "[::1]": 200, "::1": 200,
		"hub.example": 200, "HUB.example:80": 200,
		"evil.example": 421, "evil.example:80": 421, "127.0.0.1.evil.example": 421, "192.168.1.2": 421, "localhost.evil.example": 421, "": 421, ":80": 421, "a:b:c": 421,
	} {
		for _, path := range []string{"/", "/status.json", "/metrics", "/healthz"} {
			if w := get(p, path, "Host", host); w.Code != want {
				t.Errorf("GET %s for %q = %d; want %d", path, host, w.Code, want)
			}
		}
		if w := get(open, "/healthz", "Host", host); w.Code != 200 {
			t.Errorf("handler for %q = %d; want 200", host, w.Code)
		}
	}
}

func TestHealthz(t *testing.T) {
	app := edge.New("hub", nil)
	p := handler(t, app, Options{})
	broken := make(chan error)
	app.Go("model", edge.Func(func(ctx context.Context) error {
		select {
		case err := <-broken:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}), &edge.ComponentOptions{Critical: true, Restart: edge.Restart{Min: time.Hour}})
	stop := run(t, app)
	defer stop()
	eventually(t, "running", func() bool { return app.Status().Components[0].State == edge.Running })
	if w := get(p, "/healthz"); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"health":"ok","reasons":[]}` {
		t.Errorf("healthz = %d %s; want 200 and ok", w.Code, w.Body)
	}
	broken <- errors.New("no memory")
	eventually(t, "backoff", func() bool { return app.Status().Components[0].State == edge.Backoff })
	w := get(p, "/healthz")
	if want := `{"health":"failing","reasons":["model: no memory"]}`; w.Code != 503 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("healthz = %d %s; want 503 and %s", w.Code, w.Body, want)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q; want JSON", got)
	}
}

func TestStatusJSON(t *testing.T) {
	app := edge.New("hub", nil)
	readings := edge.NewTopic[int](app, "readings", nil)
	readings.Subscribe(&edge.SubOptions{Name: "lamp", Keep: edge.DropOldest, Size: 2})
	p := handler(t, app, Options{Buffer: func() Buffer {
		return Buffer{Link: "down", Lost: 3, Lanes: []Lane{{Name: "alarm", Depth: 2, Bytes: 10, MaxBytes: 100, OldestAge: time.Minute}}}
	}})
	at := time.UnixMilli(1700000000000).UTC()
	p.Score(Score{Series: "boiler", Value: 2, Threshold: 1, At: at})
	p.Score(Score{Series: "boiler", Value: math.NaN(), Threshold: 1, At: at.Add(time.Second)})
	body := get(p, "/status.json").Body.Bytes()

	var status edge.Status
	if err := json.Unmarshal(body, &status); err != nil {
		t.Fatalf("status.json as edge.Status: %v", err)
	}
	want := []edge.TopicStatus{{Name: "readings", Subscribers: []edge.SubStatus{{Name: "lamp", Keep: edge.DropOldest, Size: 2}}}}
	if d := cmp.Diff(want, status.Topics); status.Name != "hub" || d != "" {
		t.Errorf("status of %q, topics (-want +got):\n%s", status.Name, d)
	}
	var more struct {
		Series []seriesJSON
		Buffer bufferJSON
	}
	if err := json.Unmarshal(body, &more); err != nil {
		t.Fatal(err)
	}
	one := 1.0
	wantSeries := []seriesJSON{{Name: "boiler", Verdict: "normal", Level: "ok", Since: at.Add(time.Second), At: at.Add(time.Second), Threshold: &one}}
	if d := cmp.Diff(wantSeries, more.Series); d != "" {
		t.Errorf("series (-want +got):\n%s", d)
	}
	wantBuffer := bufferJSON{Link: "down", Lost: 3, Lanes: []laneJSON{{"alarm", 2, 10, 100, 60}}}
	if d := cmp.Diff(wantBuffer, more.Buffer); d != "" {
		t.Errorf("buffer (-want +got):\n%s", d)
	}
}

func TestMetricsEndpoint(t *testing.T) {
	app := edge.New("hub", nil)
	app.Metrics().Counter("hub_windows_total", "Windows.", "appliance", `a"b`).Inc()
	w := get(handler(t, app, Options{}), "/metrics")
	if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("metrics = %d, %s; want 200 and Prometheus text", w.Code, got)
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? \S+)$`)
	for text := range strings.Lines(w.Body.String()) {
		if !line.MatchString(strings.TrimSuffix(text, "\n")) {
			t.Errorf("no line of the format: %q", text)
		}
	}
	for _, want := range []string{`hub_windows_total{appliance="a\"b"} 1`, "edge_page_clients 0", "edge_health 0"} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("metrics have no line %q", want)
		}
	}
}

func TestOptionsAreCheckedTogether(t *testing.T) {
	_, err := New(nil, &Options{
		Addr: "127.0.0.1:0", NoListen: true, History: -1,
		Handlers: map[string]http.Handler{"/events": http.NotFoundHandler(), "GET /x": http.NotFoundHandler(), "/nil": nil},
	})
	for _, want := range []string{"app is nil", "NoListen with an Addr", "History is negative", `"/events"`, `"GET /x"`, `handler of "/nil" is nil`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want %q in it", err, want)
		}
	}
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	_, err = New(edge.New("hub", nil), &Options{Addr: addr})
	if err == nil || !strings.HasPrefix(err.Error(), "page: cannot listen on "+addr+": ") || strings.Count(err.Error(), addr) != 1 {
		t.Errorf("New = %v; want one clear sentence with the address", err)
	}
	if !errors.Is(err, syscall.EADDRINUSE) && !strings.Contains(err.Error(), "Only one usage") {
		t.Errorf("New = %v; want EADDRINUSE in it", err)
	}
}

func TestServesAndServesAgain(t *testing.T) {
	app := edge.New("hub", nil)
	p, err := New(app, nil)
	if err != nil {
		t.Fatal(err)
	}
	app.Go("page", p, &edge.ComponentOptions{Heartbeat: time.Minute})
	stop := run(t, app)
	if !strings.HasPrefix(p.URL(), "http://127.0.0.1:") {
		t.Errorf("URL = %q; want one of the loopback interface", p.URL())
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	fetch := func() int {
		resp, err := client.Get(p.URL() + "healthz")
		if err != nil {
			return 0
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	eventually(t, "first answer", func() bool { return fetch() == 200 })

	// An open page does not hold up the stop.
	resp, err := client.Get(p.URL() + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	begin := time.Now()
	if err := app.Restart("page"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "restart", func() bool { return app.Status().Components[0].Restarts == 1 })
	eventually(t, "answer after the restart", func() bool { return fetch() == 200 })
	if d := time.Since(begin); d > 1500*time.Millisecond {
		t.Errorf("restart with an open page took %v; want it not to wait for that", d)
	}
	stop()
	if err := app.Close(); err != nil {
		t.Errorf("Close = %v; want nil", err)
	}
	if fetch() != 0 {
		t.Error("the page answers after Close")
	}
	if err := p.Run(t.Context()); err == nil {
		t.Error("Run after Close = nil; want an error")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newLimitListener(inner, 1)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	var dialed []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		dialed = append(dialed, c)
	}
	first := <-accepted
	select {
	case <-accepted:
		t.Error("a second connection was accepted beside one of one")
	case <-time.After(50 * time.Millisecond):
	}
	_ = first.Close()
	_ = first.Close()
	second := <-accepted
	_ = l.Close()
	if _, open := <-accepted; open {
		t.Error("a connection was accepted after Close")
	}
	for _, c := range append(dialed, second) {
		_ = c.Close()
	}
}

func TestMatrixFrame(t *testing.T) {
	var px [64]color.NRGBA
	px[0] = color.NRGBA{255, 16, 0, 255}
	px[63] = color.NRGBA{200, 100, 50, 51} // a fifth of it
	got := string(matrixJSON(px))
	if len(got) != 2+6*64 || got[1:7] != "ff1000" || got[len(got)-7:len(got)-1] != "28140a" {
		t.Errorf("matrix = %s; want the two colours", got)
	}
}
