//go:build !arm

package optimize

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/wire"
)

var dynamic = Pass{
	Name: "dynamic",
	Doc:  "make one node of a product of what is quantized while the model runs, and of what turns it into floats again",
	run:  foldDynamic,
}

func foldDynamic(d *draft) (changed int) {
	f := dynamicFolder{d, d.makers(), d.uses(), d.readers()}
	for i := range d.graph.Nodes {
		if n := d.node(i); d.op(n, "MatMulInteger") != nil && f.fold(n) {
			changed++
		}
	}
	d.settle()
	return changed
}

// readers returns for each value a node that reads it, -1 when none does.
func (d *draft) readers() []int32 {
	readers := make([]int32, len(d.graph.Values))
	for i := range readers {
		readers[i] = -1
	}
	for i := range d.graph.Nodes {
		for id := range d.graph.Nodes[i].Reads {
			readers[id] = int32(i)
		}
	}
	return readers
}

type dynamicFolder struct {
	*draft
	made, reads, reader []int32 // by graph.ID
}

// next returns the only node that reads what n makes, if it is one of the given operators.
func (f *dynamicFolder) next(n *graph.Node, names ...string) (int, *graph.Node) {
	out := n.Out[0]
	if f.reads[out] != 1 || f.output[out] || f.reader[out] < 0 {
		return 0, nil
	}
	i := int(f.reader[out])
	m := f.node(i)
	if f.op(m, names...) == nil || len(m.Out) != 1 {
		return 0, nil
	}
	return i, m
}

// other returns the input of n, which has two, that is not id.
func other(n *graph.Node, id graph.ID) graph.ID {
	if len(n.In) != 2 {
		return graph.None
	}
	if n.In[0] == id {
		return n.In[1]
	}
	return n.In[0]
}

// fold makes one node of n, a MatMulInteger, and those before and after it.
func (f *dynamicFolder) fold(n *graph.Node) bool {
	if len(n.In) < 3 || f.made[n.In[0]] < 0 {
		return false
	}
	q := f.node(int(f.made[n.In[0]]))
	if f.op(q, "DynamicQuantizeLinear") == nil || len(q.Out) != 3 || q.Out[0] != n.In[0] || q.Out[2] != n.In[2] {
		return false
	}
	b := f.constant(n.In[1])
	if b == nil || len(b.Shape) != 2 {
		return false
	}
	columns := b.Shape[1]
	_, cast := f.next(n, "Cast")
	if cast == nil || f.values[cast.Out[0]].DType != dtype.Float32 {
		return false
	}
	last, mul := f.next(cast, "Mul")
	if mul == nil {
		return false
	}
	by := other(mul, cast.Out[0])
	scale := graph.None
	if by != graph.None && f.made[by] >= 0 {
		if m := f.node(int(f.made[by])); f.op(m, "Mul") != nil {
			if c := other(m, q.Out[1]); c != graph.None && (m.In[0] == q.Out[1] || m.In[1] == q.Out[1]) {
				scale = c
			}
		}
	}
	t := f.constant(scale)
	if t == nil || t.DType != dtype.Float32 || t.Len() != 1 && (len(t.Shape) != 1 || t.Len() != columns) {
		return false
	}
	zero := input(n, 3)
	if z := f.constant(zero); zero != graph.None && (z == nil || z.Len() != 1 && len(z.Shape) != 1) {
		return false
	}
	// What the scales are broadcast to has no more dimensions than the product.
	if rank := f.values[n.Out[0]].Shape.Rank(); !f.values[n.Out[0]].Shape.Ranked() || rank < 1 || rank < len(t.Shape) {
		return false
	}
	out := mul
	bias := graph.None
	if i, add := f.next(mul, "Add"); add != nil {
		if id := other(add, mul.Out[0]); id != graph.None {
			if c := f.constant(id); c != nil && c.DType == dtype.Float32 && len(c.Shape) == 1 && c.Len() == columns {
				last, out, bias = i, add, id
			}
		}
	}
	made := graph.Node{
		Name: n.Name, Op: "DynamicQuantizeMatMul", Domain: "brink", Opset: 1, In: []graph.ID{q.In[0], n.In[1], scale, zero, bias},
	}
	if i, relu := f.next(out, "Relu"); relu != nil {
		last, out = i, relu
		made.Attrs = []graph.Attr{{Name: "relu", Kind: wire.AttrInt, Value: int64(1)}}
	}
	made.Out = out.Out
	f.graph.Nodes[last] = made
	return true
}
