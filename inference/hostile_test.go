package inference_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
)

// TestMalformedGraphs loads graphs that are none. Each must come back as a typed error.
func TestMalformedGraphs(t *testing.T) {
	x := tensorInfo("x", inference.Float32, 2)
	y := &wire.ValueInfo{Name: "y"}
	node := func(op string, in, out []string, attrs ...*wire.Attribute) *wire.Node {
		return &wire.Node{OpType: op, Inputs: in, Outputs: out, Attrs: attrs}
	}
	names := func(s ...string) []string { return s }
	for name, g := range map[string]*wire.Graph{
		"cycle": {
			Inputs: []*wire.ValueInfo{x}, Outputs: []*wire.ValueInfo{y},
			Nodes: []*wire.Node{node("Add", names("x", "b"), names("a")), node("Relu", names("a"), names("b")), node("Relu", names("b"), names("y"))},
		},
		"own output":      {Outputs: []*wire.ValueInfo{y}, Nodes: []*wire.Node{node("Relu", names("y"), names("y"))}},
		"no such value":   {Outputs: []*wire.ValueInfo{y}, Nodes: []*wire.Node{node("Relu", names("gone"), names("y"))}},
		"no such output":  {Inputs: []*wire.ValueInfo{x}, Outputs: []*wire.ValueInfo{y}},
		"defined twice":   {Inputs: []*wire.ValueInfo{x, x}},
		"made twice":      {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Relu", names("x"), names("y")), node("Abs", names("x"), names("y"))}},
		"too few inputs":  {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Add", names("x"), names("y"))}},
		"too many inputs": {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Relu", names("x", "x"), names("y"))}},
		"left out":        {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Add", names("", "x"), names("y"))}},
		"no outputs":      {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Relu", names("x"), nil)}},
		"unknown attribute": {
			Inputs: []*wire.ValueInfo{x},
			Nodes:  []*wire.Node{node("Relu", names("x"), names("y"), &wire.Attribute{Name: "slope", Type: wire.AttrFloat})},
		},
		"attribute of another kind": {
			Inputs: []*wire.ValueInfo{x},
			Nodes:  []*wire.Node{node("Flatten", names("x"), names("y"), &wire.Attribute{Name: "axis", Type: wire.AttrString, S: []byte("1")})},
		},
		"attribute missing": {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{node("Concat", names("x"), names("y"))}},
		"types differ": {
			Inputs: []*wire.ValueInfo{x, tensorInfo("i", inference.Int64, 2)},
			Nodes:  []*wire.Node{node("Add", names("x", "i"), names("y"))},
		},
		"shapes differ": {
			Inputs: []*wire.ValueInfo{x, tensorInfo("z", inference.Float32, 3)},
			Nodes:  []*wire.Node{node("Add", names("x", "z"), names("y"))},
		},
		"no type":        {Inputs: []*wire.ValueInfo{tensorInfo("x", 99, 2)}},
		"short tensor":   {Initializers: []*wire.Tensor{{Name: "w", DataType: 1, Dims: []int64{3}, Raw: make([]byte, 8)}}},
		"negative shape": {Initializers: []*wire.Tensor{{Name: "w", DataType: 1, Dims: []int64{-3}, Raw: make([]byte, 8)}}},
		"no domain":      {Inputs: []*wire.ValueInfo{x}, Nodes: []*wire.Node{{OpType: "Relu", Domain: "not.imported", Inputs: names("x"), Outputs: names("y")}}},
	} {
		_, err := inference.Load(bytes.NewReader(encodeGraph(t, g)), nil)
		var format *inference.FormatError
		var shape *inference.ShapeError
		if !errors.As(err, &format) && !errors.As(err, &shape) {
			t.Errorf("%s: Load = %v; want a *FormatError or *ShapeError", name, err)
		}
	}
}

// constant adds a constant that needs no name.
// ints is a vector of int64.
func ints(t *testing.T, v ...int64) *inference.Tensor { return tensorOf(t, v, len(v)) }

func constant(g *build.Graph, t *inference.Tensor) build.Value {
	return g.Op("Constant", nil, build.Tensor("value", t))
}

// TestSizeBombs loads small models that ask for enormous tensors. They must be refused, and quickly, without taking
// the memory.
func TestSizeBombs(t *testing.T) {
	const huge = 1 << 40
	shape := func(dims ...int64) *inference.Tensor { return ints(t, dims...) }
	bombs := map[string]func(g *build.Graph) build.Value{
		"Pad": func(g *build.Graph) build.Value {
			return g.Op("Pad", []build.Value{constant(g, tensorOf(t, []float32{1}, 1)), constant(g, shape(1<<30, 1<<30))})
		},
		"Range": func(g *build.Graph) build.Value {
			n := func(v int64) build.Value { return constant(g, tensorOf(t, []int64{v})) }
			return g.Op("Range", []build.Value{n(0), n(1 << 62), n(1)})
		},
		"ConstantOfShape": func(g *build.Graph) build.Value {
			return g.Op("ConstantOfShape", []build.Value{constant(g, shape(1<<20, 1<<20))})
		},
		"overflow": func(g *build.Graph) build.Value {
			return g.Op("ConstantOfShape", []build.Value{constant(g, shape(1<<30, 1<<30, 1<<30))})
		},
		"beyond int64": func(g *build.Graph) build.Value {
			return g.Op("ConstantOfShape", []build.Value{constant(g, shape(huge, huge))})
		},
		"rank": func(g *build.Graph) build.Value {
			return g.Op("ConstantOfShape", []build.Value{constant(g, shape(make([]int64, 1000)...))})
		},
		"Expand": func(g *build.Graph) build.Value {
			return g.Op("Expand", []build.Value{constant(g, tensorOf(t, []float32{1}, 1)), constant(g, shape(1<<28, 1<<10))})
		},
		"Tile": func(g *build.Graph) build.Value {
			v := constant(g, tensorOf(t, []float32{1}, 1))
			for range 5 {
				v = g.Op("Tile", []build.Value{v, constant(g, shape(1<<20))})
			}
			return v
		},
		"Concat doubling": func(g *build.Graph) build.Value {
			v := constant(g, tensorOf(t, make([]float32, 1024), 1024))
			for range 60 {
				v = g.Op("Concat", []build.Value{v, v}, build.Int("axis", 0))
			}
			return v
		},
		"MatMul": func(g *build.Graph) build.Value {
			tall := g.Op("Reshape", []build.Value{constant(g, tensorOf(t, make([]float32, 1<<18), 1<<18)), constant(g, shape(-1, 1))})
			return g.Op("MatMul", []build.Value{tall, g.Op("Transpose", []build.Value{tall})})
		},
	}
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			g := build.New("bomb", nil)
			x := g.Input("x", inference.Float32, build.Fixed(1))
			g.Output("y", g.Op("Cast", []build.Value{bomb(g)}, build.Int("to", 1)), inference.Float32, build.Unranked())
			g.Output("z", g.Op("Relu", []build.Value{x}), inference.Float32, build.Fixed(1))
			b, err := g.Model()
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			m, err := inference.Load(bytes.NewReader(b), nil)
			if err == nil {
				_, err = m.NewSession(nil)
			}
			var limit *inference.LimitError
			var shape *inference.ShapeError
			if !errors.As(err, &limit) && !errors.As(err, &shape) {
				t.Errorf("error %v; want a *LimitError or *ShapeError", err)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
				t.Errorf("refusing took %d bytes", took)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("refusing took %v", d)
			}
		})
	}
}

// TestMemoryLimit checks the limit at both places where it refuses, and that it is exact.
func TestMemoryLimit(t *testing.T) {
	m := loadGraph(t, affine())
	s, err := m.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shapes := map[string][]int{"x": {1000, 3}}
	b, err := s.Bind(shapes)
	if err != nil {
		t.Fatal(err)
	}
	need := b.Report().PeakBytes
	if need < 2*12000 {
		t.Errorf("PeakBytes = %d; want at least the input and the output, 24000", need)
	}
	for limit, fits := range map[int64]bool{need: true, need - 1: false, 1: false} {
		s, err := m.NewSession(&inference.Options{MemoryLimit: limit})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		_, err = s.Bind(shapes)
		if e := (*inference.LimitError)(nil); fits != (err == nil) || !fits && !errors.As(err, &e) {
			t.Errorf("Bind with a limit of %d = %v; it needs %d", limit, err, need)
		}
		_, err = s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, make([]float32, 3000), 1000, 3)})
		if e := (*inference.LimitError)(nil); fits != (err == nil) || !fits && !errors.As(err, &e) {
			t.Errorf("Run with a limit of %d = %v; it needs %d", limit, err, need)
		}
	}
	static := build.New("static", nil)
	x := static.Input("x", inference.Float32, build.Fixed(1000))
	static.Output("y", static.Op("Relu", []build.Value{x}), inference.Float32, build.Fixed(1000))
	_, err = loadGraph(t, static).NewSession(&inference.Options{MemoryLimit: 7999})
	if e := (*inference.LimitError)(nil); !errors.As(err, &e) {
		t.Errorf("NewSession with a limit of 7999 for a model that takes 8000 = %v; want a *LimitError", err)
	}
}

