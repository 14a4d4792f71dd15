package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// indexed is the kernel of operators whose output takes its elements from the input by a table for each dimension:
// element i of a dimension of the output comes from element from[i] of that dimension of the input.
type indexed[T any] struct {
	out     []int
	offsets [][]int // from, in elements of the input
	view    func(*tensor.Tensor) []T
}

func newIndexed(d dtype.DType, in, out []int, from [][]int) Kernel {
	own := kernels.Contiguous(in)
	offsets := make([][]int, len(from))
	for i, list := range from {
		offsets[i] = make([]int, len(list))
		for j, f := range list {
			offsets[i][j] = f * own[i]
		}
	}
	if len(out) == 0 { // a scalar is a dimension of one element
		out, offsets = []int{1}, [][]int{{0}}
	}
	switch d.Size() {
	case 1:
		return &indexed[uint8]{out, offsets, tensor.View[uint8]}
	case 2:
		return &indexed[uint16]{out, offsets, tensor.View[uint16]}
	case 4:
		return &indexed[uint32]{out, offsets, tensor.View[uint32]}
	case 8:
		return &indexed[uint64]{out, offsets, tensor.View[uint64]}
	case 16:
		return &indexed[[2]uint64]{out, offsets, tensor.View[[2]uint64]}
	}
	return &indexed[string]{out, offsets, func(t *tensor.Tensor) []string { return t.Strings }}
}

func (k *indexed[T]) Run(c *Ctx) error {
	dst, src := k.view(c.Out[0]), k.view(c.In[0])
	if len(dst) == 0 {
		return nil
	}
	last := len(k.out) - 1
	inner := k.offsets[last]
	var at [maxRank]int
	for {
		base := 0
		for d := range last {
			base += k.offsets[d][at[d]]
		}
		for i, off := range inner {
			dst[i] = src[base+off]
		}
		dst = dst[len(inner):]
		if len(dst) == 0 {
			return nil
		}
		for d := last - 1; ; d-- {
			if at[d]++; at[d] < k.out[d] {
				break
			}
			at[d] = 0
		}
	}
}
