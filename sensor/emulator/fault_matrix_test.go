package emulator_test

import (
	"context"
	"errors"
	"image"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/sensehat"
	"github.com/brinkml/brink/sensor/tcs3400"
)

// part is a driver on a board, whatever its values are.
type part struct {
	name  string
	shell string // what stands and falls together
	addr  uint16
	id    byte          // register of the identity
	first time.Duration // until every value has been converted once; 0 if nothing is
	open  func(i2c.Bus) (use, error)
}

// use reads the part, or does what else it is for.
type use func() (sensor.Quality, error)

func reader[T any](src sensor.Source[T], err error) (use, error) {
	return func() (sensor.Quality, error) {
		var r sensor.Reading[T]
		err := src.Read(context.Background(), &r)
		return r.Quality, err
	}, err
}

func openMotion(bus i2c.Bus) (use, error) {
	dev, err := lsm9ds1.New(bus, nil)
	return reader(dev, err)
}

// parts are all drivers. Those of an LSM9DS1 need both of its halves.
var parts = []part{
	{"hts221", "hts221", emulator.HTS221, 0x0F, 80 * time.Millisecond, func(bus i2c.Bus) (use, error) {
		dev, err := hts221.New(bus, nil)
		return reader(dev, err)
	}},
	{"lps25h", "lps25h", emulator.LPS25H, 0x0F, 40 * time.Millisecond, func(bus i2c.Bus) (use, error) {
		dev, err := lps25h.New(bus, nil)
		return reader(dev, err)
	}},
	{"lsm9ds1", "lsm9ds1", emulator.LSM9DS1, 0x0F, 50 * time.Millisecond, openMotion},
	{"lsm9ds1 magnetometer", "lsm9ds1", emulator.LSM9DS1Mag, 0x0F, 50 * time.Millisecond, openMotion},
	{"tcs3400", "tcs3400", tcs3400.Addr, 0x92, 0, func(bus i2c.Bus) (use, error) {
		dev, err := tcs3400.New(bus, &tcs3400.Options{Addr: tcs3400.Addr})
		return reader(dev, err)
	}},
	{"ledmatrix", "attiny", emulator.LEDMatrix, 0xF0, 0, func(bus i2c.Bus) (use, error) {
		dev, err := ledmatrix.New(bus, nil)
		return func() (sensor.Quality, error) { return 0, dev.Refresh() }, err
	}},
	{"joystick", "attiny", emulator.LEDMatrix, 0xF0, 0, func(bus i2c.Bus) (use, error) {
		dev, err := joystick.New(bus, nil)
		return func() (sensor.Quality, error) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second+time.Millisecond)
			defer cancel()
			if _, err := dev.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				return 0, err
			}
			return 0, nil // nobody moves it
		}, err
	}},
}

// converts are the parts with data-ready bits of known times.
func converts(p part) bool { return p.first > 0 }

func eachPart(t *testing.T, which func(part) bool, f func(t *testing.T, p part, b *emulator.Board)) {
	for _, p := range parts {
		if which != nil && !which(p) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, p, emulator.New(&emulator.Options{Color: emulator.TCS3400}))
			})
		})
	}
}

// outcome is what a driver has to say.
type outcome struct {
	kind string // "" for no error
	is   error  // what it wraps
}

var (
	fine     = outcome{}
	absent   = outcome{"absent", nil}
	noAnswer = outcome{"absent", emulator.ErrNACK}
	hangs    = outcome{"absent", emulator.ErrTimeout}
	bus      = outcome{"bus", emulator.ErrNACK}
	timeout  = outcome{"bus", emulator.ErrTimeout}
	dead     = outcome{"calibration", nil}
	typed    = outcome{"typed", nil} // any of these, or a value
)

