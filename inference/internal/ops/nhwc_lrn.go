//go:build !arm

package ops

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNHWCLRN)

// opNHWCLRN computes LRN of images whose channels are last.
var opNHWCLRN = Op{
	Name: "LRN", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: onlyFloat32,
		Attrs: []Attr{{"alpha", Float, 0.0001}, {"beta", Float, 0.75}, {"bias", Float, 1.0}, {"size", Int, Required}},
		Infer: inferLRN, New: newNHWCLRN,
	}},
}

// nhwcLRN is the kernel of LRN of images whose channels are last.
type nhwcLRN struct {
	f32kernels.LRN // of all pixels
	level          cpu.Level
}

func newNHWCLRN(n *Node) (Kernel, error) {
	dims := n.In[0].Dims()
	if tensor.Elems(dims) == 0 {
		return nothing{}, nil
	}
	channels, size := dims[len(dims)-1], int(n.Int("size"))
	size = min(size, 2*channels+size%2) // what is further away is no channel; the middle stays
	return &nhwcLRN{f32kernels.LRN{
		Pixels: tensor.Elems(dims[:len(dims)-1]), Channels: channels, Size: size, Before: (size - 1) / 2,
		Alpha: n.Float("alpha") / float32(n.Int("size")), Bias: n.Float("bias"), Beta: n.Float("beta"),
	}, n.CPU}, nil
}

func (k *nhwcLRN) Scratch() int { return elemBytes[float32](k.LRN.Scratch()) }

func (k *nhwcLRN) Parts(threads int) int {
	return partsFor(threads, k.Pixels, int64(k.Pixels)*int64(k.Channels)*int64(k.Size+lrnWork))
}

func (k *nhwcLRN) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

// lrnWork is what a root and a quotient cost, in multiply-accumulates.
const lrnWork = 16

// lrnCall is how many elements one call of the kernel computes at most, where it can be helped.
const lrnCall = 1 << 16

func (k *nhwcLRN) RunPart(c *Ctx, part, parts int) error {
	y, x := tensor.View[float32](c.Out[0]), tensor.View[float32](c.In[0])
	run := k.LRN
	run.Squares = unsafe.Pointer(unsafe.SliceData(c.Part(part, parts)))
	p := pace{c: c}
	from, to := share(k.Pixels, part, parts)
	for ; from < to; from += run.Pixels {
		run.Pixels = min(max(lrnCall/k.Channels, 1), to-from)
		run.Dst, run.Src = unsafe.Pointer(&y[from*k.Channels]), unsafe.Pointer(&x[from*k.Channels])
		if err := p.spend(run.Pixels * k.Channels * (k.Size + lrnWork)); err != nil {
			return err
		}
		run.Run(k.level)
	}
	return nil
}
