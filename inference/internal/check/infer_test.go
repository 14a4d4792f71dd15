package check_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

func node(op string, in []string, out string, attrs ...*wire.Attribute) *wire.Node {
	return &wire.Node{OpType: op, Inputs: in, Outputs: []string{out}, Attrs: attrs}
}

func in(names ...string) []string { return names }

func ints(name string, v ...int64) *wire.Tensor {
	return &wire.Tensor{Name: name, DataType: 7, Dims: []int64{int64(len(v))}, Int64s: v}
}

// input declares a float32 tensor; dimensions are numbers, or symbols where they are letters.
func input(name string, dims ...any) *wire.ValueInfo {
	typ := &wire.Type{Kind: wire.TypeTensor, ElemType: 1, HasShape: true}
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			typ.Dims = append(typ.Dims, wire.Dim{Known: true, Value: int64(d)})
		case string:
			typ.Dims = append(typ.Dims, wire.Dim{Param: d})
		}
	}
	return &wire.ValueInfo{Name: name, Type: typ}
}

// bind makes the program of a graph of the given operator set.
func bind(t *testing.T, opset int64, g *wire.Graph) (*check.Program, error) {
	t.Helper()
	m, err := graph.Build(&wire.Model{Opsets: []wire.OpsetID{{Version: opset}}, Graph: g}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return check.Bind(m)
}

// value returns what is known of a value.
func value(t *testing.T, p *check.Program, typing *check.Typing, name string) check.Value {
	t.Helper()
	for i, v := range p.Graph.Values {
		if v.Name == name {
			return typing.Values[i]
		}
	}
	t.Fatalf("no value %q", name)
	return check.Value{}
}

// expandLike is the graph by which PyTorch writes zeros of the batch size of x: Shape, Gather, Concat, ConstantOfShape.
func expandLike() *wire.Graph {
	return &wire.Graph{
		Inputs:       []*wire.ValueInfo{input("x", "N", 8)},
		Initializers: []*wire.Tensor{ints("zero", 0), ints("four", 4)},
		Nodes: []*wire.Node{
			node("Shape", in("x"), "shape"),
			node("Gather", in("shape", "zero"), "n"),
			node("Concat", in("n", "four"), "dims", &wire.Attribute{Name: "axis", Type: wire.AttrInt}),
			node("ConstantOfShape", in("dims"), "zeros"),
			node("ReduceSum", in("x"), "sum", &wire.Attribute{Name: "keepdims", Type: wire.AttrInt, I: 1}),
			node("Add", in("zeros", "sum"), "y"),
			node("Neg", in("four"), "constant"),
		},
		Outputs: []*wire.ValueInfo{{Name: "y"}, {Name: "constant"}},
	}
}

// TestInferFolds checks that what follows from shapes alone is computed ahead: at load as far as the declared shapes
// go, with real shapes all of it.
func TestInferFolds(t *testing.T) {
	p, err := bind(t, 13, expandLike())
	if err != nil {
		t.Fatal(err)
	}
	declared, err := p.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := value(t, p, declared, "zeros"); v.Known != nil || v.Shape.Static() {
		t.Errorf("zeros at load are %v; want nothing known, since N is open", v)
	}
	if v := value(t, p, declared, "constant"); v.Known == nil || !v.Constant {
		t.Errorf("the constant at load is %v; want it computed", v)
	}
	base := value(t, p, declared, "constant").Known
	typing, err := p.Infer(t.Context(), map[graph.ID]shape.Shape{p.Graph.Inputs[0]: shape.Of(3, 8)}, declared)
	if err != nil {
		t.Fatal(err)
	}
	zeros := value(t, p, typing, "zeros")
	if zeros.Known == nil || zeros.Constant || !slices.Equal(zeros.Known.Shape, []int{3, 4}) {
		t.Errorf("zeros for N = 3 are %v; want a value of [3 4], for this N only", zeros)
	}
	if got := value(t, p, typing, "dims").Known; !slices.Equal(tensor.View[int64](got), []int64{3, 4}) {
		t.Errorf("dims are %v; want 3 4", tensor.View[int64](got))
	}
	if got := value(t, p, typing, "constant").Known; got != base {
		t.Error("the constant was computed again")
	}
	left := 0
	for _, n := range typing.Nodes {
		if n != nil {
			left++
		}
	}
	if left != 2 { // ReduceSum and Add
		t.Errorf("%d nodes are left to run; want 2", left)
	}
}

// TestInferLate checks that either kind of folding can be left to the runs.
func TestInferLate(t *testing.T) {
	for _, c := range []struct {
		late           check.Late
		constant, dims bool
	}{
		{check.Late{}, true, true},
		{check.Late{Constants: true}, false, true},
		{check.Late{Shapes: true}, true, false},
		{check.Late{Constants: true, Shapes: true}, false, false},
	} {
		p, err := bind(t, 13, expandLike())
		if err != nil {
			t.Fatal(err)
		}
		p.Late = c.late
		typing, err := p.Infer(t.Context(), map[graph.ID]shape.Shape{p.Graph.Inputs[0]: shape.Of(3, 8)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := value(t, p, typing, "constant").Known != nil; got != c.constant {
			t.Errorf("%+v: the constant is known: %v; want %v", c.late, got, c.constant)
		}
		for _, name := range []string{"shape", "dims"} {
			if got := value(t, p, typing, name).Known != nil; got != c.dims {
				t.Errorf("%+v: %s is known: %v; want %v", c.late, name, got, c.dims)
			}
		}
		if four := value(t, p, typing, "four"); four.Known == nil {
			t.Errorf("%+v: an initializer is not known", c.late)
		}
	}
}

func TestInferSymbols(t *testing.T) {
	p, err := bind(t, 17, &wire.Graph{
		Inputs: []*wire.ValueInfo{input("x", "N", 8), input("w", 1, 8)},
		Nodes:  []*wire.Node{node("Mul", in("x", "w"), "a"), node("Transpose", in("a"), "y")},
	})
	if err != nil {
		t.Fatal(err)
	}
	typing, err := p.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if y := value(t, p, typing, "y"); !y.Shape.Equal(shape.Of(8, shape.Symbol(0))) || y.DType != dtype.Float32 {
		t.Errorf("y is %v%v; want float32[8 N]", y.DType, y.Shape)
	}
}

// TestInferDoesNotBelieveTheFile checks that what a file claims of a value in between does not decide anything.
func TestInferDoesNotBelieveTheFile(t *testing.T) {
	p, err := bind(t, 17, &wire.Graph{
		Inputs:    []*wire.ValueInfo{input("x", 3)},
		Nodes:     []*wire.Node{node("Neg", in("x"), "a"), node("Add", in("a", "x"), "y")},
		ValueInfo: []*wire.ValueInfo{input("a", 1<<30, 1<<30, 1<<30)},
		Outputs:   []*wire.ValueInfo{input("y", 99)},
	})
	if err != nil {
		t.Fatal(err)
	}
	typing, err := p.Infer(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if y := value(t, p, typing, "y"); !y.Shape.Equal(shape.Of(3)) {
		t.Errorf("y is %v; want [3]", y.Shape)
	}
}

// TestVersions checks that nodes get the version of their operator that the model imports.
func TestVersions(t *testing.T) {
	axis := &wire.Attribute{Name: "axes", Type: wire.AttrInts, Ints: []int64{0}}
	unsqueeze := func(attrs ...*wire.Attribute) *wire.Graph {
		return &wire.Graph{Inputs: []*wire.ValueInfo{input("x", 2)}, Nodes: []*wire.Node{node("Unsqueeze", in("x"), "y", attrs...)}}
	}
	if _, err := bind(t, 11, unsqueeze(axis)); err != nil {
		t.Errorf("Unsqueeze-11 with an attribute: %v", err)
	}
	_, err := bind(t, 13, unsqueeze(axis))
	if e := (*fault.NodeError)(nil); !errors.As(err, &e) || e.Op != "Unsqueeze" || e.Opset != 13 || e.Node != "y" {
		t.Errorf("Unsqueeze-13 with an attribute: %v; want a *NodeError", err)
	}
	p, err := bind(t, 6, &wire.Graph{
		Inputs: []*wire.ValueInfo{input("x", 2)},
		Nodes:  []*wire.Node{node("Erf", in("x"), "a"), node("Nonsense", in("a"), "b"), node("Nonsense", in("b"), "c")},
	})
	if err != nil {
		t.Fatal(err)
	}
	missing := p.Unsupported()
	if len(missing) != 2 || missing[1].Name != "Nonsense" || missing[1].Count != 2 || missing[0].Reason != "exists from opset 9 on" {
		t.Errorf("Unsupported() = %v; want Erf since 9, and Nonsense twice", missing)
	}
}

// TestUnsupportedTypes checks that a type without kernels is told apart from one that does not fit.
func TestUnsupportedTypes(t *testing.T) {
	whole := input("x", 2)
	whole.Type.ElemType = int32(dtype.Int16)
	p, err := bind(t, 17, &wire.Graph{Inputs: []*wire.ValueInfo{whole}, Nodes: []*wire.Node{node("Exp", in("x"), "y"), node("Tanh", in("y"), "z")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Infer(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if m := p.Unsupported(); len(m) != 1 || m[0].Name != "Exp" || m[0].Reason != "int16 as input 0" {
		t.Errorf("Unsupported() = %v; want Exp for int16", m)
	}
	p, err = bind(t, 17, &wire.Graph{
		Inputs:       []*wire.ValueInfo{input("x", 1)},
		Initializers: []*wire.Tensor{ints("i", 1)},
		Nodes:        []*wire.Node{node("Add", in("x", "i"), "y")},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Infer(t.Context(), nil, nil)
	if e := (*fault.FormatError)(nil); !errors.As(err, &e) {
		t.Errorf("Add of float32 and int64: %v; want a *FormatError", err)
	}
}
