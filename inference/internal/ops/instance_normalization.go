package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opInstanceNormalization)

// opInstanceNormalization computes (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and variance
// of each channel of each image.
var opInstanceNormalization = Op{
	Name: "InstanceNormalization",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}}, Infer: inferInstanceNorm, New: newInstanceNorm, InPlace: 1, Again: 1<<6 | 1<<22,
		},
	},
}

func inferInstanceNorm(n *Node) error {
	x := n.In[normX].Shape
	n.SetOut(0, x)
	if !x.Ranked() {
		return nil
	}
	if x.Rank() < 2 {
		return fault.Shape("X has %d dimensions, not a batch and channels at least", x.Rank())
	}
	for i := normScale; i <= normBias; i++ {
		s := n.In[i].Shape
		if s.Ranked() && (s.Rank() != 1 || s.Dim(0).Known() && x.Dim(1).Known() && s.Dim(0) != x.Dim(1)) {
			return fault.Shape("input %d is %v, where %d channels are", i, s.Ints(), x.Dim(1))
		}
	}
	return nil
}

func newInstanceNorm(n *Node) (Kernel, error) {
	if frugal {
		return inDoubles(n, instanceNormOf[float64])
	}
	return choose(n, typed[float32](instanceNormOf[float32]), typed[float64](instanceNormOf[float64]))
}

// instanceNorm is the kernel of InstanceNormalization.
type instanceNorm[T kernels.Float] struct {
	plane   int
	epsilon float64
}

func instanceNormOf[T kernels.Float](n *Node) (Kernel, error) {
	dims := n.In[normX].Dims()
	if tensor.Elems(dims) == 0 {
		return nothing{}, nil
	}
	return &instanceNorm[T]{tensor.Elems(dims[2:]), float64(n.Float("epsilon"))}, nil
}

func (k *instanceNorm[T]) Run(c *Ctx) error {
	y, x := tensor.View[T](c.Out[0]), tensor.View[T](c.In[normX])
	scale, bias := tensor.View[T](c.In[normScale]), tensor.View[T](c.In[normBias])
	p := pace{c: c}
	for i := 0; len(x) > 0; i++ {
		if err := p.spend(4 * k.plane); err != nil {
			return err
		}
		ch := i % len(scale)
		mean, variance := moments(x[:k.plane])
		by := T(float64(scale[ch]) / math.Sqrt(variance+k.epsilon))
		kernels.Normalize(y[:k.plane], x[:k.plane], mean, by, bias[ch])
		y, x = y[k.plane:], x[k.plane:]
	}
	return nil
}

// moments returns the mean and the variance of the elements of x.
func moments[T kernels.Float](x []T) (mean T, variance float64) {
	mean = kernels.Total(x) / T(len(x))
	return mean, float64(kernels.Deviation(x, mean)) / float64(len(x))
}