func (o outcome) matches(err error) bool {
	_, isAbsent := errors.AsType[*sensor.NotPresentError](err)
	_, isBus := errors.AsType[*sensor.BusError](err)
	_, isDead := errors.AsType[*sensor.CalibrationError](err)
	if o.is != nil && !errors.Is(err, o.is) {
		return false
	}
	switch o.kind {
	case "absent":
		return isAbsent
	case "bus":
		return isBus && !isAbsent
	case "calibration":
		return isDead
	case "typed":
		return err == nil || isAbsent || isBus || isDead || errors.Is(err, sensor.ErrNotReady)
	}
	return err == nil
}

// row is a kind of fault and what becomes of a part that suffers it.
type row struct {
	kind  emulator.FaultKind
	fault func(p part) emulator.Fault
	// open and read are the outcomes of opening the part, and of reading one that has worked, while the fault lasts.
	open, read outcome
	except     map[string]row // parts for which that is different
	quality    sensor.Quality // of a read without error
	all        bool           // the others suffer, too
	slow       time.Duration  // the longest that a call may take
}

func at(kind emulator.FaultKind) func(part) emulator.Fault {
	return func(p part) emulator.Fault { return emulator.Fault{Kind: kind, Addr: p.addr} }
}

// faultMatrix is every kind of fault, and what every part makes of it.
var faultMatrix = []row{
	{kind: emulator.NACK, open: noAnswer, read: bus},
	{kind: emulator.Timeout, open: hangs, read: timeout, slow: time.Second},
	{kind: emulator.Absent, open: noAnswer, read: bus},
	{kind: emulator.BusLock, open: hangs, read: timeout, all: true, slow: time.Second},
	{kind: emulator.FrozenOutput},
	{
		kind: emulator.Stalled, quality: sensor.Stale,
		except: map[string]row{"ledmatrix": {}, "joystick": {}}, // nothing converts there
	},
	{
		kind:  emulator.WrongID,
		fault: func(p part) emulator.Fault { return emulator.Fault{Kind: emulator.WrongID, Addr: p.addr, Value: 0x2A} },
		open:  absent,
	},
	{
		kind: emulator.BitFlip,
		fault: func(p part) emulator.Fault {
			return emulator.Fault{Kind: emulator.BitFlip, Addr: p.addr, Register: p.id, Mask: 1}
		},
		open: absent,
	},
	{
		kind:   emulator.DeadCalibration,
		except: map[string]row{"hts221": {open: dead}},
	},
	{
		// The data sheets' identities tell most of it: 0xBC, 0xBD and 0x93 have the bit.
		kind: emulator.StuckMSB, open: absent, read: typed,
		except: map[string]row{
			"hts221": {open: typed, read: typed}, "lps25h": {open: typed, read: typed}, "tcs3400": {open: typed, read: typed},
			"ledmatrix": {}, "joystick": {},
		},
	},
}

// of returns the row for a part.
func (r row) of(p part) row {
	if r.fault == nil {
		r.fault = at(r.kind)
	}
	if e, ok := r.except[p.name]; ok {
		r.open, r.read, r.quality = e.open, e.read, e.quality
	}
	return r
}

// TestFaultMatrix has every part suffer every kind of fault, while it is opened and while it works: it says so by its
// type, in time, the other parts go on, and it works again when the fault has ended, without being opened anew.
func TestFaultMatrix(t *testing.T) {
	kinds := map[emulator.FaultKind]bool{}
	for _, r := range faultMatrix {
		kinds[r.kind] = true
		t.Run(r.kind.String(), func(t *testing.T) {
			eachPart(t, nil, func(t *testing.T, p part, b *emulator.Board) { openFaulty(t, r.of(p), p, b) })
			eachPart(t, nil, func(t *testing.T, p part, b *emulator.Board) { readFaulty(t, r.of(p), p, b) })
		})
	}
	for k := emulator.FaultKind(1); !strings.HasPrefix(k.String(), "FaultKind("); k++ {
		if !kinds[k] {
			t.Errorf("%v is not in the matrix", k)
		}
	}
}

