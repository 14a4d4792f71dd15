package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opCausalConvWithState)

// opCausalConvWithState computes the convolution of each channel with what went before, of which the end is handed
// on.
var opCausalConvWithState = Op{
	Name: "CausalConvWithState",
	Versions: []Version{
		{
			Since: 27, In: Args{"T", "T", "T?", "T?"}, Out: Args{"T", "T"}, Types: []Constraint{{"T", smallActivations}},
			Attrs: []Attr{{"activation", String, "none"}}, Infer: inferCausalConv, New: newCausalConv, Cost: causalConvCost,
		},
	},
}

// The inputs of CausalConvWithState.
const (
	causalX    = iota // [batch, channels, length]
	causalW           // [channels, 1, kernel]
	causalB           // [channels]
	causalPast        // [batch, channels, kernel-1]
)

func inferCausalConv(n *Node) error {
	switch a := n.String("activation"); a {
	case "none", "silu", "swish":
	default:
		return fault.Format("activation is %q", a)
	}
	batch, channels, length, kernel, past := shape.Unknown, shape.Unknown, shape.Unknown, shape.Unknown, shape.Unknown
	for i, dims := range [...][]*shape.Dim{
		causalX: {&batch, &channels, &length}, causalW: {&channels, nil, &kernel}, causalB: {&channels},
		causalPast: {&batch, &channels, &past},
	} {
		if !n.Has(i) || !n.In[i].Shape.Ranked() {
			continue
		}
		s := n.In[i].Shape
		if s.Rank() != len(dims) {
			return fault.Shape("input %d has %d dimensions, not %d", i, s.Rank(), len(dims))
		}
		for j, d := range dims {
			one := shape.Dim(1)
			if d == nil {
				d = &one
			}
			if err := agree("channels and lengths", d, s.Dim(j)); err != nil {
				return err
			}
		}
	}
	if kernel.Known() {
		if kernel == 0 {
			return fault.Shape("W is %v", n.In[causalW].Shape.Ints())
		}
		if err := agree("the past", &past, kernel-1); err != nil {
			return err
		}
	}
	n.SetOut(0, shape.Of(batch, channels, length))
	n.SetOut(1, shape.Of(batch, channels, past))
	return nil
}

func causalConvCost(n *Node) int64 {
	return int64(n.Out[0].Len()) * int64(n.In[causalW].Dims()[2])
}

// causalConv is the kernel of CausalConvWithState.
type causalConv struct {
	batch, channels, length int
	taps                    []int
	silu                    bool
	stored                  dtype.DType // what sums are rounded to before the activation; Undefined for nothing
}

func newCausalConv(n *Node) (Kernel, error) {
	stored := n.In[causalX].DType
	return choose(n, typed[float32](func(n *Node) (Kernel, error) {
		x := n.In[causalX].Dims()
		k := &causalConv{batch: x[0], channels: x[1], length: x[2], silu: n.String("activation") != "none"}
		if dtype.Halves.Has(stored) {
			k.stored = stored
		}
		kernel := n.In[causalW].Dims()[2]
		if _, err := scratchFor(int64(k.length) + int64(kernel)); err != nil {
			return nil, err
		}
		k.taps = make([]int, kernel)
		for i := range k.taps {
			k.taps[i] = i
		}
		return k, nil
	}))
}

// padded returns the length of a channel with what went before it.
func (k *causalConv) padded() int { return k.length + len(k.taps) - 1 }

func (k *causalConv) Scratch() int { return elemBytes[float32](k.padded()) }

func (k *causalConv) Parts(threads int) int {
	tasks := k.batch * k.channels
	return partsFor(threads, tasks, int64(tasks)*int64(k.padded())*int64(len(k.taps)))
}

func (k *causalConv) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *causalConv) RunPart(c *Ctx, part, parts int) error {
	all := tensor.Cast[float32](c.Part(part, parts))[:k.padded()]
	kept := len(k.taps) - 1
	p := pace{c: c}
	from, to := share(k.batch*k.channels, part, parts)
	for i := from; i < to; i++ {
		if c.In[causalPast] != nil {
			copy(all[:kept], tensor.View[float32](c.In[causalPast])[i*kept:])
		} else {
			clear(all[:kept])
		}
		copy(all[kept:], tensor.View[float32](c.In[causalX])[i*k.length:])
		w := kernels.Rows[float32]{Data: tensor.View[float32](c.In[causalW])[i%k.channels*len(k.taps):]}
		var bias float32
		if c.In[causalB] != nil {
			bias = tensor.View[float32](c.In[causalB])[i%k.channels]
		}
		for at := 0; at < k.length; at += causalRun {
			y := tensor.View[float32](c.Out[0])[i*k.length:][at:min(at+causalRun, k.length)]
			if err := p.spend(len(y) * len(k.taps)); err != nil {
				return err
			}
			kernels.Fill(y, bias)
			kernels.AddTaps(kernels.Rows[float32]{Data: y}, w, all[at:], k.taps, 1, len(y))
			if k.silu {
				roundAs(y, k.stored)
				kernels.Swish(y, y, 1)
			}
		}
		copy(tensor.View[float32](c.Out[1])[i*kept:][:kept], all[k.length:])
	}
	return nil
}

// causalRun is how many elements are computed between two looks at the context.
const causalRun = 4096
