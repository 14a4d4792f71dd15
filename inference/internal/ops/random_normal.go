package ops

import (
	"math/rand/v2"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opRandomNormal)

// opRandomNormal computes a tensor of random numbers from a normal distribution.
var opRandomNormal = Op{
	Name: "RandomNormal",
	Versions: []Version{
		{
			Since: 1, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Again: 1 << 22,
			Attrs: []Attr{
				{"dtype", Int, 1}, {"mean", Float, 0.0}, {"scale", Float, 1.0}, {"seed", Float, nil}, {"shape", Ints, Required},
			},
			Infer: inferShaped, New: newRandomNormal, Impure: true,
		},
	},
}

func newRandomNormal(n *Node) (Kernel, error) {
	mean, scale := float64(n.Float("mean")), float64(n.Float("scale"))
	return newGenerator(n, func(_ *Ctx, g *rand.PCG, dst []float64, _ int) {
		normals(dst, g)
		for i, v := range dst {
			dst[i] = mean + scale*v
		}
	})
}
