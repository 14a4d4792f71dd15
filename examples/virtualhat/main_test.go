package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
	"github.com/brinkml/brink/sensor/fusion"
)

// childEnv makes the test binary be the program, so that a test can give it a terminal.
const childEnv = "BRINK_VIRTUALHAT_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// call runs the program without a terminal.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &log)
	return code, out.String(), log.String()
}

// TestScriptedRun turns the board with a script, and has the drivers and the filter find out.
func TestScriptedRun(t *testing.T) {
	code, stdout, stderr := call(t, "-json", "-duration", "3s", "-script", "T 200ms d d e 300ms right 300ms up")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	page, last, ok := strings.Cut(stdout, "\n")
	if !ok || !strings.HasPrefix(page, "page: http://127.0.0.1:") {
		t.Errorf("first line is %q; want the address of the page", page)
	}
	var s summary
	if err := json.Unmarshal([]byte(last), &s); err != nil {
		t.Fatalf("%v: %s", err, last)
	}
	if s.Failed != 0 || s.Reads < 100 || s.Frames < 2 || s.Keys != 6 || s.OffBy > 10 {
		t.Errorf("summary %+v; want readings, frames, six keys, no failure and about the right orientation", s)
	}
	want := []string{rowAir, rowHumidity, rowPressure, rowAccel, rowGyro, rowMag, rowOrientation, rowTruth}
	for i, r := range s.Readings {
		if r.Name != want[i] || !strings.ContainsAny(r.Value, "0123456789") {
			t.Errorf("row %d is %q: %q; want %s with a value", i, r.Name, r.Value, want[i])
		}
	}
	if got := s.Readings[0].Value; !strings.HasPrefix(got, "22.0") && !strings.HasPrefix(got, "21.9") {
		t.Errorf("temperature = %q; want a degree more than the room's 21 °C", got)
	}
}

// A part that is pulled off the bus shows its error, and comes back.
func TestPulledPart(t *testing.T) {
	code, stdout, stderr := call(t, "-plain", "-listen", "", "-duration", "2500ms", "-script", "300ms 1")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "sensor: hts221: read 0x") || !strings.Contains(stdout, "1: pull the humidity sensor\n") {
		t.Errorf("the output does not tell that a part was pulled:\n%s", stdout)
	}
	if strings.Contains(stdout, "\x1b") || strings.Contains(stdout, "page:") {
		t.Errorf("plain output without a page has colours or an address:\n%s", stdout)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-script", "fly"}, {"-duration", "-1s"}, {"-noise", "NaN"}, {"x"}, {"-listen", "127.0.0.1:99999"}} {
		code, _, stderr := call(t, args...)
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "virtualhat: ") {
			t.Errorf("%q: exit code %d, %q; want 1 and a line", args, code, stderr)
		}
	}
	if code, _, stderr := call(t, "-h"); code != 0 || !strings.Contains(stderr, "d right edge down") {
		t.Errorf("-h: exit code %d, %q; want 0, the flags and the keys", code, stderr)
	}
}

func TestScriptNotation(t *testing.T) {
	var s script
	if err := s.Set(" d  500ms up 1s"); err != nil {
		t.Fatal(err)
	}
	if got, want := s.String(), "d 500ms up 1s"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
	for _, bad := range []string{"north", "-1s", "d,e"} {
		if err := s.Set(bad); err == nil {
			t.Errorf("Set(%q) = nil; want an error", bad)
		}
	}
}

func TestDecode(t *testing.T) {
	var got []string
	var d decoder
	for _, chunk := range []string{"dD\r", "\x1b[A\x1bOB", "\x1b", "[", "C", "\x1b[1;5D", "\x1b[3~", "\x1bx", "q"} {
		d.decode([]byte(chunk), func(key string) { got = append(got, key) })
	}
	want := []string{"d", "D", "enter", "up", "down", "right", "left", "x", "q"}
	if !slices.Equal(got, want) {
		t.Errorf("keys = %q; want %q", got, want)
	}
}

