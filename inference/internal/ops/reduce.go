package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// reduceVersions returns the versions of an operator that reduces along axes: they are an attribute until the operator
// set axesInput, an input from there on.
func reduceVersions(axesInput int, new func(*Node) (Kernel, error)) []Version {
	v := Version{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", bigNumbers}},
		Attrs: []Attr{{"axes", Ints, nil}, {"keepdims", Int, 1}}, Infer: inferReduce, New: new,
	}
	late := v
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

// reduces is the candidate that reduces elements of T.
func reduces[T kernels.Number](r func() *kernels.Reducer[T]) candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		walk, count, err := reduceWalk(n)
		return &reduction[T]{walk, count, r()}, err
	})
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

type reduction[T kernels.Number] struct {
	walk  *kernels.Walk
	count int
	r     *kernels.Reducer[T]
}

func (k *reduction[T]) Run(c *Ctx) error {
	k.r.Apply(k.walk, tensor.View[T](c.Out[0]), tensor.View[T](c.In[0]), k.count)
	return nil
}
