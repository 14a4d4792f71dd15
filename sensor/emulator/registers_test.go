package emulator_test

import (
	"errors"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/emulator"
)

// read returns n bytes from reg on.
func read(t *testing.T, b *emulator.Board, addr uint16, reg byte, n int) []byte {
	t.Helper()
	r := make([]byte, n)
	if err := b.Tx(addr, []byte{reg}, r); err != nil {
		t.Fatalf("Tx(%#x, read %#x) = %v; want nil", addr, reg, err)
	}
	return r
}

func write(t *testing.T, b *emulator.Board, addr uint16, w ...byte) {
	t.Helper()
	if err := b.Tx(addr, w, nil); err != nil {
		t.Fatalf("Tx(%#x, write %#x) = %v; want nil", addr, w, err)
	}
}

func TestIdentity(t *testing.T) {
	b := emulator.New(nil)
	for _, tt := range []struct {
		addr uint16
		reg  byte
		want byte
	}{
		{emulator.HTS221, 0x0F, 0xBC},
		{emulator.LPS25H, 0x0F, 0xBD},
		{emulator.LSM9DS1, 0x0F, 0x68},
		{emulator.LSM9DS1Mag, 0x0F, 0x3D},
		{emulator.LEDMatrix, 0xF0, 0x73},
	} {
		if got := read(t, b, tt.addr, tt.reg, 1)[0]; got != tt.want {
			t.Errorf("identity of %#x = %#x; want %#x", tt.addr, got, tt.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	b := emulator.New(nil)
	for _, tt := range []struct {
		addr      uint16
		reg, want byte
	}{
		{emulator.HTS221, 0x10, 0x1B},
		{emulator.HTS221, 0x20, 0x00},
		{emulator.LPS25H, 0x20, 0x00},
		{emulator.LSM9DS1, 0x10, 0x00},
		{emulator.LSM9DS1, 0x1E, 0x38},
		{emulator.LSM9DS1, 0x1F, 0x38},
		{emulator.LSM9DS1, 0x22, 0x04},
		{emulator.LSM9DS1Mag, 0x20, 0x10},
		{emulator.LSM9DS1Mag, 0x22, 0x03},
	} {
		if got := read(t, b, tt.addr, tt.reg, 1)[0]; got != tt.want {
			t.Errorf("register %#x of %#x = %#x; want %#x", tt.reg, tt.addr, got, tt.want)
		}
	}
}

func TestPointerRules(t *testing.T) {
	b := emulator.New(nil)
	// HTS221, LPS25H and magnetometer: bit 7 of the register goes on.
	if got := read(t, b, emulator.HTS221, 0x30, 2); got[0] != got[1] {
		t.Errorf("HTS221 without increment bit = %#x; want the same register twice", got)
	}
	if got := read(t, b, emulator.HTS221, 0x30|0x80, 2); got[0] != 58 || got[1] != 141 {
		t.Errorf("HTS221 with increment bit = %v; want [58 141]", got)
	}
	// A read without a register goes on where the last transaction ended.
	r := make([]byte, 1)
	if err := b.Tx(emulator.HTS221, nil, r); err != nil || r[0] != 161 {
		t.Errorf("Tx without a register = %v, %v; want [161], nil", r, err)
	}
	// Accelerometer and gyroscope: IF_ADD_INC, on after power-on.
	if got := read(t, b, emulator.LSM9DS1, 0x1E, 2); got[0] != 0x38 || got[1] != 0x38 {
		t.Errorf("LSM9DS1 with IF_ADD_INC = %#x; want [0x38 0x38]", got)
	}
	write(t, b, emulator.LSM9DS1, 0x22, 0x00)
	if got := read(t, b, emulator.LSM9DS1, 0x0F, 2); got[1] != 0x68 {
		t.Errorf("LSM9DS1 without IF_ADD_INC = %#x; want the same register twice", got)
	}
	// A write goes on as well.
	write(t, b, emulator.LSM9DS1Mag, 0x20|0x80, 0x70, 0x20, 0x00)
	if got := read(t, b, emulator.LSM9DS1Mag, 0x20|0x80, 3); got[0] != 0x70 || got[1] != 0x20 || got[2] != 0 {
		t.Errorf("registers after a burst write = %#x; want [0x70 0x20 0x00]", got)
	}
}

func TestNobodyThere(t *testing.T) {
	b := emulator.New(&emulator.Options{Without: []uint16{emulator.LPS25H}})
	for _, addr := range []uint16{emulator.LPS25H, 0x29} {
		if err := b.Tx(addr, []byte{0x0F}, make([]byte, 1)); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("Tx(%#x) = %v; want ErrNACK", addr, err)
		}
	}
	if err := b.Tx(0x80, []byte{0}, nil); err == nil {
		t.Error("Tx(0x80) = nil; want an error")
	}
	if err := b.Tx(emulator.HTS221, nil, nil); err != nil {
		t.Errorf("empty Tx = %v; want nil", err)
	}
}

func TestOutputDataRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		const status = 0x27
		time.Sleep(time.Hour)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 0 {
			t.Errorf("status while powered down = %#x; want 0", got)
		}
		write(t, b, emulator.HTS221, 0x20, 0x87) // 12.5 Hz, BDU
		time.Sleep(80*time.Millisecond - 1)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 0 {
			t.Errorf("status before the first conversion = %#x; want 0", got)
		}
		time.Sleep(time.Nanosecond)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 3 {
			t.Errorf("status after the first conversion = %#x; want 3", got)
		}
		read(t, b, emulator.HTS221, 0x28, 1) // the low byte leaves the mark
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 3 {
			t.Errorf("status after the low byte = %#x; want 3", got)
		}
		read(t, b, emulator.HTS221, 0x29, 1)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 1 {
			t.Errorf("status after humidity's high byte = %#x; want 1", got)
		}
		read(t, b, emulator.HTS221, 0x2B, 1)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 0 {
			t.Errorf("status after both high bytes = %#x; want 0", got)
		}
		// Writing the same rate again keeps the schedule.
		time.Sleep(40 * time.Millisecond)
		write(t, b, emulator.HTS221, 0x20, 0x87)
		time.Sleep(40 * time.Millisecond)
		if got := read(t, b, emulator.HTS221, status, 1)[0]; got != 3 {
			t.Errorf("status at the second conversion = %#x; want 3", got)
		}
	})
}

func TestOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		write(t, b, emulator.LPS25H, 0x20, 0xC4) // 25 Hz, BDU
		time.Sleep(40 * time.Millisecond)
		if got := read(t, b, emulator.LPS25H, 0x27, 1)[0]; got != 0x03 {
			t.Errorf("status after one conversion = %#x; want 0x03", got)
		}
		time.Sleep(40 * time.Millisecond)
		if got := read(t, b, emulator.LPS25H, 0x27, 1)[0]; got != 0x33 {
			t.Errorf("status after two conversions = %#x; want 0x33", got)
		}
		read(t, b, emulator.LPS25H, 0x28|0x80, 5)
		time.Sleep(time.Hour) // many at once
		if got := read(t, b, emulator.LPS25H, 0x27, 1)[0]; got != 0x33 {
			t.Errorf("status after an hour = %#x; want 0x33", got)
		}
	})
}

// TestBlockDataUpdate reads a value byte by byte while the pressure changes
// between the bytes.
func TestBlockDataUpdate(t *testing.T) {
	at := func(hPa float64) emulator.World {
		w := emulator.Room()
		w.Env.Pressure = physic.Pressure(hPa * 100 * float64(physic.Pascal))
		return w
	}
	for _, tt := range []struct {
		name string
		ctrl byte
		want int32
	}{
		{"on", 0xC4, 0x3E7FFF},  // 999.99976 hPa, whole
		{"off", 0xC0, 0x3E80FF}, // the low byte of one value, the others of the next
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(nil)
				b.Set(at(float64(0x3E7FFF) / 4096))
				write(t, b, emulator.LPS25H, 0x20, tt.ctrl)
				time.Sleep(40 * time.Millisecond)
				xl := read(t, b, emulator.LPS25H, 0x28, 1)[0]
				b.Set(at(1000))
				time.Sleep(40 * time.Millisecond)
				rest := read(t, b, emulator.LPS25H, 0x29|0x80, 2)
				if got := int32(xl) | int32(rest[0])<<8 | int32(rest[1])<<16; got != tt.want {
					t.Errorf("pressure read in two transactions = %#x; want %#x", got, tt.want)
				}
				// The value held back shows next, and is new.
				if got := read(t, b, emulator.LPS25H, 0x27, 1)[0] & 2; tt.ctrl&4 != 0 && got == 0 {
					t.Error("P_DA after the held value was read = 0; want 1")
				}
				p := read(t, b, emulator.LPS25H, 0x28|0x80, 3)
				if got := int32(p[0]) | int32(p[1])<<8 | int32(p[2])<<16; got != 0x3E8000 {
					t.Errorf("next pressure = %#x; want 0x3e8000", got)
				}
			})
		})
	}
}

