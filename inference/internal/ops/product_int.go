package ops

import (
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// intProduct is the kernel of MatMul and Gemm for integers: a plain loop, because they are rare and seldom large.
type intProduct struct {
	m, n, k     int
	batch       []int    // dimensions of the result before the last two
	stacks      [2][]int // what each factor advances by along these
	a, b, c     [2]int   // what each advances by along its rows and columns; 0 repeats
	alpha, beta int64
	add         bool // there is c
}

func newIntProduct(n *Node, m, cols, k int, batch []int) *intProduct {
	p := &intProduct{m: m, n: cols, k: k, batch: batch, a: [2]int{k, 1}, b: [2]int{cols, 1}, alpha: 1}
	for i := range p.stacks {
		p.stacks[i] = stackStrides(n.In[i].Dims(), batch)
	}
	return p
}

// stackStrides returns what a factor of these dimensions advances by, in matrices, along the dimensions of batch.
func stackStrides(dims, batch []int) []int {
	if len(dims) > 2 && len(batch) > 0 {
		return kernels.Broadcast(dims[:len(dims)-2], batch)
	}
	return make([]int, len(batch))
}

// matrixAt returns which of a factor's matrices is the i-th of batch.
func matrixAt(i int, batch, strides []int) int {
	at := 0
	for d := len(batch) - 1; d >= 0; d-- {
		at += i % batch[d] * strides[d]
		i /= batch[d]
	}
	return at
}

func (p *intProduct) Run(c *Ctx) error {
	y, a, b := tensor.View[int64](c.Out[0]), tensor.View[int64](c.In[0]), tensor.View[int64](c.In[1])
	wait := pace{c: c}
	for i := range tensor.Elems(p.batch) {
		x, w := a[matrixAt(i, p.batch, p.stacks[0])*p.m*p.k:], b[matrixAt(i, p.batch, p.stacks[1])*p.k*p.n:]
		for row := range p.m {
			if err := wait.spend(p.n * p.k); err != nil {
				return err
			}
			sums := y[(i*p.m+row)*p.n:][:p.n]
			clear(sums)
			for j := range p.k {
				factor := x[row*p.a[0]+j*p.a[1]]
				for col := range sums {
					sums[col] += factor * w[j*p.b[0]+col*p.b[1]]
				}
			}
			if p.alpha != 1 {
				kernels.ScaleBy(sums, p.alpha)
			}
			if p.add {
				bias := tensor.View[int64](c.In[2])
				for col := range sums {
					sums[col] += p.beta * bias[row*p.c[0]+col*p.c[1]]
				}
			}
		}
	}
	return nil
}
