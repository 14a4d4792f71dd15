//go:build !arm

package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// convFirst is the kernel of a Conv of float32 for which there is a fast one that has the channels first.
type convFirst struct {
	firstTasks
	own  int // elements of scratch memory
	work int64
}

// firstTasks is how such a convolution is computed.
type firstTasks interface {
	Tasks() int
	TaskWork() int64
	Scratch() int64
	Start(bias, scratch []float32) // is called once for all tasks with the same scratch memory
	Run(y, x, weights, bias, scratch []float32, task int)
}

// newConvFirst returns a kernel for n, which is a Conv or FusedConv, or nil when it is another convolution.
func newConvFirst(n *Node) (Kernel, error) {
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	rank := len(x) - 2
	if n.In[convX].DType != dtype.Float32 || rank < 1 || rank > 2 || n.Out[0].Len() == 0 || x[1] == 0 || n.Has(fusedZ) {
		return nil, nil
	}
	lo, hi, clamp := clampOf(n)
	if !clamp && n.Version.Attr("activation") != nil && n.String("activation") != "" {
		return nil, nil
	}
	s, err := convSlide(n)
	if err != nil {
		return nil, err
	}
	k := &convFirst{work: convCost(n)}
	if pixels := tensor.Elems(x[2:]); s.pixelwise(n) && pixels >= longRow && tensor.Elems(w) <= mostWeights {
		p := f32kernels.NewPixelwise(n.CPU, x[0], x[1], w[0], pixels)
		p.Lo, p.Hi, p.Clamp = lo, hi, clamp
		k.firstTasks = p
	} else if p := newPlanes(n, s); p != nil {
		p.Lo, p.Hi, p.Clamp = lo, hi, clamp
		k.firstTasks = p
	} else {
		return nil, nil
	}
	scratch := k.firstTasks.Scratch()
	k.own = int(scratch)
	_, err = scratchFor(scratch)
	return k, err
}

// pixelwise reports whether each position of the output of n sees the one where it is, in one group.
func (s *slide) pixelwise(n *Node) bool {
	for i := range s.out {
		if s.kernel[i] != 1 || s.stride[i] != 1 || s.pad[i] != 0 || s.out[i] != n.In[convX].Shape.Dim(2+i) {
			return false
		}
	}
	return n.Int("group") == 1
}

// longRow is how many positions a row has at least: with fewer, tiles and weights take too long to begin.
const longRow = 32

// mostWeights is how many weights all pixels are multiplied with before the next few.
const mostWeights = 1 << 20

// newPlanes returns how to compute n when each channel has a filter, and nil when it is another convolution.
func newPlanes(n *Node, s *slide) *f32kernels.Planes {
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	if w[0] != x[1] || w[1] != 1 {
		return nil
	}
	one := [2]int{1, 1}
	c := f32kernels.ConvShape{Images: x[0], Channels: x[1], In: one, Out: one, Kernel: one, Stride: one, Dilation: one}
	for i := range s.out {
		d := 2 - len(s.out) + i
		c.In[d], c.Out[d], c.Pad[d] = x[2+i], int(s.out[i]), s.pad[i]
		c.Kernel[d], c.Stride[d], c.Dilation[d] = s.kernel[i], s.stride[i], s.dilation[i]
	}
	if c.Out[1] < longRow {
		return nil
	}
	return f32kernels.NewPlanes(n.CPU, c)
}

func (k *convFirst) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *convFirst) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float32](c.Part(part, parts))
	y, x, w := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[convX]), tensor.View[float32](c.In[convW])
	var bias []float32
	if len(c.In) > convB && c.In[convB] != nil {
		bias = tensor.View[float32](c.In[convB])
	}
	k.Start(bias, scratch)
	p := pace{c: c}
	work := int(min(k.TaskWork(), paceWork))
	from, to := share(k.Tasks(), part, parts)
	for task := from; task < to; task++ {
		if err := p.spend(work); err != nil {
			return err
		}
		k.firstTasks.Run(y, x, w, bias, scratch, task)
	}
	return nil
}

func (k *convFirst) Parts(threads int) int { return partsFor(threads, k.Tasks(), k.work) }

func (k *convFirst) Scratch() int { return elemBytes[float32](k.own) }
