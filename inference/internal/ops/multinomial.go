package ops

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMultinomial)

// opMultinomial computes classes drawn by the logarithms of their probabilities, which need not add up to 1.
var opMultinomial = Op{
	Name: "Multinomial",
	Versions: []Version{
		{
			Since: 7, In: Args{"T1"}, Out: Args{"T2"}, Again: 1 << 22,
			Types: []Constraint{{"T1", dtype.Floating}, {"T2", indexes}},
			Attrs: []Attr{{"dtype", Int, 6}, {"sample_size", Int, 1}, {"seed", Float, nil}},
			Infer: inferMultinomial, New: newMultinomial, Impure: true,
		},
	},
}

func inferMultinomial(n *Node) error {
	samples := n.Int("sample_size")
	if samples < 1 || samples > maxDim {
		return fault.Format("a sample of %d", samples)
	}
	if err := outType(n); err != nil {
		return err
	}
	s := n.In[0].Shape
	if !s.Ranked() {
		return nil
	}
	if s.Rank() != 2 || s.Dim(1) == 0 {
		return fault.Shape("rows of logarithms are needed, not %v", s.Ints())
	}
	n.SetOut(0, shape.Of(s.Dim(0), shape.Dim(samples)))
	return nil
}

type multinomial struct {
	random
	rows, classes, samples int
}

func newMultinomial(n *Node) (Kernel, error) {
	dims := n.In[0].Dims()
	k := &multinomial{rows: dims[0], classes: dims[1], samples: int(n.Int("sample_size"))}
	k.seedFor(n)
	_, err := scratchFor(int64(k.classes))
	return k, err
}

func (k *multinomial) Scratch() int { return 8 * k.classes }

// Run draws numbers below the sum of all probabilities, and looks up on which class's share of it they fall.
func (k *multinomial) Run(c *Ctx) error {
	var g rand.PCG
	k.start(&g)
	x, sums := c.In[0], tensor.Cast[float64](c.Scratch)[:k.classes]
	size := x.DType.Size()
	p := pace{c: c}
	for row := range k.rows {
		if err := p.spend(32 * k.classes); err != nil {
			return err
		}
		load(sums, x.Data[row*k.classes*size:], x.DType)
		total := accumulate(sums)
		if total == 0 {
			return fault.Shape("row %d has no class that could be drawn", row)
		}
		for i := range k.samples {
			if err := p.spend(64); err != nil {
				return err
			}
			class, _ := slices.BinarySearch(sums, math.Nextafter(uniform(&g, 53)*total, math.Inf(1)))
			at := row*k.samples + i
			if c.Out[0].DType == dtype.Int32 {
				tensor.View[int32](c.Out[0])[at] = int32(class)
			} else {
				tensor.View[int64](c.Out[0])[at] = int64(class)
			}
		}
	}
	return nil
}

// accumulate replaces logarithms by the sums of what they are of up to them, in proportion to the greatest, and returns
// the last. Those that are not finite count as of nothing.
func accumulate(logs []float64) float64 {
	top := math.Inf(-1)
	for _, v := range logs {
		if v > top && !math.IsInf(v, 1) {
			top = v
		}
	}
	total := 0.0
	for i, v := range logs {
		if e := math.Exp(v - top); !math.IsInf(v, 0) && e == e {
			total += e
		}
		logs[i] = total
	}
	return total
}