func TestOneShot(t *testing.T) {
	for _, tt := range []struct {
		name string
		addr uint16
		conf []byte
		want time.Duration
	}{
		// 62 µs for each of the averaged samples and 975 µs.
		{"lps25h 512/64", emulator.LPS25H, []byte{0x10, 0x0F}, 36687 * time.Microsecond},
		{"lps25h 128/32", emulator.LPS25H, []byte{0x10, 0x0A}, 10895 * time.Microsecond},
		{"hts221 32/16", emulator.HTS221, []byte{0x10, 0x1B}, 3951 * time.Microsecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(nil)
				write(t, b, tt.addr, tt.conf...)
				write(t, b, tt.addr, 0x21, 0x01)
				if got := read(t, b, tt.addr, 0x21, 1)[0]; got != 0 {
					t.Errorf("ONE_SHOT while powered down = %d; want 0", got)
				}
				write(t, b, tt.addr, 0x20, 0x84)
				write(t, b, tt.addr, 0x21, 0x01)
				time.Sleep(tt.want - 1)
				if got := read(t, b, tt.addr, 0x21, 1)[0]; got != 1 {
					t.Errorf("ONE_SHOT during the conversion = %d; want 1", got)
				}
				time.Sleep(time.Nanosecond)
				if got := read(t, b, tt.addr, 0x21, 1)[0]; got != 0 {
					t.Errorf("ONE_SHOT after the conversion = %d; want 0", got)
				}
				if got := read(t, b, tt.addr, 0x27, 1)[0]; got != 3 {
					t.Errorf("status = %#x; want 3", got)
				}
			})
		})
	}
}

func TestMagnetometerSingle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		write(t, b, emulator.LSM9DS1Mag, 0x20, 0x1C) // 80 Hz
		write(t, b, emulator.LSM9DS1Mag, 0x22, 0x01)
		time.Sleep(time.Second)
		if got := read(t, b, emulator.LSM9DS1Mag, 0x27, 1)[0]; got != 0x0F {
			t.Errorf("status = %#x; want 0x0f: one conversion, no overrun", got)
		}
		if got := read(t, b, emulator.LSM9DS1Mag, 0x22, 1)[0]; got != 0x03 {
			t.Errorf("CTRL_REG3_M = %#x; want 0x03, powered down", got)
		}
	})
}

func TestMagnetometerOffset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		w := emulator.Room()
		w.Motion.Mag = [3]float64{0, 100, 0} // 1 gauss along the chip's y
		b.Set(w)
		write(t, b, emulator.LSM9DS1Mag, 0x07|0x80, 0x2A, 0x00)
		write(t, b, emulator.LSM9DS1Mag, 0x22, 0x00)
		time.Sleep(time.Second)
		y := read(t, b, emulator.LSM9DS1Mag, 0x2A|0x80, 2)
		if got := int(y[0]) | int(y[1])<<8; got != 6842-42 {
			t.Errorf("y = %d; want %d", got, 6842-42)
		}
	})
}

func TestPressureMean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(nil)
		start := time.Now()
		b.SetFunc(func(at time.Time) emulator.World {
			w := emulator.Room()
			n := at.Sub(start) / (40 * time.Millisecond)
			w.Env.Pressure = physic.Pressure(1000+n) * 100 * physic.Pascal
			return w
		})
		write(t, b, emulator.LPS25H, 0x2E, 0xC3) // mean of four
		write(t, b, emulator.LPS25H, 0x21, 0x40)
		write(t, b, emulator.LPS25H, 0x20, 0xC4)
		time.Sleep(400 * time.Millisecond) // conversions 1 to 10
		p := read(t, b, emulator.LPS25H, 0x28|0x80, 3)
		got := int32(p[0]) | int32(p[1])<<8 | int32(p[2])<<16
		if want := int32(1008.5 * 4096); got != want {
			t.Errorf("mean = %d; want %d", got, want)
		}
	})
}

