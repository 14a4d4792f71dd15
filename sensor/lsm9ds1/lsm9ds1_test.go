package lsm9ds1

import (
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
)

func motionIO(reg byte, r ...byte) i2ctest.IO { return i2ctest.IO{Addr: Addr, W: []byte{reg}, R: r} }
func magIO(r ...byte) i2ctest.IO              { return i2ctest.IO{Addr: MagAddr, W: []byte{0xA7}, R: r} }

// startOps is what New does with default options.
func startOps() []i2ctest.IO {
	ops := []i2ctest.IO{
		{Addr: Addr, W: []byte{0x0F}, R: []byte{0x68}},
		{Addr: MagAddr, W: []byte{0x0F}, R: []byte{0x3D}},
		{Addr: Addr, W: []byte{0x0F}, R: []byte{0x68}},
	}
	for _, w := range [][]byte{
		{0x22, 0x44}, {0x10, 0}, {0x20, 0}, {0x11, 0}, {0x12, 0}, {0x13, 0}, {0x1E, 0x38}, {0x1F, 0x38}, {0x21, 0}, {0x23, 0}, {0x2E, 0},
	} {
		ops = append(ops, i2ctest.IO{Addr: Addr, W: w})
	}
	ops = append(ops, motionIO(0x17, 3, 9, 9, 9, 9, 9, 9), motionIO(0x28, 9, 9, 9, 9, 9, 9)) // of a former run: dropped
	for _, w := range [][]byte{{0x10, 0x69}, {0x20, 0x78}} {
		ops = append(ops, i2ctest.IO{Addr: Addr, W: w})
	}
	ops = append(ops, i2ctest.IO{Addr: MagAddr, W: []byte{0x0F}, R: []byte{0x3D}})
	for _, w := range [][]byte{
		{0x22, 0x03}, {0x20, 0xF4}, {0x21, 0}, {0x23, 0x0C}, {0x24, 0x40}, {0x05, 0}, {0x06, 0}, {0x07, 0}, {0x08, 0}, {0x09, 0}, {0x0A, 0},
	} {
		ops = append(ops, i2ctest.IO{Addr: MagAddr, W: w})
	}
	return append(ops, magIO(0x0F, 9, 9, 9, 9, 9, 9), i2ctest.IO{Addr: MagAddr, W: []byte{0x22, 0}})
}

