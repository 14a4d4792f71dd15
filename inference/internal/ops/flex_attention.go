package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opFlexAttention)

// opFlexAttention computes Attention whose scores and weights are changed by graphs of the model.
var opFlexAttention = Op{
	Name:   "FlexAttention",
	Domain: "ai.onnx.preview",
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
	if err != nil {
		return err
	}
	n.SetOut(attentionY, d.output())
	of, err := modifiedType(n)
	if err != nil {
		return err
	}
	x := Operand{Type: graph.TensorType(of, shape.Of(d.batch, d.heads, d.queries, d.total()))}
	for _, name := range modifiers {
		b, err := modifierOf(n, name)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		out, err := b.Types(b, []Operand{x})
		if err != nil {
			return err
		}
		if !out[0].Same(&x.Type) {
			return fault.Format("%s makes %v of %v", name, &out[0].Type, &x.Type)
		}
	}
	return nil
}

// modifiers are the attributes that change scores and weights.
var modifiers = [2]string{"score_mod", "prob_mod"}

// modifiedType returns the type of what modifiers are given: what they declare, or else that of the softmax.
func modifiedType(n *Node) (dtype.DType, error) {
	of, err := softmaxPrecision(n)
	if err != nil {
		return of, err
	}
	if !n.HasAttr("softmax_precision") {
		of = computingType(n.In[attentionQ].DType)
	}
	declared := dtype.Undefined
	for _, name := range modifiers {
		b, err := modifierOf(n, name)
		if err != nil {
			return of, err
		}
		if b == nil {
			continue
		}
		d := b.Graph.Values[b.Graph.Inputs[0]].Type.DType
		switch {
		case d == dtype.Undefined || d == declared:
		case declared != dtype.Undefined || !dtype.Floating.Has(d):
			return of, fault.Format("the graphs take %v and %v", declared, d)
		default:
			declared, of = d, d
		}
	}
	return of, nil
}

// modifierOf returns the graph that an attribute gives, or nil when there is none or it changes nothing.
func modifierOf(n *Node, name string) (*Body, error) {
	b := n.Body(name)
	if b == nil {
		return nil, nil
	}
	g := b.Graph
	if len(g.Inputs) != 1 || len(g.Outputs) != 1 {
		return nil, fault.Format("%s makes %d outputs of %d inputs, not one of one", name, len(g.Outputs), len(g.Inputs))
	}
	if len(g.Nodes) == 0 && g.Outputs[0] == g.Inputs[0] {
		return nil, nil
	}
	return b, nil
}

func flexAttentionCost(n *Node) int64 {
	d, err := flexAttentionDims(n)
	if err != nil {
		return 0
	}
	return d.work()
}

func newFlexAttention(n *Node) (Kernel, error) {
	var modify [2]*Body
	for i, name := range modifiers {
		var err error
		if modify[i], err = modifierOf(n, name); err != nil {
			return nil, err
		}
	}
	of, err := modifiedType(n)
	if err != nil {
		return nil, err
	}
	stored := n.In[attentionQ].DType
	if frugal {
		return inDoubles(n, func(n *Node) (Kernel, error) {
			return flexAttentionOf(n, stored, of, modify, attentionMath[float64](doubleMath{}))
		})
	}
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) {
			return flexAttentionOf(n, stored, of, modify, attentionMath[float32](singleMath{n.CPU}))
		}),
		typed[float64](func(n *Node) (Kernel, error) {
			return flexAttentionOf(n, stored, of, modify, attentionMath[float64](doubleMath{}))
		}))
}

func flexAttentionOf[T kernels.Float](n *Node, stored, of dtype.DType, modify [2]*Body, by attentionMath[T]) (Kernel, error) {
	d, err := flexAttentionDims(n)
	if err != nil {
		return nil, err
	}
	k, err := newAttentionKernel(n, d, by)
	if err != nil {
		return nil, err
	}
	if dtype.Halves.Has(stored) {
		// Unlike Attention, this rounds the scaled queries and keys and their products: the root of the scale, too.
		root := [1]T{T(math.Sqrt(float64(k.scale)))}
		roundAs(root[:], stored)
		k.stored, k.scale = stored, root[0]
	}
	if modify[0] == nil && modify[1] == nil {
		return k, nil
	}
	f := &flexAttention[T]{attention: k, modify: modify, of: of}
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
	modify    [2]*Body    // of scores and of weights; nil where they stay as they are
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
	seenBy := f.memory(c)
	seenBy.x.Data = c.Scratch[own:][:seen]
	if seen == 0 {
		seenBy.x.Data = tensor.BytesOf(scores)
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
	if err := f.apply(c, f.modify[0], scores, seenBy); err != nil {
		return err
	}
	for at := 0; at < len(scores); at += k.total {
		if err := r.spend(k.total * softmaxWork); err != nil {
			return err
		}
		k.softmax(kernels.Rows[T]{Data: scores[at:], Stride: k.total}, 1, k.total, r.acc)
	}
	if err := f.apply(c, f.modify[1], scores, seenBy); err != nil {
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

// flexMemory is what the graphs of a FlexAttention are given.
type flexMemory struct {
	x  tensor.Tensor // the memory of the scores, or that for elements of another type
	in [1]*tensor.Tensor
}

func (f *flexAttention[T]) memory(c *Ctx) *flexMemory {
	m, ok := c.loop.(*flexMemory)
	if !ok {
		m = &flexMemory{x: tensor.Tensor{DType: f.of, Shape: f.dims}}
		m.in[0] = &m.x
		c.loop = m
	}
	return m
}

// apply replaces scores by what a graph makes of them.
func (f *flexAttention[T]) apply(c *Ctx, modify *Body, scores []T, m *flexMemory) error {
	if modify == nil {
		return nil
	}
	x := &m.x
	if x.DType != dtype.Of[T]() {
		convertFloats(x.Data, scores, x.DType)
	}
	out, err := c.Call(modify, m.in[:]...)
	if err != nil {
		return err
	}
	y := out[0]
	if y.DType != x.DType || !slices.Equal(y.Shape, x.Shape) {
		return fault.Shape("a graph makes %v%v of %v%v", y.DType, y.Shape, x.DType, x.Shape)
	}
	load(scores, y.Data, y.DType)
	return nil
}
