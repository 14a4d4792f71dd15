package tcs3400

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor"
)

// start72 is what New does to a TCS3472 with default options, start00 to a TCS3400.
var (
	start72 = []i2ctest.IO{
		{Addr: Addr, W: []byte{0x92}, R: []byte{0x44}},
		{Addr: Addr, W: []byte{0x92}, R: []byte{0x44}},
		{Addr: Addr, W: []byte{0x80, 0x00}},
		{Addr: Addr, W: []byte{0x80, 0x01}},
		{Addr: Addr, W: []byte{0x81, 0xC0}},
		{Addr: Addr, W: []byte{0x83, 0xFF}},
		{Addr: Addr, W: []byte{0x8C, 0x00}},
		{Addr: Addr, W: []byte{0x8D, 0x00}},
		{Addr: Addr, W: []byte{0x8F, 0x01}},
		{Addr: Addr, W: []byte{0x84, 0x00}},
		{Addr: Addr, W: []byte{0x85, 0x00}},
		{Addr: Addr, W: []byte{0x86, 0x00}},
		{Addr: Addr, W: []byte{0x87, 0x00}},
		{Addr: Addr, W: []byte{0xE6}},
		{Addr: Addr, W: []byte{0x80, 0x13}},
	}
	start00 = []i2ctest.IO{
		{Addr: AltAddr, W: []byte{0x92}, R: []byte{0x93}},
		{Addr: AltAddr, W: []byte{0x92}, R: []byte{0x93}},
		{Addr: AltAddr, W: []byte{0x80, 0x00}},
		{Addr: AltAddr, W: []byte{0x80, 0x01}},
		{Addr: AltAddr, W: []byte{0x81, 0xC0}},
		{Addr: AltAddr, W: []byte{0x83, 0xFF}},
		{Addr: AltAddr, W: []byte{0x8C, 0x00}},
		{Addr: AltAddr, W: []byte{0x8D, 0x40}},
		{Addr: AltAddr, W: []byte{0x8F, 0x01}},
		{Addr: AltAddr, W: []byte{0xC0, 0x00}},
		{Addr: AltAddr, W: []byte{0x84, 0x00}},
		{Addr: AltAddr, W: []byte{0x85, 0x00}},
		{Addr: AltAddr, W: []byte{0x86, 0x00}},
		{Addr: AltAddr, W: []byte{0x87, 0x00}},
		{Addr: AltAddr, W: []byte{0xE6, 0x00}},
		{Addr: AltAddr, W: []byte{0x80, 0x13}},
	}
)

