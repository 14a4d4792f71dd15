package lsm9ds1

import (
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
)

// startFIFO is what New does with Options{FIFO: 2, GyroOff: off, MagOff: true}.
func startFIFO(off bool) []i2ctest.IO {
	all := startOps()
	ops := append([]i2ctest.IO{}, all[2:14]...) // without the magnetometer
	if off {
		return append(ops, motionIO(0x27, 0, 0, 0, 0, 0, 0, 0),
			i2ctest.IO{Addr: Addr, W: []byte{0x23, 0x02}}, i2ctest.IO{Addr: Addr, W: []byte{0x2E, 0xC2}}, i2ctest.IO{Addr: Addr, W: []byte{0x20, 0x78}})
	}
	return append(ops, motionIO(0x17, 0, 0, 0, 0, 0, 0, 0), motionIO(0x28, 0, 0, 0, 0, 0, 0),
		i2ctest.IO{Addr: Addr, W: []byte{0x23, 0x02}}, i2ctest.IO{Addr: Addr, W: []byte{0x2E, 0xC2}},
		i2ctest.IO{Addr: Addr, W: []byte{0x10, 0x69}}, i2ctest.IO{Addr: Addr, W: []byte{0x20, 0x78}})
}

// limited is a bus whose transactions are short.
type limited struct {
	*i2ctest.Playback
	max int
}

func (l limited) MaxTxSize() int { return l.max }

func burstDev(t *testing.T, maxTx int, gyroOff bool, ops ...i2ctest.IO) *Dev {
	t.Helper()
	bus := limited{&i2ctest.Playback{Ops: slices.Concat(startFIFO(gyroOff), ops), DontPanic: true}, maxTx}
	d, err := New(bus, &Options{FIFO: 2, GyroOff: gyroOff, MagOff: true, ChipAxes: true})
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

// vector is the burst of rocketproplab's tests: rotation -32768, 0x3412, 0x5678, acceleration 0, -1, 6.
var vector = []byte{0x00, 0x80, 0x12, 0x34, 0x78, 0x56, 0x00, 0x00, 0xFF, 0xFF, 0x06, 0x00}

func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// 3 conversions are dropped after the start; the burst begins with the rotation and goes on with the acceleration.
		d := burstDev(t, 0, false, motionIO(0x2F, 4), motionIO(0x18, slices.Repeat(vector, 4)...), motionIO(0x2F, 0x80|2), motionIO(0x18, slices.Repeat(vector, 2)...))
		for i, want := range []int{1, 2} {
			time.Sleep(time.Duration(4-2*i) * time.Second / 119)
			rs := make([]sensor.Reading[sensor.Motion], 5)
			n, err := d.ReadBatch(t.Context(), rs)
			if err != nil || n != want {
				t.Fatalf("batch %d = %d, %v; want %d", i, n, err, want)
			}
			const g, rad = 0.000244 * 9.80665, 0.0175 * degree
			m := sensor.Motion{Accel: [3]float64{0, -g, 6 * g}, Gyro: [3]float64{-32768 * rad, 0x3412 * rad, 0x5678 * rad}}
			for a := range 3 {
				if da, dg := rs[0].Value.Accel[a]-m.Accel[a], rs[0].Value.Gyro[a]-m.Gyro[a]; max(da, -da, dg, -dg) > 1e-12 {
					t.Errorf("batch %d: %+v; want %+v", i, rs[0].Value, m)
				}
			}
			if rs[0].Quality != sensor.Clipped {
				t.Errorf("batch %d has quality %v; want Clipped", i, rs[0].Quality)
			}
		}
	})
}

// A bus with short transactions gets several bursts of whole samples.
func TestBurstOnShortBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := burstDev(t, 32, false, motionIO(0x2F, 5),
			motionIO(0x18, slices.Repeat(vector, 2)...), motionIO(0x18, slices.Repeat(vector, 2)...), motionIO(0x18, vector...))
		time.Sleep(5 * time.Second / 119)
		if n, err := d.ReadBatch(t.Context(), make([]sensor.Reading[sensor.Motion], 5)); n != 2 || err != nil {
			t.Errorf("ReadBatch = %d, %v; want 2", n, err)
		}
	})
}

// Without the gyroscope a sample is six bytes from 0x28 on.
func TestBurstOfAcceleration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := burstDev(t, 0, true, motionIO(0x2F, 3), motionIO(0x28, slices.Repeat(vector[6:], 3)...))
		time.Sleep(3 * time.Second / 119)
		rs := make([]sensor.Reading[sensor.Motion], 5)
		n, err := d.ReadBatch(t.Context(), rs)
		if n != 1 || err != nil || math.Abs(rs[0].Value.Accel[2]-6*0.244*mg) > 1e-12 || rs[0].Value.Gyro != [3]float64{} {
			t.Errorf("ReadBatch = %d, %v, %+v; want 1, with the acceleration", n, err, rs[0].Value)
		}
	})
}

// A part whose register pointer counts on from the rotation sends its settings; more samples than it can have are noise.
func TestBurstThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := append(append([]byte{}, vector[:6]...), 0x38, 0x38, 0x78, 0x00, 0x44, 0x02)
		d := burstDev(t, 0, false, motionIO(0x2F, 1), motionIO(0x18, settings...),
			i2ctest.IO{Addr: Addr, W: []byte{0x10}, R: []byte{0x69}}, motionIO(0x2F, 0x3F),
			i2ctest.IO{Addr: Addr, W: []byte{0x10}, R: []byte{0x69}},
			motionIO(0x2F, 4), motionIO(0x18, slices.Repeat(vector, 4)...))
		time.Sleep(time.Second / 119)
		rs := make([]sensor.Reading[sensor.Motion], 5)
		for _, want := range []error{errRoll, errCount} {
			if n, err := d.ReadBatch(t.Context(), rs); n != 0 || !errors.Is(err, want) {
				t.Errorf("ReadBatch = %d, %v; want 0, %v", n, err, want)
			}
		}
		if n, err := d.ReadBatch(t.Context(), rs); n == 0 || err != nil || rs[0].Quality&sensor.Overrun == 0 {
			t.Errorf("ReadBatch afterwards = %d, %v, quality %v; want samples, the first with Overrun", n, err, rs[0].Quality)
		}
	})
}
