package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opLRN)

// opLRN computes x / (bias + alpha/size * the sum of x^2 over size neighbouring channels)^beta.
var opLRN = Op{
	Name: "LRN",
	Versions: []Version{
		{
			Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"alpha", Float, 0.0001}, {"beta", Float, 0.75}, {"bias", Float, 1.0}, {"size", Int, Required}},
			Infer: inferLRN, New: newLRN, Again: 1 << 13,
		},
	},
}

func inferLRN(n *Node) error {
	n.SetOut(0, n.In[0].Shape)
	if size := n.Int("size"); size < 1 || size > maxDim {
		return fault.Format("size is %d", size)
	}
	if s := n.In[0].Shape; s.Ranked() && s.Rank() < 2 {
		return fault.Shape("X has %d dimensions, not a batch and channels at least", s.Rank())
	}
	return nil
}

func newLRN(n *Node) (Kernel, error) {
	return inDoubles(n, lrnOf)
}

// lrn is the kernel of LRN.
type lrn struct {
	channels, plane   int
	before, after     int // neighbours on either side
	alpha, beta, bias float64
}

func lrnOf(n *Node) (Kernel, error) {
	dims, size := n.In[0].Dims(), n.Int("size")
	if tensor.Elems(dims) == 0 {
		return nothing{}, nil
	}
	return &lrn{
		channels: dims[1], plane: tensor.Elems(dims[2:]),
		before: int((size - 1) / 2), after: int(size / 2),
		alpha: float64(n.Float("alpha")) / float64(size), beta: float64(n.Float("beta")), bias: float64(n.Float("bias")),
	}, nil
}

// lrnRun is how many elements of a channel are computed at a time: their sums stay in the first-level cache.
const lrnRun = 512

func (k *lrn) Scratch() int { return elemBytes[float64](min(k.plane, lrnRun)) }

func (k *lrn) Run(c *Ctx) error {
	dst, src := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0])
	acc := tensor.Cast[float64](c.Scratch)
	p := pace{c: c}
	for size := k.channels * k.plane; len(src) > 0; dst, src = dst[size:], src[size:] {
		for ch := range k.channels {
			from, to := max(ch-k.before, 0), min(ch, k.channels-1-k.after)+k.after
			if err := p.spend(k.plane * (to - from + 16)); err != nil {
				return err
			}
			kernels.NormalizeChannels(dst[:size], src[:size], acc, ch, from, to, k.plane, k.alpha, k.beta, k.bias)
		}
	}
	return nil
}
