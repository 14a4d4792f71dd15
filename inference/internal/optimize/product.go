//go:build !arm

package optimize

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/wire"
)

// What is added and what becomes of it is done while the results are at hand. Gemm becomes com.microsoft's FusedGemm;
// MatMul an operator of the engine's own, because it takes stacks of matrices.
var product = Pass{
	Name: "product",
	Doc:  "make what is added to a product of matrices, and the activation after it, part of it",
	run:  fuseProducts,

	last: true, // biases and normalisations come first
}

// internal is the domain of the engine's own operators.
const internal = "brink"

func fuseProducts(d *draft) (changed int) {
	f := epilogues{d, d.makers(), d.uses()}
	for i := range d.graph.Nodes {
		n := d.node(i)
		if len(n.In) == 0 || len(n.Out) == 0 || n.Out[0] == graph.None {
			continue
		}
		if name, params, ok := f.activation(n); ok {
			if f.activateProduct(i, n, name, params) {
				changed++
			}
		} else if d.op(n, "Add") != nil && len(n.In) == 2 && (f.addToProduct(i, n, n.In[0], n.In[1]) || f.addToProduct(i, n, n.In[1], n.In[0])) {
			changed++
		}
	}
	d.settle()
	return changed
}

// product returns the product of matrices of float32 that makes a value which nothing else reads, and where it is.
func (f *epilogues) product(id graph.ID) (*graph.Node, int32) {
	if id == graph.None {
		return nil, -1
	}
	m := f.makers[id]
	if m < 0 || f.reads[id] != 1 || f.values[id].DType != dtype.Float32 {
		return nil, -1
	}
	n := f.node(int(m))
	switch {
	case n.Domain == "" && n.Op == "Gemm":
	case n.Domain == "" && n.Op == "MatMul" && f.rank(n.In[0]) > 1 && f.rank(n.In[1]) > 1:
	case n.Domain == internal && n.Op == "MatMul" && attr(n, "activation") == nil:
	default:
		return nil, -1
	}
	return n, m
}

// rank returns how many dimensions a value has, 0 when that is unknown.
func (d *draft) rank(id graph.ID) int {
	if s := d.values[id].Shape; s.Ranked() {
		return s.Rank()
	}
	return 0
}

// activateProduct makes node i, an activation, part of the product before it, if there is one.
func (f *epilogues) activateProduct(i int, n *graph.Node, name string, params []float32) bool {
	p, m := f.product(n.In[0])
	if p == nil {
		return false
	}
	p.Attrs = append(slices.Clip(p.Attrs), graph.Attr{Name: "activation", Kind: wire.AttrString, Value: name})
	if p.Op == "Gemm" {
		p.Op, p.Domain, p.Opset = "FusedGemm", microsoft, 1
		p.Attrs = slices.DeleteFunc(p.Attrs, func(a graph.Attr) bool { return a.Name == "broadcast" })
		for j, v := range params {
			name := [...]string{"activation_alpha", "activation_beta"}[j]
			p.Attrs = append(p.Attrs, graph.Attr{Name: name, Kind: wire.AttrFloat, Value: v})
		}
	} else {
		p.Domain, p.Opset = internal, 1
		if params != nil {
			p.Attrs = append(p.Attrs, graph.Attr{Name: "activation_params", Kind: wire.AttrFloats, Value: params})
		}
	}
	f.rename(p, n.In[0], n.Out[0])
	f.makers[n.Out[0]] = m
	f.remove(i)
	return true
}

// addToProduct makes node i, the sum of two values, part of the MatMul that makes the first, if one does and the second
// is as large or a row. The product moves to where the sum is, because what is added may be computed after where it was.
func (f *epilogues) addToProduct(i int, n *graph.Node, id, other graph.ID) bool {
	p, m := f.product(id)
	if p == nil || p.Op != "MatMul" || len(p.In) != 2 || !f.sameShape(id, other) && !f.row(other, id) || f.op(n).Version.Attr("broadcast") != nil {
		return false
	}
	out := n.Out[0]
	*n = *p
	n.Domain, n.Opset = internal, 1
	n.In = []graph.ID{p.In[0], p.In[1], other}
	n.Out = []graph.ID{out}
	f.makers[out] = int32(i)
	f.remove(int(m))
	return true
}

// row reports whether a value consists of one row of another.
func (f *epilogues) row(id, of graph.ID) bool {
	s, t := f.values[id].Shape, f.values[of].Shape
	if !s.Ranked() || !t.Ranked() || s.Rank() == 0 || s.Rank() > t.Rank() || s.Dim(-1) != t.Dim(-1) || !s.Dim(-1).Known() {
		return false
	}
	return !slices.ContainsFunc(s.Dims()[:s.Rank()-1], func(d shape.Dim) bool { return d != 1 })
}
