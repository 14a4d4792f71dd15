package i8

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func TestQuantize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0.5, 1.5, -0.5, 1e30}
	for n := range 70 {
		x := make([]float32, n+1)[1:]
		for i := range x {
			x[i] = float32(r.NormFloat64()) * 100
			if r.IntN(9) == 0 {
				x[i] = odd[r.IntN(len(odd))]
			}
		}
		want := make([]byte, n+16)
		quantizePortable(want[:n], x, 0.7, 3, -100, 101.25)
		least, most := rangePortable(x)
		codes := randomBytes(r, n)
		floats := make([]float32, n+16)
		dequantizePortable(floats[:n], codes, 0.3, 130, 0x80)
		for _, l := range cpu.Levels() {
			got := make([]byte, n+16)
			quantizeRow := func() {
				if n > 0 {
					quantize(l, got[:n], x, 0.7, 3, -100, 101.25)
				}
			}
			if quantizeRow(); !bytes.Equal(got, want) {
				t.Fatalf("%v: quantize(%v) = %v; want %v", l, x, got, want)
			}
			if a, b := Range(l, x); a != least || b != most {
				t.Fatalf("%v: Range(%v) = %v, %v; want %v, %v", l, x, a, b, least, most)
			}
			back := make([]float32, n+16)
			if Dequantize(l, back[:n], codes, 0.3, 2, true); !slices.Equal(back, floats) {
				t.Fatalf("%v: Dequantize(%v) = %v; want %v", l, codes, back, floats)
			}
		}
	}
}
