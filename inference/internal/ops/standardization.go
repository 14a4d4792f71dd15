package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// standardization is the kernel of operators that divide elements by a norm of them all, or of those along some axes,
// after their mean is taken off or not, and then scale and shift the results. It computes in float64.
type standardization struct {
	walk  *kernels.Walk // over x, norms, scale and bias
	norms int
	count float64 // elements that have a norm in common

	center bool // their mean is taken off first
	square bool // the norm is of their squares, else of their absolute values
	// by returns what to multiply by, given the sum of squares or absolute values.
	by func(sum, count float64) float64

	scale, bias int         // inputs; 0 is none
	stash       dtype.DType // what elements are rounded to before and after they are divided; Undefined is none
	rounding    dtype.DType // what they are rounded to before they are scaled; Undefined is none
}

// newStandardization returns the kernel for elements of the given dimensions, which have norms of dimensions like them,
// but for some that are 1. Scale and bias broadcast to the elements; nil stands for none.
func newStandardization(dims, norms, scale, bias []int) *standardization {
	return &standardization{
		walk:   kernels.NewWalk(dims, kernels.Contiguous(dims), kernels.Broadcast(norms, dims), kernels.Broadcast(scale, dims), kernels.Broadcast(bias, dims)),
		norms:  tensor.Elems(norms),
		count:  float64(tensor.Elems(dims)) / float64(tensor.Elems(norms)),
		square: true,
	}
}

// finished returns k as a kernel, with the roundings that n asks for.
func (k *standardization) finished(n *Node) (Kernel, error) {
	if n.In[0].Len() == 0 {
		return nothing{}, nil
	}
	if n.Version.Attr("stash_type") != nil {
		stash, err := floatType(n, "stash_type")
		if err != nil {
			return nil, err
		}
		if stash.Size() == 2 {
			k.stash = stash
		}
	}
	if d := n.In[0].DType; k.scale > 0 && d.Size() == 2 {
		k.rounding = d
	}
	_, err := scratchFor(2 * int64(k.norms))
	return k, err
}

// Scratch has room for means and norms, and for tiles of x, scale and bias.
func (k *standardization) Scratch() int { return 16*k.norms + 3*tileBytes }

// visit calls f for tiles of x, loaded, with the place of the first element in x and in the norms, scale and bias.
func (k *standardization) visit(c *Ctx, f func(x []float64, at [kernels.MaxOperands]int)) error {
	x := tensor.Cast[float64](c.Scratch[16*k.norms:][:tileBytes])
	p := pace{c: c}
	for cursor := k.walk.Start(c); ; {
		for from := 0; from < k.walk.Run; from += tile {
			n := min(tile, k.walk.Run-from)
			at := cursor.Off
			for i := range at {
				at[i] += from * k.walk.Step[i]
			}
			if err := p.spend(4 * n); err != nil {
				return err
			}
			roundAs(loadDoubles(x[:n], c.In[0], at[0]), k.stash)
			f(x[:n], at)
		}
		if !cursor.Next() {
			return nil
		}
	}
}

func (k *standardization) Run(c *Ctx) error {
	room := tensor.Cast[float64](c.Scratch[:16*k.norms])
	mean, norm := room[:k.norms], room[k.norms:]
	clear(room)
	step := k.walk.Step[1]
	if k.center {
		if err := k.visit(c, func(x []float64, at [kernels.MaxOperands]int) { sumByStep(mean[at[1]:], x, step) }); err != nil {
			return err
		}
		for i := range mean {
			mean[i] /= k.count
		}
	}
	err := k.visit(c, func(x []float64, at [kernels.MaxOperands]int) {
		lessByStep(x, mean[at[1]:], step)
		for i, v := range x {
			if k.square {
				x[i] = v * v
			} else {
				x[i] = math.Abs(v)
			}
		}
		sumByStep(norm[at[1]:], x, step)
	})
	if err != nil {
		return err
	}
	for i, sum := range norm {
		norm[i] = k.by(sum, k.count)
	}
	temp := tensor.Cast[float64](c.Scratch[16*k.norms+tileBytes:][:2*tileBytes])
	return k.visit(c, func(x []float64, at [kernels.MaxOperands]int) {
		lessByStep(x, mean[at[1]:], step)
		timesByStep(x, norm[at[1]:], step)
		roundAs(x, k.stash)
		roundAs(x, k.rounding)
		if k.scale > 0 {
			timesByStep(x, loadDoubles(temp[:1+(len(x)-1)*k.walk.Step[2]], c.In[k.scale], at[2]), k.walk.Step[2])
		}
		if k.bias > 0 {
			bias := loadDoubles(temp[tile:][:1+(len(x)-1)*k.walk.Step[3]], c.In[k.bias], at[3])
			for i := range x {
				x[i] += bias[i*k.walk.Step[3]]
			}
		}
		storeDoubles(c.Out[0], at[0], x)
	})
}

// sumByStep adds x to sums: element by element, or all to the first when step is 0.
func sumByStep(sums, x []float64, step int) {
	if step == 0 {
		sums[0] += kernels.Total(x)
		return
	}
	for i, v := range x {
		sums[i] += v
	}
}

// lessByStep takes y off x, or its first element when step is 0.
func lessByStep(x, y []float64, step int) {
	if step == 0 {
		first := y[0]
		for i := range x {
			x[i] -= first
		}
		return
	}
	for i := range x {
		x[i] -= y[i]
	}
}

// timesByStep multiplies x by y, or by its first element when step is 0.
func timesByStep(x, y []float64, step int) {
	if step == 0 {
		kernels.ScaleBy(x, y[0])
		return
	}
	for i := range x {
		x[i] *= y[i]
	}
}

// byDeviation returns the inverse of the square root of the mean and epsilon.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func byDeviation(epsilon float32) func(sum, count float64) float64 {
	return func(sum, count float64) float64 { return 1 / math.Sqrt(sum/count+float64(epsilon)) }
}
