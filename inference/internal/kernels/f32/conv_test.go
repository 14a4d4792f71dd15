package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// layer is a layer of a network that is known.
type layer struct {
	name string
	ConvShape
}

// image returns a layer over square images.
func image(name string, size, channels, filters, kernel, stride, groups int) layer {
	return plane(name, [2]int{size, size}, channels, filters, [2]int{kernel, kernel}, stride, groups)
}

// plane returns a layer over images, padded so that nothing but the stride makes them smaller.
func plane(name string, in [2]int, channels, filters int, kernel [2]int, stride, groups int) layer {
	s := ConvShape{
		Images: 1, In: in, Kernel: kernel, Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1}, Channels: channels, Filters: filters, Groups: groups, Constant: true,
	}
	for d := range in {
		s.Pad[d] = (kernel[d] - 1) / 2
		s.Out[d] = (in[d]+kernel[d]-1-kernel[d])/stride + 1
	}
	return layer{name, s}
}

// causal returns a layer over a window of samples, dilated, that sees nothing of the future.
func causal(name string, length, channels, filters, kernel, dilation int) layer {
	l := plane(name, [2]int{1, length}, channels, filters, [2]int{1, kernel}, 1, 1)
	l.Dilation[1], l.Pad[1], l.Out[1] = dilation, (kernel-1)*dilation, length
	return l
}

var layers = []layer{
	image("conv3x3_64_56", 56, 64, 64, 3, 1, 1),
	image("conv1x1_64_256_56", 56, 64, 256, 1, 1, 1),
	image("conv3x3_128_28", 28, 128, 128, 3, 1, 1),
	image("conv1x1_512_128_28", 28, 512, 128, 1, 1, 1),
	image("conv3x3_256_14", 14, 256, 256, 3, 1, 1),
	image("conv3x3_512_7", 7, 512, 512, 3, 1, 1),
	image("conv1x1_2048_512_7", 7, 2048, 512, 1, 1, 1),
	image("conv1x1_1024_256_14", 14, 1024, 256, 1, 1, 1),
	image("conv1x1s2_512_1024_28", 28, 512, 1024, 1, 2, 1),
	image("conv7x7s2_3_64_224", 224, 3, 64, 7, 2, 1),
	image("conv3x3s2_3_32_224", 224, 3, 32, 3, 2, 1),
	image("conv1x1_24_144_56", 56, 24, 144, 1, 1, 1),
	image("group3_1x1_240_28", 28, 240, 240, 1, 1, 3),
	image("group32_3x3_128_56", 56, 128, 128, 3, 1, 32),
	image("resnet8_3x3_16_16_32", 32, 16, 16, 3, 1, 1),
	image("resnet8_3x3s2_16_32_32", 32, 16, 32, 3, 2, 1),
	image("resnet8_3x3_64_64_8", 8, 64, 64, 3, 1, 1),
	image("resnet8_1x1s2_32_64_16", 16, 32, 64, 1, 2, 1),
	image("lenet_5x5_1_8_28", 28, 1, 8, 5, 1, 1),
	image("vww_3x3s2_3_8_96", 96, 3, 8, 3, 2, 1),
	image("vww_1x1_8_16_48", 48, 8, 16, 1, 1, 1),
	image("vww_1x1_16_32_24", 24, 16, 32, 1, 1, 1),
	image("vww_1x1_32_32_24", 24, 32, 32, 1, 1, 1),
	image("vww_1x1_64_64_12", 12, 64, 64, 1, 1, 1),
	image("vww_1x1_128_128_6", 6, 128, 128, 1, 1, 1),
	image("vww_1x1_256_256_3", 3, 256, 256, 1, 1, 1),
	image("vww_dw3x3_128_6", 6, 128, 128, 3, 1, 128),
	image("vww_dw3x3_256_3", 3, 256, 256, 3, 1, 256),
	image("vww_dw3x3s2_16_48", 48, 16, 16, 3, 2, 16),
	image("vww_dw3x3_32_24", 24, 32, 32, 3, 1, 32),
	plane("dscnn_10x4s2_1_64", [2]int{49, 10}, 1, 64, [2]int{10, 4}, 2, 1),
	plane("dscnn_1x1_64_64", [2]int{25, 5}, 64, 64, [2]int{1, 1}, 1, 1),
	plane("cnn1d_5_6_32_128", [2]int{1, 128}, 6, 32, [2]int{1, 5}, 1, 1),
	plane("cnn1d_5_32_64_64", [2]int{1, 64}, 32, 64, [2]int{1, 5}, 1, 1),
	plane("cnn1d_5_64_64_32", [2]int{1, 32}, 64, 64, [2]int{1, 5}, 1, 1),
	causal("tcn_3_32_32_128_d1", 128, 32, 32, 3, 1),
	causal("tcn_3_32_32_128_d8", 128, 32, 32, 3, 8),
	image("dw3x3_96_112", 112, 96, 96, 3, 1, 96),
	image("dw3x3s2_96_112", 112, 96, 96, 3, 2, 96),
	image("dw3x3_384_14", 14, 384, 384, 3, 1, 384),
	image("dw3x3_960_7", 7, 960, 960, 3, 1, 960),
	image("dw5x5_240_14", 14, 240, 240, 5, 1, 240),
	image("dw3x3_8_48", 48, 8, 8, 3, 1, 8),
	plane("dw3x3_64_25x5", [2]int{25, 5}, 64, 64, [2]int{3, 3}, 1, 64),
	plane("dw9_64_128", [2]int{1, 128}, 64, 64, [2]int{1, 9}, 1, 64),
}

