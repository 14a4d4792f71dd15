package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var lpPool = Version{
	In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}}, Infer: inferPool, New: newLpPool,
}

var lpAttrs = poolAttrs(Required, Attr{"p", Int, 2}, Attr{"ceil_mode", Int, 0}, Attr{"dilations", Ints, nil})

var _ = register(&opLpPool)

var opLpPool = Op{
	Name: "LpPool",
	Doc:  "the p-norm of each position of a window",
	Versions: []Version{
		lpPool.with(1, poolAttrs(nil, Attr{"p", Float, 2.0})),
		lpPool.with(2, lpAttrs[:len(lpAttrs)-2], 11),
		lpPool.with(18, lpAttrs),
		lpPool.of(dtype.Floating).with(22, lpAttrs),
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
	return choose(n, typed[float32](newLpPoolOf[float32]), typed[float64](newLpPoolOf[float64]))
}

func newLpPoolOf[T kernels.Float](n *Node) (Kernel, error) {
	p, err := norm(n)
	if err != nil {
		return nil, err
	}
	return newPool(n, func(_ *slide, win *kernels.Window) (func(c *Ctx, i int, dst, src []T), error) {
		return func(_ *Ctx, _ int, dst, src []T) { kernels.NormPlane(win, dst, src, p) }, nil
	})
}