func open(t *testing.T, o *Options, ops ...i2ctest.IO) *Dev {
	t.Helper()
	bus := &i2ctest.Playback{Ops: slices.Concat(startOps(), ops), DontPanic: true}
	d, err := New(bus, o)
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

// The six bytes of each are those of rocketproplab's LSM9DS1 tests: rotation -32768, 0x3412, 0x5678, as they are in their
// order there, and acceleration 0, -1, 6.
func vectors(status, magStatus byte) []i2ctest.IO {
	return []i2ctest.IO{
		motionIO(0x17, status, 0x00, 0x80, 0x12, 0x34, 0x78, 0x56),
		motionIO(0x28, 0x00, 0x00, 0xFF, 0xFF, 0x06, 0x00),
		magIO(magStatus, 0xBA, 0x1A, 0x46, 0xE5, 0x00, 0x00), // 6842, -6842, 0
	}
}

func TestRead(t *testing.T) {
	const dps = math.Pi / 180
	wantChip := sensor.Motion{
		Accel: [3]float64{0, -0.000244 * 9.80665, 6 * 0.000244 * 9.80665},
		Gyro:  [3]float64{-32768 * 0.0175 * dps, 0x3412 * 0.0175 * dps, 0x5678 * 0.0175 * dps},
		Mag:   [3]float64{100, -100, 0},
	}
	wantBoard := sensor.Motion{
		Accel: [3]float64{0, 0.000244 * 9.80665, 6 * 0.000244 * 9.80665},
		Gyro:  [3]float64{-32768 * 0.0175 * dps, 0x3412 * 0.0175 * dps, -0x5678 * 0.0175 * dps},
		Mag:   [3]float64{-100, -100, 0},
	}
	for _, tt := range []struct {
		name string
		o    *Options
		want sensor.Motion
	}{{"board", nil, wantBoard}, {"chip", &Options{ChipAxes: true}, wantChip}} {
		synctest.Test(t, func(t *testing.T) {
			d := open(t, tt.o, vectors(0x07, 0x0F)...)
			time.Sleep(time.Second)
			// The bytes 12 34 are 0x3412, and 78 56 are 0x5678.
			var r sensor.Reading[sensor.Motion]
			if err := d.Read(t.Context(), &r); err != nil {
				t.Fatal(tt.name, err)
			}
			if diff := cmp.Diff(tt.want, r.Value, cmpopts.EquateApprox(1e-14, 0)); diff != "" {
				t.Errorf("%s: Read (-want +got):\n%s", tt.name, diff)
			}
			if r.Quality != sensor.Clipped || r.Seq != 1 || r.At.IsZero() {
				t.Errorf("%s: Read = %+v; want Clipped for the rotation around x, Seq 1 and a time", tt.name, r)
			}
		})
	}
}

func TestReadiness(t *testing.T) { synctest.Test(t, testReadiness) }

func testReadiness(t *testing.T) {
	d := open(t, nil, slices.Concat(
		vectors(0x00, 0x00)[:2], []i2ctest.IO{{Addr: Addr, W: []byte{0x10}, R: []byte{0x69}}}, // changed since the start: checked
		vectors(0x00, 0x00)[2:], []i2ctest.IO{{Addr: MagAddr, W: []byte{0x22}, R: []byte{0x00}}},
		vectors(0x02, 0x00), // rotation
		vectors(0x01, 0x00), // acceleration
		vectors(0x00, 0x08), // magnetic field: all were there now
		vectors(0x03, 0x08),
		vectors(0x04, 0x00), // temperature is not read
		vectors(0x03, 0x07), // the field is not yet old
	)...)
	time.Sleep(time.Second / 25) // what is converted before is dropped
	for i, want := range []struct {
		err     error
		quality sensor.Quality
	}{
		{sensor.ErrNotReady, sensor.NotReady},
		{sensor.ErrNotReady, sensor.NotReady},
		{sensor.ErrNotReady, sensor.NotReady},
		{nil, sensor.Clipped | sensor.Stale},
		{nil, sensor.Clipped},
		{nil, sensor.Clipped | sensor.Stale},
		{nil, sensor.Clipped},
	} {
		var r sensor.Reading[sensor.Motion]
		err := d.Read(t.Context(), &r)
		if !errors.Is(err, want.err) || (err == nil) != (want.err == nil) || r.Quality != want.quality {
			t.Fatalf("read %d = %v, %v; want %v, %v", i, r.Quality, err, want.quality, want.err)
		}
	}
}

func TestNewWithoutMagnetometer(t *testing.T) {
	ops := startOps()[:2]
	ops[1].R = []byte{0xFF}
	_, err := New(&i2ctest.Playback{Ops: ops, DontPanic: true}, nil)
	e, ok := errors.AsType[*sensor.NotPresentError](err)
	if !ok || e.Addr != MagAddr || e.Want != 0x3D || e.Got != 0xFF {
		t.Errorf("New = %v; want a NotPresentError for the magnetometer, and nothing written", err)
	}
}

func TestNewBadArguments(t *testing.T) {
	_, err := New(nil, &Options{MagRange: 1})
	if err == nil || err.Error() != "sensor: lsm9ds1: magnetometer range is 1, want 4, 8, 12 or 16 gauss\nsensor: lsm9ds1: bus is nil" {
		t.Errorf("New with bad arguments = %v; want both problems", err)
	}
}

func TestHaltPowersDown(t *testing.T) {
	d := open(t, nil,
		i2ctest.IO{Addr: Addr, W: []byte{0x20, 0}}, i2ctest.IO{Addr: Addr, W: []byte{0x10, 0}},
		i2ctest.IO{Addr: MagAddr, W: []byte{0x22, 3}})
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if got, want := d.String(), "LSM9DS1{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}
