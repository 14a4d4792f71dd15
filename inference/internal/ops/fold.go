package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// folds is the candidate that combines any number of broadcasting inputs, two at a time.
func folds[T dtype.Element](f func(dst, a, b []T)) candidate {
	return typed[T](func(n *Node) (Kernel, error) { return newFold(n, f), nil })
}

type fold[T any] struct {
	f     kernels.Binary[T, T]
	first *kernels.Walk   // over the output and the first two inputs
	rest  []*kernels.Walk // over the output, the output, and one more input each
}

func newFold[T any](n *Node, f func(dst, a, b []T)) *fold[T] {
	out := n.Out[0].Dims()
	own := kernels.Contiguous(out)
	k := &fold[T]{f: f}
	for i := 1; i < len(n.In); i++ {
		next := kernels.Broadcast(n.In[i].Dims(), out)
		if i == 1 {
			k.first = kernels.NewWalk(out, own, kernels.Broadcast(n.In[0].Dims(), out), next)
		} else {
			k.rest = append(k.rest, kernels.NewWalk(out, own, own, next))
		}
	}
	return k
}

func (k *fold[T]) Run(c *Ctx) error {
	out := tensor.View[T](c.Out[0])
	if k.first == nil {
		copy(out, tensor.View[T](c.In[0]))
		return nil
	}
	k.f.Apply(k.first, out, tensor.View[T](c.In[0]), tensor.View[T](c.In[1]))
	for i, w := range k.rest {
		k.f.Apply(w, out, out, tensor.View[T](c.In[i+2]))
	}
	return nil
}
