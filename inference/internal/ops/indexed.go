package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// indexed is the kernel of operators whose output takes its elements from the input by a table for each dimension:
// element i of a dimension of the output comes from element from[i] of that dimension of the input.
type indexed struct {
	out     []int
	offsets [][]int // from, in elements of the input
	put     putFunc
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
	return &indexed{out, offsets, putAs(d)}
}

func (k *indexed) Run(c *Ctx) error {
	n := c.Out[0].Len()
	last := len(k.out) - 1
	inner := k.offsets[last]
	var at [maxRank]int
	for to := 0; to < n; {
		base := 0
		for d := range last {
			base += k.offsets[d][at[d]]
		}
		for _, off := range inner {
			k.put(c.Out[0], c.In[0], to, base+off, 1)
			to++
		}
		for d := last - 1; d >= 0; d-- {
			if at[d]++; at[d] < k.out[d] {
				break
			}
			at[d] = 0
		}
	}
	return nil
}
