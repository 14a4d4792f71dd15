package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
	"github.com/brinkml/brink/sensor/emulator/view/web"
)

// browser is a headless Chromium with one page, spoken to by the DevTools
// protocol over two pipes: messages of JSON with a zero byte after each.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	id      int
	session string
}

// openBrowser starts Chromium, if there is one, and ends it with the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		t.Skip("there is no Chromium")
	}
	profile, err := os.MkdirTemp("", "virtualhat-")
	if err != nil {
		t.Fatal(err)
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	// A browser that hangs ends its pipes, and with them the test.
	alarm := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		alarm.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		to.Close()
		from.Close()
		os.RemoveAll(profile) // late writes of the browser are no failure
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	return b
}

// call does what the method says, and waits for its result.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method, "params": params}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	out, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(out, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		in, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: the browser has gone: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(bytes.TrimSuffix(in, []byte{0}), &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.ID != b.id {
			continue // an event
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// until waits until a JavaScript expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var r struct{ Result struct{ Value any } }
		b.call("Runtime.evaluate", map[string]any{"expression": expression}, &r)
		if r.Result.Value == true {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s does not become true", expression)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (b *browser) key(kind, key string) {
	b.t.Helper()
	p := map[string]any{"type": kind, "key": key}
	if kind == "keyDown" && len(key) == 1 {
		p["text"] = key
	}
	b.call("Input.dispatchKeyEvent", p, nil)
}

// TestBrowser has a browser show the page, and pushes the stick and a button there. With VIEW_SCREENSHOT it keeps a picture
// in that file.
func TestBrowser(t *testing.T) {
	page := openBrowser(t)
	b := emulator.New(nil)
	var mu sync.Mutex
	shown := view.Snapshot{Readings: []view.Reading{{Name: "pressure", Value: "1013.25 hPa", Mark: "Stale"}}}
	pressed := make(chan string, 1)
	held := make(chan emulator.Keys, 1)
	addr, _ := serve(t, b, &web.Options{
		Snapshot: func() view.Snapshot {
			mu.Lock()
			defer mu.Unlock()
			shown.Pixels = b.Pixels()
			return shown
		},
		Stick: func(k emulator.Keys) {
			mu.Lock()
			shown.Keys = k
			mu.Unlock()
			held <- k
		},
		Buttons: [][]web.Button{{{Key: "d", Label: "right edge down"}}},
		Press:   func(key string) { pressed <- key },
	})
	page.call("Page.navigate", map[string]any{"url": addr}, nil)
	page.until(`document.getElementById("live")?.textContent === "live"`)
	page.until(`document.getElementById("readings").innerText.includes("1013.25 hPa")`)
	page.until(`document.getElementById("matrix").naturalWidth === 8`)
	for i := range 64 {
		paint(t, b, i, byte(i%8*4))
	}
	page.until(`document.getElementById("lamp").getAttribute("aria-label").includes("RRRR")`)
	// The picture itself, as it came by videosink.
	page.until(`(() => { const c = document.createElement("canvas").getContext("2d"); c.drawImage(document.getElementById("matrix"), 0, 0); return c.getImageData(7, 7, 1, 1).data[0] === 231; })()`)

	want := func(what string, k emulator.Keys) {
		t.Helper()
		select {
		case got := <-held:
			if got != k {
				t.Errorf("%s: keys = %v; want %v", what, view.KeyNames(got), view.KeyNames(k))
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: nobody pushed the stick", what)
		}
	}
	page.key("keyDown", "ArrowRight")
	want("arrow down", emulator.KeyRight)
	page.until(`document.querySelector("[data-key=right]").classList.contains("on")`)
	if name := os.Getenv("VIEW_SCREENSHOT"); name != "" {
		var r struct{ Data string }
		page.call("Page.captureScreenshot", map[string]any{"format": "png"}, &r)
		picture, err := base64.StdEncoding.DecodeString(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Clean(name), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page.key("keyUp", "ArrowRight")
	want("arrow up", 0)
	page.key("keyDown", "Enter")
	want("enter down", emulator.KeyEnter)
	page.call("Runtime.evaluate", map[string]any{"expression": `dispatchEvent(new Event("blur"))`}, nil)
	want("another window", 0)
	page.key("keyDown", "d")
	select {
	case got := <-pressed:
		if got != "d" {
			t.Errorf("pressed = %q; want d", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody pressed the button")
	}
}
