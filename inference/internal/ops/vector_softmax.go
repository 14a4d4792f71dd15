package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// vectorSoftmax is the kernel of Softmax and LogSoftmax along contiguous elements, in assembly.
type vectorSoftmax struct {
	level   cpu.Level
	n, rows int
	log     bool
}

// vectorSoftmaxOf makes the kernel of Softmax or LogSoftmax where there is assembly; exp is that exponential.
func vectorSoftmaxOf(n *Node, log bool, exp func(dst, src []float32)) (Kernel, error) {
	made, err := softmaxOf(n, log, exp)
	if k, ok := made.(*softmaxKernel[float32]); ok && k.width == 1 && k.n <= vec.LongestRow {
		return &vectorSoftmax{n.CPU, k.n, n.In[0].Len() / k.n, log}, nil
	}
	return made, err
}

func (k *vectorSoftmax) Parts(threads int) int {
	return vectorParts(min(threads, k.rows), k.n*k.rows, slowPart)
}

func (k *vectorSoftmax) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorSoftmax) RunPart(c *Ctx, part, parts int) error {
	dst, src := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[0])
	from, to := share(k.rows, part, parts)
	for step := max(vectorRun/k.n, 1); from < to; from += step {
		end := min(from+step, to)
		vec.Softmax(k.level, dst[from*k.n:end*k.n], src[from*k.n:end*k.n], k.n, k.log)
		if end < to {
			if err := c.Cancelled(); err != nil {
				return err
			}
		}
	}
	return nil
}
