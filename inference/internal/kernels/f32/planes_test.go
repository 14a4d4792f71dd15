package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// FuzzPlanes holds convolutions of planes against sums that are made one at a time.
func FuzzPlanes(f *testing.F) {
	for seed := range uint64(48) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, l := range cpu.Levels() {
			checkPlanes(t, l, rand.New(rand.NewPCG(seed, 7)))
		}
	})
}

func checkPlanes(t *testing.T, l cpu.Level, rnd *rand.Rand) {
	const canary = 77
	s := ConvShape{Images: 1 + rnd.IntN(2), Channels: 1 + rnd.IntN(5)}
	for d := range 2 {
		s.Kernel[d], s.Dilation[d], s.In[d], s.Stride[d] = 1+rnd.IntN(5), 1+rnd.IntN(4)*rnd.IntN(2), 1+rnd.IntN(70), 1
		if rnd.IntN(2) == 0 {
			s.Stride[d] += rnd.IntN(3)
		}
		reach := (s.Kernel[d]-1)*s.Dilation[d] + 1
		s.Pad[d] = rnd.IntN(reach + 3)
		s.Out[d] = max(s.In[d]+s.Pad[d]+rnd.IntN(reach)-reach, 0)/s.Stride[d] + 1
	}
	if rnd.IntN(2) == 0 { // as is most frequent
		s.Kernel, s.Dilation, s.Stride[1] = [2]int{3, 3}, [2]int{1, 1}, s.Stride[0]
		for d := range 2 {
			s.Pad[d] = min(s.Pad[d], 3)
			s.Out[d] = max(s.In[d]+s.Pad[d]+rnd.IntN(3)-3, 0)/s.Stride[d] + 1
		}
	}
	if rnd.IntN(4) == 0 { // wider than a tile
		s.In[1] += 500 * s.Stride[1]
		s.Out[1] += 500
	}
	p := NewPlanes(l, s)
	lo, hi := math.Inf(-1), math.Inf(1)
	if rnd.IntN(2) == 0 {
		lo, hi = -0.5, 0.75
		p.Clamp, p.Lo, p.Hi = true, -0.5, 0.75
	}
	taps := s.Kernel[0] * s.Kernel[1]
	x, w, bias := noise(rnd, s.Images*s.Channels*s.In[0]*s.In[1]), noise(rnd, s.Channels*taps), noise(rnd, s.Channels)
	around := slices.Repeat([]float32{float32(math.NaN())}, len(x)+2*64) // what is read there shows
	x = around[64:][:copy(around[64:], x)]
	if rnd.IntN(2) == 0 {
		bias = nil
	}
	all, scratch := noise(nil, s.Images*s.Channels*s.Out[0]*s.Out[1]+2), noise(nil, int(p.Scratch())+1)
	y := all[1 : len(all)-1 : len(all)-1]
	p.Start(bias, scratch[:p.Scratch()])
	for task := range p.Tasks() {
		p.Run(y, x, w, bias, scratch[:p.Scratch():p.Scratch()], task)
	}
	if all[0] != canary || all[len(all)-1] != canary || scratch[len(scratch)-1] != canary {
		t.Errorf("%v, %+v: something was written beside the output or the scratch memory", l, s)
	}
	for range 300 {
		i := rnd.IntN(len(y))
		col, row, plane := i%s.Out[1], i/s.Out[1]%s.Out[0], i/s.Out[1]/s.Out[0]
		sum := 0.0
		if bias != nil {
			sum = float64(bias[plane%s.Channels])
		}
		for tap := range taps {
			h, v := row*s.Stride[0]-s.Pad[0]+tap/s.Kernel[1]*s.Dilation[0], col*s.Stride[1]-s.Pad[1]+tap%s.Kernel[1]*s.Dilation[1]
			if h >= 0 && h < s.In[0] && v >= 0 && v < s.In[1] {
				sum += float64(x[(plane*s.In[0]+h)*s.In[1]+v]) * float64(w[plane%s.Channels*taps+tap])
			}
		}
		sum = min(max(sum, lo), hi)
		if !(math.Abs(float64(y[i])-sum) < 1e-5) {
			t.Fatalf("%v, %+v: position %d,%d of plane %d = %v; want %v", l, s, row, col, plane, y[i], sum)
		}
	}
}

// TestPlanesKeepNaN checks that clamping leaves NaN as it is.
func TestPlanesKeepNaN(t *testing.T) {
	for _, l := range cpu.Levels() {
		for stride := 1; stride <= 2; stride++ {
			s := planesOf(2, 40, 3, stride)
			p := NewPlanes(l, s)
			p.Clamp, p.Hi = true, 6
			x, y := make([]float32, 2*40*40), make([]float32, 2*s.Out[0]*s.Out[1])
			x[0] = float32(math.NaN())
			scratch := make([]float32, p.Scratch())
			p.Start(nil, scratch)
			for task := range p.Tasks() {
				p.Run(y, x, make([]float32, 18), nil, scratch, task)
			}
			if y[0] == y[0] || y[len(y)-1] != 0 {
				t.Errorf("%v, stride %d: first and last = %v, %v; want NaN, 0", l, stride, y[0], y[len(y)-1])
			}
		}
	}
}

// planesOf returns a convolution of square planes, with padding as wide as the kernel reaches.
func planesOf(channels, size, kernel, stride int) ConvShape {
	out := (size + stride - 1) / stride
	return ConvShape{
		Images: 1, Channels: channels, In: [2]int{size, size}, Out: [2]int{out, out}, Kernel: [2]int{kernel, kernel},
		Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1}, Pad: [2]int{kernel / 2, kernel / 2},
	}
}

func BenchmarkPlanes(b *testing.B) {
	for _, l := range cpu.Levels() {
		for _, s := range []ConvShape{planesOf(96, 112, 3, 1), planesOf(96, 112, 3, 2), planesOf(96, 112, 5, 1)} {
			b.Run(fmt.Sprintf("%v/%dx%d by %d", l, s.Kernel[0], s.Kernel[1], s.Stride[0]), func(b *testing.B) {
				rnd := rand.New(rand.NewPCG(1, 2))
				p := NewPlanes(l, s)
				x, w := noise(rnd, s.Channels*s.In[0]*s.In[1]), noise(rnd, s.Channels*s.Kernel[0]*s.Kernel[1])
				y, scratch := make([]float32, s.Channels*s.Out[0]*s.Out[1]), make([]float32, p.Scratch())
				for b.Loop() {
					p.Start(nil, scratch)
					for task := range p.Tasks() {
						p.Run(y, x, w, nil, scratch, task)
					}
				}
				b.ReportMetric(2*float64(len(y)*s.Kernel[0]*s.Kernel[1])*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
