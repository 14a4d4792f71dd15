package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

var _ = register(&opPow)

// opPow computes x to the power y, in the type of x.
var opPow = Op{
	Name: "Pow",
	Versions: []Version{
		{Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Attrs: []Attr{{"axis", Int, nil}, {"broadcast", Int, 0}}, Infer: legacyShape, New: newPow, InPlace: 1},
		{Since: 7, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}}, Infer: broadcastShape, New: newPow, InPlace: 1},
		{
			Since: 12, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating | indexes}, {"T1", dtype.Numbers | 1<<dtype.F16}},
			Infer: broadcastShape, New: newPow, InPlace: 1, Again: 1 << 13,
		},
		{
			Since: 15, In: Args{"T", "T1"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating | indexes}, {"T1", dtype.Numbers | dtype.Halves}},
			Infer: broadcastShape, New: newPow, InPlace: 1,
		},
	},
}

func newPow(n *Node) (Kernel, error) {
	return &binary{powers(n.In[0].DType, n.In[1].DType), pairWalk(n)}, nil
}

// powers returns what raises elements of one type to powers of another: in the type of the former, save that powers of
// integers that are floats keep their fraction.
func powers(base, power dtype.DType) pairs {
	d := computingType(base)
	switch {
	case base == power && base == dtype.Float32:
		return directPairs(kernels.Pow[float32])
	case d == dtype.Float32:
		return loadedPairs(kernels.Pow[float32], d)
	case d == dtype.Float64:
		return loadedPairs(kernels.Pow[float64], d)
	case (dtype.Floats | dtype.SmallFloats).Has(power):
		return loadedPairs(kernels.PowToInt, dtype.Float64)
	}
	return loadedPairs(kernels.PowInt, d)
}
