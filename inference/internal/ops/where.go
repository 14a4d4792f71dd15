package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opWhere)

// opWhere computes x where the condition holds, y elsewhere.
var opWhere = Op{
	Name: "Where",
	Versions: []Version{
		{Since: 9, In: Args{"B", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{Var: "T"}, {"B", dtype.Bools}}, Infer: broadcastShape, New: newWhere, Again: 1 << 16},
	},
}

func newWhere(n *Node) (Kernel, error) {
	out := n.Out[0].Dims()
	walk := kernels.NewWalk(out, kernels.Contiguous(out),
		kernels.Broadcast(n.In[0].Dims(), out), kernels.Broadcast(n.In[1].Dims(), out), kernels.Broadcast(n.In[2].Dims(), out))
	switch n.In[1].DType.Size() {
	case 1:
		return &where[uint8]{walk, tensor.View[uint8]}, nil
	case 2:
		return &where[uint16]{walk, tensor.View[uint16]}, nil
	case 4:
		return &where[uint32]{walk, tensor.View[uint32]}, nil
	case 8:
		return &where[uint64]{walk, tensor.View[uint64]}, nil
	case 16:
		return &where[[2]uint64]{walk, tensor.View[[2]uint64]}, nil
	}
	return &where[string]{walk, func(t *tensor.Tensor) []string { return t.Strings }}, nil
}

type where[T any] struct {
	walk *kernels.Walk
	view func(*tensor.Tensor) []T
}

func (k *where[T]) Run(c *Ctx) error {
	w := k.walk
	if w.Run == 0 {
		return nil
	}
	dst, cond, x, y := k.view(c.Out[0]), tensor.View[bool](c.In[0]), k.view(c.In[1]), k.view(c.In[2])
	length := func(i int) int { return 1 + (w.Run-1)*w.Step[i] }
	for at := w.Start(c); ; {
		kernels.Where(dst[at.Off[0]:][:w.Run], cond[at.Off[1]:][:length(1)], x[at.Off[2]:][:length(2)], y[at.Off[3]:][:length(3)])
		if !at.Next() {
			return nil
		}
	}
}
