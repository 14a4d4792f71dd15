package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCumSum)

// opCumSum computes the sum of the elements up to each along an axis.
var opCumSum = Op{
	Name: "CumSum",
	Versions: []Version{
		{
			Since: 11, In: Args{"T", "T2"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers &^ dtype.Halves}, {"T2", indexes}},
			Common: &cumulativeAttrs, Infer: inferCumulative, New: newCumSum,
		},
		{
			Since: 14, In: Args{"T", "T2"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}, {"T2", indexes}},
			Common: &cumulativeAttrs, Infer: inferCumulative, New: newCumSum,
		},
	},
}

var cumulativeAttrs = []Attr{{"exclusive", Int, 0}, {"reverse", Int, 0}}

func newCumSum(n *Node) (Kernel, error) {
	if dtype.Floating.Has(n.In[0].DType) {
		return inDoubles(n, accumulates(0, kernels.Add[float64]).new)
	}
	return choose(n,
		accumulates(0, kernels.Add[int64]), accumulates(0, kernels.Add[int64]).unsigned())
}

// inferCumulative checks the axis as far as it is known.
func inferCumulative(n *Node) error {
	if axis, known := n.In[1].Ints(); known && n.In[0].Shape.Ranked() && len(axis) == 1 {
		if _, err := shape.Axis(axis[0], n.In[0].Shape.Rank()); err != nil {
			return err
		}
	}
	return sameShape(n)
}

// cumulative is the kernel of operators that combine each element along an axis with all before it.
type cumulative[T kernels.Number] struct {
	f                  func(dst, a, b []T)
	dims               []int
	start              T // what an exclusive combination of no elements gives
	exclusive, reverse bool
}

func accumulates[T kernels.Number](start T, f func(dst, a, b []T)) candidate {
	return candidate{dtype.Of[T](), func(n *Node) (Kernel, error) {
		return &cumulative[T]{f, n.In[0].Dims(), start, n.Flag("exclusive"), n.Flag("reverse")}, nil
	}}
}

// unsigned returns the candidate for uint64 that computes as c does for int64: the bits come out the same.
func (c candidate) unsigned() candidate { return candidate{dtype.Uint64, c.new} }

func (k *cumulative[T]) Run(c *Ctx) error {
	if c.In[1].Len() != 1 {
		return fault.Shape("an axis of %v", c.In[1].Shape)
	}
	index, err := indexAt(c.In[1], 0, len(k.dims))
	if err != nil {
		return err
	}
	length, inner := k.dims[index], tensor.Elems(k.dims[index+1:])
	dst, src := tensor.View[T](c.Out[0]), tensor.View[T](c.In[0])
	for o := range tensor.Elems(k.dims[:index]) {
		from, step := o*length*inner, inner
		if k.reverse {
			from, step = from+(length-1)*inner, -inner
		}
		k.line(dst, src, length, inner, from, step)
	}
	return nil
}

// line combines length rows of n elements that lie step apart. Row i of the result is the one before it combined with
// row i of the input, or with the row before that when the combination is exclusive.
func (k *cumulative[T]) line(dst, src []T, length, n, from, step int) {
	for i := range length {
		at := from + i*step
		row := dst[at:][:n]
		switch {
		case i == 0 && k.exclusive:
			kernels.Fill(row, k.start)
		case i == 0:
			copy(row, src[at:])
		case k.exclusive:
			k.f(row, dst[at-step:][:n], src[at-step:][:n])
		default:
			k.f(row, dst[at-step:][:n], src[at:][:n])
		}
	}
}
