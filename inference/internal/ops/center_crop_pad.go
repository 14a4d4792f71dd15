package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCenterCropPad)

// opCenterCropPad computes the middle of x, or x in the middle of zeros, so that it has the given lengths.
var opCenterCropPad = Op{
	Name: "CenterCropPad",
	Versions: []Version{
		{
			Since: 18, In: Args{"T", "Tind"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"Tind", indexes}},
			Attrs: []Attr{{"axes", Ints, nil}}, Infer: inferCenterCropPad, New: newCenterCropPad,
		},
	},
}

// centered returns the dimensions of n's output for an input of known rank, those that are given by a value that is not
// known yet being unknown.
func centered(n *Node) ([]shape.Dim, error) {
	s := n.In[0].Shape
	out := s.Clone()
	list := n.Ints("axes")
	if list == nil {
		for i := range out {
			list = append(list, int64(i))
		}
	}
	if _, err := shape.Axes(list, len(out)); err != nil {
		return nil, err
	}
	lengths, known := n.In[1].Ints()
	if given := n.In[1].Shape; given.Static() && (given.Rank() != 1 || int(given.Dim(0)) != len(list)) {
		return nil, fault.Shape("lengths %v for %d axes", given.Ints(), len(list))
	}
	for i, a := range list {
		axis, _ := shape.Axis(a, len(out))
		out[axis] = shape.Unknown
		if !known {
			continue
		}
		if lengths[i] < 0 || lengths[i] > maxDim {
			return nil, fault.Shape("a length of %d", lengths[i])
		}
		out[axis] = shape.Dim(lengths[i])
	}
	return out, nil
}

func inferCenterCropPad(n *Node) error {
	if !n.In[0].Shape.Ranked() {
		return nil
	}
	out, err := centered(n)
	n.SetOut(0, shape.Of(out...))
	return err
}

func newCenterCropPad(n *Node) (Kernel, error) {
	if !n.Out[0].Shape.Static() {
		return nil, errNeedsValue
	}
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	add := make([][2]int, len(in))
	for i := range in {
		before := (out[i] - in[i]) / 2 // towards zero: whether it is added or taken away, the odd one is after
		add[i] = [2]int{before, out[i] - in[i] - before}
	}
	d := n.In[0].DType
	return &padder{f: moveOf(d), fill: repeat(out), move: stay(in, out, add), value: tensor.New(d, []int{1})}, nil
}
