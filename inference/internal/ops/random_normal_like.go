package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opRandomNormalLike)

// opRandomNormalLike computes a tensor of the shape of x with random numbers from a normal distribution.
var opRandomNormalLike = Op{
	Name: "RandomNormalLike",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"}, Again: 1 << 22,
			Types: []Constraint{{"T1", data(13)}, {"T2", dtype.Floating}},
			Attrs: []Attr{
				{"dtype", Int, nil}, {"mean", Float, 0.0}, {"scale", Float, 1.0}, {"seed", Float, nil},
			},
			Infer: inferLike, New: newRandomNormal, Impure: true,
		},
	},
}