// TestConvLayers holds the layers of networks that are known against sums that are made one at a time, at a few
// positions.
func TestConvLayers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, l := range layers {
		for _, level := range cpu.Levels() {
			if level == cpu.Portable && l.Out[0]*l.Out[1]*l.Filters*l.Channels/l.Groups > 1<<22 {
				continue // takes long, and is nothing that the smaller ones are not
			}
			checkConv(t, l.name, level, l.ConvShape, rnd, 500)
		}
	}
}

// TestConvOdd holds that a number that is not finite is seen by nothing but the positions whose kernel covers it, for the
// filters of its group.
func TestConvOdd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	inf := float32(math.Inf(1))
	for _, l := range []layer{
		image("few in each group", 5, 8, 4, 3, 1, 2),
		image("all joined", 5, 4, 4, 1, 1, 2),
		image("some joined", 9, 128, 128, 3, 1, 32),
		image("depthwise", 5, 6, 6, 3, 1, 6),
		image("squares", 12, 16, 16, 3, 1, 1),
	} {
		for _, level := range cpu.Levels() {
			for _, odd := range []float32{inf, -inf, float32(math.NaN())} {
				c := NewConv(level, l.ConvShape)
				x := noise(rnd, l.In[0]*l.In[1]*l.Channels)
				w := c.Pack(nil, noise(rnd, l.Filters*l.Channels/l.Groups*l.Kernel[0]*l.Kernel[1]))
				run := func() []float32 {
					r := ConvRun{X: x, Y: make([]float32, l.Out[0]*l.Out[1]*l.Filters), Weights: w, Bias: noise(rand.New(rand.NewPCG(1, 1)), l.Filters), Scratch: make([]float32, c.Scratch())}
					r.Clamp, r.Lo, r.Hi = true, -2, inf
					for task := range c.Tasks() {
						c.Run(&r, task)
					}
					return r.Y
				}
				want := run()
				channel := l.Channels / 2 // the first of a group, in the third row and column
				x[(2*l.In[1]+2)*l.Channels+channel] = odd
				per := l.Filters / l.Groups
				for i, got := range run() {
					f, col, row := i%l.Filters, i/l.Filters%l.Out[1], i/l.Filters/l.Out[1]
					reach := l.Kernel[0] / 2
					if f/per == l.Groups/2 && max(row-2, 2-row) <= reach && max(col-2, 2-col) <= reach {
						if odd != odd && got == got {
							t.Errorf("%s, %v: position %d,%d, filter %d = %v, where it sees NaN", l.name, level, row, col, f, got)
						}
						if l.Groups > 1 && odd == odd && got != got {
							t.Errorf("%s, %v: position %d,%d, filter %d is NaN, where it sees %v", l.name, level, row, col, f, odd)
						}
						continue
					}
					if math.Abs(float64(got-want[i])) > 1e-5 || got != got {
						t.Errorf("%s, %v: position %d,%d, filter %d = %v, where it does not see %v; want %v", l.name, level, row, col, f, got, odd, want[i])
					}
				}
			}
		}
	}
}

// FuzzConv compares convolutions of any form.
func FuzzConv(f *testing.F) {
	for seed := range uint64(64) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		s := ConvShape{Images: 1 + rnd.IntN(2), Groups: 1, Constant: rnd.IntN(2) == 0}
		own, per := 1+rnd.IntN(20), 1+rnd.IntN(70)
		switch rnd.IntN(4) {
		case 0:
			s.Groups, own, per = 1+rnd.IntN(70), 1, 1
		case 1:
			s.Groups, per = 1+rnd.IntN(9), 1+rnd.IntN(9)
		case 2:
			own, per = 16*(1+rnd.IntN(4)), 16*(1+rnd.IntN(4))
		}
		s.Channels, s.Filters = s.Groups*own, s.Groups*per
		if rnd.IntN(30) == 0 {
			s.Groups, s.Channels, s.Filters = 1, 1024, 130 // rows at the same place of pages
		}
		for d := range 2 {
			s.Kernel[d], s.Stride[d], s.Dilation[d] = 1+rnd.IntN(5), 1+rnd.IntN(3)*rnd.IntN(2), 1+rnd.IntN(4)*rnd.IntN(2)
			if rnd.IntN(2) == 0 {
				s.Kernel[d], s.Stride[d], s.Dilation[d] = 3, 1, 1
			}
			s.Pad[d] = rnd.IntN(s.Kernel[d]*s.Dilation[d] + 1)
			reach := (s.Kernel[d]-1)*s.Dilation[d] + 1
			s.In[d] = 1 + rnd.IntN(24)
			s.Out[d] = max((s.In[d]+s.Pad[d]+rnd.IntN(reach)-reach)/s.Stride[d]+1, 1)
		}
		for _, level := range cpu.Levels() {
			checkConv(t, fmt.Sprintf("%+v", s), level, s, rnd, 200)
		}
	})
}

