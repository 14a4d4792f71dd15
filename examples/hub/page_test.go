package main

import (
	"bytes"
	"context"
	"image"
	_ "image/png"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a bytes.Buffer that a test can read while the hub writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// chromium runs a headless Chromium that looks at a page for a while.
func chromium(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	profile, err := os.MkdirTemp("", "hub-page-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile) // late writes of the browser are no failure
	cmd := exec.CommandContext(ctx, program, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile,
		"--timeout=30000",
	}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, &stderr)
	}
	return out
}

// slowly passes a page on and holds back its end for a while: a browser shows or prints what it has as soon as a page
// is loaded, and this one lives of what comes after.
func slowly(t *testing.T, page string) string {
	t.Helper()
	target, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1,
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path != "/" {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			start, end, _ := strings.Cut(string(body), "</body>")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(start), &pause{d: 3 * time.Second}, strings.NewReader("</body>"+end)))
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0), // streams that the browser leaves
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL + "/"
}

// pause is an empty reader that takes its time.
type pause struct{ d time.Duration }

func (p *pause) Read([]byte) (int, error) {
	time.Sleep(p.d)
	return 0, io.EOF
}

// TestPageShowsTheFault opens the page of a running hub in a browser while an appliance is faulty: the words say so,
// and the picture has the red of an alarm.
func TestPageShowsTheFault(t *testing.T) {
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr buffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"-seed", "3"}, &stdout, &stderr) }()
	address := func() string {
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if strings.Contains(stdout.String(), "anomaly") {
				return slowly(t, regexp.MustCompile(`http://\S+`).FindString(stdout.String()))
			}
			if time.Now().After(deadline) {
				t.Fatalf("no anomaly in 30 s: %s%s", stdout.String(), stderr.String())
			}
		}
	}()
	// A fault lasts for eight seconds and comes again soon: a browser that was too slow for one sees another.
	var dom string
	var alarming int
	for range 10 {
		dom = string(chromium(t, program, "--dump-dom", address))
		if !strings.Contains(dom, ": anomaly</h2>") {
			continue
		}
		picture := filepath.Join(t.TempDir(), "page.png")
		chromium(t, program, "--window-size=1200,1000", "--screenshot="+picture, address)
		if alarming = redPixels(t, picture); alarming >= 200 {
			break
		}
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	for _, want := range []string{": anomaly</h2>", "1 of 2 appliances well", "link up", "boiler", "washer", "boiler detector", "telemetry"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if alarming < 200 {
		t.Errorf("%d pixels of the picture are red; want the alarm to be seen", alarming)
	}
}

// redPixels counts how much of a picture has the colour of an alarm.
func redPixels(t *testing.T, picture string) (n int) {
	t.Helper()
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y, b := img.Bounds().Min.Y, img.Bounds(); y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r > 0xA000 && g < 0x4000 && b < 0x4000 {
				n++
			}
		}
	}
	return n
}
