package ops

import "github.com/brinkml/brink/inference/internal/dtype"

var _ = register(&opRandomUniformLike)

// opRandomUniformLike computes a tensor of the shape of x with random numbers between two bounds, all as likely.
var opRandomUniformLike = Op{
	Name: "RandomUniformLike",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2"}, Again: 1 << 22,
			Types: []Constraint{{"T1", data(13)}, {"T2", dtype.Floating}},
			Attrs: []Attr{
				{"dtype", Int, nil}, {"high", Float, 1.0}, {"low", Float, 0.0}, {"seed", Float, nil},
			},
			Infer: inferLike, New: newRandomUniform, Impure: true,
		},
	},
}
