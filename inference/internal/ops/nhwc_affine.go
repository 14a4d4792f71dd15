//go:build !arm

package ops

import (
	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/fault"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opAffine)

// opAffine computes an activation, if any, of scale * x + shift for each channel, which is the last dimension.
var opAffine = Op{
	Name: "Affine", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T", "T", "T"}, Out: Args{"T"}, Types: onlyFloat32,
		Attrs: []Attr{{"activation", String, nil}}, Infer: inferAffine, New: newAffine, InPlace: 1,
	}},
}

func inferAffine(n *Node) error {
	x := n.In[0].Shape
	n.SetOut(0, x)
	if !x.Ranked() {
		return nil
	}
	if x.Rank() == 0 {
		return fault.Shape("X is a scalar")
	}
	for i := 1; i < 3; i++ {
		if _, ok := shape.Of(x.Dim(-1)).Merge(n.In[i].Shape); !ok {
			return fault.Shape("input %d is %v, where %d channels are", i, n.In[i].Shape.Ints(), x.Dim(-1))
		}
	}
	return nil
}

// affine is the kernel of Affine.
type affine struct {
	level          cpu.Level
	rows, channels int
	relu           bool
}

func newAffine(n *Node) (Kernel, error) {
	dims := n.In[0].Dims()
	k := &affine{level: n.CPU, rows: tensor.Elems(dims[:len(dims)-1]), channels: dims[len(dims)-1]}
	switch name := n.String("activation"); name {
	case "":
	case "Relu":
		k.relu = true
	default:
		return nil, fault.Format("activation %q is not known", name)
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	return k, nil
}

func (k *affine) Parts(threads int) int {
	return max(1, min(threads, k.rows, k.rows*k.channels/poolPartCost))
}

func (k *affine) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// affineRun is how many elements are computed between two looks at the context.
const affineRun = 1 << 18

func (k *affine) RunPart(c *Ctx, part, parts int) error {
	y, x := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[0])
	scale, shift := tensor.View[float32](c.In[1]), tensor.View[float32](c.In[2])
	from, to := share(k.rows, part, parts)
	for step := max(affineRun/k.channels, 1); from < to; from += step {
		if err := c.Cancelled(); err != nil {
			return err
		}
		a, b := from*k.channels, min(from+step, to)*k.channels
		f32kernels.Affine(k.level, y[a:b], x[a:b], scale, shift, k.relu)
	}
	return nil
}
