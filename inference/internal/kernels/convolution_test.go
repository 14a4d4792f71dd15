package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestConvolution(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	sizes := [3]int{6, 40, 90}
	for range 400 {
		channels, filters := 1+rnd.IntN(6), 1+rnd.IntN(7)
		var in, out, kernel, stride, dilation, pad [3]int
		for d := rnd.IntN(3); d < 3; d++ {
			in[d] = 1 + rnd.IntN(sizes[d])
			kernel[d], stride[d], dilation[d] = 1+rnd.IntN(4), 1+rnd.IntN(3), 1+rnd.IntN(3)
			if rnd.IntN(3) == 0 {
				kernel[d], stride[d] = 1, 1
			}
			if rnd.IntN(2) == 0 {
				pad[d] = rnd.IntN(4)
			}
			end := rnd.IntN(2) * pad[d]
			out[d] = max((in[d]+pad[d]+end-(kernel[d]-1)*dilation[d]-1)/stride[d]+1, 0)
			if in[d]+pad[d]+end <= (kernel[d]-1)*dilation[d] {
				out[d] = 1 // further than the padding: zeros
			}
		}
		for d := range 3 {
			if in[d] == 0 {
				in[d], out[d], kernel[d], stride[d], dilation[d] = 1, 1, 1, 1, 1
			}
		}
		checkConvolution(t, rnd, NewConvolution(channels, filters, in, out, kernel, stride, dilation, pad), in, out)
	}
}

// TestConvolutionTiles has images so large that they are cut.
func TestConvolutionTiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	one := [3]int{1, 1, 1}
	for _, c := range []struct {
		channels                               int
		in, out, kernel, stride, dilation, pad [3]int
	}{
		{40, [3]int{1, 61, 33}, [3]int{1, 61, 33}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{40, [3]int{1, 61, 133}, [3]int{1, 30, 67}, [3]int{1, 3, 3}, [3]int{1, 2, 2}, one, [3]int{0, 0, 1}},
		{40, [3]int{1, 1, 2050}, [3]int{1, 1, 2050}, [3]int{1, 1, 5}, one, [3]int{1, 1, 2}, [3]int{0, 0, 4}},
		{20, [3]int{1, 50, 50}, [3]int{1, 50, 50}, one, one, one, [3]int{}},
		{300, [3]int{3, 9, 20}, [3]int{2, 8, 18}, [3]int{2, 2, 3}, one, one, [3]int{}},
	} {
		checkConvolution(t, rnd, NewConvolution(c.channels, 5, c.in, c.out, c.kernel, c.stride, c.dilation, c.pad), c.in, c.out)
	}
}

func checkConvolution(t *testing.T, rnd *rand.Rand, v *Convolution, in, out [3]int) {
	t.Helper()
	src := random(rnd, v.Channels*in[0]*in[1]*in[2])
	w, bias := random(rnd, v.Filters*v.Taps()), random(rnd, v.Filters)
	scale := 1 / float32(v.Taps())
	for i := range w {
		w[i] *= scale
	}
	want := make([]float64, v.Filters*v.Spots)
	for i := range want {
		f, o := i/v.Spots, i%v.Spots
		want[i] = float64(bias[f]) + naiveSpot(v, src, w[f*v.Taps():], in, [3]int{o / (out[1] * out[2]), o / out[2] % out[1], o % out[2]})
	}
	got := make([]float32, len(want))
	scratch := random(rnd, v.Scratch())
	for tile := range v.Tiles() {
		LoadTile(v, scratch, src, tile)
		for f := 0; f < v.Filters; f += 4 {
			MulTile(v, got, w, bias, scratch, src, tile, f, min(4, v.Filters-f))
		}
	}
	near(t, fmt.Sprintf("%+v", *v), got, want)
}

// naiveSpot computes one position of one filter.
func naiveSpot(v *Convolution, src, w []float32, in, at [3]int) float64 {
	sum := 0.0
	for i := range v.Taps() {
		c := i
		var x [3]int
		inside := true
		for d := 2; d >= 0; d-- {
			x[d] = at[d]*v.stride[d] - v.pad[d] + c%v.kernel[d]*v.dilation[d]
			c /= v.kernel[d]
			inside = inside && x[d] >= 0 && x[d] < in[d]
		}
		if inside {
			sum += float64(w[i]) * float64(src[((c*in[0]+x[0])*in[1]+x[1])*in[2]+x[2]])
		}
	}
	return sum
}

func BenchmarkConvolution(b *testing.B) {
	one := [3]int{1, 1, 1}
	for _, c := range []struct {
		name                                   string
		channels, filters                      int
		in, out, kernel, stride, dilation, pad [3]int
	}{
		{"3x3x64of56x56", 64, 64, [3]int{1, 56, 56}, [3]int{1, 56, 56}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"1x1x64to256of56x56", 64, 256, [3]int{1, 56, 56}, [3]int{1, 56, 56}, one, one, one, [3]int{}},
		{"3x3x128of28x28", 128, 128, [3]int{1, 28, 28}, [3]int{1, 28, 28}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"3x3x256of14x14", 256, 256, [3]int{1, 14, 14}, [3]int{1, 14, 14}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"3x3x512of7x7", 512, 512, [3]int{1, 7, 7}, [3]int{1, 7, 7}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"7x7s2x3to64of224x224", 3, 64, [3]int{1, 224, 224}, [3]int{1, 112, 112}, [3]int{1, 7, 7}, [3]int{1, 2, 2}, one, [3]int{0, 3, 3}},
		{"depthwise3x3of112x112", 1, 1, [3]int{1, 112, 112}, [3]int{1, 112, 112}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"depthwise3x3s2of112x112", 1, 1, [3]int{1, 112, 112}, [3]int{1, 56, 56}, [3]int{1, 3, 3}, [3]int{1, 2, 2}, one, [3]int{0, 1, 1}},
		{"depthwise3x3of14x14", 1, 1, [3]int{1, 14, 14}, [3]int{1, 14, 14}, [3]int{1, 3, 3}, one, one, [3]int{0, 1, 1}},
		{"5x32to64of128", 32, 64, [3]int{1, 1, 128}, [3]int{1, 1, 128}, [3]int{1, 1, 5}, one, one, [3]int{0, 0, 2}},
		{"7x8to32of32s2", 8, 32, [3]int{1, 1, 32}, [3]int{1, 1, 16}, [3]int{1, 1, 7}, [3]int{1, 1, 2}, one, [3]int{0, 0, 3}},
	} {
		b.Run(c.name, func(b *testing.B) {
			v := NewConvolution(c.channels, c.filters, c.in, c.out, c.kernel, c.stride, c.dilation, c.pad)
			src, dst := make([]float32, c.channels*c.in[1]*c.in[2]), make([]float32, c.filters*v.Spots)
			w, scratch := make([]float32, c.filters*v.Taps()), make([]float32, v.Scratch())
			for b.Loop() {
				for tile := range v.Tiles() {
					LoadTile(v, scratch, src, tile)
					MulTile(v, dst, w, nil, scratch, src, tile, 0, v.Filters)
				}
			}
			b.ReportMetric(2*float64(v.Filters*v.Spots*v.Taps())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
