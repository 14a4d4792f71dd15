package f32

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestLRN compares every level with what the definition says, in double precision.
func TestLRN(t *testing.T) {
	for _, l := range cpu.Levels() {
		for _, channels := range []int{1, 5, 8, 16, 17, 64, 100} {
			for _, size := range []int{1, 4, 5, 9} {
				for _, beta := range []float32{0.75, 0.5} {
					checkLRN(t, l, channels, size, beta, uint64(channels*size))
				}
			}
		}
	}
}

func checkLRN(t *testing.T, l cpu.Level, channels, size int, beta float32, seed uint64) {
	const pixels = 3
	rng := rand.New(rand.NewPCG(seed, 5))
	src, _ := guarded(rng, pixels*channels)
	fill(rng, src)
	dst, intact := guarded(rng, pixels*channels)
	p := LRN{
		Dst: unsafe.Pointer(&dst[0]), Src: unsafe.Pointer(&src[0]), Pixels: pixels, Channels: channels,
		Size: size, Before: (size - 1) / 2, Alpha: 0.1, Bias: 2, Beta: beta,
	}
	squares, kept := guarded(rng, p.Scratch())
	p.Squares = unsafe.Pointer(&squares[0])
	p.Run(l)
	if !intact() || !kept() {
		t.Fatalf("%v: wrote beyond %d channels", l, channels)
	}
	for i, got := range dst {
		c, sum := i%channels, 0.0
		for j := max(c-p.Before, 0); j < min(c-p.Before+size, channels); j++ {
			v := float64(src[i-c+j])
			sum += v * v
		}
		want := float64(src[i]) / math.Pow(2+float64(float32(0.1))*sum, float64(beta))
		if d := math.Abs(float64(got) - want); !(d <= 2e-6*math.Abs(want)) {
			t.Fatalf("%v: element %d of %d channels, size %d, beta %v = %v; want %v", l, i, channels, size, beta, got, want)
		}
	}
}

// FuzzLRN runs all levels over any number of channels.
func FuzzLRN(f *testing.F) {
	f.Add(uint8(17), uint8(5), uint64(1))
	f.Fuzz(func(t *testing.T, channels, size uint8, seed uint64) {
		for _, l := range cpu.Levels() {
			checkLRN(t, l, int(channels)+1, int(size)%32+1, 0.75, seed)
		}
	})
}

func BenchmarkLRN(b *testing.B) {
	for _, l := range cpu.Levels() {
		b.Run(l.String(), func(b *testing.B) {
			src, dst := make([]float32, 56*64), make([]float32, 56*64)
			p := LRN{
				Dst: unsafe.Pointer(&dst[0]), Src: unsafe.Pointer(&src[0]), Pixels: 56, Channels: 64,
				Size: 5, Before: 2, Alpha: 1e-4, Bias: 1, Beta: 0.75,
			}
			squares := make([]float32, p.Scratch())
			p.Squares = unsafe.Pointer(&squares[0])
			b.SetBytes(int64(8 * len(src)))
			for b.Loop() {
				p.Run(l)
			}
		})
	}
}
