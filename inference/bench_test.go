package inference_test

import (
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// BenchmarkOverhead measures what a run costs beside its kernels: models of one and of twenty nodes on one element.
func BenchmarkOverhead(b *testing.B) {
	for name, nodes := range map[string]int{"1 node": 1, "20 nodes": 20} {
		b.Run(name, func(b *testing.B) {
			g := build.New("chain", nil)
			v := g.Input("x", inference.Float32, build.Fixed(1))
			for range nodes {
				v = g.Op("Relu", []build.Value{v})
			}
			g.Output("y", v, inference.Float32, build.Fixed(1))
			binding, err := openSession(b, g, nil).Bind(nil)
			if err != nil {
				b.Fatal(err)
			}
			ctx := b.Context()
			for b.Loop() {
				if err := binding.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkModels runs small models of each kind on one thread. What they come to is in GFLOP/s, of two operations for each
// multiply-accumulate.
func BenchmarkModels(b *testing.B) {
	for name, make := range map[string]func() *build.Graph{
		"dense 64": func() *build.Graph { return denseNet(1, 64, 32, 8, 32, 64) },
		"dense 640": func() *build.Graph {
			return denseNet(1, 640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)
		},
		"matrix 256": func() *build.Graph { return denseNet(256, 256, 256) },
		"conv 3x3":   func() *build.Graph { return convolutionNet(64, 28, 3, 1) },
		"conv 1x1":   func() *build.Graph { return convolutionNet(128, 28, 1, 1) },
		"depthwise":  func() *build.Graph { return convolutionNet(96, 28, 3, 96) },
		"lstm":       lstmNet,
	} {
		b.Run(name, func(b *testing.B) {
			binding, err := openSession(b, make(), &inference.Options{Threads: 1}).Bind(nil)
			if err != nil {
				b.Fatal(err)
			}
			x, err := inference.Input[float32](binding, "x")
			if err != nil {
				b.Fatal(err)
			}
			copy(x, ramp(len(x), 1))
			ctx := b.Context()
			for b.Loop() {
				if err := binding.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(2*float64(binding.Report().MACs)*float64(b.N)/float64(b.Elapsed()), "GFLOP/s")
		})
	}
}

// ramp returns n numbers in [-by, by).
func ramp(n int, by float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = by * (float32(i*37%101)/50 - 1)
	}
	return v
}

// weightsOf adds a constant of small numbers.
func weightsOf(g *build.Graph, name string, shape ...int) build.Value {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return build.Const(g, name, ramp(n, 0.1), shape...)
}

// denseNet is a chain of layers with the given numbers of units.
func denseNet(rows int, units ...int) *build.Graph {
	g := build.New("dense", nil)
	v := g.Input("x", inference.Float32, build.Shape(rows, units[0])...)
	for i, out := range units[1:] {
		name := string(rune('a' + i))
		v = g.Op("Relu", []build.Value{g.Op("Gemm", []build.Value{v, weightsOf(g, "w"+name, units[i], out), weightsOf(g, "b"+name, out)})})
	}
	g.Output("y", v, inference.Float32, build.Shape(rows, units[len(units)-1])...)
	return g
}

// convolutionNet is a convolution that keeps the size of an image.
func convolutionNet(channels, side, size, groups int) *build.Graph {
	g := build.New("conv", nil)
	v := g.Input("x", inference.Float32, build.Shape(1, channels, side, side)...)
	w, bias := weightsOf(g, "w", channels, channels/groups, size, size), weightsOf(g, "b", channels)
	pad := size / 2
	v = g.Op("Conv", []build.Value{v, w, bias}, build.Ints("pads", pad, pad, pad, pad), build.Int("group", groups))
	g.Output("y", g.Op("Relu", []build.Value{v}), inference.Float32, build.Shape(1, channels, side, side)...)
	return g
}

// lstmNet reads 32 vectors of 16.
func lstmNet() *build.Graph {
	const steps, in, hidden = 32, 16, 64
	g := build.New("lstm", nil)
	v := g.Ops("LSTM", 2, []build.Value{
		g.Input("x", inference.Float32, build.Shape(steps, 1, in)...),
		weightsOf(g, "w", 1, 4*hidden, in), weightsOf(g, "r", 1, 4*hidden, hidden),
	}, build.Int("hidden_size", hidden))[1]
	g.Output("y", v, inference.Float32, build.Shape(1, 1, hidden)...)
	return g
}
