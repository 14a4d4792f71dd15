package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opRoiAlign)

// opRoiAlign computes regions of images, pooled into a few bins of values that are sampled evenly in each.
var opRoiAlign = Op{
	Name: "RoiAlign",
	Versions: []Version{
		{
			Since: 10, In: Args{"T", "T", "int64"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &roiAlignAttrs, Infer: inferRoiAlign, New: newRoiAlign,
		},
		{
			Since: 16, In: Args{"T", "T", "int64"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{{"coordinate_transformation_mode", String, "half_pixel"}}, Common: &roiAlignAttrs, Infer: inferRoiAlign, New: newRoiAlign,
		},
		{
			Since: 22, In: Args{"T", "T", "int64"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Attrs: []Attr{{"coordinate_transformation_mode", String, "half_pixel"}}, Common: &roiAlignAttrs, Infer: inferRoiAlign, New: newRoiAlign,
		},
	},
}

// roiAlignAttrs are the attributes that RoiAlign has had from the start.
var roiAlignAttrs = []Attr{
	{"mode", String, "avg"},
	{"output_height", Int, 1},
	{"output_width", Int, 1},
	{"sampling_ratio", Int, 0},
	{"spatial_scale", Float, 1.0},
}

// inferRegions sets the output of an operator that pools regions, each of so many numbers, of images into h by w bins.
func inferRegions(n *Node, numbers int, h, w int64) error {
	if h < 1 || w < 1 || h > maxSpatial || w > maxSpatial {
		return fault.Shape("an output of %d by %d", h, w)
	}
	x, rois := n.In[0].Shape, n.In[1].Shape
	out := shape.Of(shape.Unknown, shape.Unknown, shape.Dim(h), shape.Dim(w))
	if x.Ranked() {
		if x.Rank() != 4 {
			return fault.Shape("%v is no batch of images", x.Ints())
		}
		out.Dims()[1] = x.Dim(1)
	}
	if rois.Ranked() {
		if rois.Rank() != 2 || rois.Dim(1).Known() && int(rois.Dim(1)) != numbers {
			return fault.Shape("regions of %v, not of %d numbers each", rois.Ints(), numbers)
		}
		out.Dims()[0] = rois.Dim(0)
	}
	n.SetOut(0, out)
	return nil
}

func inferRoiAlign(n *Node) error {
	if err := inferRegions(n, 4, n.Int("output_height"), n.Int("output_width")); err != nil {
		return err
	}
	rois, of := n.In[1].Shape, n.In[2].Shape
	if of.Ranked() && (of.Rank() != 1 || rois.Ranked() && of.Dim(0).Known() && rois.Dim(0).Known() && of.Dim(0) != rois.Dim(0)) {
		return fault.Shape("batch_indices of %v for regions of %v", of.Ints(), rois.Ints())
	}
	return nil
}

func newRoiAlign(n *Node) (Kernel, error) {
	return inDoubles(n, roiAlignOf)
}

type roiAlign struct {
	images, channels, height, width int // of x
	rois, binsHigh, binsWide        int
	ratio                           int
	scale, shift                    float64
	half, greatest                  bool
}

func roiAlignOf(n *Node) (Kernel, error) {
	x, y := n.In[0].Dims(), n.Out[0].Dims()
	k := &roiAlign{
		images: x[0], channels: x[1], height: x[2], width: x[3], rois: y[0], binsHigh: y[2], binsWide: y[3],
		scale: float64(n.Float("spatial_scale")),
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	ratio := n.Int("sampling_ratio")
	if ratio < 0 || ratio > maxRoiSamples {
		return nil, fault.Format("sampling_ratio is %d", ratio)
	}
	k.ratio = int(ratio)
	switch mode := n.String("mode"); mode {
	case "avg":
	case "max":
		k.greatest = true
	default:
		return nil, fault.Format("mode %q is not known", mode)
	}
	if n.Version.Attr("coordinate_transformation_mode") != nil {
		switch mode := n.String("coordinate_transformation_mode"); mode {
		case "half_pixel":
			k.half, k.shift = true, 0.5
		case "output_half_pixel":
		default:
			return nil, fault.Format("coordinate_transformation_mode %q is not known", mode)
		}
	}
	return k, nil
}

// maxRoiSamples bounds the samples of a bin along each axis.
const maxRoiSamples = 1 << 12

// roiAxis is how the bins of a region lie along one axis.
type roiAxis struct {
	start, bin float64
	samples    int // in each bin
	n          int // elements of the image
}

// axis returns how a region from start to end is cut into bins.
func (k *roiAlign) axis(start, end float64, bins, n int) (roiAxis, error) {
	start, end = start*k.scale-k.shift, end*k.scale-k.shift
	length := end - start
	if !k.half {
		length = max(length, 1) // a region of no extent is one of one element
	}
	a := roiAxis{start, length / float64(bins), k.ratio, n}
	if a.samples == 0 {
		count := math.Ceil(a.bin)
		if !(count <= maxRoiSamples) {
			return a, fault.Shape("a region from %g to %g", start, end)
		}
		a.samples = int(max(count, 0))
	}
	return a, nil
}

// sample returns between which elements a sample lies, and how far from the first. Inside is false for one that lies
// too far out to count.
func (a *roiAxis) sample(bin, i int) (low, high int, past float64, inside bool) {
	at := a.start + float64(bin)*a.bin + (float64(i)+0.5)*a.bin/float64(a.samples)
	if !(at >= -1 && at <= float64(a.n)) {
		return 0, 0, 0, false
	}
	at = max(at, 0)
	low = int(at)
	if low >= a.n-1 {
		return a.n - 1, a.n - 1, 0, true
	}
	return low, low + 1, at - float64(low), true
}

func (k *roiAlign) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *roiAlign) Parts(threads int) int {
	return partsFor(threads, k.rois, int64(k.rois)*int64(k.channels)*int64(k.binsHigh*k.binsWide)*16)
}

func (k *roiAlign) RunPart(c *Ctx, part, parts int) error {
	y, x, rois := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0]), tensor.View[float64](c.In[1])
	p := pace{c: c}
	from, to := share(k.rois, part, parts)
	for r := from; r < to; r++ {
		of := tensor.View[int64](c.In[2])[r]
		if of < 0 || of >= int64(k.images) {
			return fault.Shape("a region of image %d of %d", of, k.images)
		}
		roi := rois[4*r:][:4]
		high, err := k.axis(roi[1], roi[3], k.binsHigh, k.height)
		if err != nil {
			return err
		}
		wide, err := k.axis(roi[0], roi[2], k.binsWide, k.width)
		if err != nil {
			return err
		}
		for channel := range k.channels {
			plane := x[(int(of)*k.channels+channel)*k.height*k.width:][:k.height*k.width]
			out := y[(r*k.channels+channel)*k.binsHigh*k.binsWide:]
			for i := range k.binsHigh {
				for j := range k.binsWide {
					if out[i*k.binsWide+j], err = k.bin(&p, plane, &high, &wide, i, j); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// bin returns the value of one bin. The greatest is that of the weighted elements, not of the samples, as the standard
// has it.
func (k *roiAlign) bin(p *pace, plane []float64, high, wide *roiAxis, i, j int) (float64, error) {
	sum, greatest := 0.0, math.Inf(-1)
	for sy := range high.samples {
		if err := p.spend(8 * wide.samples); err != nil {
			return 0, err
		}
		top, bottom, down, ok := high.sample(i, sy)
		for sx := range wide.samples {
			left, right, along, inside := wide.sample(j, sx)
			if !ok || !inside {
				greatest = max(greatest, 0)
				continue
			}
			a, b := (1-down)*(1-along)*plane[top*k.width+left], (1-down)*along*plane[top*k.width+right]
			d, e := down*(1-along)*plane[bottom*k.width+left], down*along*plane[bottom*k.width+right]
			sum += a + b + d + e
			greatest = max(greatest, a, b, d, e)
		}
	}
	count := high.samples * wide.samples
	switch {
	case !k.greatest:
		return sum / float64(max(count, 1)), nil
	case count == 0:
		return 0, nil
	}
	return greatest, nil
}
