package page

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/edge"
)

// browser is a server between a page and a headless Chromium. It holds back the
// end of the document, so that the browser does not finish loading, and show
// what it has, before the test says so.
type browser struct {
	page *Page
	done chan struct{} // closed: let the document end

	mu      sync.Mutex
	streams int    // that were opened
	lastID  string // that the latest brought
	cut     context.CancelFunc
}

func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		rec := httptest.NewRecorder()
		b.page.ServeHTTP(rec, r)
		h := w.Header()
		for k, v := range rec.Header() {
			h[k] = v
		}
		body, end, _ := strings.Cut(rec.Body.String(), "</body>")
		_, _ = w.Write([]byte(body))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-b.done:
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte("</body>" + end))
	case "/events":
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		b.mu.Lock()
		b.streams++
		b.lastID, b.cut = r.Header.Get("Last-Event-ID"), cancel
		b.mu.Unlock()
		b.page.ServeHTTP(w, r.WithContext(ctx))
	default:
		b.page.ServeHTTP(w, r)
	}
}

// opened returns how often the browser asked for events, and the id it had.
func (b *browser) opened() (int, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.streams, b.lastID
}

// visit opens the page in Chromium, plays the scene, and returns the document
// as it is then. It skips the test where there is no Chromium.
func visit(t *testing.T, p *Page, scene func(b *browser)) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium in PATH")
	}
	b := &browser{page: p, done: make(chan struct{})}
	srv := httptest.NewServer(b)
	defer srv.Close()
	profile, err := os.MkdirTemp("", "page-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile) // late writes of the browser are no failure

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+profile, "--enable-logging=stderr", "--timeout=50000", "--dump-dom", srv.URL+"/")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Skipf("Chromium does not start: %v", err)
	}
	scene(b)
	close(b.done)
	if err := cmd.Wait(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Skipf("Chromium does not work here: %v\n%s", err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the page complains: %s", line)
		}
	}
	// Style and script hold the same words as the page.
	dom := stdout.String()
	if _, rest, ok := strings.Cut(dom, "</style>"); ok {
		dom, _, _ = strings.Cut(rest, "<script>")
	}
	return dom
}

func wantInDOM(t *testing.T, dom string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(dom, w) {
			t.Errorf("the page does not show %q", w)
		}
	}
	if t.Failed() {
		t.Log(dom)
	}
}

// settle is time for the browser to draw what it has received. What it has
// drawn cannot be asked from outside.
const settle = 1500 * time.Millisecond

func TestBrowserWithoutData(t *testing.T) {
	app := edge.New("hub & home", nil)
	dom := visit(t, handler(t, app, Options{}), func(b *browser) {
		eventually(t, "the browser listens", func() bool { n, _ := b.opened(); return n == 1 })
		time.Sleep(settle)
	})
	wantInDOM(t, dom, `<h2 id="headline" aria-live="polite">Waiting for the first window</h2>`, "<h1 id=\"name\">hub &amp; home</h1>",
		`<section id="matrix-card" hidden="">`, `<section id="buffer-card" hidden="">`, ">live</p>", "device ok", "None declared")
}

func TestBrowserShowsTheState(t *testing.T) {
	app := edge.New("hub", nil)
	topic := edge.NewTopic[int](app, "readings", nil)
	topic.Subscribe(&edge.SubOptions{Name: "recorder", Keep: edge.DropOldest, Size: 4})
	app.Go("kits", edge.Func(func(context.Context) error { return errors.New("port <8883> is taken") }),
		&edge.ComponentOptions{Restart: edge.Restart{Min: time.Hour}})
	app.Go("fetch", edge.Func(func(ctx context.Context) error {
		edge.Progress(ctx, 25, 100, "model 14")
		<-ctx.Done()
		return ctx.Err()
	}), nil)
	p := handler(t, app, Options{
		Matrix: func() (px [64]color.NRGBA) {
			px[0], px[9] = color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 40, 0, 255}
			return px
		},
		Buffer: func() Buffer {
			return Buffer{Link: "down", Delivered: 1234, Lost: 5, Lanes: []Lane{{"alarm", 2, 512, 1 << 20, 90 * time.Second}}}
		},
	})
	stop := run(t, app)
	defer stop()
	for i := range 7 {
		_ = topic.Publish(t.Context(), i)
	}
	at := time.Now().Add(-20 * time.Second)
	for i := range 10 {
		p.Score(Score{Series: "boiler", Value: .2, Threshold: .9, At: at.Add(time.Duration(i) * 2 * time.Second)})
		p.Score(Score{Series: "<b>washer</b>", Value: .3 * float64(i), Threshold: .9, At: at.Add(time.Duration(i) * 2 * time.Second)})
	}
	dom := visit(t, p, func(b *browser) {
		eventually(t, "the browser listens", func() bool { n, _ := b.opened(); return n == 1 })
		time.Sleep(settle)
	})
	wantInDOM(t, dom, "&lt;b&gt;washer&lt;/b&gt;: anomaly</h2>", `data-level="bad"`, "1 of 2 appliances well", "device degraded: kits", "link down",
		`aria-label="boiler: score 0.20, threshold 0.90, normal"`, `aria-label="LED matrix, lit: 1 red, 1 green"`,
		"&lt;b&gt;washer&lt;/b&gt;: normal → anomaly, score 1.20",
		"backoff", "port &lt;8883&gt; is taken", "model 14: 25 %", "4 of 4", "oldest gives way", ">3</td>",
		"Link down", "2 wait", "512 B of 1.0 MiB, oldest 90 s", "1,234 messages delivered, 5 lost")
}

func TestBrowserComesBack(t *testing.T) {
	p := handler(t, edge.New("hub", nil), Options{})
	p.Score(Score{Series: "boiler", Value: .1, Threshold: 1})
	dom := visit(t, p, func(b *browser) {
		eventually(t, "the browser listens", func() bool { n, _ := b.opened(); return n == 1 })
		time.Sleep(settle)
		b.mu.Lock()
		b.cut()
		b.mu.Unlock()
		p.Score(Score{Series: "boiler", Value: 3, Threshold: 1}) // nobody listens now
		eventually(t, "the browser listens again", func() bool { n, _ := b.opened(); return n == 2 })
		if _, id := b.opened(); id != p.data.eventID(1) {
			t.Errorf("the browser came back with %q; want the event it had, %q", id, p.data.eventID(1))
		}
		time.Sleep(settle)
	})
	wantInDOM(t, dom, "boiler: anomaly</h2>", "boiler: normal → anomaly, score 3.00", ">live</p>")
	if n := strings.Count(dom, `class="one"`); n != 1 {
		t.Errorf("appliances = %d; want 1", n)
	}
}
