package tcs3400

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Expected values are by hand, from the formulas of DN40.
func TestLux(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name        string
		c           Color
		lux, kelvin float64
	}{
		{"no infrared", Color{Clear: 600, Red: 100, Green: 200, Blue: 300, Gain: 1, Integration: 310 * ms}, 13.6 + 200 - 133.2, 3810*3 + 1391},
		// (700+800+900-2000)/2 = 200
		{"infrared", Color{Clear: 2000, Red: 700, Green: 800, Blue: 900, Gain: 1, Integration: 310 * ms}, 68 + 600 - 310.8, 3810*1.4 + 1391},
		{"gain and time", Color{Clear: 2000, Red: 700, Green: 800, Blue: 900, Gain: 16, Integration: 155 * ms}, (68 + 600 - 310.8) / 8, 3810*1.4 + 1391},
		// The CPAN vector: no infrared, as 144+100+53 is less than 299.
		{"cpan", Color{Clear: 299, Red: 144, Green: 100, Blue: 53, Gain: 1, Integration: 310 * ms}, 19.584 + 100 - 23.532, 3810*53.0/144 + 1391},
		{"dark", Color{Gain: 64, Integration: ms}, 0, 0},
		{"blue light", Color{Clear: 100, Blue: 100, Gain: 1, Integration: 310 * ms}, 0, 0},
		{"infrared light", Color{Clear: 100, Red: 100, Green: 100, Blue: 100, Gain: 1, Integration: 310 * ms}, 0, 0},
		{"zero", Color{}, 0, 0},
	} {
		if got := tt.c.Lux(); math.Abs(got-tt.lux) > 1e-9 {
			t.Errorf("%s: Lux() = %v; want %v", tt.name, got, tt.lux)
		}
		if got := tt.c.ColorTemperature(); math.Abs(got-tt.kelvin) > 1e-9 {
			t.Errorf("%s: ColorTemperature() = %v; want %v", tt.name, got, tt.kelvin)
		}
	}
}

// python-sense-hat divides the counts by the 256th part of the maximum, rounded up, and leaves a 256 at full scale.
func TestScaled(t *testing.T) {
	for _, tt := range []struct {
		c    Color
		want [4]uint8
	}{
		{Color{Max: 65535, Red: 65535, Green: 256, Blue: 255, Clear: 0x8000}, [4]uint8{255, 1, 0, 128}},
		{Color{Max: 1024, Red: 1024, Green: 4, Blue: 3, Clear: 512}, [4]uint8{255, 1, 0, 128}},
		{Color{Max: 10240, Red: 10239, Green: 40, Blue: 39, Clear: 5120}, [4]uint8{255, 1, 0, 128}},
		{Color{}, [4]uint8{}},
	} {
		r, g, b, c := tt.c.Scaled()
		if got := [4]uint8{r, g, b, c}; got != tt.want {
			t.Errorf("Scaled() of %+v = %v; want %v", tt.c, got, tt.want)
		}
	}
}

// Any counts give numbers.
func TestNumbersAreFinite(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		c := Color{
			Clear: uint16(rng.Uint32()), Red: uint16(rng.Uint32()), Green: uint16(rng.Uint32()), Blue: uint16(rng.Uint32()),
			Gain: 1, Integration: 2400 * time.Microsecond,
		}
		lux, kelvin := c.Lux(), c.ColorTemperature()
		if !(lux >= 0 && lux < 1e8) || !(kelvin == 0 || kelvin >= ctOffset && kelvin < 1e9) {
			t.Fatalf("%+v: %v lux, %v K; want finite numbers from 0", c, lux, kelvin)
		}
	}
}

func TestNextGain(t *testing.T) {
	for _, tt := range []struct{ gain, step, want int }{
		{1, -1, 1}, {1, 1, 4}, {4, 1, 16}, {16, 1, 64}, {60, 1, 60}, {64, 1, 64}, {64, -1, 16}, {60, -1, 16}, {4, -1, 1}, {3, 1, 3},
	} {
		if got := nextGain(tt.gain, tt.step); got != tt.want {
			t.Errorf("nextGain(%d, %d) = %d; want %d", tt.gain, tt.step, got, tt.want)
		}
	}
}
