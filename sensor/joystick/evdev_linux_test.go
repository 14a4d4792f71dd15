package joystick

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor"
)

// openFIFO returns a joystick on a named pipe, and the end that plays the kernel.
func openFIFO(t *testing.T, o *Options) (*Evdev, *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event0")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	kernel, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenEvdev(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Halt(), d.Close(), kernel.Close()); err != nil {
			t.Error(err)
		}
	})
	if got, want := d.String(), "Joystick{"+path+"}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
	return d, kernel
}

// report is a key's change as the kernel writes it.
func report(code uint16, value int32) []byte {
	return slices.Concat(
		event(nativeInputSize, 4, 4, 0x7000), // a scan code, which nobody asked for
		event(nativeInputSize, evKey, code, value),
		event(nativeInputSize, evSyn, synReport, 0),
	)
}

func TestEvdev(t *testing.T) {
	d, kernel := openFIFO(t, &Options{Rotation: 90})
	if _, err := kernel.Write(slices.Concat(
		report(keyUp, 1), report(keyUp, 2), report(keyUp, 0), report(keyEnter, 1), report(btnSelect, 0), report(btnDpadRight, 1),
	)); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1, 500_000)
	want := []Event{
		{at, Left, Pressed}, {at, Left, Held}, {at, Left, Released}, {at, Middle, Pressed}, {at, Middle, Released}, {at, Up, Pressed},
	}
	// One at a time: what a loop has read and not yielded is there for the next.
	for _, want := range want {
		if got, err := d.Wait(t.Context()); err != nil || got != want {
			t.Errorf("Wait = %+v, %v; want %+v", got, err, want)
		}
	}
}

// watched is a device that says when it is read.
type watched struct {
	inputFile
	reading chan struct{}
}

func (w *watched) Read(p []byte) (int, error) {
	w.reading <- struct{}{}
	return w.inputFile.Read(p)
}

// openWatched returns a joystick on one end of a pipe, and the other end.
func openWatched(t *testing.T) (*Evdev, *watched, *os.File) {
	t.Helper()
	r, kernel, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kernel.Close() })
	w := &watched{inputFile{r}, make(chan struct{})}
	return &Evdev{file: w, decoder: decoder{size: nativeInputSize}}, w, kernel
}

// A loop ends with its context while it waits, and the device is as good as before.
func TestEvdevCancel(t *testing.T) {
	d, w, kernel := openWatched(t)
	defer d.Close()
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() {
			if e, err := d.Wait(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Wait = %+v, %v; want %v", e, err, context.Canceled)
			}
		})
		<-w.reading
		cancel()
		loop.Wait()
	}
	if _, err := kernel.Write(report(keyDown, 1)); err != nil {
		t.Fatal(err)
	}
	go func() { <-w.reading }()
	if e, err := d.Wait(t.Context()); err != nil || e.Direction != Down {
		t.Errorf("Wait = %+v, %v; want down", e, err)
	}
}

func TestEvdevStartStopManyTimes(t *testing.T) {
	d, _ := openFIFO(t, nil)
	n := 100_000
	if testing.Short() {
		n /= 100
	}
	for range n {
		ctx, cancel := context.WithCancel(context.Background())
		var loop sync.WaitGroup
		loop.Go(func() {
			for e, err := range d.Events(ctx) {
				t.Errorf("event %+v, %v", e, err)
			}
		})
		cancel()
		loop.Wait()
	}
}

func TestEvdevOneLoopAtATime(t *testing.T) {
	d, kernel := openFIFO(t, nil)
	if _, err := kernel.Write(report(keyLeft, 1)); err != nil {
		t.Fatal(err)
	}
	for range d.Events(t.Context()) {
		if _, err := d.Wait(t.Context()); !errors.Is(err, ErrRunning) {
			t.Errorf("Wait within a loop = %v; want %v", err, ErrRunning)
		}
		break
	}
}

