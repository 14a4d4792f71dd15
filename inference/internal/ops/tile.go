package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opTile)

// opTile computes x repeated along each dimension.
var opTile = Op{
	Name: "Tile",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}}, Infer: inferTile, New: newTile},
		{Since: 6, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"T1", 1 << dtype.Int64}}, Infer: inferTile, New: newTile, Again: 1 << 13},
	},
}

// tileRepeats returns how often each of so many dimensions is repeated, and whether that is known. Version 1 repeats a
// single one, with its axis as a further input, both numbers as floats.
func tileRepeats(n *Node, rank int) (repeats []int64, known bool, err error) {
	if !n.Has(2) {
		repeats, known = n.In[1].Ints()
		return repeats, known, nil
	}
	var args [2]int64
	for i := range args {
		v := n.In[i+1].Value
		switch {
		case v == nil:
			return nil, false, nil
		case v.Len() != 1:
			return nil, false, fault.Shape("input %d has %d elements instead of 1", i+1, v.Len())
		}
		x := rangeArg[float64](n, i+1)
		if args[i] = int64(x); x != math.Trunc(x) || math.Abs(x) > maxDim {
			return nil, false, fault.Shape("input %d is %g", i+1, x)
		}
	}
	axis, err := shape.Axis(args[1], rank)
	if err != nil {
		return nil, false, err
	}
	repeats = slices.Repeat([]int64{1}, rank)
	repeats[axis] = args[0]
	return repeats, true, nil
}

func inferTile(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	repeats, known, err := tileRepeats(n, s.Rank())
	if err != nil {
		return err
	}
	out := s.Clone()
	if known && len(repeats) != len(out) {
		return fault.Shape("%d repeats for %d dimensions", len(repeats), len(out))
	}
	for i, d := range out {
		switch {
		case !known, !d.Known():
			out[i] = shape.Unknown
		case repeats[i] < 0 || repeats[i] > maxDim || d > 0 && repeats[i] > maxDim/int64(d):
			return fault.Shape("%v cannot be repeated %v times", s.Ints(), repeats)
		default:
			out[i] = d * shape.Dim(repeats[i])
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// newTile sees each dimension of the output as two: the repeats, along which the input does not advance, and the
// input's own.
func newTile(n *Node) (Kernel, error) {
	in, out := n.In[0].Dims(), n.Out[0].Dims()
	own := kernels.Contiguous(in)
	var dims, strides []int
	for i, d := range in {
		if d > 0 {
			dims = append(dims, out[i]/d, d)
		} else {
			dims = append(dims, 0, 0)
		}
		strides = append(strides, 0, own[i])
	}
	return newMover(n.In[0].DType, move{walk: kernels.NewWalk(dims, kernels.Contiguous(dims), strides)}), nil
}