func open(t *testing.T, o *Options, start []i2ctest.IO, ops ...i2ctest.IO) *Dev {
	t.Helper()
	bus := &i2ctest.Playback{Ops: slices.Concat(start, ops), DontPanic: true}
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

// The counts are those of Device-Chip-TCS3472x (CPAN), t/03crgb.t.
func TestRead(t *testing.T) {
	counts := []byte{0x2B, 0x01, 0x90, 0x00, 0x64, 0x00, 0x35, 0x00}
	changed := []byte{0x2C, 0x01, 0x90, 0x00, 0x64, 0x00, 0x35, 0x00}
	tests := []struct {
		name        string
		addr        uint16
		o           *Options
		start       []i2ctest.IO
		read, clear []byte
		want        Color
	}{
		{"tcs3472", Addr, nil, start72, []byte{0xB3}, []byte{0xE6}, Color{Max: 65535, Gain: 4, Integration: 153600 * time.Microsecond}},
		{"tcs3400", AltAddr, &Options{Addr: AltAddr}, start00, []byte{0x93}, []byte{0xE6, 0x00}, Color{Max: 65535, Gain: 4, Integration: 177920 * time.Microsecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := func(status byte, counts []byte) i2ctest.IO {
				return i2ctest.IO{Addr: tt.addr, W: tt.read, R: append([]byte{status}, counts...)}
			}
			cleared := i2ctest.IO{Addr: tt.addr, W: tt.clear}
			d := open(t, tt.o, tt.start,
				out(0x00, make([]byte, 8)),
				out(0x01, counts), // without the mark: left from before the start
				out(0x11, counts), cleared,
				out(0x01, counts),
				out(0x01, changed), // ended between the read and the clearing before
				out(0x11, changed), cleared,
			)
			tt.want.Clear, tt.want.Red, tt.want.Green, tt.want.Blue = 299, 144, 100, 53
			next := tt.want
			next.Clear = 300
			for i, want := range []struct {
				err     error
				value   Color
				quality sensor.Quality
				seq     uint64
			}{
				{err: sensor.ErrNotReady, quality: sensor.NotReady},
				{err: sensor.ErrNotReady, quality: sensor.NotReady},
				{value: tt.want, seq: 1},
				{value: tt.want, seq: 2, quality: sensor.Stale},
				{value: next, seq: 3},
				{value: next, seq: 4},
			} {
				r := sensor.Reading[Color]{Value: Color{Red: 1}, Quality: sensor.Stuck}
				err := d.Read(t.Context(), &r)
				if !errors.Is(err, want.err) || (err == nil) != (want.err == nil) {
					t.Fatalf("read %d: error %v; want %v", i, err, want.err)
				}
				if r.Value != want.value || r.Quality != want.quality || r.Seq != want.seq || r.At.IsZero() {
					t.Errorf("read %d = %+v; want %+v, %v, Seq %d and a time", i, r, want.value, want.quality, want.seq)
				}
			}
		})
	}
}

// When the mark is the thresholds', time decides whether a value that is the same is new.
func TestReadWithThresholds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := slices.Clone(start72)
		for i, v := range map[int]byte{6: 0x02, 9: 0x10, 10: 0x20, 11: 0x30, 12: 0x40} {
			start[i].W = []byte{start[i].W[0], v}
		}
		counts := []byte{1, 2, 3, 4, 5, 6, 7, 8}
		out := func(status byte) i2ctest.IO {
			return i2ctest.IO{Addr: Addr, W: []byte{0xB3}, R: append([]byte{status}, counts...)}
		}
		d := open(t, &Options{Interrupt: true, Low: 0x2010, High: 0x4030, Persistence: 2}, start,
			out(0x01), out(0x11), out(0x11), out(0x01), out(0x01),
			i2ctest.IO{Addr: Addr, W: []byte{0x93}, R: []byte{0x11}},
			i2ctest.IO{Addr: Addr, W: []byte{0xE6}},
			i2ctest.IO{Addr: Addr, W: []byte{0x84, 0x34}}, i2ctest.IO{Addr: Addr, W: []byte{0x85, 0x12}},
			i2ctest.IO{Addr: Addr, W: []byte{0x86, 0x78}}, i2ctest.IO{Addr: Addr, W: []byte{0x87, 0x56}},
		)
		const longest = 65*2400*time.Microsecond*11/10 + 2400*time.Microsecond
		for i, step := range []struct {
			wait time.Duration
			want sensor.Quality
		}{
			{longest - 1, sensor.NotReady},
			{1, 0},
			{longest - 1, sensor.Stale},
			{1, 0},
			{0, sensor.Stale},
		} {
			time.Sleep(step.wait)
			var r sensor.Reading[Color]
			if err := d.Read(t.Context(), &r); (err == nil) != (step.want != sensor.NotReady) || r.Quality != step.want {
				t.Errorf("read %d = %v, %v; want %v", i, r.Quality, err, step.want)
			}
		}
		if on, err := d.Interrupt(); err != nil || !on {
			t.Errorf("Interrupt() = %v, %v; want true", on, err)
		}
		if err := d.ClearInterrupt(); err != nil {
			t.Errorf("ClearInterrupt() = %v; want nil", err)
		}
		if err := d.SetThresholds(0x1234, 0x5678); err != nil {
			t.Errorf("SetThresholds = %v; want nil", err)
		}
		if err := d.SetThresholds(2, 1); err == nil {
			t.Error("SetThresholds(2, 1) = nil; want an error")
		}
	})
}

func TestNoThresholds(t *testing.T) {
	d := open(t, nil, start72)
	_, err := d.Interrupt()
	for _, err := range []error{err, d.ClearInterrupt(), d.SetThresholds(1, 2)} {
		if !errors.Is(err, ErrNoInterrupt) {
			t.Errorf("error without Options.Interrupt = %v; want %v", err, ErrNoInterrupt)
		}
	}
}

func TestNewTriesBothAddresses(t *testing.T) {
	// Something else at the first address: a VL53L0X's 0x29 answers anything.
	bus := &i2ctest.Playback{Ops: append([]i2ctest.IO{
		{Addr: Addr, W: []byte{0x92}, R: []byte{0xEE}},
	}, start00...), DontPanic: true}
	d, err := New(bus, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.String(), "TCS3400{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	bus = &i2ctest.Playback{Ops: []i2ctest.IO{
		{Addr: Addr, W: []byte{0x92}, R: []byte{0xEE}},
		{Addr: AltAddr, W: []byte{0x92}, R: []byte{0x0A}},
	}, DontPanic: true}
	_, err = New(bus, nil)
	for _, want := range []string{"at 0x29: identity is 0xee", "at 0x39: identity is 0x0a"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want it to say %q", err, want)
		}
	}
}

func TestNewBadArguments(t *testing.T) {
	_, err := New(nil, &Options{Addr: 0x77})
	if err == nil || err.Error() != "sensor: tcs3400: address is 0x77, want 0x29, 0x39 or 0 for either\nsensor: tcs3400: bus is nil" {
		t.Errorf("New with bad arguments = %v; want both problems", err)
	}
}

func TestHaltPowersDown(t *testing.T) {
	d := open(t, nil, start72, i2ctest.IO{Addr: Addr, W: []byte{0x80, 0x00}})
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	// A part that is halted takes settings and stays so.
	if err := errors.Join(d.SetGain(60), d.SetCycles(1)); err != nil {
		t.Error(err)
	}
	if d.Gain() != 60 || d.Cycles() != 1 || d.Period() != 4800*time.Microsecond {
		t.Errorf("gain %d, %d cycles, period %v; want 60, 1, 4.8ms", d.Gain(), d.Cycles(), d.Period())
	}
	if got, want := d.String(), "TCS3472{playback}"; got != want {
		t.Errorf("String() = %q; want %q", got, want)
	}
}
