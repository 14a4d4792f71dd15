package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

func argVersions(new func(*Node) (Kernel, error)) []Version {
	v := Version{
		Since: 1, In: Args{"T"}, Out: Args{"int64"}, Types: []Constraint{{"T", dtype.Numbers}},
		Attrs: []Attr{{"axis", Int, 0}, {"keepdims", Int, 1}}, Infer: inferArg, New: new,
	}
	choosing := v
	choosing.Since = 12
	choosing.Attrs = append(v.Attrs[:2:2], Attr{"select_last_index", Int, 0})
	return []Version{v, choosing}
}

func inferArg(n *Node) error {
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return err
	}
	if s.Dim(axis) == 0 {
		return fault.Shape("%v has no elements along axis %d", s.Ints(), axis)
	}
	if n.Flag("keepdims") {
		n.SetOut(0, s.With(axis, 1))
		return nil
	}
	out := append(s.Clone()[:axis], s.Dims()[axis+1:]...)
	n.SetOut(0, shape.Of(out...))
	return nil
}

func newArg(n *Node, greatest bool) (Kernel, error) {
	return choose(n, argOf[float32](greatest), argOf[float64](greatest), argOf[int64](greatest), argOf[uint64](greatest))
}

type arg[T kernels.Number] struct {
	greatest, last       bool
	outer, length, inner int
}

func argOf[T kernels.Number](greatest bool) candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		s := n.In[0].Shape
		axis, err := n.axis("axis", s.Rank())
		if err != nil {
			return nil, err
		}
		return &arg[T]{
			greatest: greatest,
			last:     n.Version.Attr("select_last_index") != nil && n.Flag("select_last_index"),
			outer:    int(s.Elems(0, axis)), length: int(s.Dim(axis)), inner: int(s.Elems(axis+1, s.Rank())),
		}, nil
	})
}

func (k *arg[T]) Run(c *Ctx) error {
	out, in := tensor.View[int64](c.Out[0]), tensor.View[T](c.In[0])
	for o := range k.outer {
		for i := range k.inner {
			run := in[o*k.length*k.inner+i:]
			out[o*k.inner+i] = int64(kernels.Arg(run, k.length, k.inner, k.greatest, k.last))
		}
	}
	return nil
}