// TestKeys presses every key, and has those that turn the board turn it the way they say.
func TestKeys(t *testing.T) {
	w := newWorld(options{})
	for _, row := range buttons() {
		for _, b := range row {
			if b.Label == "" {
				t.Errorf("key %s has no label", b.Key)
			}
			w.press(b.Key)
		}
	}
	w.press("no such key")
	right, lower := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}
	for key, edge := range map[string]struct {
		at   [3]float64
		sign float64
	}{"w": {lower, -1}, "s": {lower, 1}, "a": {right, -1}, "d": {right, 1}} {
		w.hand.Hold(emulator.Pose{})
		w.press(key)
		down := w.hand.Pose(time.Now().Add(turnTime)).Attitude.Turn(edge.at)[2]
		if math.Abs(down-edge.sign*math.Sin(turnStep)) > 1e-9 {
			t.Errorf("after %s (%s) the edge is %v lower; want %v", key, keys[key].label, down, edge.sign*math.Sin(turnStep))
		}
	}
	w.board.ClearFaults()
}

// TestPictures looks at what the matrix shows of some attitudes.
func TestPictures(t *testing.T) {
	for _, tt := range []struct {
		name string
		draw func(*image.RGBA)
		want string
	}{
		{"level", func(img *image.RGBA) { level(img, fusion.Euler{}, 0) }, "bbbbbbbb bbbbbbbb bbbbbbbb bbbGGbbb bbbGGbbb bbbbbbbb bbbbbbbb bbbbbbbb"},
		{"right edge down", func(img *image.RGBA) { level(img, fusion.Euler{Pitch: -1}, 0) }, "bbbbbbbb bbbbbbbb bbbbbbbb RRbbbbbb RRbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb"},
		{"lower edge down", func(img *image.RGBA) { level(img, fusion.Euler{Roll: 1}, 0) }, "bbbRRbbb bbbRRbbb bbbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb"},
		{"x to the south", func(img *image.RGBA) { compass(img, fusion.Euler{Yaw: math.Pi}, 0) }, "........ ........ ........ ........ RRRRWWWW ........ ........ ........"},
		{"x to the west", func(img *image.RGBA) { compass(img, fusion.Euler{Yaw: -math.Pi / 2}, 0) }, "....W... ....W... ....W... ....W... ....R... ....R... ....R... ....R..."},
		{"cold", func(img *image.RGBA) { thermometer(img, fusion.Euler{}, 4) }, "........ ........ ........ ........ ........ ........ ........ ..BBBB.."},
		{"colder", func(img *image.RGBA) { thermometer(img, fusion.Euler{}, -40) }, "........ ........ ........ ........ ........ ........ ........ ........"},
	} {
		img := image.NewRGBA(image.Rect(0, 0, 8, 8))
		tt.draw(img)
		var px [64]color.NRGBA
		for i := range px {
			px[i] = color.NRGBAModel.Convert(img.At(i%8, i/8)).(color.NRGBA)
		}
		if got := strings.Join(view.Letters(px), " "); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, strings.ReplaceAll(got, " ", "\n"), strings.ReplaceAll(tt.want, " ", "\n"))
		}
	}
}

// Whatever a goroutine of the program panics with becomes an error, so that the terminal is given back.
func TestCrew(t *testing.T) {
	c := newCrew(t.Context())
	stopped := false
	c.run(func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil })
	c.run(func(context.Context) error { panic("oops") })
	if err := c.wait(); err == nil || !strings.Contains(err.Error(), "panic: oops") || !stopped {
		t.Errorf("wait = %v, the others stopped: %v; want the panic, and that they did", err, stopped)
	}
	c = newCrew(t.Context())
	c.run(func(context.Context) error { return io.ErrUnexpectedEOF })
	if err := c.wait(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("wait = %v; want %v", err, io.ErrUnexpectedEOF)
	}
}

// TestPage asks the page of a running board, as a browser would.
func TestPage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newCrew(ctx)
	w := newWorld(options{})
	addr, err := serve(c, "127.0.0.1:0", w)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(addr)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(doc), "A virtual Sense HAT") || !strings.Contains(string(doc), "right edge down") {
		t.Errorf("the page is %.200q, %v; want its title and the keys", doc, err)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := c.wait(); err != nil {
		t.Errorf("wait = %v; want nil", err)
	}
}
