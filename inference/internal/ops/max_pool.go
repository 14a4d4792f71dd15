package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMaxPool)

// opMaxPool computes the greatest element of each position of a window, and where it is.
var opMaxPool = Op{
	Name: "MaxPool",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &poolAttrs, Infer: inferPool, New: newMaxPool,
		},
		{
			Since: 8, In: Args{"T"}, Out: Args{"T", "int64?"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"storage_order", Int, 0}},
			Common: &poolAttrs, Infer: inferPool, New: newMaxPool,
		},
		{
			Since: 10, Again: 1 << 11, In: Args{"T"}, Out: Args{"T", "int64?"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"storage_order", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newMaxPool,
		},
		{
			Since: 12, In: Args{"T"}, Out: Args{"T", "int64?"}, Types: []Constraint{{"T", dtype.IEEE | 1<<dtype.Int8 | 1<<dtype.Uint8}},
			Attrs:  []Attr{{"storage_order", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newMaxPool,
		},
		{
			Since: 22, In: Args{"T"}, Out: Args{"T", "int64?"}, Types: []Constraint{{"T", dtype.Floating | 1<<dtype.Int8 | 1<<dtype.Uint8}},
			Attrs:  []Attr{{"storage_order", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newMaxPool,
		},
	},
}

func newMaxPool(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newMaxPoolOf[float32]), typed[float64](newMaxPoolOf[float64]),
		typed[int8](newMaxPoolOf[int8]), typed[uint8](newMaxPoolOf[uint8]))
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
