package f32

import (
	"math"
	"math/rand/v2"
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
	s := ConvShape{Images: 1 + rnd.IntN(2), Channels: 1 + rnd.IntN(5), Stride: [2]int{1, 1}}
	for d := range 2 {
		s.Kernel[d], s.Dilation[d], s.In[d] = 1+rnd.IntN(5), 1+rnd.IntN(4)*rnd.IntN(2), 1+rnd.IntN(40)
		reach := (s.Kernel[d]-1)*s.Dilation[d] + 1
		s.Pad[d] = rnd.IntN(reach + 3)
		s.Out[d] = max(s.In[d]+s.Pad[d]+rnd.IntN(reach)-reach+1, 1)
	}
	if rnd.IntN(4) == 0 { // wider than a tile
		s.In[1] += 500
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
	if rnd.IntN(2) == 0 {
		bias = nil
	}
	all, scratch := noise(nil, s.Images*s.Channels*s.Out[0]*s.Out[1]+2), noise(nil, int(p.Scratch())+1)
	y := all[1 : len(all)-1 : len(all)-1]
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
			h, v := row-s.Pad[0]+tap/s.Kernel[1]*s.Dilation[0], col-s.Pad[1]+tap%s.Kernel[1]*s.Dilation[1]
			if h >= 0 && h < s.In[0] && v >= 0 && v < s.In[1] {
				sum += float64(x[(plane*s.In[0]+h)*s.In[1]+v]) * float64(w[plane%s.Channels*taps+tap])
			}
		}
		sum = min(max(sum, lo), hi)
		if math.Abs(float64(y[i])-sum) > 1e-5 {
			t.Fatalf("%v, %+v: position %d,%d of plane %d = %v; want %v", l, s, row, col, plane, y[i], sum)
		}
	}
}
