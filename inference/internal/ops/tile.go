package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opTile)

var opTile = Op{
	Name: "Tile",
	Doc:  "x repeated along each dimension",
	Versions: []Version{
		{Since: 6, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"T1", 1 << dtype.Int64}}, Infer: inferTile, New: newTile, Again: []int{13}},
	},
}

func inferTile(n *Node) error {
	s := n.In[0].Shape
	repeats, known := n.In[1].Ints()
	if !s.Ranked() {
		return nil
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
