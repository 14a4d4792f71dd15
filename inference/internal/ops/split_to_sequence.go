package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSplitToSequence)

var splitToSequenceAttrs = []Attr{{"axis", Int, 0}, {"keepdims", Int, 1}}

// opSplitToSequence computes the sequence of the pieces that x is cut into along an axis, of length one unless it
// says otherwise.
var opSplitToSequence = Op{
	Name: "SplitToSequence",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "I?"}, Out: Args{"S"}, Types: []Constraint{{"T", dtype.All}, {"I", indexes}, {"S", sequences}},
			Common: &splitToSequenceAttrs, Infer: inferSplitToSequence, New: newSplitToSequence,
		},
		{
			Since: 24, In: Args{"T", "I?"}, Out: Args{"S"},
			Types:  []Constraint{{"T", dtype.Original | 1<<dtype.BF16}, {"I", indexes}, {"S", sequences | 1<<dtype.BF16}},
			Common: &splitToSequenceAttrs, Infer: inferSplitToSequence, New: newSplitToSequence,
		},
	},
}

func inferSplitToSequence(n *Node) error {
	n.Out[0].Type = sequenceOf(n.In[0].Type)
	if !n.In[0].Shape.Ranked() {
		return nil
	}
	_, err := n.axis("axis", n.In[0].Shape.Rank())
	return err
}

func newSplitToSequence(n *Node) (Kernel, error) {
	at, keep := n.Int("axis"), n.Flag("keepdims")
	return run(func(c *Ctx) error {
		x := c.In[0]
		axis, err := shape.Axis(at, len(x.Shape))
		if err != nil {
			return err
		}
		lengths, err := sequenceLengths(c.In[1], x.Shape[axis])
		if err != nil {
			return err
		}
		strides := kernels.Contiguous(x.Shape)
		items := make([]*tensor.Tensor, len(lengths))
		from := 0
		for i, length := range lengths {
			dims := slices.Clone(x.Shape)
			dims[axis] = length
			if err := c.Budget.Take(x.DType, dims); err != nil {
				return err
			}
			item := tensor.New(x.DType, dims)
			part := &Ctx{In: c.In, Out: []*tensor.Tensor{item}, Run: c.Run}
			if err := newMover(x.DType, move{walk: kernels.NewWalk(dims, kernels.Contiguous(dims), strides), from: from * strides[axis]}).Run(part); err != nil {
				return err
			}
			if c.In[1] == nil && !keep {
				item.Shape = slices.Delete(dims, axis, axis+1)
			}
			items[i] = item
			from += length
		}
		return c.holdItems(0, items)
	}), nil
}

// sequenceLengths returns the lengths of the pieces that a dimension is cut into: a scalar says how long each is but for
// the last, a vector how long each one.
func sequenceLengths(split *tensor.Tensor, length int) ([]int, error) {
	if split == nil {
		return slices.Repeat([]int{1}, length), nil
	}
	given := make([]int64, split.Len())
	load(given, split.Data, split.DType)
	if len(split.Shape) == 0 {
		each := given[0]
		if each <= 0 {
			return nil, fault.Shape("pieces of length %d", each)
		}
		var out []int
		for left := int64(length); left > 0; left -= each {
			out = append(out, int(min(each, left)))
		}
		return out, nil
	}
	out := make([]int, len(given))
	left := int64(length)
	for i, v := range given {
		if v < 0 || v > left {
			return nil, fault.Shape("cannot cut %d into pieces of %v", length, given)
		}
		out[i] = int(v)
		left -= v
	}
	if left != 0 {
		return nil, fault.Shape("cannot cut %d into pieces of %v", length, given)
	}
	return out, nil
}
