package f32

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestWinogradTransforms holds the kernels of all levels against plain Go, bit by bit.
func TestWinogradTransforms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, level := range cpu.Levels() {
		if !hasWinograd(level) {
			continue
		}
		for channels := 16; channels <= 64; channels += 16 {
			x, bias, z := noise(rnd, 16*channels), noise(rnd, channels), noise(rnd, 4*channels)
			in := winogradIn{Plane: 4 * (channels + 3), Channels: channels}
			for i := range in.From {
				in.From[i] = unsafe.Pointer(&x[i*channels])
			}
			transformed := func(run func()) []float32 {
				to := noise(nil, 16*(channels+3)+2)
				in.To = unsafe.Pointer(&to[1])
				run()
				return to
			}
			got := transformed(func() { in.run(level) })
			if want := transformed(in.runPortable); !slices.Equal(got, want) {
				t.Errorf("%v: %d channels: the transform is\n%v\nwant\n%v", level, channels, got, want)
			}

			out := winogradOut{Sums: unsafe.Pointer(&got[1]), Plane: in.Plane, Cols: channels}
			for _, form := range []string{"", "bias", "z", "clamp"} {
				switch form {
				case "bias":
					out.Bias = unsafe.Pointer(&bias[0])
				case "z":
					for i := range out.Z {
						out.Z[i] = unsafe.Pointer(&z[i*channels])
					}
				case "clamp":
					out.Clamp, out.Lo, out.Hi = true, -0.5, 1
				}
				back := func(run func()) []float32 {
					y := noise(nil, 4*(channels+3)+2)
					for i := range out.Y {
						out.Y[i] = unsafe.Pointer(&y[1+i*(channels+3)])
					}
					run()
					return y
				}
				got := back(func() { out.run(level) })
				if want := back(out.runPortable); !slices.Equal(got, want) {
					t.Errorf("%v: %d channels, %s: the output is\n%v\nwant\n%v", level, channels, form, got, want)
				}
			}
		}
	}
}

// noise returns numbers between -1 and 1; without a generator, the same number over and over.
func noise(rnd *rand.Rand, n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = 77
		if rnd != nil {
			list[i] = 2*rnd.Float32() - 1
		}
	}
	return list
}
