package emulator_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/tcs3400"
)

// part is a driver on a board, whatever its values are.
type part struct {
	name  string
	addr  uint16
	first time.Duration // until every value has been converted once
	open  func(i2c.Bus) (read func() (sensor.Quality, error), err error)
}

func reader[T any](src sensor.Source[T]) func() (sensor.Quality, error) {
	return func() (sensor.Quality, error) {
		var r sensor.Reading[T]
		err := src.Read(context.Background(), &r)
		return r.Quality, err
	}
}

var parts = []part{
	{"hts221", emulator.HTS221, 80 * time.Millisecond, func(bus i2c.Bus) (func() (sensor.Quality, error), error) {
		dev, err := hts221.New(bus, nil)
		return reader(dev), err
	}},
	{"lps25h", emulator.LPS25H, 40 * time.Millisecond, func(bus i2c.Bus) (func() (sensor.Quality, error), error) {
		dev, err := lps25h.New(bus, nil)
		return reader(dev), err
	}},
	{"lsm9ds1", emulator.LSM9DS1, 50 * time.Millisecond, func(bus i2c.Bus) (func() (sensor.Quality, error), error) {
		dev, err := lsm9ds1.New(bus, nil)
		return reader(dev), err
	}},
	{"lsm9ds1 magnetometer", emulator.LSM9DS1Mag, 50 * time.Millisecond, func(bus i2c.Bus) (func() (sensor.Quality, error), error) {
		dev, err := lsm9ds1.New(bus, nil)
		return reader(dev), err
	}},
	{"tcs3400", emulator.ColorSensor, 183100 * time.Microsecond, func(bus i2c.Bus) (func() (sensor.Quality, error), error) {
		dev, err := tcs3400.New(bus, nil)
		return reader(dev), err
	}},
}

func eachPart(t *testing.T, f func(t *testing.T, p part, b *emulator.Board)) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, p, emulator.New(&emulator.Options{Color: emulator.TCS3400}))
			})
		})
	}
}

func TestDriverTiming(t *testing.T) {
	eachPart(t, func(t *testing.T, p part, b *emulator.Board) {
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

func TestDriverBusFaults(t *testing.T) {
	eachPart(t, func(t *testing.T, p part, b *emulator.Board) {
		read, err := p.open(b)
		if err != nil {
			t.Fatalf("New = %v; want nil", err)
		}
		time.Sleep(time.Second)
		for _, f := range []struct {
			fault emulator.Fault
			want  error
		}{
			{emulator.Fault{Kind: emulator.NACK, Addr: p.addr}, emulator.ErrNACK},
			{emulator.Fault{Kind: emulator.Timeout, Addr: p.addr}, emulator.ErrTimeout},
			{emulator.Fault{Kind: emulator.Absent, Addr: p.addr}, emulator.ErrNACK},
		} {
			end := b.Fault(f.fault)
			_, err := read()
			bus, ok := errors.AsType[*sensor.BusError](err)
			if !ok || !errors.Is(bus, f.want) || !sensor.Temporary(err) {
				t.Errorf("Read with %v = %v; want a temporary *sensor.BusError around %v", f.fault.Kind, err, f.want)
			}
			end()
			// All parts recover without being opened anew, also from a
			// loss of power.
			deadline := time.Now().Add(5 * time.Second)
			for {
				time.Sleep(100 * time.Millisecond)
				q, err := read()
				if err == nil && q == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("Read after %v has ended = %v, %v; want OK, nil within 5 s", f.fault.Kind, q, err)
				}
			}
		}
	})
}

func TestDriverOpenFaults(t *testing.T) {
	for _, fault := range []emulator.Fault{
		{Kind: emulator.WrongID, Value: 0xB1},
		{Kind: emulator.Absent},
		{Kind: emulator.NACK},
	} {
		t.Run(fault.Kind.String(), func(t *testing.T) {
			eachPart(t, func(t *testing.T, p part, b *emulator.Board) {
				fault.Addr = p.addr
				end := b.Fault(fault)
				_, err := p.open(b)
				if e, ok := errors.AsType[*sensor.NotPresentError](err); !ok || e.Addr != p.addr {
					t.Errorf("New = %v; want a *sensor.NotPresentError for %#x", err, p.addr)
				}
				for _, other := range parts {
					if other.name[:3] == p.name[:3] { // the halves of the LSM9DS1 go together
						continue
					}
					read, err := other.open(b)
					if err != nil {
						t.Errorf("New of %s = %v; want nil", other.name, err)
						continue
					}
					time.Sleep(time.Second)
					if q, err := read(); err != nil || q != 0 {
						t.Errorf("Read of %s = %v, %v; want OK, nil", other.name, q, err)
					}
				}
				end()
				if _, err := p.open(b); err != nil {
					t.Errorf("New after the fault = %v; want nil", err)
				}
			})
		})
	}
}

func TestDriverDeadCalibration(t *testing.T) {
	b := emulator.New(nil)
	b.Fault(emulator.Fault{Kind: emulator.DeadCalibration, Addr: emulator.HTS221})
	_, err := hts221.New(b, nil)
	if _, ok := errors.AsType[*sensor.CalibrationError](err); !ok {
		t.Errorf("New = %v; want a *sensor.CalibrationError", err)
	}
}

func TestDriverStalled(t *testing.T) {
	eachPart(t, func(t *testing.T, p part, b *emulator.Board) {
		read, err := p.open(b)
		if err != nil {
			t.Fatalf("New = %v; want nil", err)
		}
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

func TestMatrixFaults(t *testing.T) {
	b := emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	if _, err := ledmatrix.New(b, nil); !isNotPresent(err) {
		t.Errorf("New without a matrix = %v; want a *sensor.NotPresentError", err)
	}
	b = emulator.New(nil)
	dev, err := ledmatrix.New(b, nil)
	if err != nil {
		t.Fatalf("New = %v; want nil", err)
	}
	b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: emulator.LEDMatrix, Count: 1})
	if _, ok := errors.AsType[*sensor.BusError](dev.Show()); !ok {
		t.Error("Show on a bus that fails = another error; want a *sensor.BusError")
	}
	if err := dev.Show(); err != nil {
		t.Errorf("next Show = %v; want nil", err)
	}
	// A Raspberry Pi's controller may set the top bit of what it reads here.
	b.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: emulator.LEDMatrix, Register: 0xF0, Mask: 0x80})
	if _, err := ledmatrix.New(b, nil); err != nil {
		t.Errorf("New with the top bit of the identity set = %v; want nil", err)
	}
}

func isNotPresent(err error) bool {
	_, ok := errors.AsType[*sensor.NotPresentError](err)
	return ok
}
