package emulator_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/tcs3400"
)

var colorKinds = []struct {
	name  string
	kind  *emulator.ColorKind
	id    byte
	cycle time.Duration
	top   int // gain
}{
	{"tcs34725", emulator.TCS34725, 0x44, 2400 * time.Microsecond, 60},
	{"tcs3400", emulator.TCS3400, 0x93, 2780 * time.Microsecond, 64},
}

// lit returns a room in the light given.
func lit(l emulator.Light) emulator.World {
	w := emulator.Room()
	w.Light = l
	return w
}

func TestColorReadsWorld(t *testing.T) {
	for _, k := range colorKinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(&emulator.Options{Color: k.kind})
				dev := must(tcs3400.New(b, &tcs3400.Options{Gain: 16}))(t)
				rapid.Check(bubble{t}, func(t *rapid.T) {
					lux := rapid.Float64Range(50, 800).Draw(t, "lux")
					kelvin := rapid.Float64Range(2000, 8000).Draw(t, "kelvin")
					light := emulator.WhiteLight(lux, kelvin)
					light.Infrared = rapid.Float64Range(0, 100).Draw(t, "infrared")
					b.Set(lit(light))
					r := settled(t, dev)
					// Rounding to counts is up to 1.5 of them in each visible colour.
					ms := float64(64*k.cycle) / float64(time.Millisecond)
					count := 310 / (ms * 16)
					if got := r.Value.Lux(); math.Abs(got-lux) > 2.5*count {
						t.Fatalf("Lux() = %v of %+v; want %v within %v", got, r.Value, lux, 2.5*count)
					}
					red := light.Red / count
					if got := r.Value.ColorTemperature(); math.Abs(got-kelvin) > 6600*2*1.5/red {
						t.Fatalf("ColorTemperature() = %v of %+v; want %v", got, r.Value, kelvin)
					}
					if r.Quality != 0 {
						t.Fatalf("Quality = %v; want OK", r.Quality)
					}
				})
				wantNoMisuse(t, b)
			})
		})
	}
}

// A board has no colour sensor unless asked, at 0x29 unless asked otherwise.
func TestColorIsOptional(t *testing.T) {
	if _, err := tcs3400.New(emulator.New(nil), nil); !isNotPresent(err) {
		t.Errorf("New on a board without = %v; want a *sensor.NotPresentError", err)
	}
	for _, k := range colorKinds {
		for _, addr := range []uint16{0, 0x29, 0x39} {
			b := emulator.New(&emulator.Options{Color: k.kind, ColorAddr: addr})
			if addr == 0 {
				addr = emulator.ColorSensor
			}
			if got := read(t, b, addr, 0x92, 1)[0]; got != k.id {
				t.Errorf("identity of %s at %#x = %#x; want %#x", k.name, addr, got, k.id)
			}
			if _, err := tcs3400.New(b, nil); err != nil {
				t.Errorf("New for %s at %#x = %v; want nil", k.name, addr, err)
			}
			if _, err := tcs3400.New(b, &tcs3400.Options{Addr: addr}); err != nil {
				t.Errorf("New with the address for %s at %#x = %v; want nil", k.name, addr, err)
			}
			if _, err := tcs3400.New(b, &tcs3400.Options{Addr: 0x29 ^ 0x39 ^ addr}); !isNotPresent(err) {
				t.Errorf("New with the other address than %#x = %v; want a *sensor.NotPresentError", addr, err)
			}
		}
	}
}

func TestColorPointerRules(t *testing.T) {
	b := emulator.New(&emulator.Options{Color: emulator.TCS34725})
	write(t, b, emulator.ColorSensor, 0xA4, 0x11, 0x22, 0x33, 0x44) // TYPE 01: goes on
	if got := read(t, b, emulator.ColorSensor, 0xA4, 4); [4]byte(got) != [4]byte{0x11, 0x22, 0x33, 0x44} {
		t.Errorf("thresholds by auto-increment = %#x; want what was written", got)
	}
	if got := read(t, b, emulator.ColorSensor, 0x84, 2); got[0] != 0x11 || got[1] != 0x11 {
		t.Errorf("thresholds by the repeated byte protocol = %#x; want the first twice", got)
	}
	b = emulator.New(&emulator.Options{Color: emulator.TCS3400})
	write(t, b, emulator.ColorSensor, 0x84, 0x11, 0x22, 0x33, 0x44)
	if got := read(t, b, emulator.ColorSensor, 0x84, 4); [4]byte(got) != [4]byte{0x11, 0x22, 0x33, 0x44} {
		t.Errorf("thresholds of the TCS3400 = %#x; want what was written", got)
	}
	if got := read(t, b, emulator.ColorSensor, 0xA4, 4); [4]byte(got) != [4]byte{} {
		t.Errorf("registers from 0xa4 of the TCS3400 = %#x; want nothing there", got)
	}
}

