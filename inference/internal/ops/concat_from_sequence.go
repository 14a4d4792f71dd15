package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opConcatFromSequence)

// opConcatFromSequence computes the items of a sequence one after the other along an axis, which may be a new one.
var opConcatFromSequence = Op{
	Name: "ConcatFromSequence",
	Versions: []Version{
		{
			Since: 11, In: Args{"S"}, Out: Args{"T"}, Types: []Constraint{{"S", sequences}, {"T", dtype.All}},
			Attrs: []Attr{{"axis", Int, Required}, {"new_axis", Int, 0}}, Infer: inferConcatFromSequence, New: newConcatFromSequence,
		},
	},
}

func inferConcatFromSequence(n *Node) error {
	n.Out[0].Type = *n.In[0].Type.Elem
	n.Out[0].Shape = shape.Shape{}
	return nil
}

func newConcatFromSequence(n *Node) (Kernel, error) {
	at, stacked := n.Int("axis"), n.Flag("new_axis")
	return run(func(c *Ctx) error {
		items, err := c.items(0)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return fault.Shape("an empty sequence cannot be joined")
		}
		dims := slices.Clone(items[0].Shape)
		if stacked {
			axis, err := shape.Axis(at, len(dims)+1)
			if err != nil {
				return err
			}
			return concatItems(c, items, slices.Insert(dims, axis, 1), axis, true)
		}
		axis, err := shape.Axis(at, len(dims))
		if err != nil {
			return err
		}
		return concatItems(c, items, dims, axis, false)
	}), nil
}

// concatItems joins items along an axis; dims are those of the first, with the axis in it. All are of the same shape
// but for the axis, or altogether when that is a new one.
func concatItems(c *Ctx, items []*tensor.Tensor, dims []int, axis int, stacked bool) error {
	total := 0
	lengths := make([]int, len(items))
	for i, t := range items {
		own := slices.Clone(t.Shape)
		if stacked {
			if len(own) >= axis {
				own = slices.Insert(own, axis, 1)
			}
		}
		if len(own) != len(dims) {
			return fault.Shape("items of %v and %v cannot be joined", items[0].Shape, t.Shape)
		}
		lengths[i] = own[axis]
		own[axis] = dims[axis]
		if !slices.Equal(own, dims) || t.DType != items[0].DType {
			return fault.Shape("items of %v and %v cannot be joined along axis %d", items[0].Shape, t.Shape, axis)
		}
		if total += lengths[i]; total > maxDim {
			return fault.Shape("the joined dimension is too long")
		}
	}
	whole := slices.Clone(dims)
	whole[axis] = total
	out, err := c.Alloc(0, items[0].DType, whole)
	if err != nil {
		return err
	}
	strides := kernels.Contiguous(whole)
	part := *c
	part.Out = []*tensor.Tensor{out}
	to := 0
	for i, t := range items {
		dims[axis] = lengths[i]
		part.In = []*tensor.Tensor{t}
		m := newMover(t.DType, move{walk: kernels.NewWalk(dims, strides, kernels.Contiguous(dims)), to: to * strides[axis]})
		if err := m.Run(&part); err != nil {
			return err
		}
		to += lengths[i]
	}
	return nil
}
