package ops

import "github.com/brinkml/brink/inference/internal/shape"

var _ = register(&opLinearRegressor)

// opLinearRegressor computes coefficients times the features of each row, plus intercepts.
var opLinearRegressor = Op{
	Name:   "LinearRegressor",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{
				{"coefficients", Floats, nil},
				{"intercepts", Floats, nil},
				{"post_transform", String, "NONE"},
				{"targets", Int, 1},
			},
			Infer: inferLinearRegressor, New: newLinearRegressor,
		},
	},
}

func inferLinearRegressor(n *Node) error {
	features, err := linearSize(n, n.Int("targets"))
	if err != nil {
		return err
	}
	rows, err := featureRows(n, features)
	n.SetOut(0, shape.Of(rows, shape.Dim(n.Int("targets"))))
	return err
}

func newLinearRegressor(n *Node) (Kernel, error) {
	return newLinear(n, n.Int("targets"), func(c *Ctx, row int, t transform, scores []float64) {
		t.apply(scores)
		putScores[float32](c, 0, row, scores)
	})
}
