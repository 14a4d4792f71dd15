package ops

import (
	"math/rand/v2"

	"github.com/brinkml/brink/inference/internal/dtype"
)

var _ = register(&opRandomUniform)

// opRandomUniform computes a tensor of random numbers between two bounds, all as likely.
var opRandomUniform = Op{
	Name: "RandomUniform",
	Versions: []Version{
		{
			Since: 1, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Again: 1 << 22,
			Attrs: []Attr{
				{"dtype", Int, 1}, {"high", Float, 1.0}, {"low", Float, 0.0}, {"seed", Float, nil}, {"shape", Ints, Required},
			},
			Infer: inferShaped, New: newRandomUniform, Impure: true,
		},
	},
}

// newRandomUniform makes the kernel whose numbers have no more digits than the output holds, so that those between 0
// and 1 are never rounded up to 1.
func newRandomUniform(n *Node) (Kernel, error) {
	low, high := float64(n.Float("low")), float64(n.Float("high"))
	bits := digitsOf(n.Out[0].DType)
	return newGenerator(n, func(_ *Ctx, g *rand.PCG, dst []float64, _ int) {
		for i := range dst {
			dst[i] = low + uniform(g, bits)*(high-low)
		}
	})
}