func TestColorTiming(t *testing.T) {
	for _, k := range colorKinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(&emulator.Options{Color: k.kind})
				status := func() byte { return read(t, b, emulator.ColorSensor, 0x93, 1)[0] & 0x11 }
				write(t, b, emulator.ColorSensor, 0x81, 0xF6) // 10 cycles
				write(t, b, emulator.ColorSensor, 0x83, 0xFB) // 5 cycles of waiting
				write(t, b, emulator.ColorSensor, 0x80, 0x0B) // PON, AEN, WEN
				time.Sleep(2400*time.Microsecond + 16*k.cycle - 1)
				if got := status(); got != 0 {
					t.Errorf("status before the first integration has ended = %#x; want 0", got)
				}
				time.Sleep(time.Nanosecond)
				if got := status(); got != 0x11 {
					t.Errorf("status after it = %#x; want AVALID and AINT", got)
				}
				// The interrupt stays until cleared, then comes with the next integration.
				if k.kind == emulator.TCS3400 {
					write(t, b, emulator.ColorSensor, 0xE6, 0)
				} else {
					write(t, b, emulator.ColorSensor, 0xE6)
				}
				time.Sleep(16*k.cycle - 1)
				if got := status(); got != 0x01 {
					t.Errorf("status after the interrupt was cleared = %#x; want AVALID alone", got)
				}
				time.Sleep(time.Nanosecond)
				if got := status(); got != 0x11 {
					t.Errorf("status after the next = %#x; want AVALID and AINT", got)
				}
				// Twelve times the wait.
				read(t, b, emulator.ColorSensor, 0xE6, 1) // clears the TCS3472's, as the kernel does it
				write(t, b, emulator.ColorSensor, 0x80, 0x00)
				write(t, b, emulator.ColorSensor, 0x8D, 0x42)
				write(t, b, emulator.ColorSensor, 0x80, 0x0B)
				time.Sleep(2400*time.Microsecond + 71*k.cycle - 1)
				if got := status() & 1; got != 0 {
					t.Errorf("AVALID with a long wait = %d; want 0", got)
				}
				time.Sleep(time.Nanosecond)
				if got := status() & 1; got != 1 {
					t.Errorf("AVALID after a long wait = %d; want 1", got)
				}
				wantNoMisuse(t, b)
			})
		})
	}
}

func TestColorPersistence(t *testing.T) {
	for _, k := range colorKinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(&emulator.Options{Color: k.kind})
				dev := must(tcs3400.New(b, &tcs3400.Options{Cycles: 9, Interrupt: true, Low: 10, High: 1000, Persistence: 3}))(t)
				period := dev.Period()
				wantInterrupt := func(when string, want bool) {
					t.Helper()
					if got, err := dev.Interrupt(); err != nil || got != want {
						t.Errorf("Interrupt() %s = %v, %v; want %v", when, got, err, want)
					}
				}
				time.Sleep(100 * period)
				wantInterrupt("in the light of the room", false)
				b.Set(lit(emulator.Light{}))
				time.Sleep(2 * period)
				b.Set(emulator.Room())
				time.Sleep(period)
				wantInterrupt("after two integrations in the dark", false)
				b.Set(lit(emulator.WhiteLight(30_000, 5000)))
				time.Sleep(3 * period)
				b.Set(emulator.Room())
				time.Sleep(10 * period)
				wantInterrupt("after three in the sun", true)
				if err := dev.ClearInterrupt(); err != nil {
					t.Errorf("ClearInterrupt() = %v; want nil", err)
				}
				time.Sleep(10 * period)
				wantInterrupt("after ClearInterrupt", false)
				if err := dev.SetThresholds(0, 1); err != nil {
					t.Errorf("SetThresholds = %v; want nil", err)
				}
				time.Sleep(10 * period)
				wantInterrupt("with lower thresholds", true)
				wantNoMisuse(t, b)
			})
		})
	}
}

