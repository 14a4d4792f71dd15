//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Exporters write the attention of a transformer as a dozen nodes that move its heads about. As one node the heads are
// read where they lie, and the scores never leave a cache. Products are scaled before they are added up, not after:
// results differ by rounding.
var attention = Pass{
	Name: "attention",
	Doc:  "make one Attention of the products, the softmax and the transposes that it is written as",
	run:  fuseAttention,
}

// attentionOpset is the first operator set with Attention.
const attentionOpset = 23

func fuseAttention(d *draft) (changed int) {
	f := attentions{passing{d, d.makers(), d.uses(), nil}}
	for i := range d.graph.Nodes {
		n := d.node(i)
		if a, ok := f.match(n); ok {
			*n = graph.Node{
				Name: n.Name, Op: "Attention", Opset: attentionOpset, In: a.in[:], Out: n.Out,
				Attrs: []graph.Attr{
					{Name: "q_num_heads", Kind: wire.AttrInt, Value: a.heads},
					{Name: "kv_num_heads", Kind: wire.AttrInt, Value: a.heads},
					{Name: "scale", Kind: wire.AttrFloat, Value: a.scale},
				},
			}
			changed++
		}
	}
	d.settle()
	return changed
}

// attentions finds what is an attention: with q, k and v [batch, rows, heads * size],
//
//	Reshape(Transpose(MatMul(Softmax(MatMul(Q, K) / c), V)))
//
// where Q, K and V are Transpose(Reshape(...)) of q, k and v.
type attentions struct{ passing }

// attentionMatch is what was found.
type attentionMatch struct {
	in    [3]graph.ID // queries, keys, values
	heads int64
	scale float32
}

func (f *attentions) match(n *graph.Node) (a attentionMatch, ok bool) {
	moved := f.joins(n)
	if moved == nil {
		return a, false
	}
	mixed := f.made(moved.In[0], "MatMul")
	if mixed == nil {
		return a, false
	}
	weights := f.made(mixed.In[0], "Softmax")
	if weights == nil || !f.overKeys(weights) {
		return a, false
	}
	scores, scale, ok := f.unscaled(weights.In[0])
	if !ok {
		return a, false
	}
	a.scale = scale
	product := f.made(scores, "MatMul")
	if product == nil {
		return a, false
	}
	for j, head := range [...]struct {
		id   graph.ID
		perm []int64
	}{{product.In[0], []int64{0, 2, 1, 3}}, {product.In[1], []int64{0, 2, 3, 1}}, {mixed.In[1], []int64{0, 2, 1, 3}}} {
		from, heads := f.split(head.id, head.perm)
		if from == graph.None || j > 0 && heads != a.heads {
			return a, false
		}
		a.in[j], a.heads = from, heads
	}
	return a, true
}

// made returns the node that makes a value which nothing else reads, if it is of the given operator.
func (f *attentions) made(id graph.ID, op string) *graph.Node {
	if id = f.read(id); id == graph.None || f.makers[id] < 0 || f.reads[id] != 1 || f.output[id] {
		return nil
	}
	n := f.node(int(f.makers[id]))
	if f.op(n, op) == nil || len(n.In) == 0 || slices.Contains(n.In, graph.None) {
		return nil
	}
	return n
}

// joins returns the Transpose before n, if the two put the heads of a result side by side.
func (f *attentions) joins(n *graph.Node) *graph.Node {
	if f.op(n, "Reshape") == nil {
		return nil
	}
	t := f.made(n.In[0], "Transpose")
	if t == nil || !slices.Equal(f.order(t), []int64{0, 2, 1, 3}) {
		return nil
	}
	from, to := f.values[n.In[0]].Shape, f.values[n.Out[0]].Shape
	if !dtype.Floats.Has(f.values[n.In[0]].DType) || to.Rank() != 3 || !f.keepsRows(n, from, to) {
		return nil
	}
	return t
}

// keepsRows reports whether a Reshape leaves the first two dimensions of from as they are and both can tell how long
// the rest is.
func (f *attentions) keepsRows(n *graph.Node, from, to shape.Shape) bool {
	if from.Rank() < 3 || to.Rank() < 3 || !from.Elems(2, from.Rank()).Known() || from.Elems(2, from.Rank()) != to.Elems(2, to.Rank()) {
		return false
	}
	said, known := []int64(nil), false
	if len(n.In) > 1 {
		said, known = f.ints(n.In[1])
	}
	zeros := f.op(n).Version.Attr("allowzero") == nil || !f.op(n).Flag("allowzero")
	for i := range 2 {
		same := from.Dim(i) == to.Dim(i) && from.Dim(i) != shape.Unknown
		if !same && !(known && zeros && i < len(said) && said[i] == 0) {
			return false
		}
	}
	return true
}

// split returns what id is made of by having its heads moved with a Reshape and a Transpose, and how many there are.
func (f *attentions) split(id graph.ID, perm []int64) (from graph.ID, heads int64) {
	t := f.made(id, "Transpose")
	if t == nil || !slices.Equal(f.order(t), perm) {
		return graph.None, 0
	}
	m := f.makers[t.In[0]]
	if m < 0 {
		return graph.None, 0
	}
	r := f.node(int(m))
	if f.op(r, "Reshape") == nil {
		return graph.None, 0
	}
	packed, apart := f.values[r.In[0]].Shape, f.values[r.Out[0]].Shape
	if packed.Rank() != 3 || apart.Rank() != 4 || !f.keepsRows(r, packed, apart) || !apart.Dim(2).Known() || apart.Dim(2) < 1 {
		return graph.None, 0
	}
	return r.In[0], int64(apart.Dim(2))
}

// overKeys reports whether n, a Softmax of four dimensions, goes along the last.
func (f *attentions) overKeys(n *graph.Node) bool {
	axis := f.op(n).Int("axis")
	return f.values[n.In[0]].Shape.Rank() == 4 && (axis == -1 || axis == 3)
}

// unscaled returns what id is a multiple of, and by which constant.
func (f *attentions) unscaled(id graph.ID) (from graph.ID, scale float32, ok bool) {
	from = f.read(id)
	if f.made(id, "MatMul") != nil {
		return from, 1, true
	}
	n := f.made(id, "Div")
	divides := n != nil
	if n == nil {
		n = f.made(id, "Mul")
	}
	if n == nil {
		return from, 0, false
	}
	x, c := n.In[0], n.In[1]
	if !divides && f.constant(c) == nil {
		x, c = c, x
	}
	t := f.constant(c)
	if t == nil || t.Len() != 1 || !dtype.Floats.Has(t.DType) || len(t.Shape) > 4 {
		return from, 0, false
	}
	by := floats(t)[0]
	if divides {
		by = 1 / by
	}
	return x, float32(by), by > 0 && by < 1e30
}
