package ops

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/images"
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/regex"
)

// call is one node to run by itself.
type call struct {
	domain, op string
	opset      int
	attrs      attrs
	in         []*tensor.Tensor // nil where left out
	outs       int
	wanted     []bool // which of the outputs, when not all
	constant   []int  // which of the inputs are constants
	level      cpu.Level
}

type attrs map[string]any

// tools are those that no kernel misses.
var tools = Tools{Image: images.Decode, Regexp: regex.Compile}

// node returns the node with the types and shapes of its inputs, and nothing inferred.
func (c call) node(t testing.TB) (*Node, error) {
	t.Helper()
	_, v := Lookup(c.domain, c.op, c.opset)
	if v == nil {
		t.Fatalf("there is no %s-%d", c.op, c.opset)
	}
	n := &Node{Version: v, Packs: &Packs{}, Tools: &tools, CPU: c.level}
	for name, value := range c.attrs {
		decl := v.Attr(name)
		if decl == nil {
			t.Fatalf("%s-%d has no attribute %q", c.op, c.opset, name)
			return nil, nil
		}
		n.Attrs = append(n.Attrs, graph.Attr{Name: name, Kind: decl.Kind, Value: value})
	}
	given := make([]bool, len(c.in))
	for i, in := range c.in {
		given[i] = in != nil
	}
	wanted := c.wanted
	if wanted == nil {
		wanted = slices.Repeat([]bool{true}, c.outs)
	}
	if err := n.Arrange(given, wanted); err != nil {
		return nil, err
	}
	for i, in := range c.in {
		if in != nil {
			n.In[i].Type = graph.TensorType(in.DType, shape.FromInts(in.Shape))
		}
	}
	for _, i := range c.constant {
		n.In[i].Value, n.In[i].Constant = c.in[i], true
	}
	if known, reason, err := n.BindTypes(); err != nil || !known {
		return nil, cmp.Or(err, fmt.Errorf("types: %s", reason))
	}
	return n, nil
}

// kernel infers the node and makes its kernel and what it runs on, with memory that holds garbage.
func (c call) kernel(t testing.TB, parts int) (Kernel, *Ctx, error) {
	t.Helper()
	n, err := c.node(t)
	if err != nil {
		return nil, nil, err
	}
	if err := n.Version.Infer(n); err != nil {
		return nil, nil, err
	}
	if reason := n.CheckOutputs(); reason != "" {
		t.Fatalf("%s: %s", c.op, reason)
	}
	k, err := n.Version.New(n)
	if err != nil {
		return nil, nil, err
	}
	ctx := &Ctx{In: append(c.in, make([]*tensor.Tensor, len(n.In)-len(c.in))...), Run: &Run{Context: t.Context()}}
	for i := range n.Out {
		ctx.Out = append(ctx.Out, nil)
		if n.Out[i].Present {
			ctx.Out[i] = tensor.New(n.Out[i].DType, n.Out[i].Dims())
			poison(ctx.Out[i].Data)
		}
	}
	if s, ok := k.(Scratcher); ok {
		ctx.Scratch = tensor.Alloc((s.Scratch() + 63) &^ 63 * parts)
		poison(ctx.Scratch)
	}
	return k, ctx, nil
}

// late runs the node as one is run whose shapes depend on data, or whose inputs are constants: with all values known,
// and the memory for its results counted against a budget.
func (c call) late(ctx context.Context, t testing.TB, budget int64) ([]*tensor.Tensor, error) {
	t.Helper()
	n, err := c.node(t)
	if err != nil {
		return nil, err
	}
	in := append(slices.Clone(c.in), make([]*tensor.Tensor, len(n.In)-len(c.in))...)
	for i := range in {
		n.In[i].Value, n.In[i].Constant = in[i], in[i] != nil
	}
	return Eval(&Run{Context: ctx, Budget: &Budget{What: "test bytes", Limit: budget}}, nil, n, in)
}

// eval is late with plenty of memory.
func (c call) eval(t testing.TB) ([]*tensor.Tensor, error) {
	t.Helper()
	return c.late(t.Context(), t, 1<<26)
}