func TestColorSaturation(t *testing.T) {
	for _, k := range colorKinds {
		for _, tt := range []struct {
			cycles int
			lux    float64
			want   sensor.Quality
			clear  uint16
		}{
			{1, 1e9, sensor.Clipped, 1024},
			{64, 1e9, sensor.Clipped, 65535},
			{256, math.Inf(1), sensor.Clipped, 65535},
			{64, math.NaN(), 0, 0},
			{64, -5, 0, 0},
		} {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(&emulator.Options{Color: k.kind})
				dev := must(tcs3400.New(b, &tcs3400.Options{Gain: 1, Cycles: tt.cycles}))(t)
				b.Set(lit(emulator.Light{Green: tt.lux}))
				if r := settled(t, dev); r.Quality != tt.want || r.Value.Clear != tt.clear {
					t.Errorf("%s, %d cycles in %v lux = %+v; want %v and %v", k.name, tt.cycles, tt.lux, r, tt.clear, tt.want)
				}
			})
		}
	}
}

// The TCS3400's own mark for a saturated converter.
func TestColorSaturationMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{Color: emulator.TCS3400})
		b.Set(lit(emulator.Light{Red: 1e9}))
		write(t, b, emulator.ColorSensor, 0x80, 0x03)
		time.Sleep(time.Second)
		if got := read(t, b, emulator.ColorSensor, 0x93, 1)[0]; got != 0x91 {
			t.Errorf("status = %#x; want 0x91", got)
		}
		write(t, b, emulator.ColorSensor, 0xC0, 0x80) // the infrared channel in the clear one's place
		if got := read(t, b, emulator.ColorSensor, 0x94, 2); got[0] != 0 || got[1] != 0 {
			t.Errorf("infrared = %v; want 0", got)
		}
	})
}

// What only the TCS3400 has, and what neither lets one write.
func TestColorSpecials(t *testing.T) {
	b := emulator.New(&emulator.Options{Color: emulator.TCS3400})
	interrupt := func() bool { return read(t, b, emulator.ColorSensor, 0x93, 1)[0]&0x10 != 0 }
	for _, clear := range []byte{0xE6, 0xE7} {
		write(t, b, emulator.ColorSensor, 0xE4, 0) // forces an interrupt
		if !interrupt() {
			t.Error("AINT after IFORCE = 0; want 1")
		}
		if write(t, b, emulator.ColorSensor, clear, 0); interrupt() {
			t.Errorf("AINT after a write to %#x = 1; want 0", clear)
		}
	}
	write(t, b, emulator.ColorSensor, 0x90, 0x20)
	write(t, b, emulator.ColorSensor, 0xC0, 0xFF)
	if aux, ir := read(t, b, emulator.ColorSensor, 0x90, 1)[0], read(t, b, emulator.ColorSensor, 0xC0, 1)[0]; aux != 0x20 || ir != 0x80 {
		t.Errorf("AUX and IR = %#x, %#x; want 0x20, 0x80", aux, ir)
	}
	wantNoMisuse(t, b)
	for _, k := range colorKinds {
		b := emulator.New(&emulator.Options{Color: k.kind})
		for _, reg := range []byte{0x92, 0x93, 0x94, 0x82, 0xE5} {
			write(t, b, emulator.ColorSensor, reg, 1)
		}
		got := b.Misuse()
		if multi, ok := got.(interface{ Unwrap() []error }); !ok || len(multi.Unwrap()) != 5 {
			t.Errorf("Misuse() of a %s = %v; want five errors", k.name, got)
		}
		if got := read(t, b, emulator.ColorSensor, 0x92, 1)[0]; got != k.id {
			t.Errorf("identity after it = %#x; want %#x", got, k.id)
		}
	}
	b = emulator.New(&emulator.Options{Color: emulator.TCS34725})
	write(t, b, emulator.ColorSensor, 0xE6, 0) // a value after the command is of no account
	wantNoMisuse(t, b)
}

