package f32

import (
	"math"
	"slices"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/kernels/vec"
)

// finite reports whether all is finite that rows of positions see of an image. It may report that something is not when
// the numbers are near the greatest.
func (c *Conv) finite(r *ConvRun, image, y0, y1 int) bool {
	lo := max(y0*c.Stride[0]-c.Pad[0], 0)
	hi := min((y1-1)*c.Stride[0]-c.Pad[0]+(c.Kernel[0]-1)*c.Dilation[0]+1, c.In[0])
	if lo >= hi {
		return true
	}
	row := c.In[1] * c.Channels
	x := r.X[(image*c.In[0]+lo)*row : (image*c.In[0]+hi)*row]
	if c.level == cpu.Portable {
		return !slices.ContainsFunc(x, func(v float32) bool { return v-v != 0 })
	}
	sum := vec.Sum(c.level, x)
	return !math.IsInf(float64(sum), 0) && sum == sum
}

// direct computes positions for the only panel of groups that were joined, each filter from the channels of its own.
func (w *region) direct(r *ConvRun, y0, x0, y1, x1 int) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			at := ((w.image*w.Out[0]+y)*w.Out[1]+x)*w.Filters + w.filter
			out := r.Y[at:][:w.tile.Cols]
			for j := range out {
				v := w.sum(y, x, j)
				if len(r.Bias) > 0 {
					v += r.Bias[w.filter+j]
				}
				if r.Z != nil {
					v += r.Z[at+j]
				}
				if r.Clamp && v < r.Lo {
					v = r.Lo
				}
				if r.Clamp && v > r.Hi {
					v = r.Hi
				}
				out[j] = v
			}
			if r.Finish != nil {
				r.Finish(out)
			}
		}
	}
}

// sum returns what filter j of the panel makes of a position.
func (w *region) sum(y, x, j int) (sum float32) {
	own := w.own / w.joined
	first := j / (w.per / w.joined) * own
	for ky := range w.Kernel[0] {
		for kx := range w.Kernel[1] {
			row, col := y*w.Stride[0]-w.Pad[0]+ky*w.Dilation[0], x*w.Stride[1]-w.Pad[1]+kx*w.Dilation[1]
			if row < 0 || row >= w.In[0] || col < 0 || col >= w.In[1] {
				continue
			}
			at := ((ky*w.Kernel[1]+kx)*w.own+first)*w.width + j
			for i, v := range w.x[((w.image*w.In[0]+row)*w.In[1]+col)*w.Channels+w.channel+first:][:own] {
				sum += v * w.weights[at+i*w.width]
			}
		}
	}
	return sum
}
