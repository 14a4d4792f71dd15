package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var maxPool = Version{
	In: Args{"T"}, Out: Args{"T", "int64?"}, Types: []Constraint{{"T", dtype.Floats}}, Infer: inferPool, New: newMaxPool,
}

var _ = register(&opMaxPool)

var opMaxPool = Op{
	Name: "MaxPool",
	Doc:  "the greatest element of each position of a window, and where it is",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}}, Attrs: poolAttrs(Required),
			Infer: inferPool, New: newMaxPool,
		},
		maxPool.with(8, poolAttrs(Required, Attr{"storage_order", Int, 0})),
		maxPool.with(10, poolAttrs(Required, Attr{"storage_order", Int, 0}, Attr{"ceil_mode", Int, 0}, Attr{"dilations", Ints, nil})),
		{
			Since: 12, In: Args{"T"}, Out: Args{"T", "int64?"},
			Types: []Constraint{{"T", dtype.Floats | 1<<dtype.Int8 | 1<<dtype.Uint8}},
			Attrs: poolAttrs(Required, Attr{"storage_order", Int, 0}, Attr{"ceil_mode", Int, 0}, Attr{"dilations", Ints, nil}),
			Infer: inferPool, New: newMaxPool,
		},
	},
}

func newMaxPool(n *Node) (Kernel, error) {
	switch n.In[0].DType {
	case dtype.Float32:
		return newMaxPoolOf[float32](n)
	case dtype.Float64:
		return newMaxPoolOf[float64](n)
	case dtype.Int8:
		return newMaxPoolOf[int8](n)
	case dtype.Uint8:
		return newMaxPoolOf[uint8](n)
	}
	return nil, noKernel(n)
}

func newMaxPoolOf[T interface {
	kernels.Number
	dtype.Element
}](n *Node) (Kernel, error) {
	indices := n.Wants(1)
	columns := n.Version.Attr("storage_order") != nil && n.Flag("storage_order")
	return newPool(n, func(_ *slide, win *kernels.Window) (func(c *Ctx, i int, dst, src []T), error) {
		return func(c *Ctx, i int, dst, src []T) {
			var where []int64
			if indices {
				where = tensor.View[int64](c.Out[1])[i*win.Spots:][:win.Spots]
			}
			start := int64(i) * int64(win.Plane)
			kernels.MaxPlane(win, dst, where, src, start)
			if columns {
				columnMajor(where, win.In, start)
			}
		}, nil
	})
}

// columnMajor turns the indices of elements of a plane of the given lengths, which begins at start, into those that
// the elements have when the first of these dimensions runs fastest.
func columnMajor(where []int64, lengths []int, start int64) {
	for i, at := range where {
		if at < 0 {
			continue
		}
		rest, index := at-start, int64(0)
		for d := len(lengths) - 1; d >= 0; d-- {
			scale := int64(1)
			for _, n := range lengths[:d] {
				scale *= int64(n)
			}
			index += rest % int64(lengths[d]) * scale
			rest /= int64(lengths[d])
		}
		where[i] = start + index
	}
}
