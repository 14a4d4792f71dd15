package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opDeformConv)

// opDeformConv computes a convolution whose filters see the image not where they are, but at an offset from there
// for each element.
var opDeformConv = Op{
	Name: "DeformConv",
	Versions: []Version{
		{
			Since: 19, In: Args{"T", "T", "T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Common: &deformConvAttrs, Infer: inferDeformConv, New: newDeformConv, Cost: convCost,
		},
		{
			Since: 22, In: Args{"T", "T", "T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.Floating}},
			Common: &deformConvAttrs, Infer: inferDeformConv, New: newDeformConv, Cost: convCost,
		},
	},
}

var deformConvAttrs = []Attr{
	{"dilations", Ints, nil},
	{"group", Int, 1},
	{"kernel_shape", Ints, nil},
	{"offset_group", Int, 1},
	{"pads", Ints, nil},
	{"strides", Ints, nil},
}

// The inputs of DeformConv after those that Conv has too, of which B comes after the offsets.
const (
	deformOffset = 2 + iota // [batch, offset groups * kernel... * axes, output...]
	deformB
	deformMask // [batch, offset groups * kernel..., output...]
)

// deformSlide is convSlide, which finds no auto_pad here.
func deformSlide(n *Node) (*slide, error) {
	conv := *n
	version := *n.Version
	version.Attrs = append([]Attr{{"auto_pad", String, "NOTSET"}}, version.Attrs...)
	conv.Version = &version
	return convSlide(&conv)
}

func inferDeformConv(n *Node) error {
	x, w, offset := n.In[convX].Shape, n.In[convW].Shape, n.In[deformOffset].Shape
	if !x.Ranked() || !w.Ranked() {
		return nil
	}
	s, err := deformSlide(n)
	if err != nil {
		return err
	}
	group, offsets := n.Int("group"), n.Int("offset_group")
	channels, filters, own := x.Dim(1), w.Dim(0), w.Dim(1)
	switch {
	case group < 1 || group > maxSpatial || offsets < 1 || offsets > maxSpatial:
		return fault.Format("group is %d and offset_group %d", group, offsets)
	case channels.Known() && own.Known() && int64(channels) != int64(own)*group:
		return fault.Shape("X has %d channels, where %d groups of %d are needed", channels, group, own)
	case channels.Known() && int64(channels)%offsets != 0:
		return fault.Shape("%d channels do not make %d groups", channels, offsets)
	case filters.Known() && int64(filters)%group != 0:
		return fault.Shape("%d filters do not make %d groups", filters, group)
	}
	if n.Has(deformB) {
		if b := n.In[deformB].Shape; b.Ranked() && (b.Rank() != 1 || b.Dim(0).Known() && filters.Known() && b.Dim(0) != filters) {
			return fault.Shape("B is %v, where %d filters are", b.Ints(), filters)
		}
	}
	taps := offsets
	for _, k := range s.kernel {
		if k < 0 {
			taps = -1
			break
		}
		if taps *= int64(k); taps > maxWindow {
			return &fault.LimitError{What: "elements of a deformed window", Got: taps, Max: maxWindow}
		}
	}
	want := append([]shape.Dim{x.Dim(0), shape.Unknown}, s.out...)
	for _, in := range []int{deformOffset, deformMask} {
		if !n.Has(in) || !n.In[in].Shape.Ranked() {
			continue
		}
		if taps >= 0 {
			want[1] = shape.Dim(taps)
			if in == deformOffset {
				want[1] *= shape.Dim(len(s.kernel))
			}
		}
		if _, ok := n.In[in].Shape.Merge(shape.Of(want...)); !ok {
			return fault.Shape("input %d is %v, not %v", in, n.In[in].Shape.Ints(), shape.Of(want...).Ints())
		}
	}
	if offset.Ranked() { // tells what X does not
		for i := range s.out {
			if !s.out[i].Known() {
				s.out[i] = offset.Dim(2 + i)
			}
		}
	}
	n.SetOut(0, shape.Of(append([]shape.Dim{x.Dim(0), filters}, s.out...)...))
	return nil
}

func newDeformConv(n *Node) (Kernel, error) {
	return inDoubles(n, deformConvOf)
}

// deformConv is the kernel of DeformConv. What the filters see at a few positions is laid out as the rows of a matrix,
// by which the filters are multiplied.
type deformConv struct {
	sampler
	slide               *slide
	out                 []int
	images, channels    int
	groups, filters     int // of channels, and filters in each
	offsetGroups, taps  int // taps are elements of a filter in one channel
	plane, spots, depth int // depth are elements of a filter in all channels of its group
}

const deformSpots = 32 // positions that are multiplied at once

func deformConvOf(n *Node) (Kernel, error) {
	s, err := deformSlide(n)
	if err != nil {
		return nil, err
	}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	x, w, y := n.In[convX].Dims(), n.In[convW].Dims(), n.Out[0].Dims()
	k := &deformConv{
		slide: s, out: y[2:], images: x[0], channels: x[1], groups: int(n.Int("group")),
		offsetGroups: int(n.Int("offset_group")), taps: tensor.Elems(w[2:]), plane: tensor.Elems(x[2:]), spots: tensor.Elems(y[2:]),
	}
	k.filters, k.depth = w[0]/k.groups, w[1]*k.taps
	if k.plane > math.MaxInt32 || len(x)-2 > 10 {
		return nil, fault.Format("a deformed convolution of %v", x)
	}
	k.sampler = *newSampler(x[2:], kernels.Contiguous(x[2:]), sampleLinear, "zeros", true)
	if _, err := scratchFor(deformSpots * int64(k.channels) * int64(k.taps)); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *deformConv) tiles() int { return blockCount(k.spots, deformSpots) }

// Scratch is for the rows, and what finds an element of them.
func (k *deformConv) Scratch() int {
	rows := elemBytes[float64](deformSpots*k.channels*k.taps) + 7
	return rows&^7 + (8+4)*k.count + len(k.dims)*elemBytes[samplerAxis](1) + tensor.Align
}

func (k *deformConv) Parts(threads int) int {
	work := int64(k.spots) * int64(k.taps) * int64(k.channels) * int64(k.count+k.filters)
	return partsFor(threads, k.images*k.tiles(), work*int64(k.images))
}

func (k *deformConv) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *deformConv) RunPart(c *Ctx, part, parts int) error {
	w, y := tensor.View[float64](c.In[convW]), tensor.View[float64](c.Out[0])
	var bias []float64
	if c.In[deformB] != nil {
		bias = tensor.View[float64](c.In[deformB])
	}
	scratch := c.Part(part, parts)
	size := deformSpots * k.channels * k.taps
	rows := tensor.Cast[float64](scratch)[:size]
	scratch = scratch[(elemBytes[float64](size)+7)&^7:]
	p := pace{c: c}
	from, to := share(k.images*k.tiles(), part, parts)
	for i := from; i < to; i++ {
		image, first := i/k.tiles(), i%k.tiles()*deformSpots
		n := min(deformSpots, k.spots-first)
		if err := k.lay(c, &p, rows, scratch, image, first, n); err != nil {
			return err
		}
		for g := range k.groups {
			if err := p.spend(n * k.filters * k.depth); err != nil {
				return err
			}
			at := g * k.filters
			out := kernels.Rows[float64]{Data: y[(image*k.groups*k.filters+at)*k.spots+first:], Stride: k.spots}
			for f := range k.filters {
				b := 0.0
				if bias != nil {
					b = bias[at+f]
				}
				kernels.Fill(out.Data[f*k.spots:][:n], b)
			}
			filters := kernels.Rows[float64]{Data: w[at*k.depth:], Stride: k.depth}
			seen := kernels.Rows[float64]{Data: rows[g*k.depth:], Stride: k.channels * k.taps}
			kernels.MulTransposed(out, filters, seen, k.filters, n, k.depth, true)
		}
	}
	return nil
}

// lay lays out what the filters see at n positions of the output: a row for each, with the taps of one channel after
// those of the other.
func (k *deformConv) lay(c *Ctx, p *pace, rows []float64, scratch []byte, image, first, n int) error {
	rank := len(k.dims)
	axes := tensor.Cast[samplerAxis](scratch[:rank*elemBytes[samplerAxis](1)])
	scratch = scratch[len(axes)*elemBytes[samplerAxis](1):]
	weights := tensor.Cast[float64](scratch)[:k.count]
	offsets := tensor.Cast[int32](scratch[8*k.count:])[:k.count]
	x := tensor.View[float64](c.In[convX])[image*k.channels*k.plane:]
	shift := tensor.View[float64](c.In[deformOffset])[image*k.offsetGroups*k.taps*rank*k.spots:]
	var mask []float64
	if c.In[deformMask] != nil {
		mask = tensor.View[float64](c.In[deformMask])[image*k.offsetGroups*k.taps*k.spots:]
	}
	each := k.channels / k.offsetGroups
	for i := range n {
		spot := first + i
		if err := p.spend(k.taps * (16*k.offsetGroups + k.channels*k.count)); err != nil {
			return err
		}
		for tap := range k.offsetGroups * k.taps {
			restOfSpot, restOfTap := spot, tap%k.taps
			for d := rank - 1; d >= 0; d-- {
				s := k.slide
				at := restOfSpot%k.out[d]*s.stride[d] - s.pad[d] + restOfTap%s.kernel[d]*s.dilation[d]
				restOfSpot, restOfTap = restOfSpot/k.out[d], restOfTap/s.kernel[d]
				k.locate(&axes[d], d, float64(at)+shift[(tap*rank+d)*k.spots+spot])
			}
			k.place(axes, offsets, weights)
			by := 1.0
			if mask != nil {
				by = mask[tap*k.spots+spot]
			}
			group := tap / k.taps
			for channel := group * each; channel < (group+1)*each; channel++ {
				sum := 0.0
				for j, off := range offsets {
					if off >= 0 {
						sum += weights[j] * x[channel*k.plane+int(off)]
					}
				}
				rows[(i*k.channels+channel)*k.taps+tap%k.taps] = sum * by
			}
		}
	}
	return nil
}
