//go:build !arm

package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// convPlanes is the kernel of a Conv of float32 whose channels have a filter each, and that goes on by one position.
type convPlanes struct {
	*f32kernels.Planes
	own  int // elements of scratch memory
	work int64
}

// planesWidth is how many positions a row has at least: with fewer, tiles and weights take too long to begin.
const planesWidth = 64

// newPlanes returns a kernel for n, which is a Conv or FusedConv, or nil when it is another convolution.
func newPlanes(n *Node) (Kernel, error) {
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	rank := len(x) - 2
	if n.In[convX].DType != dtype.Float32 || rank < 1 || rank > 2 || w[0] != x[1] || w[1] != 1 || n.Out[0].Len() == 0 {
		return nil, nil
	}
	lo, hi, clamp := clampOf(n)
	if n.Has(fusedZ) || !clamp && n.Version.Attr("activation") != nil && n.String("activation") != "" {
		return nil, nil
	}
	s, err := convSlide(n)
	if err != nil {
		return nil, err
	}
	one := [2]int{1, 1}
	c := f32kernels.ConvShape{Images: x[0], Channels: x[1], In: one, Out: one, Kernel: one, Stride: one, Dilation: one}
	for i := range rank {
		if s.stride[i] != 1 {
			return nil, nil
		}
		d := 2 - rank + i
		c.In[d], c.Out[d], c.Pad[d], c.Kernel[d], c.Dilation[d] = x[2+i], int(s.out[i]), s.pad[i], s.kernel[i], s.dilation[i]
	}
	if c.Out[1] < planesWidth {
		return nil, nil
	}
	k := &convPlanes{Planes: f32kernels.NewPlanes(n.CPU, c), work: convCost(n)}
	k.Lo, k.Hi, k.Clamp = lo, hi, clamp
	k.own = int(k.Planes.Scratch())
	_, err = scratchFor(k.Planes.Scratch())
	return k, err
}

func (k *convPlanes) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *convPlanes) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float32](c.Part(part, parts))
	y, x, w := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[convX]), tensor.View[float32](c.In[convW])
	var bias []float32
	if len(c.In) > convB && c.In[convB] != nil {
		bias = tensor.View[float32](c.In[convB])
	}
	p := pace{c: c}
	work := int(min(k.TaskWork(), paceWork))
	from, to := share(k.Tasks(), part, parts)
	for task := from; task < to; task++ {
		if err := p.spend(work); err != nil {
			return err
		}
		k.Planes.Run(y, x, w, bias, scratch, task)
	}
	return nil
}

func (k *convPlanes) Parts(threads int) int { return partsFor(threads, k.Tasks(), k.work) }

func (k *convPlanes) Scratch() int { return elemBytes[float32](k.own) }
