package vec

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// The sizes that benchmarks go over: one that the innermost cache holds, and one that does not fit there.
const (
	benchRow  = 768
	benchRows = 128
)

func BenchmarkActivation(b *testing.B) {
	x := random(rand.New(rand.NewPCG(1, 1)), benchRows*benchRow)
	y := make([]float32, len(x))
	for _, c := range exact {
		for _, l := range cpu.Levels() {
			b.Run(c.name+"/"+l.String(), func(b *testing.B) {
				for b.Loop() {
					c.a.Map(l, y, x)
				}
				rate(b, len(x))
			})
		}
	}
}

// rate reports elements per second.
func rate(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
}

func BenchmarkRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x, skip, gamma := random(r, benchRows*benchRow), random(r, benchRows*benchRow), random(r, benchRow)
	y := make([]float32, len(x))
	for _, l := range fastLevels() {
		b.Run("Softmax/"+l.String(), func(b *testing.B) {
			for b.Loop() {
				Softmax(l, y, x, benchRow, false)
			}
			rate(b, len(x))
		})
		b.Run("Add/"+l.String(), func(b *testing.B) {
			for b.Loop() {
				Add(l, y, x, skip)
			}
			rate(b, len(x))
		})
		p := Norm{
			Dst: unsafe.Pointer(&y[0]), Src: unsafe.Pointer(&x[0]), Gamma: unsafe.Pointer(&gamma[0]), Beta: unsafe.Pointer(&gamma[0]),
			N: benchRow, Rows: benchRows,
		}
		b.Run("Norm/"+l.String(), func(b *testing.B) {
			for b.Loop() {
				p.Run(l)
			}
			rate(b, len(x))
		})
		p.Skip = unsafe.Pointer(&skip[0])
		b.Run("SkipNorm/"+l.String(), func(b *testing.B) {
			for b.Loop() {
				p.Run(l)
			}
			rate(b, len(x))
		})
	}
}
