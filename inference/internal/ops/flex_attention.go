package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opFlexAttention)

var opFlexAttention = Op{
	Name:   "FlexAttention",
	Domain: "ai.onnx.preview",
	Doc:    "Attention whose scores and weights are changed by graphs of the model",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1", "T1", "T1"}, Out: Args{"T1"}, Types: []Constraint{{"T1", dtype.Floating}},
			Attrs: []Attr{{"prob_mod", Graph, nil}, {"scale", Float, nil}, {"score_mod", Graph, nil}, {"softmax_precision", Int, nil}},
			Infer: inferFlexAttention, New: newFlexAttention, Cost: flexAttentionCost,
		},
	},
}

// flexAttentionDims returns the lengths of a FlexAttention: all inputs have a dimension of heads.
func flexAttentionDims(n *Node) (*attentionDims, error) {
	d, err := newAttentionDims(&n.In[attentionQ], &n.In[attentionK], &n.In[attentionV], 0, 0)
	if err == nil && d.packed {
		err = fault.Shape("the inputs have three dimensions, not four")
	}
	return d, err
}

func inferFlexAttention(n *Node) error {
	if _, err := softmaxPrecision(n); err != nil {
		return err
	}
	d, err := flexAttentionDims(n)
	if err == nil {
		n.SetOut(attentionY, d.output())
	}
	return err
}

func flexAttentionCost(n *Node) int64 {
	d, err := flexAttentionDims(n)
	if err != nil {
		return 0
	}
	return d.work()
}

// modifier computes of scores or weights, [batch, heads, queries, keys], others of the same type and shape. They are
// valid until it is called again; x it leaves as it is.
type modifier func(c *Ctx, x *tensor.Tensor) (*tensor.Tensor, error)

// newModifier makes the modifier that an attribute gives: nil when there is none, or one that changes nothing.
func newModifier(n *Node, name string) (modifier, error) {
	g := n.Graph(name)
	if g == nil {
		return nil, nil
	}
	if len(g.Inputs) != 1 || len(g.Outputs) != 1 {
		return nil, fault.Format("%s makes %d outputs of %d inputs, not one of one", name, len(g.Outputs), len(g.Inputs))
	}
	if len(g.Nodes) == 0 && g.Outputs[0] == g.Inputs[0] {
		return nil, nil
	}
	return nil, fault.Format("%s is a graph, which this node does not run", name)
}

func newFlexAttention(n *Node) (Kernel, error) {
	scores, err := newModifier(n, "score_mod")
	if err != nil {
		return nil, err
	}
	weights, err := newModifier(n, "prob_mod")
	if err != nil {
		return nil, err
	}
	stored := n.In[attentionQ].DType
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) { return flexAttentionOf(n, stored, scores, weights, kernels.Exp32) }),
		typed[float64](func(n *Node) (Kernel, error) { return flexAttentionOf(n, stored, scores, weights, kernels.Exp64) }))
}

func flexAttentionOf[T kernels.Float](n *Node, stored dtype.DType, scores, weights modifier, exp func(dst, src []T)) (Kernel, error) {
	d, err := flexAttentionDims(n)
	if err != nil {
		return nil, err
	}
	k, err := newAttentionKernel(n, d, exp)
	if err != nil {
		return nil, err
	}
	if dtype.Halves.Has(stored) {
		// Unlike Attention, this rounds the scaled queries and keys and their products: the root of the scale, too.
		root := [1]T{T(math.Sqrt(float64(k.scale)))}
		roundAs(root[:], stored)
		k.stored, k.scale = stored, root[0]
	}
	if scores == nil && weights == nil {
		return k, nil
	}
	f := &flexAttention[T]{attention: k, modify: [2]modifier{scores, weights}, of: dtype.Of[T]()}
	if n.HasAttr("softmax_precision") {
		f.of = dtype.DType(n.Int("softmax_precision"))
	}
	f.dims = []int{k.batch, k.heads, k.queries, k.total}
	bytes, err := tensor.Bytes(dtype.Complex128, f.dims) // that is two copies of the widest type
	if err == nil && bytes > maxScratch {
		err = &fault.LimitError{What: "bytes of an operator's own memory", Got: bytes, Max: maxScratch}
	}
	return f, err
}

// flexAttention is the kernel of a FlexAttention that modifies scores or weights: it computes all of them first.
type flexAttention[T kernels.Float] struct {
	attention *attention[T]
	dims      []int       // of scores and weights
	modify    [2]modifier // of scores and of weights; nil where they stay as they are
	of        dtype.DType // what modifiers see
}

// sizes returns the memory that scores take as elements of T, and as what modifiers see if that is another type.
func (f *flexAttention[T]) sizes() (own, seen int) {
	n := tensor.Elems(f.dims)
	own = (elemBytes[T](n) + tensor.Align - 1) &^ (tensor.Align - 1)
	if f.of != dtype.Of[T]() {
		seen = (n*f.of.Size() + tensor.Align - 1) &^ (tensor.Align - 1)
	}
	return own, seen
}

func (f *flexAttention[T]) Scratch() int {
	own, seen := f.sizes()
	return own + seen + f.attention.Scratch()
}

func (f *flexAttention[T]) Run(c *Ctx) error {
	k := f.attention
	own, seen := f.sizes()
	scores := tensor.Cast[T](c.Scratch[:own])[:tensor.Elems(f.dims)]
	x := &tensor.Tensor{DType: f.of, Shape: f.dims, Data: c.Scratch[own:][:seen]}
	if seen == 0 {
		x.Data = tensor.BytesOf(scores)
	}
	r := k.room(tensor.Cast[T](c.Scratch[own+seen:]), c)
	rows := func(at attentionBlockAt) kernels.Rows[T] {
		first := (at.batch*k.heads+at.head)*k.queries + at.first
		return kernels.Rows[T]{Data: scores[first*k.total:], Stride: k.total}
	}
	for i := range k.blocks() {
		at := k.block(i)
		if err := k.multiply(&r, rows(at), at); err != nil {
			return err
		}
	}
	if err := f.apply(c, f.modify[0], scores, x); err != nil {
		return err
	}
	for at := 0; at < len(scores); at += k.total {
		if err := r.spend(k.total * softmaxWork); err != nil {
			return err
		}
		k.softmax(scores[at:][:k.total], r.acc)
	}
	if err := f.apply(c, f.modify[1], scores, x); err != nil {
		return err
	}
	for i := range k.blocks() {
		at := k.block(i)
		if err := k.mix(&r, rows(at), at); err != nil {
			return err
		}
	}
	return nil
}

// apply replaces scores by what a modifier makes of them. X is what that one sees: the same memory, or memory for
// elements of another type.
func (f *flexAttention[T]) apply(c *Ctx, modify modifier, scores []T, x *tensor.Tensor) error {
	if modify == nil {
		return nil
	}
	if x.DType != dtype.Of[T]() {
		convertFloats(x.Data, scores, x.DType)
	}
	y, err := modify(c, x)
	if err != nil {
		return err
	}
	if y.DType != x.DType || !slices.Equal(y.Shape, x.Shape) {
		return fault.Shape("a graph makes %v%v of %v%v", y.DType, y.Shape, x.DType, x.Shape)
	}
	load(scores, y.Data, y.DType)
	return nil
}
