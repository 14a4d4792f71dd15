package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// mapped is the candidate that computes every element of the output from the same element of the input.
func mapped[T, R dtype.Element](f func(dst []R, src []T)) candidate {
	return typed[T](func(*Node) (Kernel, error) { return mapping[T, R](f), nil })
}

type mapping[T, R any] func(dst []R, src []T)

func (f mapping[T, R]) Run(c *Ctx) error {
	f(tensor.View[R](c.Out[0]), tensor.View[T](c.In[0]))
	return nil
}
