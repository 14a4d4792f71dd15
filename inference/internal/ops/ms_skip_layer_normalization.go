package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMSSkipLayerNormalization)

// opMSSkipLayerNormalization computes x + skip + bias, each row of it normalised to a mean of 0 and a variance of 1,
// times gamma, plus beta.
var opMSSkipLayerNormalization = Op{
	Name: "SkipLayerNormalization", Domain: microsoft,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T", "T?", "T?"}, Out: Args{"T", "U?", "U?", "T?"},
			Types: []Constraint{{"T", dtype.Halves | 1<<dtype.Float32}, {"U", 1 << dtype.Float32}},
			Attrs: []Attr{{"epsilon", Float, 1e-12}}, Infer: inferSkipLayerNorm, New: newSkipLayerNorm,
		},
	},
}

// The inputs and outputs of SkipLayerNormalization.
const (
	skipX     = iota // [..., width]
	skipSkip         // the same, or without the leading dimension, or with 1 for it
	skipGamma        // [width]
	skipBeta         // [width]
	skipBias         // [width]

	skipMean   = 1 // [..., 1]
	skipInvStd = 2 // [..., 1]
	skipSum    = 3 // x + skip + bias
)

func inferSkipLayerNorm(n *Node) error {
	x := n.In[skipX].Shape
	n.SetOut(0, x)
	n.SetOut(skipSum, x)
	for _, i := range []int{skipMean, skipInvStd} {
		if i < len(n.Out) {
			n.Out[i].DType = dtype.Float32
		}
	}
	if !x.Ranked() {
		return nil
	}
	if x.Rank() < 1 {
		return fault.Shape("a scalar has no rows")
	}
	n.SetOut(skipMean, x.With(x.Rank()-1, 1))
	n.SetOut(skipInvStd, x.With(x.Rank()-1, 1))
	if skip := n.In[skipSkip].Shape; skip.Ranked() {
		both, err := shape.Broadcast(x, skip)
		if err != nil {
			return err
		}
		if _, ok := x.Merge(both); !ok || skip.Rank() < 1 || x.Dim(-1).Known() && skip.Dim(-1).Known() && x.Dim(-1) != skip.Dim(-1) {
			return shapeMismatch(n)
		}
	}
	for i := skipGamma; i <= skipBias; i++ {
		if !n.Has(i) || !n.In[i].Shape.Ranked() {
			continue
		}
		if s := n.In[i].Shape; s.Rank() != 1 || s.Dim(0).Known() && x.Dim(-1).Known() && s.Dim(0) != x.Dim(-1) {
			return fault.Shape("input %d is %v, where rows are of %d", i, s.Ints(), x.Dim(-1))
		}
	}
	return nil
}

func newSkipLayerNorm(n *Node) (Kernel, error) {
	return choose(n, typed[float32](skipLayerNormOf))
}

// skipLayerNorm is the kernel of SkipLayerNormalization.
type skipLayerNorm struct {
	width   int
	epsilon float64
	skip    *kernels.Walk // over x and skip
}

func skipLayerNormOf(n *Node) (Kernel, error) {
	x := n.In[skipX].Dims()
	width, epsilon := x[len(x)-1], n.Float("epsilon")
	if vec.Has(n.CPU) && n.In[skipSkip].Len() == n.In[skipX].Len() && width > 0 && width <= vec.LongestRow {
		return &vectorSkipNorm{n.CPU, width, n.In[skipX].Len() / width, epsilon}, nil
	}
	return &skipLayerNorm{
		width, float64(epsilon),
		kernels.NewWalk(x, kernels.Contiguous(x), kernels.Broadcast(n.In[skipSkip].Dims(), x)),
	}, nil
}

// vectorSkipNorm is the kernel of SkipLayerNormalization in assembly, where x and skip are of the same shape.
type vectorSkipNorm struct {
	level       cpu.Level
	width, rows int
	epsilon     float32
}

func (k *vectorSkipNorm) Parts(threads int) int {
	return vectorParts(min(threads, k.rows), k.width*k.rows, slowPart)
}

func (k *vectorSkipNorm) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *vectorSkipNorm) RunPart(c *Ctx, part, parts int) error {
	from, to := share(k.rows, part, parts)
	return normRows(c, k.level, from, to, vec.Norm{
		Dst: elements(c.Out, 0), Src: elements(c.In, skipX), Skip: elements(c.In, skipSkip), Bias: elements(c.In, skipBias),
		Gamma: elements(c.In, skipGamma), Beta: elements(c.In, skipBeta),
		Sum: elements(c.Out, skipSum), Mean: elements(c.Out, skipMean), Inv: elements(c.Out, skipInvStd),
		N: k.width, Epsilon: k.epsilon,
	})
}

func (k *skipLayerNorm) Run(c *Ctx) error {
	y, x := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[skipX])
	row := func(i int) []float32 {
		if i >= len(c.In) || c.In[i] == nil {
			return nil
		}
		return tensor.View[float32](c.In[i])
	}
	gamma, beta, bias := row(skipGamma), row(skipBeta), row(skipBias)
	kernels.Move(k.skip, y, tensor.View[float32](c.In[skipSkip]), 0, 0, nil)
	p := pace{c: c}
	for i, at := 0, 0; at < len(x); i, at = i+1, at+k.width {
		if err := p.spend(6 * k.width); err != nil {
			return err
		}
		v := y[at:][:k.width]
		kernels.AddScaled(v, x[at:][:k.width], 1, 1)
		if bias != nil {
			kernels.AddScaled(v, bias[:k.width], 1, 1)
		}
		if wants(c, skipSum) {
			copy(tensor.View[float32](c.Out[skipSum])[at:], v)
		}
		mean, variance := moments(v)
		by := 1 / math.Sqrt(variance+k.epsilon)
		kernels.NormalizeBy(v, v, gamma, beta, mean, float32(by))
		if wants(c, skipMean) {
			tensor.View[float32](c.Out[skipMean])[i] = mean
		}
		if wants(c, skipInvStd) {
			tensor.View[float32](c.Out[skipInvStd])[i] = float32(by)
		}
	}
	return nil
}
