package kernels

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

func TestFFT(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 23, 30, 32, 49, 60, 64, 77, 97, 100, 121, 128, 143, 169, 210, 251, 360, 1000, 1009} {
		x := make([]complex128, n)
		pairs := make([]Pair[float64], n)
		for i := range x {
			x[i] = complex(rnd.NormFloat64(), rnd.NormFloat64())
			pairs[i] = Pair[float64]{real(x[i]), imag(x[i])}
		}
		f := NewFFT[float64](n)
		got, err := f.Transform(append(pairs, make([]Pair[float64], f.Room())...)[:n:n], make([]Pair[float64], f.Room()), func() error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for k, g := range got {
			want := complex128(0)
			for i, v := range x {
				angle := -2 * math.Pi * float64(i*k%n) / float64(n)
				want += v * cmplx.Rect(1, angle)
			}
			if d := cmplx.Abs(complex(g.Re, g.Im) - want); d > 1e-13*float64(n) {
				t.Errorf("length %d: element %d is off by %g", n, k, d)
				break
			}
		}
	}
}

// TestFFTParts checks that a pass which is done in parts is the same as a whole one: with one long enough for parts.
func TestFFTParts(t *testing.T) {
	for _, n := range []int{4 * fftWork, 3 * fftWork, 2*fftWork + 2} {
		f := NewFFT[float64](n)
		x, room := make([]Pair[float64], n), make([]Pair[float64], f.Room())
		x[1].Re = 1 // whose transform is the roots of unity
		looks := 0
		got, err := f.Transform(x, room, func() error { looks++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		for k, g := range got {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
			if math.Abs(g.Re-cos) > 1e-12 || math.Abs(g.Im+sin) > 1e-12 {
				t.Errorf("length %d: element %d is %v; want %v, %v", n, k, g, cos, -sin)
				break
			}
		}
		if looks < 10 {
			t.Errorf("length %d: %d looks at whether to stop; want more", n, looks)
		}
	}
}

func BenchmarkFFT(b *testing.B) {
	for _, n := range []int{400, 1024, 1009} {
		b.Run("", func(b *testing.B) {
			f := NewFFT[float64](n)
			x, room := make([]Pair[float64], n), make([]Pair[float64], f.Room())
			for b.Loop() {
				if _, err := f.Transform(x, room, func() error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
