package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMSCDist)

// opMSCDist computes the distance of each row of one matrix from each of another.
var opMSCDist = Op{
	Name: "CDist", Domain: microsoft,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floats}},
			Attrs: []Attr{{"metric", String, "sqeuclidean"}}, Infer: inferCDist, New: newCDist, Cost: cdistCost,
		},
	},
}

func inferCDist(n *Node) error {
	switch m := n.String("metric"); m {
	case "euclidean", "sqeuclidean":
	default:
		return fault.Format("metric %q is neither euclidean nor sqeuclidean", m)
	}
	if !n.ranked() {
		return nil
	}
	a, b := n.In[0].Shape, n.In[1].Shape
	if a.Rank() != 2 || b.Rank() != 2 || a.Dim(1).Known() && b.Dim(1).Known() && a.Dim(1) != b.Dim(1) {
		return shapeMismatch(n)
	}
	n.SetOut(0, shape.Of(a.Dim(0), b.Dim(0)))
	return nil
}

func cdistCost(n *Node) int64 { return int64(n.Out[0].Len()) * int64(n.In[0].Dims()[1]) }

func newCDist(n *Node) (Kernel, error) {
	return inDoubles(n, cdistOf)
}

// cdist is the kernel of CDist.
type cdist struct {
	rows, others, width int
	root                bool
}

func cdistOf(n *Node) (Kernel, error) {
	a := n.In[0].Dims()
	return &cdist{a[0], n.In[1].Dims()[0], a[1], n.String("metric") == "euclidean"}, nil
}

func (k *cdist) Parts(threads int) int {
	return partsFor(threads, k.rows, int64(k.rows)*int64(k.others)*int64(k.width))
}

func (k *cdist) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *cdist) RunPart(c *Ctx, part, parts int) error {
	y, a, b := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0]), tensor.View[float64](c.In[1])
	p := pace{c: c}
	from, to := share(k.rows, part, parts)
	for i := from; i < to; i++ {
		row, out := a[i*k.width:][:k.width], y[i*k.others:][:k.others]
		for j := range out {
			if err := p.spend(k.width + 1); err != nil {
				return err
			}
			out[j] = kernels.SquaredDistance(row, b[j*k.width:])
			if k.root {
				out[j] = math.Sqrt(out[j])
			}
		}
	}
	return nil
}