// TestTruncated loads every beginning of a model's file.
func TestTruncated(t *testing.T) {
	b, err := affine().Model()
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		m, err := inference.Load(bytes.NewReader(b[:n]), nil)
		if err != nil {
			continue
		}
		if s, err := m.NewSession(nil); err == nil { // a shorter model that happens to be one
			s.Close()
		}
	}
}

// convNet is a small network with one operator of each family, as a seed for fuzzing.
func convNet(t testing.TB) *build.Graph {
	g := build.New("net", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(2), build.Fixed(8))
	w := g.Const("w", tensorOf(t, make([]float32, 3*2*3), 3, 2, 3))
	y := g.Op("Conv", []build.Value{x, w}, build.Ints("pads", 1, 1), build.Ints("strides", 2))
	y = g.Op("MaxPool", []build.Value{g.Op("Relu", []build.Value{y})}, build.Ints("kernel_shape", 2))
	y = g.Op("Flatten", []build.Value{y})
	m := g.Const("m", tensorOf(t, make([]float32, 9*4), 9, 4))
	y = g.Op("Softmax", []build.Value{g.Op("MatMul", []build.Value{y, m})})
	half := g.Op("Slice", []build.Value{y, g.Const("from", tensorOf(t, []int64{1}, 1)), g.Const("to", tensorOf(t, []int64{3}, 1)), g.Const("axis", tensorOf(t, []int64{1}, 1))})
	sum := g.Op("ReduceSum", []build.Value{half, g.Const("axes", tensorOf(t, []int64{1}, 1))}, build.Int("keepdims", 0))
	g.Output("y", sum, inference.Float32, build.Sym("N"))
	return g
}