// results are those of eval, which must work.
func (c call) results(t testing.TB) []*tensor.Tensor {
	t.Helper()
	out, err := c.eval(t)
	if err != nil {
		t.Fatalf("%s-%d %v: %v", c.op, c.opset, c.attrs, err)
	}
	return out
}

// result is the only output of eval, which must work.
func (c call) result(t testing.TB) *tensor.Tensor {
	t.Helper()
	c.outs = 1
	return c.results(t)[0]
}

func poison(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// try runs the node.
func (c call) try(t testing.TB) ([]*tensor.Tensor, error) {
	t.Helper()
	k, ctx, err := c.kernel(t, 1)
	if err == nil {
		err = k.Run(ctx)
	}
	if err != nil {
		return nil, err
	}
	return ctx.Out, nil
}

// run runs the node, which must work, and checks that the parts of a kernel that can be split make the same of it.
func (c call) run(t testing.TB) []*tensor.Tensor {
	t.Helper()
	out, err := c.try(t)
	if err != nil {
		t.Fatalf("%s-%d %v: %v", c.op, c.opset, c.attrs, err)
	}
	const parts = 3
	k, ctx, err := c.kernel(t, parts)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := k.(Splitter)
	if !ok {
		return out
	}
	for part := range parts {
		if err := s.RunPart(ctx, part, parts); err != nil {
			t.Fatalf("%s-%d %v: part %d: %v", c.op, c.opset, c.attrs, part, err)
		}
	}
	for i, o := range ctx.Out {
		if o != nil && !bytes.Equal(o.Data, out[i].Data) || o != nil && !slices.Equal(o.Strings, out[i].Strings) {
			t.Errorf("%s-%d %v: output %d differs when the work is split", c.op, c.opset, c.attrs, i)
		}
	}
	return out
}

// wantNoAllocs checks that a run of the node takes no memory from the heap.
func wantNoAllocs(t *testing.T, c call) {
	t.Helper()
	k, ctx, err := c.kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(5, func() {
		if err := k.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%s-%d: %v allocations a run; want 0", c.op, c.opset, got)
	}
}

// f32 returns a tensor of float32 with the given dimensions.
func f32(data []float64, dims ...int) *tensor.Tensor { return floatsAs[float32](data, dims...) }

// floatsAs returns a tensor of T with the given dimensions.
func floatsAs[T float32 | float64 | int32 | int64 | int8 | uint8](data []float64, dims ...int) *tensor.Tensor {
	out := make([]T, len(data))
	for i, v := range data {
		out[i] = T(v)
	}
	if len(out) != tensor.Elems(dims) {
		panic(fmt.Sprintf("%d elements for %v", len(out), dims))
	}
	return tensor.Of(out, dims...)
}

// numbers returns the elements of a tensor of numbers, which are not to be changed.
func numbers(t *tensor.Tensor) []float64 {
	switch t.DType {
	case dtype.Float32:
		return widened[float32](t)
	case dtype.Float64:
		return tensor.View[float64](t)
	case dtype.Int64:
		return widened[int64](t)
	case dtype.Int8:
		return widened[int8](t)
	case dtype.Uint8:
		return widened[uint8](t)
	}
	panic(t.DType.String())
}

func widened[T float32 | float64 | int64 | int8 | uint8](t *tensor.Tensor) []float64 {
	out := make([]float64, t.Len())
	for i, v := range tensor.View[T](t) {
		out[i] = float64(v)
	}
	return out
}

// wantNumbers compares the elements of a tensor, NaN being equal to NaN.
func wantNumbers(t testing.TB, what string, got *tensor.Tensor, want []float64, tolerance float64) {
	t.Helper()
	g := numbers(got)
	if len(g) != len(want) {
		t.Errorf("%s: got %d elements %v; want %d %v", what, len(g), g, len(want), want)
		return
	}
	for i := range g {
		switch {
		case g[i] == want[i] || math.IsNaN(g[i]) && math.IsNaN(want[i]):
		case math.Abs(g[i]-want[i]) <= tolerance*(1+math.Abs(want[i])):
		default:
			t.Errorf("%s: element %d of %v = %v; want %v", what, i, got.Shape, g[i], want[i])
			return
		}
	}
}
