package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opAveragePool)

// opAveragePool computes the mean of each position of a window.
var opAveragePool = Op{
	Name: "AveragePool",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &poolAttrs, Infer: inferPool, New: newAveragePool,
		},
		{
			Since: 7, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"count_include_pad", Int, 0}},
			Common: &poolAttrs, Infer: inferPool, New: newAveragePool,
		},
		{
			Since: 10, Again: 1 << 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"count_include_pad", Int, 0}, {"ceil_mode", Int, 0}},
			Common: &poolAttrs, Infer: inferPool, New: newAveragePool,
		},
		{
			Since: 19, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"count_include_pad", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newAveragePool,
		},
		{
			Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs:  []Attr{{"count_include_pad", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newAveragePool,
		},
	},
}

func newAveragePool(n *Node) (Kernel, error) {
	return choose(n, typed[float32](newAveragePoolOf[float32]), typed[float64](newAveragePoolOf[float64]))
}

func newAveragePoolOf[T kernels.Float](n *Node) (Kernel, error) {
	include := n.Version.Attr("count_include_pad") != nil && n.Flag("count_include_pad")
	return newPool(n, func(s *slide, win *kernels.Window) (func(c *Ctx, i int, dst, src []T), error) {
		var count []T // padding counts as zeros, but what lies beyond it does not count at all
		if include {
			if win.Spots > maxCoverage {
				return nil, &fault.LimitError{What: "positions of an averaging window", Got: int64(win.Spots), Max: maxCoverage}
			}
			count = kernels.Coverage[T](win, s.after)
		}
		return func(_ *Ctx, _ int, dst, src []T) { kernels.MeanPlane(win, dst, src, count) }, nil
	})
}
