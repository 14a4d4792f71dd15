package ops

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// The inputs of BatchNormalization. All but the first have an element for each channel.
const (
	normX = iota // [batch, channels, ...]
	normScale
	normBias
	normMean
	normVar
)

var _ = register(&opBatchNormalization)

// opBatchNormalization computes (x - mean) / sqrt(variance + epsilon) * scale + bias, for each channel.
var opBatchNormalization = Op{
	Name: "BatchNormalization",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T", "T", "T"}, Out: Args{"T", "T?", "T?", "T?", "T?"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"is_test", Int, 0}, {"momentum", Float, 0.9}, {"spatial", Int, 1}},
			Infer: inferBatchNorm, New: newBatchNorm, InPlace: 1, Again: 1 << 6,
		},
		{
			Since: 7, In: Args{"T", "T", "T", "T", "T"}, Out: Args{"T", "T?", "T?", "T?", "T?"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"momentum", Float, 0.9}, {"spatial", Int, 1}},
			Infer: inferBatchNorm, New: newBatchNorm, InPlace: 1,
		},
		{
			Since: 9, In: Args{"T", "T", "T", "T", "T"}, Out: Args{"T", "T?", "T?", "T?", "T?"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"momentum", Float, 0.9}},
			Infer: inferBatchNorm, New: newBatchNorm, InPlace: 1,
		},
		{
			Since: 14, In: Args{"T", "T", "T", "U", "U"}, Out: Args{"T", "U?", "U?"},
			Types: []Constraint{{"T", dtype.Floating}, {"U", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"momentum", Float, 0.9}, {"training_mode", Int, 0}},
			Infer: inferBatchNorm, New: newBatchNorm, InPlace: 1,
		},
		{
			Since: 15, In: Args{"T", "T1", "T1", "T2", "T2"}, Out: Args{"T", "T2?", "T2?"},
			Types: []Constraint{{"T", dtype.Floating}, {"T1", dtype.Floating}, {"T2", dtype.Floating}},
			Attrs: []Attr{{"epsilon", Float, 1e-5}, {"momentum", Float, 0.9}, {"training_mode", Int, 0}},
			Infer: inferBatchNorm, New: newBatchNorm, InPlace: 1,
		},
	},
}

func inferBatchNorm(n *Node) error {
	x := n.In[normX].Shape
	n.SetOut(0, x)
	for i := 1; i < len(n.Out); i++ {
		n.SetOut(i, n.In[normMean].Shape)
	}
	if !x.Ranked() {
		return nil
	}
	channels := shape.Dim(1)
	switch {
	case x.Rank() == 0:
		return fault.Shape("X is a scalar")
	case n.perElement():
		channels = x.Elems(1, x.Rank())
	case x.Rank() > 1:
		channels = x.Dim(1)
	}
	for i := normScale; i <= normVar; i++ {
		s := n.In[i].Shape
		if !s.Ranked() {
			continue
		}
		if have := s.Elems(0, s.Rank()); have.Known() && channels.Known() && have != channels {
			return fault.Shape("input %d is %v, where %d channels are", i, s.Ints(), channels)
		}
	}
	return nil
}

// perElement reports whether a BatchNormalization has parameters for each element of an image, as the first versions
// allowed, instead of for each channel.
func (n *Node) perElement() bool { return n.Version.Attr("spatial") != nil && !n.Flag("spatial") }

func newBatchNorm(n *Node) (Kernel, error) {
	if frugal {
		return inDoubles(n, batchNormOf[float64])
	}
	return choose(n, typed[float32](batchNormOf[float32]), typed[float64](batchNormOf[float64]))
}

// batchNorm is the kernel of BatchNormalization.
type batchNorm[T kernels.Float] struct {
	batch, channels, plane int
	epsilon, momentum      float64
	training               bool // mean and variance are those of X, and what was given moves towards them
}