func openFaulty(t *testing.T, r row, p part, b *emulator.Board) {
	end := b.Fault(r.fault(p))
	start := time.Now()
	_, err := p.open(b)
	if !r.open.matches(err) {
		t.Errorf("New = %v; want %+v", err, r.open)
	}
	if d := time.Since(start); d > r.slow {
		t.Errorf("New took %v; want %v at most", d, r.slow)
	}
	if !r.all {
		othersWork(t, p, b)
	}
	end()
	if _, err := p.open(b); err != nil {
		t.Errorf("New after the fault = %v; want nil", err)
	}
}

func readFaulty(t *testing.T, r row, p part, b *emulator.Board) {
	read, err := p.open(b)
	if err != nil {
		t.Fatalf("New = %v; want nil", err)
	}
	time.Sleep(time.Second)
	if q, err := read(); err != nil || q != 0 {
		t.Fatalf("before the fault = %v, %v; want OK, nil", q, err)
	}
	end := b.Fault(r.fault(p))
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		start := time.Now()
		q, err := read()
		if p.name == "joystick" && err == nil {
			start = time.Now() // it had to wait for somebody to move it
		}
		if !r.read.matches(err) || err == nil && r.read == fine && q != r.quality {
			t.Errorf("during the fault = %v, %v; want %+v, %v", q, err, r.read, r.quality)
		}
		if r.read.kind == "bus" && !sensor.Temporary(err) {
			t.Errorf("Temporary(%v) = false; want true", err)
		}
		if d := time.Since(start); d > r.slow {
			t.Errorf("it took %v; want %v at most", d, r.slow)
		}
	}
	if r.all {
		for _, other := range parts {
			if _, err := other.open(b); !hangs.matches(err) {
				t.Errorf("New of %s = %v; want %+v", other.name, err, hangs)
			}
		}
		if err := sensehat.Recover(b); err != nil {
			t.Errorf("Recover = %v; want nil", err)
		}
		othersWork(t, p, b)
	} else {
		othersWork(t, p, b)
		end()
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		time.Sleep(300 * time.Millisecond)
		q, err := read()
		if err == nil && q == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after the fault = %v, %v; want OK, nil within 5 s", q, err)
		}
	}
}

// othersWork opens and uses all parts but those that stand and fall with p.
func othersWork(t *testing.T, p part, b *emulator.Board) {
	t.Helper()
	for _, other := range parts {
		if other.shell == p.shell {
			continue
		}
		read, err := other.open(b)
		if err != nil {
			t.Errorf("New of %s = %v; want nil", other.name, err)
			continue
		}
		time.Sleep(time.Second)
		if q, err := read(); err != nil || q != 0 {
			t.Errorf("%s = %v, %v; want OK, nil", other.name, q, err)
		}
	}
}

// TestRandomBitFlips inverts a bit of every answer of a part. Values cannot be told from wrong ones then; but nothing
// panics, errors are typed, other parts go on, and so does this one afterwards.
func TestRandomBitFlips(t *testing.T) {
	eachPart(t, nil, func(t *testing.T, p part, b *emulator.Board) {
		read, err := p.open(b)
		if err != nil {
			t.Fatal(err)
		}
		end := b.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: p.addr})
		for range 300 {
			if p.name == "joystick" {
				time.Sleep(time.Second)
				break // a flipped bit is a key
			}
			time.Sleep(100 * time.Millisecond)
			if _, err := read(); !typed.matches(err) {
				t.Fatalf("with flipped bits = %v; want a value or a typed error", err)
			}
		}
		for range 30 {
			if _, err := p.open(b); !typed.matches(err) {
				t.Fatalf("New with flipped bits = %v; want nil or a typed error", err)
			}
		}
		othersWork(t, p, b)
		end()
		// One last flip may have looked like a key.
		deadline := time.Now().Add(5 * time.Second)
		for q, err := read(); err != nil || q != 0; q, err = read() {
			if time.Now().After(deadline) {
				t.Fatalf("afterwards = %v, %v; want OK, nil within 5 s", q, err)
			}
			time.Sleep(300 * time.Millisecond)
		}
	})
}

