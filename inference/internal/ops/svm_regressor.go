package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opSVMRegressor)

// opSVMRegressor computes the value that a support vector machine predicts for each row, or whether it is one of its
// class.
var opSVMRegressor = Op{
	Name:   "SVMRegressor",
	Domain: "ai.onnx.ml",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"float32"}, Types: []Constraint{{"T", features}},
			Attrs: []Attr{{"n_supports", Int, 0}, {"one_class", Int, 0}}, Common: &svmAttrs,
			Infer: inferSVMRegressor, New: newSVMRegressor,
		},
	},
}

func inferSVMRegressor(n *Node) error {
	supports := n.Int("n_supports")
	vectors, count, err := svmVectors(n, supports, 1)
	if err != nil {
		return err
	}
	if coefficients := int64(len(n.Floats("coefficients"))); coefficients < supports || len(n.Floats("rho")) == 0 {
		return fault.Format("%d coefficients and %d constants for %d support vectors", coefficients, len(n.Floats("rho")), supports)
	}
	if _, ok := transforms[n.String("post_transform")]; !ok {
		return fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	rows, err := featureRows(n, int64(len(vectors))/count)
	n.SetOut(0, shape.Of(rows, 1))
	return err
}

// newSVMRegressor makes the kernel that adds up the values times their coefficients, and a constant. Without support
// vectors the coefficients are the one vector. A sum becomes 1 or -1 if it is to tell a class from what is not of it.
func newSVMRegressor(n *Node) (Kernel, error) {
	supports := n.Int("n_supports")
	k, err := newSVM(n, supports, 1)
	if err != nil {
		return nil, err
	}
	coefficients := []float32{1}
	if supports > 0 {
		coefficients = n.Floats("coefficients")
	}
	rho := float64(n.Floats("rho")[0])
	oneClass, t := n.Flag("one_class"), transforms[n.String("post_transform")]
	k.own = 1
	k.score = func(c *Ctx, row int, values, scratch []float64) {
		sum := inner(values, coefficients) + rho
		switch {
		case !oneClass:
			scratch[0] = sum
			t.apply(scratch)
			sum = scratch[0]
		case sum > 0:
			sum = 1
		default:
			sum = -1
		}
		tensor.View[float32](c.Out[0])[row] = float32(sum)
	}
	return k, nil
}
