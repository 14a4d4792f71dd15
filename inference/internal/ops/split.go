package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opSplit)

// opSplit computes x cut into pieces along an axis, of equal length unless it says otherwise.
var opSplit = Op{
	Name: "Split",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T?"}, Out: Args{"T..."}, Types: []Constraint{{"T", dtype.IEEE}}, Attrs: []Attr{{"axis", Int, nil}, {"split", Ints, nil}}, Infer: inferSplit, New: newSplit},
		{Since: 2, In: Args{"T"}, Out: Args{"T..."}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axis", Int, 0}, {"split", Ints, nil}}, Infer: inferSplit, New: newSplit, Again: 1 << 11},
		{Since: 13, In: Args{"T", "int64?"}, Out: Args{"T..."}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axis", Int, 0}}, Infer: inferSplit, New: newSplit},
		{Since: 18, In: Args{"T", "int64?"}, Out: Args{"T..."}, Types: []Constraint{{Var: "T"}}, Attrs: []Attr{{"axis", Int, 0}, {"num_outputs", Int, nil}}, Infer: inferSplit, New: newSplit},
	},
}

// splitLengths returns the lengths that n asks for, nil when it asks for none, and whether they are known yet. In
// version 1 an input may give them too, as floats.
func splitLengths(n *Node) (list []int64, known bool) {
	if n.Version.Attr("split") != nil {
		if list = n.Ints("split"); list != nil {
			return list, true
		}
	}
	if !n.Has(1) {
		return nil, true
	}
	if n.In[1].DType == dtype.Int64 {
		return n.In[1].Ints()
	}
	v := n.In[1].Value
	if v == nil {
		return nil, false
	}
	lengths := make([]float64, v.Len())
	load(lengths, v.Data, v.DType)
	list = make([]int64, len(lengths))
	for i, l := range lengths {
		list[i] = -1 // of what is no length
		if l >= 0 && l <= maxDim && l == math.Trunc(l) {
			list[i] = int64(l)
		}
	}
	return list, true
}

// pieces returns the lengths that a dimension is cut into, or nil when that is not known yet.
func pieces(n *Node, length shape.Dim) ([]int64, error) {
	split, known := splitLengths(n)
	if !known {
		return nil, nil
	}
	count := int64(len(n.Out))
	if split != nil {
		if n.Version.Attr("num_outputs") != nil && n.HasAttr("num_outputs") {
			return nil, fault.Format("split and num_outputs are both given")
		}
		sum := int64(0)
		for _, s := range split {
			if s < 0 || s > maxDim {
				return nil, fault.Shape("cannot cut into pieces of %v", split)
			}
			sum += s
		}
		if int64(len(split)) != count || length.Known() && sum != int64(length) {
			return nil, fault.Shape("cannot cut %d into %d pieces of %v", max(length, -1), count, split)
		}
		return split, nil
	}
	if n.Version.Attr("num_outputs") != nil {
		if want := n.Int("num_outputs"); n.HasAttr("num_outputs") && want != count {
			return nil, fault.Format("num_outputs is %d, but there are %d outputs", want, count)
		}
	}
	if !length.Known() {
		return nil, nil
	}
	// Equal pieces; the last may be shorter from version 18 on, where their number is told by an attribute.
	each := (int64(length) + count - 1) / count
	if each*count != int64(length) && n.Version.Attr("num_outputs") == nil || each*(count-1) > int64(length) {
		return nil, fault.Shape("cannot cut %d into %d equal pieces", length, count)
	}
	split = slices.Repeat([]int64{each}, int(count))
	split[count-1] = int64(length) - each*(count-1)
	return split, nil
}

func inferSplit(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return err
	}
	split, err := pieces(n, s.Dim(axis))
	if err != nil {
		return err
	}
	for i := range n.Out {
		d := shape.Unknown
		if split != nil {
			d = shape.Dim(split[i])
		}
		n.SetOut(i, s.With(axis, d))
	}
	return nil
}

func newSplit(n *Node) (Kernel, error) {
	in := n.In[0].Dims()
	axis, err := n.axis("axis", len(in))
	if err != nil {
		return nil, err
	}
	strides := kernels.Contiguous(in)
	var moves []move
	at := 0
	for i := range n.Out {
		dims := n.Out[i].Dims()
		moves = append(moves, move{out: i, walk: kernels.NewWalk(dims, kernels.Contiguous(dims), strides), from: at * strides[axis]})
		at += dims[axis]
	}
	return newMover(n.In[0].DType, moves...), nil
}
