package dtype

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSmallFloatsRoundTrip encodes every value of every format and wants the bits back.
func TestSmallFloatsRoundTrip(t *testing.T) {
	for name, f := range map[string]*smallFloat{
		"float16": &float16Format, "bfloat16": &bfloat16Format, "e5m2": &e5m2Format, "e4m3fn": &e4m3fnFormat,
		"e4m3fnuz": &e4m3fnuzFormat, "e5m2fnuz": &e5m2fnuzFormat, "e2m1": &e2m1Format,
	} {
		for bits := range uint16(1<<(f.exp+f.man+1) - 1) {
			v := f.decode(bits)
			got := f.encode(float64(v), false)
			if v != v {
				if back := f.decode(got); back == back {
					t.Errorf("%s: NaN %#x encodes to %#x, which is %g", name, bits, got, back)
				}
				continue
			}
			if got != bits {
				t.Errorf("%s: %#x is %g, which encodes to %#x", name, bits, v, got)
			}
		}
	}
}

// TestFloat16Decodes checks the fast way of Float16 against the general one.
func TestFloat16Decodes(t *testing.T) {
	for bits := range 1 << 16 {
		got, want := Float16(bits).Float32(), float16Format.decode(uint16(bits))
		if math.Float32bits(got) != math.Float32bits(want) && (got == got || want == want) {
			t.Fatalf("Float16(%#x) = %g; want %g", bits, got, want)
		}
	}
}

// TestHalvesEncode checks the fast way to the halves against the general one: for all values of both, for those close
// to the middle of two, and for others.
func TestHalvesEncode(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, f := range map[string]struct {
		format *smallFloat
		fast   func(float64) uint16
		single func(float32) uint16
	}{
		"float16": {
			&float16Format,
			func(v float64) uint16 { return uint16(ToFloat16(v)) },
			func(v float32) uint16 { return uint16(RoundFloat16(v)) },
		},
		"bfloat16": {
			&bfloat16Format,
			func(v float64) uint16 { return uint16(ToBFloat16(v)) },
			func(v float32) uint16 { return uint16(RoundBFloat16(v)) },
		},
	} {
		check := func(v float64) {
			if got, want := f.fast(v), f.format.encode(v, false); got != want {
				t.Fatalf("%s of %g = %#x; want %#x", name, v, got, want)
			}
			single := float32(v)
			if got, want := f.single(single), f.format.encode(float64(single), false); got != want {
				t.Fatalf("%s of %g = %#x; want %#x", name, single, got, want)
			}
		}
		for bits := range 1<<16 - 1 {
			a, b := float64(f.format.decode(uint16(bits))), float64(f.format.decode(uint16(bits+1)))
			middle := a + (b-a)/2
			for _, v := range []float64{a, middle, math.Nextafter(middle, a), math.Nextafter(middle, b)} {
				check(v)
			}
		}
		for range 100_000 {
			check(math.Float64frombits(rnd.Uint64()))
			check(math.Ldexp(rnd.Float64()-0.5, rnd.IntN(400)-200))
		}
		for _, v := range []float64{65519.99, 65520, 0x1.ffp127, 0x1.feffffp127, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)} {
			check(v)
			check(-v)
		}
	}
}

// TestSmallFloatsRound checks halfway cases, and what lies beyond the greatest value.
func TestSmallFloatsRound(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		f        *smallFloat
		v        float64
		saturate bool
		want     float64
	}{
		{&float16Format, 1 + 0x1p-11, false, 1},            // halfway, down to even
		{&float16Format, 1 + 3*0x1p-11, false, 1 + 0x1p-9}, // halfway, up to even
		{&float16Format, 0x1p-25, false, 0},                // half of the least subnormal
		{&float16Format, 0x1.8p-25, false, 0x1p-24},        // more than that
		{&float16Format, 65519.99, false, 65504},           // rounds down
		{&float16Format, 65520, false, inf},                // rounds up, beyond the greatest
		{&float16Format, 1e9, true, 65504},
		{&e4m3fnFormat, 464, false, 448}, // halfway, down to even
		{&e4m3fnFormat, 1000, true, 448},
		{&e5m2Format, inf, true, 57344},
		{&e5m2Format, inf, false, inf},
		{&e2m1Format, 5, false, 4},
		{&e2m1Format, 100, false, 6},
	} {
		if got := float64(c.f.decode(c.f.encode(c.v, c.saturate))); got != c.want {
			t.Errorf("encode(%g, %v) = %g; want %g", c.v, c.saturate, got, c.want)
		}
		if got := float64(c.f.decode(c.f.encode(-c.v, c.saturate))); got != -c.want {
			t.Errorf("encode(%g, %v) = %g; want %g", -c.v, c.saturate, got, -c.want)
		}
	}
}
