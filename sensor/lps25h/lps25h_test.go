package lps25h

import (
	"errors"
	"slices"
	"testing"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startOps is what New does to a part with default options.
func startOps() []i2ctest.IO {
	return []i2ctest.IO{
		{Addr: Addr, W: []byte{0x0F}, R: []byte{0xBD}},
		{Addr: Addr, W: []byte{0x20, 0x00}},
		{Addr: Addr, W: []byte{0x10, 0x05}},
		{Addr: Addr, W: []byte{0x21, 0x00}},
		{Addr: Addr, W: []byte{0x2E, 0x00}},
		{Addr: Addr, W: []byte{0xA7}, R: []byte{0x03, 1, 2, 3, 4, 5}}, // of a former run: dropped
		{Addr: Addr, W: []byte{0x20, 0xC4}},
	}
}

func open(t *testing.T, ops ...i2ctest.IO) *Dev {
	t.Helper()
	bus := &i2ctest.Playback{Ops: slices.Concat(startOps(), ops), DontPanic: true}
	d, err := New(bus, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestRead(t *testing.T) {
	out := func(b ...byte) i2ctest.IO { return i2ctest.IO{Addr: Addr, W: []byte{0xA7}, R: b} }
	d := open(t,
		out(0x00, 1, 2, 3, 4, 5),       // as it was
		out(0x01, 0, 0, 0, 0x50, 0xDA), // temperature first
		out(0x03, 0x00, 0x54, 0x3F, 0x50, 0xDA),
		out(0x30, 0x00, 0x54, 0x3F, 0x50, 0xDA), // overrun bits alone are nothing new
		out(0x33, 0x00, 0x40, 0x0F, 0xBB, 0xD9),
	)
	tests := []struct {
		err     error
		env     physic.Env
		quality sensor.Quality
		seq     uint64
	}{
		{err: sensor.ErrNotReady, quality: sensor.NotReady},
		{err: sensor.ErrNotReady, quality: sensor.NotReady},
		{env: physic.Env{Pressure: 101325 * physic.Pascal, Temperature: physic.ZeroCelsius + 22400*physic.MilliCelsius}, seq: 1},
		{env: physic.Env{Pressure: 101325 * physic.Pascal, Temperature: physic.ZeroCelsius + 22400*physic.MilliCelsius}, seq: 2, quality: sensor.Stale},
		{env: physic.Env{Pressure: 24400 * physic.Pascal, Temperature: 295239583333}, seq: 3, quality: sensor.OutOfRange},
	}
	for i, tt := range tests {
		r := sensor.Reading[physic.Env]{Value: physic.Env{Humidity: 1}, Quality: sensor.Stuck}
		err := d.Read(t.Context(), &r)
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Fatalf("read %d: error %v; want %v", i, err, tt.err)
		}
		if r.Value != tt.env || r.Quality != tt.quality || r.Seq != tt.seq || r.At.IsZero() {
			t.Errorf("read %d = %+v; want %+v, %v, Seq %d and a time", i, r, tt.env, tt.quality, tt.seq)
		}
	}
}

func TestNewNamesTheOtherChip(t *testing.T) {
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: Addr, W: []byte{0x0F}, R: []byte{0xB1}}}, DontPanic: true}
	_, err := New(bus, nil)
	e, ok := errors.AsType[*sensor.NotPresentError](err)
	if !ok || e.Got != 0xB1 || e.Want != 0xBD {
		t.Fatalf("New = %v; want a NotPresentError with 0xb1", err)
	}
	want := "sensor: lps25h: not present at 0x5c: identity is 0xb1, want 0xbd: this is the identity of an LPS22HB, as on the Sense HAT (B)"
	if err.Error() != want {
		t.Errorf("New = %q; want %q", err, want)
	}
	if sensor.Temporary(err) {
		t.Error("Temporary is true for another chip")
	}
}

func TestNewBadArguments(t *testing.T) {
	_, err := New(nil, &Options{Addr: 0x77})
	if err == nil || err.Error() != "sensor: lps25h: address is 0x77, want 0x5c or 0x5d\nsensor: lps25h: bus is nil" {
		t.Errorf("New with bad arguments = %v; want both problems", err)
	}
}

func TestHaltPowersDown(t *testing.T) {
	d := open(t, i2ctest.IO{Addr: Addr, W: []byte{0x20, 0x00}})
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if got, want := d.String(), "LPS25H{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

func TestPrecision(t *testing.T) {
	env := physic.Env{Humidity: 7}
	new(Dev).Precision(&env)
	if want := (physic.Env{Pressure: 24414062, Temperature: 2083333, Humidity: 7}); env != want {
		t.Errorf("Precision = %+v; want %+v", env, want)
	}
}
