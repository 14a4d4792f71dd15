package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMaxRoiPool)

// opMaxRoiPool computes the greatest elements in the bins that regions of images are cut into.
var opMaxRoiPool = Op{
	Name: "MaxRoiPool",
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &maxRoiPoolAttrs, Infer: inferMaxRoiPool, New: newMaxRoiPool,
		},
		{
			Since: 22, In: Args{"T", "T"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Common: &maxRoiPoolAttrs, Infer: inferMaxRoiPool, New: newMaxRoiPool,
		},
	},
}

var maxRoiPoolAttrs = []Attr{{"pooled_shape", Ints, Required}, {"spatial_scale", Float, 1.0}}

func inferMaxRoiPool(n *Node) error {
	bins := n.Ints("pooled_shape")
	if len(bins) != 2 {
		return fault.Shape("pooled_shape is %v", bins)
	}
	return inferRegions(n, 5, bins[0], bins[1])
}

func newMaxRoiPool(n *Node) (Kernel, error) {
	return inDoubles(n, maxRoiPoolOf)
}

type maxRoiPool struct {
	images, channels, height, width int // of x
	rois, binsHigh, binsWide        int
	scale                           float64
}

func maxRoiPoolOf(n *Node) (Kernel, error) {
	x, y := n.In[0].Dims(), n.Out[0].Dims()
	return &maxRoiPool{
		images: x[0], channels: x[1], height: x[2], width: x[3], rois: y[0], binsHigh: y[2], binsWide: y[3],
		scale: float64(n.Float("spatial_scale")),
	}, nil
}

func (k *maxRoiPool) Run(c *Ctx) error {
	y, x, rois := tensor.View[float64](c.Out[0]), tensor.View[float64](c.In[0]), tensor.View[float64](c.In[1])
	p := pace{c: c}
	for r := range k.rois {
		roi := rois[5*r:][:5]
		of := roi[0]
		if !(of >= 0 && of < float64(k.images)) {
			return fault.Shape("a region of image %g of %d", of, k.images)
		}
		for channel := range k.channels {
			plane := x[(int(of)*k.channels+channel)*k.height*k.width:][:k.height*k.width]
			for i := range k.binsHigh {
				top, bottom := k.bin(roi[2], roi[4], i, k.binsHigh, k.height)
				for j := range k.binsWide {
					left, right := k.bin(roi[1], roi[3], j, k.binsWide, k.width)
					if err := p.spend(8 + (bottom-top)*(right-left)); err != nil {
						return err
					}
					y[0], y = greatestIn(plane, k.width, top, bottom, left, right), y[1:]
				}
			}
		}
	}
	return nil
}

// bin returns the elements, of n along an axis, that the i-th of so many bins of a region has: from one up to another.
func (k *maxRoiPool) bin(start, end float64, i, bins, n int) (from, to int) {
	start, end = math.Round(start*k.scale), math.Round(end*k.scale)
	size := max(end-start+1, 1) / float64(bins)
	limit := float64(n)
	first := min(max(math.Floor(float64(i)*size)+start, 0), limit)
	last := min(max(math.Ceil(float64(i+1)*size)+start, first), limit)
	if first != first || last != last {
		return 0, 0
	}
	return int(first), int(last)
}

// greatestIn returns the greatest element of a part of a plane, 0 when it has none.
func greatestIn(plane []float64, width, top, bottom, left, right int) float64 {
	if top >= bottom || left >= right {
		return 0
	}
	v := plane[top*width+left]
	for i := top; i < bottom; i++ {
		for _, x := range plane[i*width:][left:right] {
			v = max(v, x)
		}
	}
	return v
}
