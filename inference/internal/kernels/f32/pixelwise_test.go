package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// FuzzPixelwise holds products with the pixels of images against sums that are made one at a time.
func FuzzPixelwise(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, l := range cpu.Levels() {
			checkPixelwise(t, l, rand.New(rand.NewPCG(seed, 9)))
		}
	})
}

func checkPixelwise(t *testing.T, l cpu.Level, rnd *rand.Rand) {
	t.Helper()
	p := NewPixelwise(l, 1+rnd.IntN(2), 1+rnd.IntN(70), 1+rnd.IntN(40), 1+rnd.IntN(200))
	lo, hi := math.Inf(-1), math.Inf(1)
	if rnd.IntN(2) == 0 {
		lo, hi = -0.5, 0.75
		p.Clamp, p.Lo, p.Hi = true, -0.5, 0.75
	}
	w, bias := noise(rnd, p.Filters*p.Channels), noise(rnd, p.Filters)
	if rnd.IntN(2) == 0 {
		bias = nil
	}
	x, _ := guarded(rnd, p.Images*p.Channels*p.Pixels)
	fill(rnd, x)
	y, whole := guarded(rnd, p.Images*p.Filters*p.Pixels)
	scratch, kept := guarded(rnd, int(p.Scratch()))
	p.Start(bias, scratch)
	for task := range p.Tasks() {
		p.Run(y, x, w, bias, scratch, task)
	}
	what := fmt.Sprintf("%v, %d images of %d channels, %d filters, %d pixels", l, p.Images, p.Channels, p.Filters, p.Pixels)
	if !whole() || !kept() {
		t.Errorf("%s: something was written beside the output or the scratch memory", what)
	}
	for i, got := range y {
		pixel, filter, image := i%p.Pixels, i/p.Pixels%p.Filters, i/p.Pixels/p.Filters
		sum := 0.0
		if bias != nil {
			sum = float64(bias[filter])
		}
		for c := range p.Channels {
			sum += float64(x[(image*p.Channels+c)*p.Pixels+pixel]) * float64(w[filter*p.Channels+c])
		}
		if want := min(max(sum, lo), hi); !(math.Abs(float64(got)-want) < 1e-4) {
			t.Fatalf("%s: pixel %d of filter %d = %v; want %v", what, pixel, filter, got, want)
		}
	}
}

func BenchmarkPixelwise(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, p := range []*Pixelwise{NewPixelwise(l, 1, 64, 256, 56*56), NewPixelwise(l, 1, 512, 128, 28*28)} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", l, p.Filters, p.Channels, p.Pixels), func(b *testing.B) {
				rnd := rand.New(rand.NewPCG(1, 2))
				x, w, bias := noise(rnd, p.Channels*p.Pixels), noise(rnd, p.Filters*p.Channels), noise(rnd, p.Filters)
				y, scratch := make([]float32, p.Filters*p.Pixels), make([]float32, p.Scratch())
				for b.Loop() {
					p.Start(bias, scratch)
					for task := range p.Tasks() {
						p.Run(y, x, w, bias, scratch, task)
					}
				}
				b.ReportMetric(2*float64(len(y)*p.Channels)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
