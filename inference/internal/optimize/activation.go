//go:build !arm

package optimize

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// What is added and what becomes of it is written once, with the convolution's result, and not read again for it.
// Convolutions become com.microsoft's FusedConv.
var activation = Pass{
	Name: "activation",
	Doc:  "make what is added to a convolution, and the activation after it, part of it",
	run:  fuseActivations,

	last: true, // biases and normalisations come first
}

const microsoft = "com.microsoft"

func fuseActivations(d *draft) (changed int) {
	f := epilogues{d, d.makers(), d.uses()}
	for i := range d.graph.Nodes {
		n := d.node(i)
		if len(n.In) == 0 || len(n.Out) == 0 || n.Out[0] == graph.None {
			continue
		}
		if name, params, ok := f.activation(n); ok {
			if f.activate(i, n, name, params) {
				changed++
			}
		} else if d.op(n, "Add", "Sum") != nil && len(n.In) == 2 && d.sameShape(n.In[0], n.In[1]) {
			if f.add(i, n) {
				changed++
			}
		}
	}
	d.settle()
	return changed
}

// epilogues finds what comes after convolutions.
type epilogues struct {
	*draft
	makers, reads []int32
}

// conv returns the convolution of float32 that makes a value which nothing else reads, and where it is.
func (f *epilogues) conv(id graph.ID) (*graph.Node, int32) {
	m := f.makers[id]
	if m < 0 || f.reads[id] != 1 || f.values[id].DType != dtype.Float32 {
		return nil, -1
	}
	n := f.node(int(m))
	if n.Op == "Conv" && n.Domain == "" || n.Op == "FusedConv" && n.Domain == microsoft && attr(n, "activation") == nil {
		return n, m
	}
	return nil, -1
}

// activation returns the name and parameters that FusedConv has for what a node does to its first input.
func (f *epilogues) activation(n *graph.Node) (name string, params []float32, ok bool) {
	op := f.op(n, "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSigmoid", "Tanh")
	if op == nil {
		return "", nil, false
	}
	switch n.Op {
	case "LeakyRelu":
		params = []float32{op.Float("alpha")}
	case "HardSigmoid":
		params = []float32{op.Float("alpha"), op.Float("beta")}
	case "Clip":
		params = []float32{float32(math.Inf(-1)), float32(math.Inf(1))}
		for j, bound := range [...]string{"min", "max"} {
			id := input(n, 1+j)
			c := f.constant(id)
			switch {
			case op.Version.Attr(bound) != nil:
				if op.HasAttr(bound) {
					params[j] = op.Float(bound)
				}
			case c != nil && c.DType == dtype.Float32 && c.Len() == 1:
				params[j] = tensor.View[float32](c)[0]
			case id != graph.None:
				return "", nil, false
			}
		}
	}
	return n.Op, params, true
}

// activate makes node i, an activation, part of the convolution before it, if there is one.
func (f *epilogues) activate(i int, n *graph.Node, name string, params []float32) bool {
	c, m := f.conv(n.In[0])
	if c == nil {
		return false
	}
	fused(c)
	c.Attrs = append(c.Attrs, graph.Attr{Name: "activation", Kind: wire.AttrString, Value: name})
	if params != nil {
		c.Attrs = append(c.Attrs, graph.Attr{Name: "activation_params", Kind: wire.AttrFloats, Value: params})
	}
	f.rename(c, n.In[0], n.Out[0])
	f.makers[n.Out[0]] = m
	f.remove(i)
	return true
}

// add makes node i, a sum of two tensors of one shape, part of the last convolution whose result it adds, if one is.
// That moves to where the sum is, because what is added to it may be computed after where it was.
func (f *epilogues) add(i int, n *graph.Node) bool {
	c, m := f.conv(n.In[0])
	other := n.In[1]
	if c2, m2 := f.conv(n.In[1]); c2 != nil && m2 > m && input(c2, 3) == graph.None {
		c, m, other = c2, m2, n.In[0]
	}
	if c == nil || input(c, 3) != graph.None {
		return false
	}
	out := n.Out[0]
	*n = *c
	fused(n)
	n.In = append(slices.Clone(n.In), graph.None, graph.None)[:3:3]
	n.In = append(n.In, other)
	n.Out = []graph.ID{out}
	f.makers[out] = int32(i)
	f.remove(int(m))
	return true
}

// fused makes a FusedConv of a convolution, with attributes of its own.
func fused(n *graph.Node) {
	n.Op, n.Domain, n.Opset = "FusedConv", microsoft, 1
	n.Attrs = slices.Clip(n.Attrs)
}

// attr returns the value of an attribute that a node gives, or nil.
func attr(n *graph.Node, name string) any {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return n.Attrs[i].Value
		}
	}
	return nil
}

// withAttr returns attributes with one of them set, in a list of its own.
func withAttr(attrs []graph.Attr, a graph.Attr) []graph.Attr {
	kept := slices.DeleteFunc(slices.Clone(attrs), func(b graph.Attr) bool { return b.Name == a.Name })
	return append(kept, a)
}