func TestNoise(t *testing.T) {
	raw := func(seed uint64, every int) (sum, squares float64, last int16) {
		synctest.Test(t, func(t *testing.T) {
			b := emulator.New(&emulator.Options{Noise: 2, Seed: seed})
			w := emulator.Room()
			w.Motion.Accel = [3]float64{}
			b.Set(w)
			write(t, b, emulator.LSM9DS1, 0x20, 0x60)
			const n = 2000
			for i := range n {
				time.Sleep(time.Second)
				if (i+1)%every != 0 {
					continue
				}
				r := read(t, b, emulator.LSM9DS1, 0x28, 2)
				last = int16(uint16(r[0]) | uint16(r[1])<<8)
				sum += float64(last) / n
				squares += float64(last) * float64(last) / n
			}
		})
		return sum, squares, last
	}
	mean, variance, last := raw(1, 1)
	if mean < -0.2 || mean > 0.2 || variance < 3.5 || variance > 4.7 {
		t.Errorf("noise has mean %.2f and variance %.2f; want about 0 and 4", mean, variance)
	}
	if _, _, got := raw(1, 100); got != last {
		t.Errorf("last value read every 100 s = %d; want %d as when read every second", got, last)
	}
	if _, v, _ := raw(2, 1); v == variance {
		t.Error("seeds 1 and 2 give the same noise")
	}
}

func TestMatrix(t *testing.T) {
	b := emulator.New(nil)
	frame := make([]byte, 193)
	frame[1] = 31      // row 0, column 0, red
	frame[10] = 31     // row 0, column 1, green
	frame[192] = 31    // row 7, column 7, blue
	frame[1+24] = 0xE0 // above 5 bits: nothing
	frame[1+24+2] = 1  // row 1, column 2: the darkest red
	write(t, b, emulator.LEDMatrix, frame...)
	want := [64]color.NRGBA{}
	for i := range want {
		want[i].A = 255
	}
	want[0].R, want[1].G, want[63].B, want[10].R = 255, 255, 255, 8
	if got := b.Pixels(); got != want {
		t.Errorf("Pixels() = %v; want %v", got, want)
	}
	write(t, b, emulator.LEDMatrix, 0x00, 16)
	if got := b.Pixels()[0].R; got != 132 {
		t.Errorf("red of the first pixel = %d; want 132", got)
	}
	if got := b.Frames(); got != 2 {
		t.Errorf("Frames() = %d; want 2", got)
	}
	b.SetKeys(emulator.KeyUp | emulator.KeyEnter)
	if got := read(t, b, emulator.LEDMatrix, 0xF2, 1)[0]; got != 0x0C {
		t.Errorf("joystick register = %#x; want 0x0c", got)
	}
	b.PowerCycle(emulator.LEDMatrix)
	if got := b.Pixels()[0]; got != (color.NRGBA{A: 255}) {
		t.Errorf("first pixel after power-on = %v; want black", got)
	}
	bare := emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	if got := bare.Pixels()[0]; got != (color.NRGBA{}) {
		t.Errorf("pixel of a board without a matrix = %v; want transparent", got)
	}
}

func TestMisuse(t *testing.T) {
	b := emulator.New(nil)
	write(t, b, emulator.HTS221, 0x20, 0x87)
	if err := b.Misuse(); err != nil {
		t.Errorf("Misuse() = %v; want nil", err)
	}
	for _, bad := range []struct {
		addr uint16
		reg  byte
	}{
		{emulator.HTS221, 0x30},
		{emulator.LPS25H, 0x0F},
		{emulator.LSM9DS1, 0x28},
		{emulator.LSM9DS1Mag, 0x2F},
		{emulator.LEDMatrix, 0xF3},
	} {
		write(t, b, bad.addr, bad.reg, 1)
	}
	got := b.Misuse()
	if multi, ok := got.(interface{ Unwrap() []error }); !ok || len(multi.Unwrap()) != 5 {
		t.Errorf("Misuse() = %v; want five errors", got)
	}
}

func TestSpeed(t *testing.T) {
	b := emulator.New(nil)
	if err := b.SetSpeed(400 * physic.KiloHertz); err != nil || b.Speed() != 400*physic.KiloHertz {
		t.Errorf("SetSpeed(400kHz) = %v, Speed() = %s; want nil, 400kHz", err, b.Speed())
	}
	if err := b.SetSpeed(1); err == nil {
		t.Error("SetSpeed(1µHz) = nil; want an error")
	}
}

func TestTxAllocations(t *testing.T) {
	b := emulator.New(nil)
	write(t, b, emulator.LSM9DS1, 0x10, 0x60)
	w, r := []byte{0x18}, make([]byte, 6)
	got := testing.AllocsPerRun(100, func() {
		if err := b.Tx(emulator.LSM9DS1, w, r); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("Tx allocates %v times; want 0", got)
	}
}