// checkConv runs a convolution in a form that rnd decides on, and checks some of its output, and that nothing is written
// beside it. What it reads ends where the memory that it was given ends.
func checkConv(t *testing.T, name string, l cpu.Level, s ConvShape, rnd *rand.Rand, samples int) {
	t.Helper()
	const canary = 77
	c := NewConv(l, s)
	taps, own := s.Kernel[0]*s.Kernel[1], s.Channels/s.Groups
	w := noise(rnd, s.Filters*own*taps)
	y := noise(nil, s.Images*s.Out[0]*s.Out[1]*s.Filters+2)
	r := ConvRun{
		X: noise(rnd, s.Images*s.In[0]*s.In[1]*s.Channels), Y: y[1 : len(y)-1 : len(y)-1], Weights: c.Pack(nil, w),
		Scratch: noise(nil, int(c.Scratch())+1),
	}
	lo, hi := float32(math.Inf(-1)), float32(math.Inf(1))
	if rnd.IntN(2) == 0 {
		r.Bias = noise(rnd, s.Filters)
	}
	if rnd.IntN(2) == 0 {
		r.Z = noise(rnd, len(r.Y))
	}
	if rnd.IntN(2) == 0 {
		lo, hi = -0.75, 2
		r.Clamp, r.Lo, r.Hi = true, lo, hi
	}
	scale := float32(1)
	if rnd.IntN(2) == 0 {
		scale = 2
		r.Finish = func(y []float32) {
			for i := range y {
				y[i] *= 2
			}
		}
	}
	all := r.Scratch
	r.Scratch = all[:c.Scratch():c.Scratch()]
	for task := range c.Tasks() {
		c.Run(&r, task)
	}
	if y[0] != canary || y[len(y)-1] != canary || all[len(all)-1] != canary {
		t.Errorf("%s, %v: something was written beside the output or the scratch memory", name, l)
	}
	for range samples {
		i := rnd.IntN(len(r.Y))
		f, x := i%s.Filters, i/s.Filters%s.Out[1]
		row, image := i/s.Filters/s.Out[1]%s.Out[0], i/s.Filters/s.Out[1]/s.Out[0]
		sum := 0.0
		for tap := range taps {
			h := row*s.Stride[0] - s.Pad[0] + tap/s.Kernel[1]*s.Dilation[0]
			v := x*s.Stride[1] - s.Pad[1] + tap%s.Kernel[1]*s.Dilation[1]
			if h < 0 || h >= s.In[0] || v < 0 || v >= s.In[1] {
				continue
			}
			first := f / (s.Filters / s.Groups) * own
			for ch := range own {
				sum += float64(r.X[((image*s.In[0]+h)*s.In[1]+v)*s.Channels+first+ch]) * float64(w[(f*own+ch)*taps+tap])
			}
		}
		if r.Bias != nil {
			sum += float64(r.Bias[f])
		}
		if r.Z != nil {
			sum += float64(r.Z[i])
		}
		want := scale * min(max(float32(sum), lo), hi)
		if got, far := r.Y[i], 4e-6+2e-6*math.Sqrt(float64(own*taps))+1e-7*float64(own*taps); math.Abs(float64(got-want)) > far {
			t.Errorf("%s, %v: position %d,%d,%d, filter %d = %v; want %v within %v", name, l, image, row, x, f, got, want, far)
			return
		}
	}
}

func BenchmarkConv(b *testing.B) {
	for _, l := range layers {
		for _, level := range cpu.Levels() {
			b.Run(l.name+"/"+level.String(), func(b *testing.B) { benchmarkConv(b, level, l.ConvShape) })
		}
	}
}

func benchmarkConv(b *testing.B, l cpu.Level, s ConvShape) {
	c := NewConv(l, s)
	pixels := s.Images * s.Out[0] * s.Out[1]
	weights := s.Filters * s.Channels / s.Groups * s.Kernel[0] * s.Kernel[1]
	r := ConvRun{
		X: aligned(s.Images * s.In[0] * s.In[1] * s.Channels), Y: aligned(pixels * s.Filters), Weights: aligned(c.Packed()),
		Bias: aligned(s.Filters), Scratch: aligned(int(c.Scratch())), Clamp: true, Hi: 6,
	}
	c.Pack(r.Weights, make([]float32, weights))
	for b.Loop() {
		r.laid = 0
		for task := range c.Tasks() {
			c.Run(&r, task)
		}
	}
	b.ReportMetric(2*float64(pixels)*float64(weights)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// aligned returns zeros that begin on a cache line.
func aligned(n int) []float32 {
	all := make([]float32, n+16)
	for i := range 16 {
		if uintptr(unsafe.Pointer(&all[i]))%64 == 0 {
			return all[i:][:n]
		}
	}
	return all[:n]
}
