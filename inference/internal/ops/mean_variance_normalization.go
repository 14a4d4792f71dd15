package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/shape"
)

var _ = register(&opMeanVarianceNormalization)

// opMeanVarianceNormalization computes (x - mean) / sqrt(variance), with the mean and variance over some axes.
var opMeanVarianceNormalization = Op{
	Name: "MeanVarianceNormalization",
	Versions: []Version{
		{
			Since: 9, Again: 1 << 13, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"axes", Ints, []int64{0, 2, 3}}}, Infer: inferMeanVariance, New: newMeanVariance, InPlace: 1,
		},
	},
}

func inferMeanVariance(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if !n.In[0].Shape.Ranked() {
		return nil
	}
	_, err := shape.Axes(n.Ints("axes"), n.In[0].Shape.Rank())
	return err
}

// meanVarianceEpsilon is what the standard adds to the deviation in the function that it defines the operator by.
const meanVarianceEpsilon = 1e-9

func newMeanVariance(n *Node) (Kernel, error) {
	dims := n.In[0].Dims()
	axes, err := shape.Axes(n.Ints("axes"), len(dims))
	if err != nil {
		return nil, err
	}
	norms := n.In[0].Dims()
	for _, axis := range axes {
		norms[axis] = 1
	}
	k := newStandardization(dims, norms, nil, nil)
	k.center = true
	k.by = func(sum, count float64) float64 { return 1 / (math.Sqrt(sum/count) + meanVarianceEpsilon) }
	return k.finished(n)
}
