package ops

import (
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// convManyOf makes the kernel of Conv for more dimensions than the fast one knows: each plane of the output is the sum
// over the channels of what its positions see, as float64. Such convolutions are small, where there are any.
func convManyOf(n *Node) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	s, err := convSlide(n)
	if err != nil {
		return nil, err
	}
	taps := int64(1)
	for _, k := range s.kernel {
		if taps *= int64(k); taps > maxWindow {
			return nil, &fault.LimitError{What: "elements of a convolution's kernel", Got: taps, Max: maxWindow}
		}
	}
	x, w := n.In[convX].Dims(), n.In[convW].Dims()
	win := kernels.NewWindow(x[2:], n.Out[0].Dims()[2:], s.kernel, s.stride, s.dilation, s.pad)
	filters, channels, group := w[0], w[1], w[0]/int(n.Int("group"))
	return &planes{count: x[0] * filters, work: win.Spots * win.Taps * channels, plane: func(c *Ctx, i int) {
		y := tensor.View[float64](c.Out[0])[i*win.Spots:][:win.Spots]
		image, f := i/filters, i%filters
		bias := 0.0
		if len(c.In) > convB && c.In[convB] != nil {
			bias = tensor.View[float64](c.In[convB])[f]
		}
		kernels.Fill(y, bias)
		in := tensor.View[float64](c.In[convX])[(image*x[1]+f/group*channels)*win.Plane:]
		weights := tensor.View[float64](c.In[convW])[f*channels*win.Taps:]
		for ch := range channels {
			kernels.AddSeen(win, y, in[ch*win.Plane:], weights[ch*win.Taps:])
		}
	}}, nil
}
