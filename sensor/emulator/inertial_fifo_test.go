package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/sensortest"
)

// fifoBoard counts the conversions of its accelerometer in their x, in steps of
// the output, at 119 Hz from now on, or at the gyroscope's off.
func fifoBoard(t *testing.T, gyro bool, ctrl9, fifoCtrl byte) (b *emulator.Board, period time.Duration) {
	t.Helper()
	b = emulator.New(nil)
	start, period := time.Now(), time.Second/119
	b.SetFunc(func(at time.Time) emulator.World {
		var w emulator.World
		w.Motion.Accel[0] = -float64((at.Sub(start)+period/2)/period) * 0.061e-3 * 9.80665
		return w
	})
	write(t, b, emulator.LSM9DS1, 0x23, ctrl9)
	write(t, b, emulator.LSM9DS1, 0x2E, fifoCtrl)
	if gyro {
		write(t, b, emulator.LSM9DS1, 0x10, 0x60)
	}
	write(t, b, emulator.LSM9DS1, 0x20, 0x60)
	return b, period
}

// pull reads n samples in one burst and returns their numbers.
func pull(t *testing.T, b *emulator.Board, gyro bool, n int) []int {
	t.Helper()
	reg, size, at := byte(0x28), 6, 0
	if gyro {
		reg, size, at = 0x18, 12, 6
	}
	p := read(t, b, emulator.LSM9DS1, reg, n*size)
	var numbers []int
	for i := range n {
		s := p[i*size+at:]
		numbers = append(numbers, int(int16(uint16(s[0])|uint16(s[1])<<8)))
	}
	return numbers
}

func wantNumbers(t *testing.T, what string, got []int, first int) {
	t.Helper()
	for i, n := range got {
		if n != first+i {
			t.Errorf("%s = %v; want %d and so on", what, got, first)
			return
		}
	}
}

// source is FIFO_SRC.
func source(t *testing.T, b *emulator.Board) byte {
	t.Helper()
	return read(t, b, emulator.LSM9DS1, 0x2F, 1)[0]
}

func TestInertialFIFO(t *testing.T) {
	for _, gyro := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b, period := fifoBoard(t, gyro, 0x02, 0xC0|5)
			time.Sleep(4*period + period/2)
			if got := source(t, b); got != 4 {
				t.Errorf("FIFO_SRC with 4 samples = %#x; want 0x04", got)
			}
			time.Sleep(period)
			if got := source(t, b); got != 0x80|5 {
				t.Errorf("FIFO_SRC at the threshold = %#x; want 0x85", got)
			}
			wantNumbers(t, "the first three", pull(t, b, gyro, 3), 1)
			if got := source(t, b); got != 2 {
				t.Errorf("FIFO_SRC with 2 samples left = %#x; want 0x02", got)
			}
			wantNumbers(t, "the others", pull(t, b, gyro, 2), 4)
			wantNumbers(t, "an empty FIFO", pull(t, b, gyro, 1), 5) // shows its last sample

			time.Sleep(32 * period)
			if got := source(t, b); got != 0x80|32 {
				t.Errorf("FIFO_SRC when full = %#x; want 0xa0", got)
			}
			time.Sleep(2 * period)
			if got := source(t, b); got != 0x80|0x40|32 {
				t.Errorf("FIFO_SRC after an overrun = %#x; want 0xe0", got)
			}
			wantNumbers(t, "after the overrun", pull(t, b, gyro, 32), 5+3)
			if got := source(t, b); got != 0 {
				t.Errorf("FIFO_SRC when empty = %#x; want 0", got)
			}
			time.Sleep(time.Hour)
			newest := int((time.Hour + 39*period + period/2) / period)
			if got := pull(t, b, gyro, 32); got[31] != int(int16(newest)) && newest < 1<<15 {
				t.Errorf("after an hour the newest sample is %d; want %d", got[31], newest)
			}
		})
	}
}

func TestInertialFIFOModes(t *testing.T) {
	for _, tt := range []struct {
		name            string
		ctrl9, fifoCtrl byte
		source          byte
		first           int
	}{
		{"continuous", 0x02, 0xC0, 0x40 | 32, 9},
		{"FIFO stops when it is full", 0x02, 0x20, 32, 1},
		{"continuous to FIFO, without an interrupt", 0x02, 0x60, 0x40 | 32, 9},
		{"bypass to continuous, without an interrupt", 0x02, 0x80, 0, 40},
		{"bypass", 0x02, 0x00, 0, 40},
		{"not enabled", 0x00, 0xC0, 0, 40},
		{"stops at the threshold", 0x03, 0xC0 | 7, 0x80 | 0x40 | 8, 33},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, period := fifoBoard(t, true, tt.ctrl9, tt.fifoCtrl)
				time.Sleep(40*period + period/2)
				if got := source(t, b); got != tt.source {
					t.Errorf("FIFO_SRC after 40 samples = %#x; want %#x", got, tt.source)
				}
				wantNumbers(t, "the first sample", pull(t, b, true, 1), tt.first)
				write(t, b, emulator.LSM9DS1, 0x2E, 0x00) // bypass empties it
				if got := source(t, b); got != 0 {
					t.Errorf("FIFO_SRC after bypass = %#x; want 0", got)
				}
				if err := b.Misuse(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Bursts go round the outputs of the sensors that run (datasheet, 3.3), FIFO or not.
func TestInertialRollOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, period := fifoBoard(t, true, 0, 0)
		time.Sleep(7*period + period/2)
		p := read(t, b, emulator.LSM9DS1, 0x18, 24)
		if string(p[:12]) != string(p[12:]) || p[6] != 7 {
			t.Errorf("two rounds = % x; want the same twice, with 7 as the acceleration", p)
		}
		b, period = fifoBoard(t, false, 0, 0)
		time.Sleep(7*period + period/2)
		p = read(t, b, emulator.LSM9DS1, 0x28, 12)
		if string(p[:6]) != string(p[6:]) || p[0] != 7 {
			t.Errorf("two rounds without the gyroscope = % x; want the same twice, with 7", p)
		}
		if p := read(t, emulator.New(nil), emulator.LSM9DS1, 0x1D, 2); p[1] != 0x38 {
			t.Errorf("the register after 0x1D of a part at rest = %#x; want CTRL_REG4, 0x38", p[1])
		}
	})
}

func TestFIFOContract(t *testing.T) {
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[sensor.Motion] {
		return must(lsm9ds1.New(emulator.New(nil), &lsm9ds1.Options{FIFO: 16}))(t)
	}, &sensortest.Contract{Period: 50 * time.Millisecond, Recorded: true})
}
