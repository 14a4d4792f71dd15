//go:build !arm

package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/fault"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNHWCConv)

// opNHWCConv computes an activation of the convolution of images whose channels lie together, to which another
// tensor may be added first.
var opNHWCConv = Op{
	Name: "Conv", Domain: internal,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T?", "T?"}, Out: Args{"T"}, Types: onlyFloat32,
			Attrs: []Attr{
				{"activation", String, nil},
				{"activation_params", Floats, nil},
				{"auto_pad", String, "NOTSET"},
				{"dilations", Ints, nil},
				{"group", Int, 1},
				{"kernel_shape", Ints, nil},
				{"pads", Ints, nil},
				{"strides", Ints, nil},
			},
			Infer: inferNHWCConv, New: newNHWCConv, Cost: convCost,
		},
	},
}

// channelsSecond returns a node with images [batch, channels, spatial...] for n, which has the channels last.
func channelsSecond(n *Node) *Node {
	m := *n
	m.In, m.Out = slices.Clone(n.In), slices.Clone(n.Out)
	for _, o := range []*Operand{&m.In[convX], &m.Out[0]} {
		if o.Shape.Ranked() && o.Shape.Rank() > 2 {
			dims := o.Shape.Dims()
			last := len(dims) - 1
			o.Shape = shape.Of(slices.Concat(dims[:1], dims[last:], dims[1:last])...)
		}
	}
	return &m
}

func inferNHWCConv(n *Node) error {
	m := channelsSecond(n)
	if err := inferConv(m); err != nil {
		return err
	}
	if s := m.Out[0].Shape; s.Ranked() && n.In[convX].Shape.Ranked() && n.In[convW].Shape.Ranked() {
		dims := s.Dims()
		n.SetOut(0, shape.Of(slices.Concat(dims[:1], dims[2:], dims[1:2])...))
	}
	if n.Has(fusedZ) {
		if _, ok := n.Out[0].Shape.Merge(n.In[fusedZ].Shape); !ok {
			return fault.Shape("Z is %v, where the convolution is %v", n.In[fusedZ].Shape.Ints(), n.Out[0].Shape.Ints())
		}
	}
	return nil
}

// nhwcConv is the kernel of the internal Conv.
type nhwcConv struct {
	*f32kernels.Conv
	weights []float32 // packed; nil when they are packed by every run
	own     int       // elements of scratch memory that the tasks take
	work    int64
	clamp   bool
	lo, hi  float32
	finish  activation[float32]
}

func newNHWCConv(n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	s, err := convSlide(channelsSecond(n))
	if err != nil {
		return nil, err
	}
	rank := len(s.out)
	if rank > 2 {
		return nil, fault.Format("a convolution over %d dimensions; at most 2 are supported where channels are last", rank)
	}
	one := [2]int{1, 1}
	c := f32kernels.ConvShape{
		Images: x[0], In: one, Out: one, Kernel: one, Stride: one, Dilation: one,
		Channels: x[rank+1], Filters: w[0], Groups: int(n.Int("group")),
		Constant: n.In[convW].Constant,
	}
	for i := range rank {
		d := 2 - rank + i
		c.In[d], c.Out[d], c.Pad[d] = x[1+i], int(s.out[i]), s.pad[i]
		c.Kernel[d], c.Stride[d], c.Dilation[d] = s.kernel[i], s.stride[i], s.dilation[i]
	}
	k := &nhwcConv{Conv: f32kernels.NewConv(n.CPU, c), work: convCost(n)}
	if err := k.activation(n); err != nil {
		return nil, err
	}
	scratch := k.Conv.Scratch()
	if n.In[convW].Constant {
		k.weights = pack(n, convW, k.Layout(), func() []float32 {
			return k.Pack(nil, tensor.View[float32](n.In[convW].Value))
		})
	} else {
		scratch += int64(k.Packed())
	}
	_, err = scratchFor(scratch)
	k.own = int(scratch)
	return k, err
}

// activation sets what is done with what is computed.
func (k *nhwcConv) activation(n *Node) error {
	if k.lo, k.hi, k.clamp = clampOf(n); k.clamp {
		return nil
	}
	f, err := fusedActivation[float32](n)
	k.finish = f
	return err
}

func (k *nhwcConv) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *nhwcConv) RunPart(c *Ctx, part, parts int) error {
	scratch := tensor.Cast[float32](c.Part(part, parts))
	r := f32kernels.ConvRun{
		X: tensor.View[float32](c.In[convX]), Y: tensor.View[float32](c.Out[0]), Weights: k.weights,
		Clamp: k.clamp, Lo: k.lo, Hi: k.hi, Finish: k.finish,
	}
	kept := 0 // what is in scratch: 1 more than the strip that is laid out there
	if parts > 1 {
		kept = c.Kept
	}
	if r.Weights == nil {
		r.Weights = scratch[:k.Packed()]
		if kept == 0 {
			k.Pack(r.Weights, tensor.View[float32](c.In[convW]))
		}
		scratch = scratch[k.Packed():]
	}
	r.Resume(max(kept-1, 0))
	r.Scratch = scratch
	if len(c.In) > convB && c.In[convB] != nil {
		r.Bias = tensor.View[float32](c.In[convB])
	}
	if len(c.In) > fusedZ && c.In[fusedZ] != nil {
		r.Z = tensor.View[float32](c.In[fusedZ])
	}
	p := pace{c: c}
	work := int(min(k.TaskWork(), paceWork))
	from, to := k.tasks(part, parts)
	for task := from; task < to; task++ {
		if err := p.spend(work); err != nil {
			return err
		}
		k.Conv.Run(&r, task)
	}
	c.Kept = 1 + r.Laid()
	return nil
}

// manyStrips is how many strips have to be laid out for them to be the parts: of fewer, goroutines would not have the
// same number.
const manyStrips = 4

// Parts makes each strip that is laid out a part, and cuts the last one where they are not the same number for all.
func (k *nhwcConv) Parts(threads int) int {
	parts, strips := partsFor(threads, k.Tasks(), k.work), k.Layouts()
	if parts == 1 || strips < manyStrips {
		return parts
	}
	if strips%threads > 0 {
		strips += min(threads, k.Tasks()/strips) - 1
	}
	return strips
}

// tasks returns the range of tasks that belongs to one part of parts.
func (k *nhwcConv) tasks(part, parts int) (from, to int) {
	all, strips := k.Tasks(), k.Layouts()
	if strips < manyStrips || parts < strips {
		return share(all, part, parts)
	}
	each, last := all/strips, strips-1
	if part < last {
		return part * each, (part + 1) * each
	}
	from, to = share(each, part-last, parts-last)
	return last*each + from, last*each + to
}

func (k *nhwcConv) Scratch() int { return elemBytes[float32](k.own) }
