package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// same reports whether two numbers are equal, or both NaN.
func same(a, b float32) bool { return a == b || a != a && b != b }

// TestPool runs every level over pixels of odd sizes, some of which are NaN or infinite, and compares with what the
// definition says.
func TestPool(t *testing.T) {
	for _, l := range cpu.Levels() {
		for _, channels := range []int{1, 3, 8, 15, 16, 17, 40, 63, 64, 65, 130} {
			for _, taps := range []int{1, 2, 9} {
				t.Run(fmt.Sprint(l, channels, taps), func(t *testing.T) { checkPool(t, l, channels, taps, 3, uint64(channels)) })
			}
		}
	}
}

func checkPool(t *testing.T, l cpu.Level, channels, taps, pixels int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	src, _ := guarded(rng, (pixels+taps+2)*channels)
	for range 3 {
		src[rng.IntN(len(src))] = float32(math.NaN())
		src[rng.IntN(len(src))] = float32(math.Inf(1 - 2*rng.IntN(2)))
	}
	dst, check := guarded(rng, pixels*channels)
	offsets := make([]int, taps)
	for i := range offsets {
		offsets[i] = 4 * channels * rng.IntN(taps+2)
	}
	p := Pool{
		Dst: unsafe.Pointer(&dst[0]), Src: unsafe.Pointer(&src[0]), Taps: &offsets[0], NTaps: taps, Pixels: pixels,
		DstStep: 4 * channels, SrcStep: 4 * channels, Channels: channels, Divisor: 3,
	}
	for _, mean := range []bool{false, true} {
		if mean {
			p.Mean(l)
		} else {
			p.Max(l)
		}
		if !check() {
			t.Fatalf("%v wrote beyond %d channels", l, channels)
		}
		for i, got := range dst {
			want := src[i+offsets[0]/4]
			for _, off := range offsets[1:] {
				v := src[i+off/4]
				switch {
				case mean:
					want += v
				case v > want || v != v:
					want = v
				}
			}
			if mean {
				want /= 3
			}
			if !same(got, want) {
				t.Fatalf("mean %v: element %d of %d channels = %v; want %v", mean, i, channels, got, want)
			}
		}
	}
}

// FuzzPool runs all levels over pixels of any size.
func FuzzPool(f *testing.F) {
	f.Add(uint8(17), uint8(3), uint8(2), uint64(1))
	f.Fuzz(func(t *testing.T, channels, taps, pixels uint8, seed uint64) {
		for _, l := range cpu.Levels() {
			checkPool(t, l, int(channels)+1, int(taps)%20+1, int(pixels)%5+1, seed)
		}
	})
}

// TestAffine runs every level over rows of odd lengths.
func TestAffine(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, l := range cpu.Levels() {
		for _, channels := range []int{1, 7, 8, 16, 19, 64, 100, 133} {
			for _, relu := range []bool{false, true} {
				const rows = 3
				src, _ := guarded(rng, rows*channels)
				src[rng.IntN(len(src))] = float32(math.NaN())
				scale, _ := guarded(rng, channels)
				shift, _ := guarded(rng, channels)
				dst, check := guarded(rng, rows*channels)
				Affine(l, dst, src, scale, shift, relu)
				if !check() {
					t.Fatalf("%v wrote beyond %d channels", l, channels)
				}
				for i, got := range dst {
					c := i % channels
					want := float64(src[i])*float64(scale[c]) + float64(shift[c])
					if relu && want < 0 {
						want = 0
					}
					if d := math.Abs(float64(got) - want); !(d < 1e-6) && !same(got, float32(want)) {
						t.Fatalf("%v, %d channels, relu %v: element %d = %v; want %v", l, channels, relu, i, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkPool(b *testing.B) {
	for _, l := range cpu.Levels() {
		b.Run(l.String(), func(b *testing.B) {
			const channels, pixels = 64, 56
			src, dst := make([]float32, 3*2*58*channels), make([]float32, pixels*channels)
			var taps []int
			for i := range 9 {
				taps = append(taps, 4*channels*(i/3*2*58+i%3))
			}
			p := Pool{
				Dst: unsafe.Pointer(&dst[0]), Src: unsafe.Pointer(&src[0]), Taps: &taps[0], NTaps: 9, Pixels: pixels,
				DstStep: 4 * channels, SrcStep: 4 * channels, Channels: channels,
			}
			b.SetBytes(4 * 9 * channels * pixels)
			for b.Loop() {
				p.Max(l)
			}
		})
	}
}
