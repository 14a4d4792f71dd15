package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// reduceVersions returns the versions of an operator that reduces along axes: they are an attribute until the operator
// set axesInput, an input from there on.
func reduceVersions(axesInput int, new func(*Node) (Kernel, error)) []Version {
	v := Version{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}},
		Attrs: []Attr{{"axes", Ints, nil}, {"keepdims", Int, 1}}, Infer: inferReduce, New: new, Again: 1<<11 | 1<<13,
	}
	if axesInput == 13 {
		v.Again = 1 << 11
	}
	late := v
	late.Again = 0
	late.Since, late.In = axesInput, Args{"T", "int64?"}
	late.Attrs = []Attr{{"keepdims", Int, 1}, {"noop_with_empty_axes", Int, 0}}
	return []Version{v, late}
}

// reducedAxes returns for each dimension of n's input whether it is reduced, or known false when the axes are not known.
func reducedAxes(n *Node, rank int) (reduced []bool, known bool, err error) {
	list, _, known := n.axesOf(1)
	if !known {
		return nil, false, nil
	}
	reduced = make([]bool, rank)
	if len(list) == 0 {
		all := n.Version.Attr("noop_with_empty_axes") == nil || !n.Flag("noop_with_empty_axes")
		for i := range reduced {
			reduced[i] = all
		}
		return reduced, true, nil
	}
	axes, err := shape.Axes(list, rank)
	for _, a := range axes {
		reduced[a] = true
	}
	return reduced, true, err
}

func inferReduce(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	reduced, known, err := reducedAxes(n, s.Rank())
	if err != nil {
		return err
	}
	keep := n.Flag("keepdims")
	if !known {
		if keep {
			n.SetOut(0, shape.Make(s.Rank()))
		}
		return nil
	}
	var out []shape.Dim
	for i, d := range s.Dims() {
		switch {
		case !reduced[i]:
			out = append(out, d)
		case keep:
			out = append(out, 1)
		}
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// reduceWalk returns the walk over n's input along which its output does not advance where it is reduced, and how many
// elements go into one.
func reduceWalk(n *Node) (w *kernels.Walk, count int, err error) {
	in := n.In[0].Dims()
	reduced, known, err := reducedAxes(n, len(in))
	if err != nil {
		return nil, 0, err
	}
	if !known {
		return nil, 0, errNeedsValue
	}
	kept := make([]int, len(in))
	count = 1
	for i, d := range in {
		kept[i] = d
		if reduced[i] {
			kept[i] = 1
			count *= d
		}
	}
	return kernels.NewWalk(in, kernels.Broadcast(kept, in), kernels.Contiguous(in)), count, nil
}

// newReduction makes the kernel for the type that n's elements are computed with.
func newReduction(n *Node, r *kernels.Reducers) (Kernel, error) {
	switch d := n.In[0].DType; {
	case computingType(d) == dtype.Float32:
		return reductionWith(n, r.F32)
	case d == dtype.Float64:
		return reductionWith(n, r.F64)
	case dtype.Signed.Has(d) || r.U64.Fold == nil:
		return reductionWith(n, r.I64)
	}
	return reductionWith(n, r.U64)
}

type reduction[T kernels.Number] struct {
	walk    *kernels.Walk
	count   int // elements that become one
	r       kernels.Reducer[T]
	results int // bytes of results that are stored when they are ready; 0 when they are computed as they are stored
}

func reductionWith[T kernels.Number](n *Node, r kernels.Reducer[T]) (Kernel, error) {
	walk, count, err := reduceWalk(n)
	if err != nil {
		return nil, err
	}
	k := &reduction[T]{walk: walk, count: count, r: r}
	if d := n.In[0].DType; d.Size() < elemBytes[T](1) {
		if !dtype.SmallFloats.Has(d) { // what no elements give has to be a number that can be stored
			least, greatest := limits(d)
			k.r.Init = min(max(r.Init, T(least)), T(greatest))
		}
		if k.results, err = scratchFor(int64(n.Out[0].Len())); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// limits returns the least and the greatest integer that is stored as d, which has less than 64 bits. Bools are the
// numbers 0 and 1.
func limits(d dtype.DType) (least, greatest int64) {
	bits := 8 * d.Size()
	switch {
	case d == dtype.Bool:
		return 0, 1
	case dtype.Signed.Has(d):
		return -1 << (bits - 1), 1<<(bits-1) - 1
	}
	return 0, 1<<bits - 1
}

func (k *reduction[T]) Scratch() int {
	if k.results == 0 {
		return 0
	}
	return k.results + tileBytes
}

func (k *reduction[T]) Run(c *Ctx) error {
	if k.results == 0 {
		k.r.Apply(k.walk, tensor.View[T](c.Out[0]), tensor.View[T](c.In[0]), k.count, c)
		return nil
	}
	dst, src := c.Out[0], c.In[0]
	results, tiles := tensor.Cast[T](c.Scratch[:k.results]), c.Scratch[k.results:][:tileBytes]
	k.r.ApplyTiles(k.walk, results[:dst.Len()], tile, func(at, n int) []T {
		part := tensor.Cast[T](tiles)[:n]
		load(part, src.Data[at*src.DType.Size():], src.DType)
		return part
	}, k.count, c)
	storeTile(dst, 0, tensor.BytesOf(results[:dst.Len()]), dst.Len())
	return nil
}
