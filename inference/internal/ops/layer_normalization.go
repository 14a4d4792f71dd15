package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opLayerNormalization)

// opLayerNormalization computes (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and variance
// over all axes from one on.
var opLayerNormalization = Op{
	Name: "LayerNormalization",
	Versions: []Version{
		{
			Since: 17, In: Args{"T", "T", "T?"}, Out: Args{"T", "U?", "U?"},
			Types: []Constraint{{"T", dtype.Floating}, {"U", 1<<dtype.Float32 | 1<<dtype.BF16}},
			Attrs: []Attr{{"axis", Int, -1}, {"epsilon", Float, 1e-5}, {"stash_type", Int, 1}},
			Infer: inferLayerNorm, New: newLayerNorm, InPlace: 1,
		},
	},
}

func inferLayerNorm(n *Node) error {
	x := n.In[normX].Shape
	n.SetOut(0, x)
	stash := n.Int("stash_type")
	if stash != int64(dtype.Float32) && stash != int64(dtype.BF16) {
		return fault.Format("stash_type %d is neither float32 nor bfloat16", stash)
	}
	for i := 1; i < len(n.Out); i++ {
		n.Out[i].DType = dtype.DType(stash)
	}
	if !x.Ranked() {
		return nil
	}
	axis, err := n.axis("axis", x.Rank())
	if err != nil {
		return err
	}
	stats := x.Clone()
	for i := axis; i < len(stats); i++ {
		stats[i] = 1
	}
	n.SetOut(1, shape.Of(stats...))
	n.SetOut(2, shape.Of(stats...))
	row := shape.Of(x.Dims()[axis:]...)
	for i := normScale; i <= normBias; i++ {
		if !n.Has(i) || !n.In[i].Shape.Ranked() {
			continue
		}
		both, err := shape.Broadcast(row, n.In[i].Shape)
		if err != nil {
			return err
		}
		if _, ok := row.Merge(both); !ok {
			return fault.Shape("input %d, %v, does not broadcast to %v", i, n.In[i].Shape.Ints(), row.Ints())
		}
	}
	return nil
}

func newLayerNorm(n *Node) (Kernel, error) {
	return choose(n, typed[float32](singleLayerNormOf), typed[float64](layerNormOf[float64]))
}

// layerNorm is the kernel of LayerNormalization.
type layerNorm[T kernels.Float] struct {
	row     int
	epsilon float64
	stretch [2]*kernels.Walk // of scale and bias, where they are not as long as a row
}

func layerNormOf[T kernels.Float](n *Node) (Kernel, error) {
	dims := n.In[normX].Dims()
	axis, err := n.axis("axis", len(dims))
	if err != nil {
		return nil, err
	}
	if tensor.Elems(dims) == 0 {
		return nothing{}, nil
	}
	row := dims[axis:]
	k := &layerNorm[T]{row: tensor.Elems(row), epsilon: float64(n.Float("epsilon"))}
	for i := range k.stretch {
		if in := normScale + i; n.Has(in) && n.In[in].Len() != k.row {
			k.stretch[i] = kernels.NewWalk(row, kernels.Contiguous(row), kernels.Broadcast(n.In[in].Dims(), row))
		}
	}
	return k, nil
}

// Scratch has room for a row of each of scale and bias, where they must be stretched.
func (k *layerNorm[T]) Scratch() int {
	rows := len(k.stretch)
	for _, w := range k.stretch {
		if w == nil {
			rows--
		}
	}
	return elemBytes[T](rows * k.row)
}

// param returns scale or bias as a row, nil when it is left out, and what is left of scratch.
func (k *layerNorm[T]) param(c *Ctx, i int, scratch []T) (row, rest []T) {
	in := normScale + i
	if in >= len(c.In) || c.In[in] == nil {
		return nil, scratch
	}
	if k.stretch[i] == nil {
		return tensor.View[T](c.In[in]), scratch
	}
	kernels.Move(k.stretch[i], scratch[:k.row], tensor.View[T](c.In[in]), 0, 0, nil)
	return scratch[:k.row], scratch[k.row:]
}

func (k *layerNorm[T]) Run(c *Ctx) error {
	y, x := tensor.View[T](c.Out[0]), tensor.View[T](c.In[normX])
	scale, scratch := k.param(c, 0, tensor.Cast[T](c.Scratch))
	bias, _ := k.param(c, 1, scratch)
	stats := [2][]float32{}
	for i := range stats {
		if i+1 < len(c.Out) && c.Out[i+1] != nil {
			stats[i] = tensor.View[float32](c.Out[i+1])
		}
	}
	p := pace{c: c}
	for i := 0; len(x) > 0; i++ {
		if err := p.spend(4 * k.row); err != nil {
			return err
		}
		mean, variance := moments(x[:k.row])
		by := 1 / math.Sqrt(variance+k.epsilon)
		kernels.NormalizeBy(y[:k.row], x[:k.row], scale, bias, mean, T(by))
		if stats[0] != nil {
			stats[0][i] = float32(mean)
		}
		if stats[1] != nil {
			stats[1][i] = float32(by)
		}
		y, x = y[k.row:], x[k.row:]
	}
	return nil
}
