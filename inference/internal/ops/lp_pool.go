package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opLpPool)

// opLpPool computes the p-norm of each position of a window.
var opLpPool = Op{
	Name: "LpPool",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{{"auto_pad", String, "NOTSET"}, {"kernel_shape", Ints, nil}, {"p", Float, 2.0}, {"pads", Ints, nil}, {"strides", Ints, nil}},
			Infer: inferPool, New: newLpPool,
		},
		{
			Since: 2, Again: 1 << 11, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"p", Int, 2}},
			Common: &poolAttrs, Infer: inferPool, New: newLpPool,
		},
		{
			Since: 18, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs:  []Attr{{"p", Int, 2}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newLpPool,
		},
		{
			Since: 22, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs:  []Attr{{"p", Int, 2}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}},
			Common: &poolAttrs, Infer: inferPool, New: newLpPool,
		},
	},
}

// norm returns the attribute p, which version 1 has as a float.
func norm(n *Node) (float64, error) {
	p := float64(n.Int("p"))
	if n.Version.Attr("p").Kind == Float {
		p = float64(n.Float("p"))
	}
	if !(p > 0) {
		return 0, fault.Format("p is %v; it must be greater than 0", p)
	}
	return p, nil
}

func newLpPool(n *Node) (Kernel, error) {
	return inDoubles(n, newLpPoolOf)
}

func newLpPoolOf(n *Node) (Kernel, error) {
	p, err := norm(n)
	if err != nil {
		return nil, err
	}
	return newPool(n, func(_ *slide, win *kernels.Window) (func(c *Ctx, i int, dst, src []float64), error) {
		return func(_ *Ctx, _ int, dst, src []float64) { kernels.NormPlane(win, dst, src, p) }, nil
	})
}
