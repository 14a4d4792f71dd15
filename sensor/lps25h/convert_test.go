package lps25h

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

func TestConvert(t *testing.T) {
	tests := []struct {
		name    string
		p       [5]byte
		hPa     float64
		celsius float64
		quality sensor.Quality
	}{
		// The temperatures 50 DA and BB D9 were published in ST's and in Digilent's forum.
		{"one atmosphere", [5]byte{0x00, 0x54, 0x3F, 0x50, 0xDA}, 1013.25, 22.4, 0},
		{"room", [5]byte{0x00, 0x00, 0x3F, 0xBB, 0xD9}, 1008, 22.0895833, 0},
		{"one count", [5]byte{0x01, 0x00, 0x3F, 0x01, 0x00}, 1008.00024414, 42.5020833, 0},
		{"least", [5]byte{0x00, 0x40, 0x10, 0x00, 0x00}, 260, 42.5, 0},
		{"less", [5]byte{0xFF, 0x3F, 0x10, 0x00, 0x00}, 259.99975586, 42.5, sensor.OutOfRange},
		{"too much", [5]byte{0x01, 0xC0, 0x4E, 0x00, 0x00}, 1260.00024414, 42.5, sensor.OutOfRange},
		{"negative", [5]byte{0xFF, 0xFF, 0xFF, 0x00, 0x00}, -0.00024414, 42.5, sensor.OutOfRange},
		{"too hot", [5]byte{0x00, 0x00, 0x3F, 0xFF, 0x7F}, 1008, 110.7645833, sensor.OutOfRange},
		{"coldest", [5]byte{0x00, 0x00, 0x3F, 0x00, 0x80}, 1008, -25.7666667, 0},
	}
	for _, tt := range tests {
		env, quality := convert(tt.p[:])
		hPa := float64(env.Pressure) / float64(100*physic.Pascal)
		if math.Abs(hPa-tt.hPa) > 1e-8 || math.Abs(env.Temperature.Celsius()-tt.celsius) > 1e-7 || quality != tt.quality {
			t.Errorf("%s: convert(% x) = %.8f hPa, %.7f °C, %v; want %v, %v, %v",
				tt.name, tt.p, hPa, env.Temperature.Celsius(), quality, tt.hPa, tt.celsius, tt.quality)
		}
	}
}

// Integers against rational numbers: at most half a unit of physic away, over all temperatures and, of the pressures, both
// ends, zero, and all within the range in steps of a prime number and at random.
func TestConvertIsExact(t *testing.T) {
	half := big.NewRat(1, 2)
	check := func(what string, raw, got int64, want *big.Rat) {
		t.Helper()
		if d := want.Sub(want, big.NewRat(got, 1)); d.Abs(d).Cmp(half) > 0 {
			t.Errorf("%s(%d) = %d, which is %s off", what, raw, got, d.FloatString(3))
		}
	}
	for raw := math.MinInt16; raw <= math.MaxInt16; raw++ {
		want := big.NewRat(int64(raw), 480)
		want.Add(want, big.NewRat(42_500+273_150, 1000)).Mul(want, big.NewRat(int64(physic.Kelvin), 1))
		check("temperature", int64(raw), int64(temperature(int16(raw))), want)
	}
	rng := rand.New(rand.NewPCG(25, 0))
	raws := []int32{-1 << 23, -1<<23 + 1, -1, 0, 1, 1<<23 - 1}
	for raw := int32(260 * 4096); raw <= 1260*4096; raw += 61 {
		raws = append(raws, raw, int32(rng.Uint32())>>8)
	}
	for _, raw := range raws {
		want := big.NewRat(int64(raw), 4096)
		want.Mul(want, big.NewRat(int64(100*physic.Pascal), 1))
		check("pressure", int64(raw), int64(pressure([]byte{byte(raw), byte(raw >> 8), byte(raw >> 16)})), want)
	}
}
