package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// convAttrs are the attributes of convolutions.
var convAttrs = []Attr{
	{"auto_pad", String, "NOTSET"},
	{"dilations", Ints, nil},
	{"group", Int, 1},
	{"kernel_shape", Ints, nil},
	{"pads", Ints, nil},
	{"strides", Ints, nil},
}

// byteConvIn says which inputs of a node are what for a convolution of bytes; -1 for those that it does not have.
type byteConvIn struct {
	x, xScale, xZero int // one element
	w, wScale, wZero int // one element, or one for each filter
	yScale, yZero    int // one element
	bias             int
	layouts          bool // attributes say whether channels are the last dimension of x and y, not the second
}

// last reports whether the channels of x or y, as the attribute says, are the last dimension.
func (in *byteConvIn) last(n *Node, attr string) bool { return in.layouts && n.Flag(attr) }

// asConv returns n as a node of Conv.
func (in *byteConvIn) asConv(n *Node) *Node {
	conv := *n
	conv.In = []Operand{n.In[in.x], n.In[in.w]}
	if s := n.In[in.x].Shape; in.last(n, "x_last") && s.Ranked() && s.Rank() > 2 {
		conv.In[0].Shape = moved(s, s.Rank()-1, 1)
	}
	if in.bias >= 0 && n.Has(in.bias) {
		conv.In = append(conv.In, n.In[in.bias])
	}
	return &conv
}

// infer is the Infer of convolutions of bytes.
func (in *byteConvIn) infer(n *Node) error {
	if err := inferConv(in.asConv(n)); err != nil {
		return err
	}
	if s := n.Out[0].Shape; in.last(n, "y_last") && s.Ranked() {
		n.SetOut(0, moved(s, 1, s.Rank()-1))
	}
	for _, i := range []int{in.xScale, in.xZero, in.yScale, in.yZero} {
		if err := oneOf(n, i, 1); err != nil {
			return err
		}
	}
	if !n.In[in.w].Shape.Ranked() {
		return nil
	}
	for _, i := range []int{in.wScale, in.wZero} {
		if err := oneOf(n, i, n.In[in.w].Shape.Dim(0)); err != nil {
			return err
		}
	}
	return nil
}

// oneOf checks that input i, if it is given, has one element or as many as count.
func oneOf(n *Node, i int, count shape.Dim) error {
	if i < 0 || !n.Has(i) || !n.In[i].Shape.Ranked() {
		return nil
	}
	s := n.In[i].Shape
	if got := s.Elems(0, s.Rank()); got.Known() && got != 1 && (s.Rank() != 1 || count.Known() && got != count) {
		return fault.Shape("input %d is %v; one element is needed, or a row of %d", i, s.Ints(), max(count, 1))
	}
	return nil
}

// moved returns s with dimension from at another place.
func moved(s shape.Shape, from, to int) shape.Shape {
	dims := slices.Clone(s.Dims())
	d := dims[from]
	return shape.Of(slices.Insert(slices.Delete(dims, from, from+1), to, d)...)
}

// inputOf returns an input of c, nil when there is none.
func inputOf(c *Ctx, i int) *tensor.Tensor {
	if i < 0 || i >= len(c.In) {
		return nil
	}
	return c.In[i]
}

// lineOf returns which element of a parameter belongs to a filter: there is one for all, or one for each.
func lineOf(param *tensor.Tensor, filter int) int {
	if param == nil {
		return 0
	}
	return min(filter, param.Len()-1)
}

// cost is the Cost of convolutions of bytes.
func (in *byteConvIn) cost(n *Node) int64 { return convCost(in.asConv(n)) }