// Where the kernel's queue has overflowed, the loop says so, leaves out the rest of that report, and goes on.
func TestEvdevLost(t *testing.T) {
	d, kernel := openFIFO(t, nil)
	if _, err := kernel.Write(slices.Concat(
		event(nativeInputSize, evSyn, synDropped, 0),
		event(nativeInputSize, evKey, keyUp, 0), event(nativeInputSize, evSyn, synReport, 0),
		report(keyDown, 1),
	)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Wait(t.Context()); !errors.Is(err, ErrLost) {
		t.Errorf("Wait = %v; want %v", err, ErrLost)
	}
	if e, err := d.Wait(t.Context()); err != nil || e.Direction != Down || e.Action != Pressed {
		t.Errorf("Wait = %+v, %v; want down pressed", e, err)
	}
}

// stick is a device that can say what is down.
type stick struct {
	inputFile
	bitmap [keyBytes]byte
}

func (s *stick) pressed() (set, error) { return pressedIn(&s.bitmap), nil }

func (s *stick) press(code uint16) { s.bitmap[code/8] |= 1 << (code % 8) }

// After an overflow, what is down is asked for, and each press has its release again.
func TestEvdevCatchesUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := &stick{inputFile: inputFile{r}}
	d := &Evdev{file: s, rotation: 180, decoder: decoder{size: nativeInputSize}}
	defer d.Close()
	s.press(keyEnter)
	s.press(btnDpadLeft)
	s.press(keyDown)
	if _, err := w.Write(slices.Concat(
		report(keyUp, 1), report(keyDown, 1),
		event(nativeInputSize, evSyn, synDropped, 0), event(nativeInputSize, evSyn, synReport, 0),
		report(keyUp, 0), report(keyEnter, 1), // on the way to what is asked for
	)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 6 {
		e, err := d.Wait(t.Context()) // a loop for each: nothing is lost between them
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, e.Direction.String()+" "+e.Action.String())
	}
	if want := []string{"down pressed", "up pressed", ErrLost.Error(), "down released", "right pressed", "middle pressed"}; !slices.Equal(got, want) {
		t.Errorf("events %q; want %q", got, want)
	}
	if _, err := w.Write(report(keyEnter, 0)); err != nil {
		t.Fatal(err)
	}
	if e, err := d.Wait(t.Context()); err != nil || e.Direction != Middle || e.Action != Released {
		t.Errorf("Wait = %+v, %v; want middle released", e, err)
	}
}

// A pipe is no input device: the request is refused, and that is all.
func TestPressedRefused(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	if down, err := (inputFile{r}).pressed(); err == nil {
		t.Errorf("pressed() of a pipe = %05b; want an error", down)
	}
}

// A device that goes away ends the loop with what it says.
func TestEvdevGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := &Evdev{file: inputFile{r}, decoder: decoder{size: nativeInputSize}}
	defer d.Close()
	w.Close()
	n := 0
	for _, err := range d.Events(t.Context()) {
		n++
		if _, ok := errors.AsType[*DeviceError](err); !ok || !errors.Is(err, io.EOF) || err.Error() != "sensor: joystick: read |0: EOF" {
			t.Errorf("error = %v; want a DeviceError around io.EOF", err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors; want one", n)
	}
}

func TestEvdevClose(t *testing.T) {
	d, w, _ := openWatched(t)
	var loop sync.WaitGroup
	loop.Go(func() {
		if _, err := d.Wait(t.Context()); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Wait = %v; want %v", err, os.ErrClosed)
		}
	})
	<-w.reading
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	loop.Wait()
}

func TestOpenEvdevErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenEvdev(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) || sensor.Temporary(err) {
		t.Errorf("OpenEvdev of a file that is not there = %v; want a lasting %v", err, fs.ErrNotExist)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenEvdev(file, nil); !errors.Is(err, os.ErrNoDeadline) {
		t.Errorf("OpenEvdev of a plain file = %v; want %v", err, os.ErrNoDeadline)
	}
}

func TestFindInput(t *testing.T) {
	class := t.TempDir()
	for event, name := range map[string]string{"event0": "vc4-hdmi\n", "event3": Name + "\n", "mouse0": Name + "\n"} {
		if err := os.MkdirAll(filepath.Join(class, event, "device"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(class, event, "device", "name"), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := findInput(class, "/dev/input"); err != nil || got != "/dev/input/event3" {
		t.Errorf("findInput = %q, %v; want /dev/input/event3", got, err)
	}
	_, err := findInput(t.TempDir(), "/dev/input")
	if e, ok := errors.AsType[*sensor.NotPresentError](err); !ok || e.Addr != Addr {
		t.Errorf("findInput without one = %v; want a *sensor.NotPresentError", err)
	}
}

func TestEvdevAllocatesNothing(t *testing.T) {
	d, kernel := openFIFO(t, nil)
	var p []byte
	for range 100 {
		p = append(p, report(keyUp, 2)...)
	}
	loop := func(events int) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := kernel.Write(p[:events*len(report(keyUp, 2))]); err != nil {
				t.Fatal(err)
			}
			n := 0
			for range d.Events(context.Background()) {
				if n++; n == events {
					break
				}
			}
		})
	}
	if short, long := loop(1), loop(100); long > short {
		t.Errorf("a loop of 100 events makes %v allocations, one of 1 makes %v; want no more", long, short)
	}
}
