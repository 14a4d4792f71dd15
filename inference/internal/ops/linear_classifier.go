package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opLinearClassifier)

var opLinearClassifier = Op{
	Name:   "LinearClassifier",
	Domain: "ai.onnx.ml",
	Doc:    "the class whose coefficients times the features of a row are greatest, and the scores of all",
	Versions: []Version{
		{
			Since: 1, In: Args{"T1"}, Out: Args{"T2", "float32"},
			Types: []Constraint{{"T1", features}, {"T2", dtype.Strings | 1<<dtype.Int64}},
			Attrs: []Attr{
				{"classlabels_ints", Ints, nil},
				{"classlabels_strings", Strings, nil},
				{"coefficients", Floats, Required},
				{"intercepts", Floats, nil},
				{"multi_class", Int, 0},
				{"post_transform", String, "NONE"},
			},
			Infer: inferLinearClassifier, New: newLinearClassifier,
		},
	},
}

// linearClasses returns the labels of n's classes, of one kind or the other. There must be a row of coefficients for each.
func linearClasses(n *Node) (ints []int64, strings []string, err error) {
	ints, strings = n.Ints("classlabels_ints"), n.Strings("classlabels_strings")
	if (len(ints) > 0) == (len(strings) > 0) {
		return nil, nil, fault.Format("%d labels that are integers and %d that are strings", len(ints), len(strings))
	}
	return ints, strings, nil
}

func inferLinearClassifier(n *Node) error {
	ints, strings, err := linearClasses(n)
	if err != nil {
		return err
	}
	n.Out[0].DType = dtype.Int64
	if len(strings) > 0 {
		n.Out[0].DType = dtype.String
	}
	classes := len(ints) + len(strings)
	features, err := linearSize(n, int64(classes))
	if err != nil {
		return err
	}
	rows, err := linearRows(n, features)
	n.SetOut(0, shape.Of(rows))
	n.SetOut(1, shape.Of(rows, shape.Dim(classes)))
	return err
}

func newLinearClassifier(n *Node) (Kernel, error) {
	ints, strings, err := linearClasses(n)
	if err != nil {
		return nil, err
	}
	return newLinear(n, len(ints)+len(strings), func(c *Ctx, row int, scores []float64) {
		best := 0
		for i, s := range scores {
			if s > scores[best] {
				best = i
			}
		}
		if len(ints) > 0 {
			tensor.View[int64](c.Out[0])[row] = ints[best]
		} else {
			c.Out[0].Strings[row] = strings[best]
		}
		putScores[float32](c, 1, row, scores)
	})
}
