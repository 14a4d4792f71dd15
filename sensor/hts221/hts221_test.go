package hts221

import (
	"context"
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
		{Addr: Addr, W: []byte{0x0F}, R: []byte{0xBC}},
		{Addr: Addr, W: []byte{0xB0}, R: factory},
		{Addr: Addr, W: []byte{0x20, 0x00}},
		{Addr: Addr, W: []byte{0x10, 0x1B}},
		{Addr: Addr, W: []byte{0x21, 0x00}},
		{Addr: Addr, W: []byte{0x22, 0x00}},
		{Addr: Addr, W: []byte{0xA7}, R: []byte{0x03, 1, 2, 3, 4}}, // of a former run: dropped
		{Addr: Addr, W: []byte{0x20, 0x87}},
	}
}

func output(status byte, h, t int16) i2ctest.IO {
	return i2ctest.IO{Addr: Addr, W: []byte{0xA7}, R: []byte{status, byte(h), byte(h >> 8), byte(t), byte(t >> 8)}}
}

func open(t *testing.T, ops ...i2ctest.IO) (*Dev, *i2ctest.Playback) {
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
	return d, bus
}

func TestRead(t *testing.T) {
	d, _ := open(t,
		output(0, 0x0201, 0x0403), // as it was
		output(2, -18, 0),         // humidity first
		output(3, -13883, 691),    // then both
		output(0, -13883, 691),    // nothing new
		output(1, -13883, -2),     // temperature alone
		output(3, -30000, 344),
	)
	tests := []struct {
		err      error
		humidity physic.RelativeHumidity
		celsius  float64
		quality  sensor.Quality
		seq      uint64
	}{
		{err: sensor.ErrNotReady, quality: sensor.NotReady},
		{err: sensor.ErrNotReady, quality: sensor.NotReady},
		{humidity: 72 * physic.PercentRH, celsius: 33.25, seq: 1},
		{humidity: 72 * physic.PercentRH, celsius: 33.25, seq: 2, quality: sensor.Stale},
		{humidity: 72 * physic.PercentRH, celsius: 19.875, seq: 3},
		{humidity: 100 * physic.PercentRH, celsius: 26.552849928, seq: 4, quality: sensor.Clipped},
	}
	for i, tt := range tests {
		r := sensor.Reading[physic.Env]{Value: physic.Env{Pressure: 1}, Seq: 99, Quality: sensor.Stuck}
		err := d.Read(t.Context(), &r)
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Fatalf("read %d: error %v; want %v", i, err, tt.err)
		}
		if r.Quality != tt.quality || r.Seq != tt.seq || r.At.IsZero() || r.Value.Pressure != 0 {
			t.Errorf("read %d = %+v; want quality %v, Seq %d, a time, no pressure", i, r, tt.quality, tt.seq)
		}
		if err == nil && (r.Value.Humidity != tt.humidity || r.Value.Temperature.Celsius() != tt.celsius) {
			t.Errorf("read %d = %v, %v °C; want %v, %v °C", i, r.Value.Humidity, r.Value.Temperature.Celsius(), tt.humidity, tt.celsius)
		}
	}
}

func TestReadEndedContext(t *testing.T) {
	d, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Read(ctx, new(sensor.Reading[physic.Env])); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with an ended context = %v; want %v", err, context.Canceled)
	}
}

// Outputs that moved without a status bit: the part converted just after its status was sent, or it was reset.
func TestReadChangeWithoutStatus(t *testing.T) {
	t.Run("converted", func(t *testing.T) {
		d, _ := open(t,
			output(3, -18, -2),
			output(0, -13883, 691),
			i2ctest.IO{Addr: Addr, W: []byte{0x20}, R: []byte{0x87}},
		)
		var r sensor.Reading[physic.Env]
		for range 2 {
			if err := d.Read(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
		}
		if r.Quality != 0 || r.Value.Humidity != 72*physic.PercentRH {
			t.Errorf("Read = %+v; want a fresh 72%%rH", r)
		}
	})
	t.Run("reset", func(t *testing.T) {
		d, _ := open(t, slices.Concat([]i2ctest.IO{
			output(3, -18, -2),
			output(0, 0, 0),
			{Addr: Addr, W: []byte{0x20}, R: []byte{0x00}},
		}, startOps(), []i2ctest.IO{output(3, -18, -2)})...)
		for i, want := range []error{nil, sensor.ErrNotReady, nil} {
			if err := d.Read(t.Context(), new(sensor.Reading[physic.Env])); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("read %d = %v; want %v", i, err, want)
			}
		}
	})
}

func TestNewWrongChip(t *testing.T) {
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: Addr, W: []byte{0x0F}, R: []byte{0xB1}}}, DontPanic: true}
	_, err := New(bus, nil)
	e, ok := errors.AsType[*sensor.NotPresentError](err)
	if !ok || e.Got != 0xB1 || e.Want != 0xBC || e.Addr != 0x5F || e.Err != nil {
		t.Errorf("New = %v; want a NotPresentError with 0xb1", err)
	}
}

func TestNewDeadCalibration(t *testing.T) {
	ops := startOps()[:2]
	ops[1].R = make([]byte, calibBytes)
	_, err := New(&i2ctest.Playback{Ops: ops, DontPanic: true}, nil)
	if _, ok := errors.AsType[*sensor.CalibrationError](err); !ok {
		t.Errorf("New = %v; want a CalibrationError", err)
	}
}

func TestNewBadArguments(t *testing.T) {
	_, err := New(nil, &Options{Rate: physic.MegaHertz})
	if err == nil || err.Error() != "sensor: hts221: rate is 1MHz, want 1Hz, 7Hz or 12.5Hz\nsensor: hts221: bus is nil" {
		t.Errorf("New with bad arguments = %v; want both problems", err)
	}
}

func TestHaltPowersDown(t *testing.T) {
	d, _ := open(t, i2ctest.IO{Addr: Addr, W: []byte{0x20, 0x00}})
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if got, want := d.String(), "HTS221{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}

func TestPrecision(t *testing.T) {
	d, _ := open(t)
	env := physic.Env{Pressure: 7}
	d.Precision(&env)
	// 40 %RH are 13865 counts, 13.375 °C are 693.
	if want := (physic.Env{Humidity: 288, Temperature: 19300144, Pressure: 7}); env != want {
		t.Errorf("Precision = %+v; want %+v", env, want)
	}
}