// A frozen part converts and repeats its value; nothing in its registers says so.
func TestColorFrozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{Color: emulator.TCS3400})
		dev := must(tcs3400.New(b, nil))(t)
		before := settled(t, dev)
		b.Fault(emulator.Fault{Kind: emulator.FrozenOutput, Addr: emulator.ColorSensor})
		b.Set(lit(emulator.WhiteLight(1000, 3000)))
		if after := settled(t, dev); after.Value != before.Value || after.Quality != 0 {
			t.Errorf("Read = %+v; want %+v again, as if new", after, before)
		}
		b.ClearFaults()
		if after := settled(t, dev); after.Value == before.Value {
			t.Error("Read after the fault gives the value from before")
		}
	})
}

// A high byte belongs to the low byte read before it.
func TestColorShadow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{Color: emulator.TCS34725})
		write(t, b, emulator.ColorSensor, 0x81, 0xC0)
		write(t, b, emulator.ColorSensor, 0x80, 0x03)
		b.Set(lit(emulator.Light{Red: 310 * 511 / 153.6})) // 0x01FF counts
		time.Sleep(time.Second)
		low := read(t, b, emulator.ColorSensor, 0x96, 1)[0]
		b.Set(lit(emulator.Light{Red: 310 * 512 / 153.6}))
		time.Sleep(time.Second)
		high := read(t, b, emulator.ColorSensor, 0x97, 1)[0]
		if low != 0xFF || high != 0x01 {
			t.Errorf("red in two reads = %#x, %#x; want 0xff, 0x01", low, high)
		}
	})
}

func TestWhiteLight(t *testing.T) {
	for _, tt := range []struct{ lux, kelvin, want float64 }{{300, 4000, 300}, {1, 1000, 1}, {0, 5000, 0}} {
		l := emulator.WhiteLight(tt.lux, tt.kelvin)
		if got := 0.136*l.Red + l.Green - 0.444*l.Blue; math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("WhiteLight(%v, %v) = %+v of %v lux; want %v", tt.lux, tt.kelvin, l, got, tt.want)
		}
	}
}

// The interrupt line rises when keys change and falls when they are read.
func TestKeyEdges(t *testing.T) {
	b := emulator.New(nil)
	edge := func() bool {
		select {
		case <-b.KeyEdges():
			return true
		default:
			return false
		}
	}
	if edge() {
		t.Error("an edge before anything has happened")
	}
	b.SetKeys(emulator.KeyUp)
	b.SetKeys(emulator.KeyUp | emulator.KeyEnter)
	if !edge() || edge() {
		t.Error("two changes before the keys were read do not give one edge")
	}
	b.SetKeys(emulator.KeyEnter)
	if edge() {
		t.Error("an edge while the line is high")
	}
	if got := read(t, b, emulator.LEDMatrix, 0xF2, 1)[0]; got != byte(emulator.KeyEnter) {
		t.Errorf("keys = %#x; want the last ones", got)
	}
	b.SetKeys(emulator.KeyEnter)
	if edge() {
		t.Error("an edge without a change")
	}
	b.SetKeys(0)
	if !edge() {
		t.Error("no edge for a change after the keys were read")
	}
	bare := emulator.New(&emulator.Options{Without: []uint16{emulator.LEDMatrix}})
	bare.SetKeys(emulator.KeyUp)
	if bare.KeyEdges() != nil {
		t.Error("a board without a matrix has edges")
	}
}

func TestColorWrongID(t *testing.T) {
	b := emulator.New(&emulator.Options{Color: emulator.TCS3400})
	b.Fault(emulator.Fault{Kind: emulator.WrongID, Addr: emulator.ColorSensor, Value: 0xEE})
	_, err := tcs3400.New(b, &tcs3400.Options{Addr: 0x29})
	e, ok := errors.AsType[*sensor.NotPresentError](err)
	if !ok || e.Got != 0xEE || sensor.Temporary(err) {
		t.Errorf("New = %v; want a lasting *sensor.NotPresentError with 0xee", err)
	}
	want := "sensor: tcs3400: not present at 0x29: identity is 0xee, want 0x90: a TCS3400 has 0x90 or 0x93, a TCS3472 0x44 or 0x4d"
	if err != nil && err.Error() != want {
		t.Errorf("New = %q; want %q", err, want)
	}
}
