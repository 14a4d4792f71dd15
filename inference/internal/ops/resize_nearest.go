package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// nearest is the kernel of Resize that takes each element of the output as it is from the input: a row, along the last
// dimension that changes length, after the other.
type nearest struct {
	rows    int // of the output
	dims    []int
	offsets [][]int // for each element of a dimension, where it lies in the input; negative for nowhere
	run     int     // elements that go along with each of the last dimension
	outside *tensor.Tensor
}

// nowhere is the offset of what lies outside of the input. Any sum of it and others is negative, too.
const nowhere = -1 << 30

func newNearest(n *Node, dims []resized) (Kernel, error) {
	k := &nearest{run: 1, rows: 1}
	last := len(dims) - 1
	for last > 0 && dims[last].same() {
		k.run *= int(dims[last].in)
		last--
	}
	own := kernels.Contiguous(n.In[0].Dims())
	for i := 0; i <= last; i++ {
		from, err := dims[i].nearest(n)
		if err != nil {
			return nil, err
		}
		for j := range from {
			if from[j] < 0 {
				from[j] = nowhere
			} else {
				from[j] *= own[i]
			}
		}
		k.dims, k.offsets = append(k.dims, len(from)), append(k.offsets, from)
		if i < last {
			k.rows *= len(from)
		}
	}
	if len(dims) == 0 {
		k.dims, k.offsets = []int{1}, [][]int{{0}}
	}
	d := n.In[0].DType
	k.outside = tensor.New(d, []int{1})
	if n.Version.Attr("extrapolation_value") != nil {
		storeRounded(k.outside.Data, []float64{float64(n.Float("extrapolation_value"))}, d, true)
	}
	if size := d.Size(); size != 4 && d != dtype.String { // it is bytes that go along
		k.run *= size
		for i := range k.offsets {
			for j, off := range k.offsets[i] {
				if off >= 0 {
					k.offsets[i][j] = off * size
				}
			}
		}
	}
	return k, nil
}

// copy makes rows of dst, from one up to another.
func (k *nearest) copy(dst, src *tensor.Tensor, from, to int) {
	switch {
	case dst.DType == dtype.String:
		nearestRows(k, dst.Strings, src.Strings, k.outside.Strings, from, to)
	case dst.DType.Size() == 4:
		nearestRows(k, tensor.View[uint32](dst), tensor.View[uint32](src), tensor.View[uint32](k.outside), from, to)
	default:
		nearestRows(k, dst.Data, src.Data, k.outside.Data, from, to)
	}
}

// nearestRows is copy for elements of T, of which it takes as many as outside has to make one of the tensor.
func nearestRows[T any](k *nearest, dst, src, outside []T, from, to int) {
	last := len(k.dims) - 1
	length := k.dims[last] * k.run
	before := -1 // where the row before lies in the input
	for row := from; row < to; row++ {
		base, rest := 0, row
		for d := last - 1; d >= 0; d-- {
			off := k.offsets[d][rest%k.dims[d]]
			rest /= k.dims[d]
			if base += off; off < 0 {
				base = nowhere
				break
			}
		}
		to := dst[row*length:][:length]
		switch {
		case base < 0:
			fillWith(to, outside)
		case row > from && base == before:
			copy(to, dst[(row-1)*length:])
		case k.run == 1:
			kernels.TakeEach(to, src[base:], k.offsets[last], outside[0])
		default:
			for i, off := range k.offsets[last] {
				if part := to[i*k.run:][:k.run]; off < 0 {
					fillWith(part, outside)
				} else {
					copy(part, src[base+off:])
				}
			}
		}
		before = base
	}
}

// fillWith sets dst to x again and again.
func fillWith[T any](dst, x []T) {
	for at := copy(dst, x); at < len(dst); at *= 2 {
		copy(dst[at:], dst[:at])
	}
}

// blockRows returns how many rows are made between two looks at the context.
func (k *nearest) blockRows() int {
	return max(paceWork/(k.dims[len(k.dims)-1]*k.run), 1)
}

func (k *nearest) Parts(threads int) int {
	return partsFor(threads, k.rows, int64(k.rows)*int64(k.dims[len(k.dims)-1])*int64(k.run))
}

func (k *nearest) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *nearest) RunPart(c *Ctx, part, parts int) error {
	from, to := share(k.rows, part, parts)
	for step := k.blockRows(); from < to; from += step {
		if err := c.Cancelled(); err != nil {
			return err
		}
		k.copy(c.Out[0], c.In[0], from, min(from+step, to))
	}
	return nil
}
