package inference_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestThreadsAgree compares what networks compute on two, three and four threads with what they do on one, bit for bit.
func TestThreadsAgree(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for name, make := range map[string]func() *build.Graph{
		"dense":           func() *build.Graph { return denseNet(1, 640, 128, 128, 8, 128, 640) },
		"matrix":          func() *build.Graph { return denseNet(200, 130, 250, 90) },
		"conv 3x3":        func() *build.Graph { return convolutionNet(64, 28, 3, 1) },
		"deep conv 3x3":   func() *build.Graph { return convolutionNet(256, 7, 3, 1) },
		"conv 1x1":        func() *build.Graph { return convolutionNet(128, 28, 1, 1) },
		"conv 5x5":        func() *build.Graph { return convolutionNet(24, 30, 5, 1) },
		"depthwise":       func() *build.Graph { return convolutionNet(96, 56, 3, 96) },
		"groups":          func() *build.Graph { return convolutionNet(96, 28, 3, 4) },
		"blocks":          blockNet,
		"encoder":         encoderNet,
		"elementwise":     elementwiseNet,
		"dynamic product": productNet,
		"lstm":            lstmNet,
	} {
		t.Run(name, func(t *testing.T) {
			m := loadGraph(t, make())
			levels := cpu.Levels()
			if testing.Short() {
				levels = []cpu.Level{slices.Max(levels)}
			}
			for _, level := range levels {
				var want []float32
				for threads := 1; threads <= 4; threads++ {
					got := runOn(t, m, inference.Options{Threads: threads, CPU: level.String()})
					if want == nil {
						want = got
					}
					if i := firstDifference(got, want); i >= 0 {
						t.Errorf("%v: element %d is %v on %d threads, %v on one", level, i, got[i], threads, want[i])
					}
				}
			}
		})
	}
}

// runOn returns what a model makes of a ramp, the third time it is asked.
func runOn(t *testing.T, m *inference.Model, o inference.Options) []float32 {
	t.Helper()
	s, err := m.NewSession(&o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []float32{1, -2, 1} {
		copy(x, ramp(len(x), by))
		if err := b.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	y, err := inference.Output[float32](b, "y")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(y)
}

// firstDifference returns where the bits of a and b differ first, -1 when they do not.
func firstDifference(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// blockNet is a small image network: strides, pools, a residual, a branch and the mean of what comes out.
func blockNet() *build.Graph {
	const channels, side = 48, 56
	g := build.New("blocks", nil)
	v := g.Input("x", inference.Float32, build.Shape(1, 3, 2*side, 2*side)...)
	conv := func(v build.Value, name string, from, to, size, stride int) build.Value {
		return g.Op("Conv", []build.Value{v, weightsOf(g, name, to, from, size, size)},
			build.Ints("strides", stride, stride), build.Ints("pads", size/2, size/2, size/2, size/2))
	}
	relu := func(v build.Value) build.Value { return g.Op("Relu", []build.Value{v}) }
	v = relu(conv(v, "stem", 3, channels, 7, 2))
	v = g.Op("MaxPool", []build.Value{v}, build.Ints("kernel_shape", 3, 3), build.Ints("pads", 1, 1, 1, 1))
	v = relu(g.Op("Add", []build.Value{v, conv(relu(conv(v, "a", channels, channels, 3, 1)), "b", channels, channels, 3, 1)}))
	v = g.Op("Concat", []build.Value{v, conv(v, "c", channels, 17, 1, 1)}, build.Int("axis", 1))
	v = g.Op("AveragePool", []build.Value{v}, build.Ints("kernel_shape", 2, 2), build.Ints("strides", 2, 2))
	v = relu(conv(v, "d", channels+17, 80, 3, 2))
	g.Output("y", g.Op("GlobalAveragePool", []build.Value{v}), inference.Float32, build.Shape(1, 80, 1, 1)...)
	return g
}

// encoderNet is the attention and the layer of a transformer, as exporters write them.
func encoderNet() *build.Graph {
	const rows, width, heads = 96, 128, 4
	g := build.New("encoder", nil)
	v := g.Input("x", inference.Float32, build.Shape(1, rows, width)...)
	linear := func(v build.Value, name string, from, to int) build.Value {
		return g.Op("Add", []build.Value{g.Op("MatMul", []build.Value{v, weightsOf(g, name, from, to)}), weightsOf(g, name+"b", to)})
	}
	split := build.Const(g, "split", []int64{1, rows, heads, width / heads}, 4)
	join := build.Const(g, "join", []int64{1, rows, width}, 3)
	head := func(name string, perm ...int) build.Value {
		return g.Op("Transpose", []build.Value{g.Op("Reshape", []build.Value{linear(v, name, width, width), split})}, build.Ints("perm", perm...))
	}
	scores := g.Op("MatMul", []build.Value{head("q", 0, 2, 1, 3), head("k", 0, 2, 3, 1)})
	scores = g.Op("Softmax", []build.Value{g.Op("Mul", []build.Value{scores, build.Const(g, "scale", []float32{0.1})})}, build.Int("axis", -1))
	a := g.Op("Transpose", []build.Value{g.Op("MatMul", []build.Value{scores, head("v", 0, 2, 1, 3)})}, build.Ints("perm", 0, 2, 1, 3))
	norm := func(v build.Value, name string) build.Value {
		return g.Op("LayerNormalization", []build.Value{v, weightsOf(g, name, width), weightsOf(g, name+"b", width)}, build.Int("axis", -1))
	}
	v = norm(g.Op("Add", []build.Value{v, linear(g.Op("Reshape", []build.Value{a, join}), "o", width, width)}), "first")
	up := linear(v, "up", width, 4*width)
	half := g.Op("Add", []build.Value{g.Op("Erf", []build.Value{g.Op("Mul", []build.Value{up, build.Const(g, "root", []float32{math.Sqrt2 / 2})})}), build.Const(g, "one", []float32{1})})
	up = g.Op("Mul", []build.Value{g.Op("Mul", []build.Value{up, half}), build.Const(g, "half", []float32{0.5})})
	v = norm(g.Op("Add", []build.Value{v, linear(up, "down", 4*width, width)}), "second")
	g.Output("y", v, inference.Float32, build.Shape(1, rows, width)...)
	return g
}

// elementwiseNet has functions of single elements and of rows, and a transpose, on a large tensor.
func elementwiseNet() *build.Graph {
	const rows, width = 600, 515
	g := build.New("elementwise", nil)
	v := g.Input("x", inference.Float32, build.Shape(rows, width)...)
	for _, op := range []string{"Tanh", "Exp", "Sigmoid", "Erf"} {
		v = g.Op(op, []build.Value{v})
	}
	v = g.Op("Mul", []build.Value{g.Op("Add", []build.Value{v, weightsOf(g, "row", width)}), v})
	v = g.Op("Transpose", []build.Value{v}, build.Ints("perm", 1, 0))
	g.Output("y", g.Op("Softmax", []build.Value{v}, build.Int("axis", -1)), inference.Float32, build.Shape(width, rows)...)
	return g
}

// productNet multiplies a matrix with itself.
func productNet() *build.Graph {
	const n = 150
	g := build.New("product", nil)
	x := g.Input("x", inference.Float32, build.Fixed(n), build.Fixed(n))
	g.Output("y", g.Op("MatMul", []build.Value{x, x}), inference.Float32, build.Fixed(n), build.Fixed(n))
	return g
}
