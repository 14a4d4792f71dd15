package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"image/color"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
	"github.com/brinkml/brink/sensor/emulator/view/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a page and returns its address. stop ends Run; the server is closed by the test's end.
func serve(t *testing.T, b *emulator.Board, o *web.Options) (addr string, stop func()) {
	t.Helper()
	p, err := web.New(b, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
	stop = func() { cancel(); wg.Wait() }
	s := httptest.NewServer(p)
	t.Cleanup(func() {
		stop()
		s.Close() // waits for all requests
		http.DefaultClient.CloseIdleConnections()
	})
	return s.URL, stop
}

func get(t *testing.T, addr string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func paint(t *testing.T, b *emulator.Board, pixel int, level byte) {
	t.Helper()
	if err := b.Tx(emulator.LEDMatrix, []byte{byte(pixel/8*24 + pixel%8), level}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestDocument(t *testing.T) {
	addr, _ := serve(t, emulator.New(nil), &web.Options{
		Title:   "A <board>",
		Buttons: [][]web.Button{{{Key: "w", Label: "tilt up"}}},
		Press:   func(string) {},
	})
	resp := get(t, addr)
	doc, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>A &lt;board&gt;</title>", `data-press="w"`, "tilt up", `src="matrix"`, "new EventSource"} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'sha256-") {
		t.Errorf("Content-Security-Policy = %q; want its own script alone", csp)
	}
	if resp := get(t, addr+"/nothing"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another path = %s; want 404", resp.Status)
	}
}

// TestMatrixStream reads the images that videosink sends.
func TestMatrixStream(t *testing.T) {
	b := emulator.New(nil)
	paint(t, b, 9, 31)
	addr, stop := serve(t, b, nil)
	resp := get(t, addr+"/matrix")
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	// until returns when an image has that red at x, y.
	until := func(x, y int, red uint8) {
		t.Helper()
		for {
			part, err := parts.NextPart()
			if err != nil {
				t.Fatalf("the stream ended before pixel %d, %d was %d: %v", x, y, red, err)
			}
			img, err := png.Decode(part)
			if err != nil {
				t.Fatal(err)
			}
			if c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); img.Bounds().Dx() == 8 && c.R == red {
				return
			}
		}
	}
	until(1, 1, 255)
	paint(t, b, 63, 16)
	until(7, 7, 16<<3|16>>2)
	stop()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Errorf("the stream does not end with Run: %v", err)
	}
	if resp := get(t, addr+"/matrix"); resp.StatusCode == http.StatusOK {
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Errorf("a stream after Run has ended goes on: %v", err)
		}
	}
}

type event struct {
	Keys     []string
	Readings []view.Reading
	Note     string
	Matrix   string
}

// TestEventsAndStick pushes the stick and sees it in the events.
func TestEventsAndStick(t *testing.T) {
	b := emulator.New(nil)
	var mu sync.Mutex
	s := view.Take(b)
	s.Readings = []view.Reading{{Name: "pressure", Value: "1013.25 hPa", Mark: "Stale"}}
	var pressed string
	addr, _ := serve(t, b, &web.Options{
		Snapshot: func() view.Snapshot {
			mu.Lock()
			defer mu.Unlock()
			return s
		},
		Stick: func(k emulator.Keys) {
			mu.Lock()
			defer mu.Unlock()
			s.Keys = k
		},
		Buttons: [][]web.Button{{{Key: "a", Label: "left"}, {Key: "d", Label: "right"}}},
		Press: func(key string) {
			mu.Lock()
			defer mu.Unlock()
			pressed = key
		},
	})
	lines := bufio.NewScanner(get(t, addr+"/events").Body)
	next := func() (e event) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &e); err != nil {
					t.Fatal(err)
				}
				return e
			}
		}
		t.Fatalf("the events ended: %v", lines.Err())
		return e
	}
	if e := next(); len(e.Keys) != 1 || e.Keys[0] != "-" || len(e.Readings) != 1 || e.Readings[0] != s.Readings[0] {
		t.Errorf("first event = %+v; want no key and the reading", e)
	}
	post := func(path, field, value string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, addr+path, strings.NewReader(url.Values{field: {value}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if code := post("/stick", "keys", "up left"); code != http.StatusNoContent {
		t.Errorf("POST /stick = %d; want 204", code)
	}
	if e := next(); !slices.Equal(e.Keys, []string{"up", "left"}) {
		t.Errorf("keys = %q; want up and left", e.Keys)
	}
	if code := post("/press", "key", "d"); code != http.StatusNoContent {
		t.Errorf("POST /press = %d; want 204", code)
	}
	mu.Lock()
	if pressed != "d" {
		t.Errorf("pressed = %q; want d", pressed)
	}
	mu.Unlock()
	for _, tt := range []struct {
		path, field, value string
		header             []string
		want               int
	}{
		{"/stick", "keys", "north", nil, http.StatusBadRequest},
		{"/stick", "key", "up", nil, http.StatusBadRequest},
		{"/stick", "keys", strings.Repeat("up ", 1000), nil, http.StatusBadRequest},
		{"/press", "key", "x", nil, http.StatusBadRequest},
		{"/stick", "keys", "up", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"/stick", "keys", "up", []string{"Origin", "http://evil.example"}, http.StatusForbidden},
	} {
		if got := post(tt.path, tt.field, tt.value, tt.header...); got != tt.want {
			t.Errorf("POST %s %s=%.9s with %q = %d; want %d", tt.path, tt.field, tt.value, tt.header, got, tt.want)
		}
	}
}

func TestHosts(t *testing.T) {
	p, err := web.New(emulator.New(nil), &web.Options{Hosts: []string{"lab.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"localhost:80": 200, "127.0.0.1:8080": 200, "[::1]:80": 200, "LAB.example:1": 200, "lab.example.": 200,
		"evil.example": http.StatusMisdirectedRequest, "192.0.2.1:80": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, r); w.Code != want {
			t.Errorf("GET / for host %q = %d; want %d", host, w.Code, want)
		}
	}
}

func TestTooManyPages(t *testing.T) {
	addr, _ := serve(t, emulator.New(nil), &web.Options{MaxClients: 1})
	for i, want := range []int{200, 200, http.StatusServiceUnavailable} {
		if resp := get(t, addr+"/events"); resp.StatusCode != want {
			t.Errorf("stream %d = %s; want %d", i+1, resp.Status, want)
		}
	}
}

func TestNewBad(t *testing.T) {
	_, err := web.New(nil, &web.Options{Buttons: [][]web.Button{{{Key: "up"}}}, MaxClients: -1})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("New = %v; want four problems", err)
	}
}

func TestRunOnce(t *testing.T) {
	p, err := web.New(emulator.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Run(ctx); err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
	if err := p.Run(ctx); err == nil {
		t.Error("second Run = nil; want an error")
	}
}
