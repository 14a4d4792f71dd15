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
		Since: 1, In: Args{"T"}, Out: Args{"int64"}, Types: []Constraint{{"T", dtype.Numbers | dtype.Halves}},
		Attrs: []Attr{{"axis", Int, 0}, {"keepdims", Int, 1}}, Infer: inferArg, New: new, Again: 1 << 11,
	}
	choosing := v
	choosing.Since, choosing.Again = 12, 1<<13
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
	s := n.In[0].Shape
	axis, err := n.axis("axis", s.Rank())
	if err != nil {
		return nil, err
	}
	return choose(n, argOf[float32](greatest, axis), argOf[float64](greatest, axis), argOf[int64](greatest, axis), argOf[uint64](greatest, axis))
}

func argOf[T kernels.Number](greatest bool, axis int) candidate {
	return typed[T](func(n *Node) (Kernel, error) {
		dims := n.In[0].Dims()
		outer, length, inner := tensor.Elems(dims[:axis]), dims[axis], tensor.Elems(dims[axis+1:])
		last := n.Version.Attr("select_last_index") != nil && n.Flag("select_last_index")
		return run(func(c *Ctx) error {
			out, in := tensor.View[int64](c.Out[0]), tensor.View[T](c.In[0])
			for o := range outer {
				for i := range inner {
					line := in[o*length*inner+i:]
					out[o*inner+i] = int64(kernels.Arg(line, length, inner, greatest, last))
				}
			}
			return nil
		}), nil
	})
}