func batchNormOf[T kernels.Float](n *Node) (Kernel, error) {
	dims := n.In[normX].Dims()
	k := &batchNorm[T]{batch: dims[0], channels: 1, plane: 1, epsilon: float64(n.Float("epsilon")), momentum: float64(n.Float("momentum"))}
	switch {
	case n.perElement():
		k.channels = tensor.Elems(dims[1:])
	case len(dims) > 1:
		k.channels, k.plane = dims[1], tensor.Elems(dims[2:])
	}
	wanted := slices.IndexFunc(n.Out[1:], func(o Operand) bool { return o.Present }) + 1
	switch {
	case n.Version.Attr("training_mode") != nil:
		k.training = n.Flag("training_mode")
	case n.Version.Attr("is_test") == nil || !n.Flag("is_test"):
		k.training = wanted > 0 // the first versions tell the modes apart by the outputs
	}
	if wanted > 0 && !k.training {
		return nil, fault.Format("output %d is one of training, which this node does not do", wanted)
	}
	return k, nil
}

// Scratch has room for the means, scales and biases of all channels.
func (k *batchNorm[T]) Scratch() int { return elemBytes[T](3 * k.channels) }

func (k *batchNorm[T]) Run(c *Ctx) error {
	y, x := tensor.View[T](c.Out[0]), tensor.View[T](c.In[normX])
	scratch := tensor.Cast[T](c.Scratch)
	mean, scale, bias := scratch[:k.channels], scratch[k.channels:2*k.channels], scratch[2*k.channels:3*k.channels]
	for ch := range k.channels {
		m, v := floatAt(c.In[normMean], ch), floatAt(c.In[normVar], ch)
		if k.training {
			m, v = k.learn(c, x, ch, m, v)
		}
		mean[ch] = T(m)
		scale[ch] = T(floatAt(c.In[normScale], ch) / math.Sqrt(v+k.epsilon))
		bias[ch] = T(floatAt(c.In[normBias], ch))
	}
	p := pace{c: c}
	for b := range k.batch {
		if err := p.spend(k.channels * k.plane); err != nil {
			return err
		}
		at := b * k.channels * k.plane
		if k.plane == 1 {
			kernels.NormalizeRow(y[at:][:k.channels], x[at:], mean, scale, bias)
			continue
		}
		for ch := range k.channels {
			kernels.Normalize(y[at:][:k.plane], x[at:], mean[ch], scale[ch], bias[ch])
			at += k.plane
		}
	}
	return nil
}

// learn returns the mean and variance of a channel of x, and moves those given towards them for the next time.
func (k *batchNorm[T]) learn(c *Ctx, x []T, ch int, givenMean, givenVar float64) (mean, variance float64) {
	count := float64(k.batch * k.plane)
	for b := range k.batch {
		mean += float64(kernels.Total(x[(b*k.channels+ch)*k.plane:][:k.plane]))
	}
	mean /= count
	for b := range k.batch {
		variance += float64(kernels.Deviation(x[(b*k.channels+ch)*k.plane:][:k.plane], T(mean)))
	}
	variance /= count
	for i, v := range [...]float64{
		givenMean*k.momentum + mean*(1-k.momentum), givenVar*k.momentum + variance*(1-k.momentum), mean, variance,
	} {
		if i+1 < len(c.Out) && c.Out[i+1] != nil {
			setFloatAt(c.Out[i+1], ch, v)
		}
	}
	return mean, variance
}

// floatAt returns an element of a tensor of floats.
func floatAt(t *tensor.Tensor, i int) float64 {
	if t.DType == dtype.Float64 {
		return tensor.View[float64](t)[i]
	}
	return float64(tensor.View[float32](t)[i])
}

// setFloatAt sets an element of a tensor of floats.
func setFloatAt(t *tensor.Tensor, i int, v float64) {
	if t.DType == dtype.Float64 {
		tensor.View[float64](t)[i] = v
	} else {
		tensor.View[float32](t)[i] = float32(v)
	}
}