func TestDriverTiming(t *testing.T) {
	eachPart(t, converts, func(t *testing.T, p part, b *emulator.Board) {
		read, err := p.open(b)
		if err != nil {
			t.Fatalf("New = %v; want nil", err)
		}
		time.Sleep(p.first - 1)
		if q, err := read(); !errors.Is(err, sensor.ErrNotReady) || !q.Has(sensor.NotReady) {
			t.Errorf("Read before the first conversion = %v, %v; want NotReady, ErrNotReady", q, err)
		}
		time.Sleep(time.Nanosecond)
		if q, err := read(); err != nil || q.Has(sensor.NotReady) {
			t.Errorf("Read after the first conversion = %v, %v; want a value", q, err)
		}
		time.Sleep(p.first)
		if q, err := read(); err != nil || q != 0 {
			t.Errorf("Read after the next conversion = %v, %v; want OK, nil", q, err)
		}
		if q, err := read(); err != nil || q != sensor.Stale {
			t.Errorf("Read again at once = %v, %v; want Stale, nil", q, err)
		}
	})
}

// A part that stops converting never gives a value that looks new.
func TestDriverStalled(t *testing.T) {
	eachPart(t, converts, func(t *testing.T, p part, b *emulator.Board) {
		end := b.Fault(emulator.Fault{Kind: emulator.Stalled})
		read, err := p.open(b)
		if err != nil {
			t.Fatalf("New = %v; want nil", err)
		}
		for range 20 {
			time.Sleep(p.first)
			if q, err := read(); !errors.Is(err, sensor.ErrNotReady) || !q.Has(sensor.NotReady) {
				t.Fatalf("Read of a part that never started = %v, %v; want NotReady, ErrNotReady", q, err)
			}
		}
		end()
		time.Sleep(time.Second)
		if _, err := read(); err != nil {
			t.Fatalf("Read = %v; want nil", err)
		}
		b.Fault(emulator.Fault{Kind: emulator.Stalled})
		for range 20 {
			time.Sleep(p.first)
			if q, err := read(); err != nil || q != sensor.Stale {
				t.Fatalf("Read of a part that stopped = %v, %v; want Stale, nil", q, err)
			}
		}
	})
}

// The matrix and the joystick mask the bit that a Raspberry Pi's controller may set of what it reads there.
func TestStuckMSB(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		b.Fault(emulator.Fault{Kind: emulator.StuckMSB, Addr: emulator.LEDMatrix})
		if got := read(t, b, emulator.LEDMatrix, 0xF0, 1)[0]; got != 's'|0x80 {
			t.Fatalf("identity = %#x; want it with its top bit set", got)
		}
		matrix := must(ledmatrix.New(b, nil))(t)
		if err := matrix.Draw(matrix.Bounds(), image.White, image.Point{}); err != nil || b.Pixels()[63].R != 255 {
			t.Errorf("Draw = %v, pixel %v; want nil, white", err, b.Pixels()[63])
		}
		stick := must(joystick.New(b, nil))(t)
		b.SetKeys(emulator.KeyLeft)
		want := []joystick.Action{joystick.Pressed, joystick.Held}
		for e, err := range stick.Events(t.Context()) {
			if err != nil || e.Direction != joystick.Left || e.Action != want[0] {
				t.Fatalf("event = %v, %v; want left %v", e, err, want[0])
			}
			if want = want[1:]; len(want) == 0 {
				break
			}
		}
	})
}

func isNotPresent(err error) bool {
	_, ok := errors.AsType[*sensor.NotPresentError](err)
	return ok
}

func TestMatrixFaults(t *testing.T) {
	b := emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	if _, err := ledmatrix.New(b, nil); !isNotPresent(err) {
		t.Errorf("New without a matrix = %v; want a *sensor.NotPresentError", err)
	}
	b = emulator.New(nil)
	dev := must(ledmatrix.New(b, nil))(t)
	b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: emulator.LEDMatrix, Count: 1})
	if _, ok := errors.AsType[*sensor.BusError](dev.Show()); !ok {
		t.Error("Show on a bus that fails = another error; want a *sensor.BusError")
	}
	if err := dev.Show(); err != nil {
		t.Errorf("next Show = %v; want nil", err)
	}
}
