package inference_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
	"github.com/brinkml/brink/inference/internal/wire"
)

// tensorOf makes a tensor for a test.
func tensorOf[T inference.Element](t testing.TB, data []T, shape ...int) *inference.Tensor {
	t.Helper()
	v, err := inference.NewTensor(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// loadGraph loads the model that g describes.
func loadGraph(t testing.TB, g *build.Graph) *inference.Model {
	t.Helper()
	b, err := g.Model()
	if err != nil {
		t.Fatal(err)
	}
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// openSession loads the model that g describes and makes a session that is closed with the test.
func openSession(t testing.TB, g *build.Graph, o *inference.Options) *inference.Session {
	t.Helper()
	s, err := loadGraph(t, g).NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// affine is y = x * w + 1 for x of shape [N, 3] and w of shape [3].
func affine() *build.Graph {
	g := build.New("affine", nil)
	x := g.Input("x", inference.Float32, build.Sym("N"), build.Fixed(3))
	w, _ := inference.NewTensor([]float32{1, 10, 100}, 3)
	one, _ := inference.NewTensor([]float32{1})
	y := g.Op("Add", []build.Value{g.Op("Mul", []build.Value{x, g.Const("w", w)}), g.Const("one", one)})
	g.Output("y", y, inference.Float32, build.Sym("N"), build.Fixed(3))
	return g
}

func TestRun(t *testing.T) {
	s := openSession(t, affine(), nil)
	for _, n := range []int{2, 1, 0, 2} {
		x := make([]float32, 3*n)
		want := make([]float32, 3*n)
		for i := range x {
			x[i] = float32(i)
			want[i] = x[i]*[]float32{1, 10, 100}[i%3] + 1
		}
		out, err := s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, x, n, 3)})
		if err != nil {
			t.Fatal(err)
		}
		if err := sameValue(out["y"], tensorOf(t, want, n, 3), 0, 0); err != nil {
			t.Errorf("N = %d: %v", n, err)
		}
	}
}

func TestRunRefusesInputsThatDoNotFit(t *testing.T) {
	s := openSession(t, affine(), nil)
	x := tensorOf(t, make([]float32, 6), 2, 3)
	for name, in := range map[string]map[string]inference.Value{
		"missing":     {},
		"nil":         {"x": nil},
		"unknown":     {"x": x, "z": x},
		"type":        {"x": tensorOf(t, make([]float64, 6), 2, 3)},
		"rank":        {"x": tensorOf(t, make([]float32, 6), 6)},
		"dimension":   {"x": tensorOf(t, make([]float32, 6), 3, 2)},
		"no tensor":   {"x": &inference.Sequence{}},
		"typed nil":   {"x": (*inference.Tensor)(nil)},
		"no optional": {"x": &inference.Optional{Value: x}},
	} {
		_, err := s.Run(t.Context(), in)
		if e := (*inference.InputError)(nil); !errors.As(err, &e) {
			t.Errorf("%s: error %v; want an *InputError", name, err)
		}
	}
}

// TestRunConcurrently runs one session from many goroutines at once, with different shapes.
func TestRunConcurrently(t *testing.T) {
	s := openSession(t, affine(), &inference.Options{Threads: 2})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 50 {
				n := (worker+i)%12 + 1 // more shapes than a session keeps plans for
				x := slices.Repeat([]float32{float32(worker*100 + i)}, 3*n)
				out, err := s.Run(context.Background(), map[string]inference.Value{"x": tensorOf(t, x, n, 3)})
				if err != nil {
					t.Error(err)
					return
				}
				y, err := inference.Data[float32](out["y"].(*inference.Tensor))
				if err != nil || len(y) != 3*n || y[3*n-1] != x[0]*100+1 {
					t.Errorf("Run(%v) = %v, %v", x, y, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestCloseWaits closes a session while others run on it: what is under way ends well, what begins later is refused.
func TestCloseWaits(t *testing.T) {
	m := loadGraph(t, affine())
	s, err := m.NewSession(&inference.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Bind(map[string][]int{"x": {1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	x := tensorOf(t, make([]float32, 3), 1, 3)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				_, err := s.Run(context.Background(), map[string]inference.Value{"x": x})
				if errors.Is(err, inference.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if err := b.Run(t.Context()); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("Binding.Run after Close = %v; want ErrClosed", err)
	}
	if _, err := s.Bind(nil); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("Bind after Close = %v; want ErrClosed", err)
	}
	if _, err := m.NewSession(nil); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("NewSession after Close = %v; want ErrClosed", err)
	}
	if len(m.Inputs()) != 1 || m.Report().PeakBytes != -1 {
		t.Error("a closed model cannot describe itself")
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	s := openSession(t, affine(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Run(ctx, map[string]inference.Value{"x": tensorOf(t, make([]float32, 3), 1, 3)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want %v", err, context.Canceled)
	}
}

// TestOutputsOfNoNode runs a graph whose outputs are an input, a constant and a view of an input.
func TestOutputsOfNoNode(t *testing.T) {
	s, err := loadWire(t, &wire.Graph{
		Name:         "pass",
		Inputs:       []*wire.ValueInfo{tensorInfo("x", inference.Float32, 2, 2)},
		Initializers: []*wire.Tensor{{Name: "c", DataType: int32(inference.Int64), Dims: []int64{2}, Int64s: []int64{7, 8}}},
		Nodes: []*wire.Node{{
			OpType: "Flatten", Inputs: []string{"x"}, Outputs: []string{"flat"},
			Attrs: []*wire.Attribute{{Name: "axis", Type: wire.AttrInt}},
		}},
		Outputs: []*wire.ValueInfo{{Name: "x"}, {Name: "c"}, {Name: "flat"}},
	}).NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := inference.Input[float32](b, "x")
	if err != nil {
		t.Fatal(err)
	}
	copy(in, []float32{1, 2, 3, 4})
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	clear(in) // the outputs are not the input's memory
	for _, name := range []string{"x", "flat"} {
		got, err := inference.Output[float32](b, name)
		if err != nil || !slices.Equal(got, []float32{1, 2, 3, 4}) {
			t.Errorf("Output(%q) = %v, %v; want 1 2 3 4", name, got, err)
		}
	}
	got, err := inference.Output[int64](b, "c")
	if err != nil || !slices.Equal(got, []int64{7, 8}) {
		t.Errorf("Output(c) = %v, %v; want 7 8", got, err)
	}
	got[0] = 9 // the caller's to write, and not the model's constant
	out, err := s.Run(t.Context(), map[string]inference.Value{"x": tensorOf(t, make([]float32, 4), 2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameValue(out["c"], tensorOf(t, []int64{7, 8}, 2), 0, 0); err != nil {
		t.Error(err)
	}
}

// TestShapeFromData runs a model whose output shape is an input's value, in both ways to run it.
func TestShapeFromData(t *testing.T) {
	g := build.New("reshape", nil)
	x := g.Input("x", inference.Float32, build.Fixed(6))
	shape := g.Input("shape", inference.Int64, build.Fixed(2))
	y := g.Op("Relu", []build.Value{g.Op("Reshape", []build.Value{x, shape})})
	g.Output("y", y, inference.Float32, build.Unknown(), build.Unknown())
	s := openSession(t, g, nil)
	b, err := s.Bind(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Shape("y"); err != nil || got != nil {
		t.Errorf("Shape(y) before the first run = %v, %v; want nil", got, err)
	}
	for _, want := range [][]int{{2, 3}, {6, 1}} {
		dims := []int64{int64(want[0]), int64(want[1])}
		out, err := s.Run(t.Context(), map[string]inference.Value{
			"x": tensorOf(t, []float32{-1, 2, -3, 4, -5, 6}, 6), "shape": tensorOf(t, dims, 2),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := sameValue(out["y"], tensorOf(t, []float32{0, 2, 0, 4, 0, 6}, want...), 0, 0); err != nil {
			t.Error(err)
		}
		in, err := inference.Input[int64](b, "shape")
		if err != nil {
			t.Fatal(err)
		}
		copy(in, dims)
		if err := b.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Shape("y"); err != nil || !slices.Equal(got, want) {
			t.Errorf("Shape(y) = %v, %v; want %v", got, err, want)
		}
	}
	_, err = s.Run(t.Context(), map[string]inference.Value{
		"x": tensorOf(t, make([]float32, 6), 6), "shape": tensorOf(t, []int64{4, 2}, 2),
	})
	var node *inference.NodeError
	var shapeErr *inference.ShapeError
	if !errors.As(err, &node) || !errors.As(err, &shapeErr) || node.Op != "Reshape" {
		t.Errorf("Run with an impossible shape = %v; want a *NodeError of Reshape with a *ShapeError", err)
	}
}

// TestBindRefuses checks that Bind tells what is wrong with shapes.
func TestBindRefuses(t *testing.T) {
	s := openSession(t, affine(), nil)
	for name, shapes := range map[string]map[string][]int{
		"open":      nil,
		"unknown":   {"x": {1, 3}, "z": {1}},
		"negative":  {"x": {-1, 3}},
		"dimension": {"x": {1, 4}},
		"rank":      {"x": {3}},
	} {
		_, err := s.Bind(shapes)
		if e := (*inference.InputError)(nil); !errors.As(err, &e) {
			t.Errorf("%s: error %v; want an *InputError", name, err)
		}
	}
	b, err := s.Bind(map[string][]int{"x": {1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := inference.Input[float64](b, "x")
	_, err2 := inference.Input[float32](b, "y")
	_, err3 := inference.Output[float32](b, "x")
	_, err4 := b.Shape("z")
	for i, err := range []error{err1, err2, err3, err4} {
		if e := (*inference.InputError)(nil); !errors.As(err, &e) {
			t.Errorf("error %d is %v; want an *InputError", i+1, err)
		}
	}
}

// TestUnsupported loads a model with operators that nobody has: it can be looked at, not run.
func TestUnsupported(t *testing.T) {
	g := build.New("odd", &build.Options{Domains: map[string]int{"example": 1}})
	x := g.Input("x", inference.Float32, build.Fixed(3))
	y := g.Op("example.Frobnicate", []build.Value{g.Op("NoSuchOp", []build.Value{g.Op("NoSuchOp", []build.Value{x})})})
	g.Output("y", y, inference.Float32, build.Fixed(3))
	m := loadGraph(t, g)
	_, err := m.NewSession(nil)
	e := (*inference.UnsupportedError)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("NewSession = %v; want an *UnsupportedError", err)
	}
	var names []string
	for _, u := range e.Missing {
		names = append(names, fmt.Sprintf("%s.%s x%d", u.Domain, u.Name, u.Count))
	}
	if got := strings.Join(names, ", "); got != ".NoSuchOp x2, example.Frobnicate x1" {
		t.Errorf("missing %s", got)
	}
	if r := m.Report(); len(r.Unsupported) != 2 || r.MACs != -1 {
		t.Errorf("Report() = %+v; want both operators as unsupported", r)
	}
}
