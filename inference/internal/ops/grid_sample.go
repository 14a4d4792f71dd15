package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opGridSample)

// opGridSample computes the values of x at the places that a grid names, interpolated.
var opGridSample = Op{
	Name: "GridSample",
	Versions: []Version{
		{
			Since: 16, In: Args{"T1", "T2"}, Out: Args{"T1"}, Types: []Constraint{{"T1", classic}, {"T2", dtype.IEEE}},
			Attrs: []Attr{{"align_corners", Int, 0}, {"mode", String, "bilinear"}, {"padding_mode", String, "zeros"}}, Infer: inferGridSample, New: newGridSample,
		},
		{
			Since: 20, In: Args{"T1", "T2"}, Out: Args{"T1"}, Types: []Constraint{{"T1", classic}, {"T2", dtype.IEEE}},
			Attrs: []Attr{{"align_corners", Int, 0}, {"mode", String, "linear"}, {"padding_mode", String, "zeros"}}, Infer: inferGridSample, New: newGridSample,
		},
		{
			Since: 22, In: Args{"T1", "T2"}, Out: Args{"T1"},
			Types: []Constraint{{"T1", classic | 1<<dtype.BF16}, {"T2", dtype.Floating}},
			Attrs: []Attr{{"align_corners", Int, 0}, {"mode", String, "linear"}, {"padding_mode", String, "zeros"}}, Infer: inferGridSample, New: newGridSample,
		},
	},
}

func inferGridSample(n *Node) error {
	x, grid := n.In[0].Shape, n.In[1].Shape
	if !x.Ranked() || !grid.Ranked() {
		return nil
	}
	rank := x.Rank() - 2
	if rank < 1 || grid.Rank() != x.Rank() || grid.Dim(-1).Known() && int(grid.Dim(-1)) != rank {
		return fault.Shape("a grid of %v for %v", grid.Ints(), x.Ints())
	}
	if x.Dim(0).Known() && grid.Dim(0).Known() && x.Dim(0) != grid.Dim(0) {
		return fault.Shape("a grid of %v for %v", grid.Ints(), x.Ints())
	}
	out := append([]shape.Dim{x.Dim(0), x.Dim(1)}, grid.Dims()[1:1+rank]...)
	if !out[0].Known() {
		out[0] = grid.Dim(0)
	}
	n.SetOut(0, shape.Of(out...))
	return nil
}

// gridSample is the kernel of GridSample. The elements and weights for a tile of places are found once, for all
// channels.
type gridSample struct {
	sampler
	images, channels int
	plane, spots     int // elements of a channel of x and of the output
	combine          func(g gridTile, dst, src *tensor.Tensor, to, from int)
}

// gridTile holds what was found for some places.
type gridTile struct {
	n, count int // places, and elements for each
	offsets  []int32
	weights  []float64
}

const gridSpots = 64 // places in a tile

// maxSamples bounds the elements that one place is interpolated from.
const maxSamples = 1 << 10

func newGridSample(n *Node) (Kernel, error) {
	x := n.In[0].Dims()
	rank := len(x) - 2
	k := &gridSample{images: x[0], channels: x[1], plane: tensor.Elems(x[2:]), spots: tensor.Elems(n.Out[0].Dims()[2:])}
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	if k.plane > math.MaxInt32 {
		return nil, &fault.LimitError{What: "elements of a sampled channel", Got: int64(k.plane), Max: math.MaxInt32}
	}
	padding := n.String("padding_mode")
	if padding != "zeros" && padding != "border" && padding != "reflection" {
		return nil, fault.Format("padding_mode %q is not known", padding)
	}
	var mode samplerMode
	switch name := n.String("mode"); name {
	case "nearest":
		mode = sampleNearest
	case "linear", "bilinear":
		mode = sampleLinear
	case "cubic", "bicubic":
		mode = sampleCubic
	default:
		return nil, fault.Format("mode %q is not known", name)
	}
	if math.Pow(float64(mode), float64(rank)) > maxSamples {
		return nil, fault.Format("mode %q over %d dimensions", n.String("mode"), rank)
	}
	k.sampler = *newSampler(x[2:], kernels.Contiguous(x[2:]), mode, padding, n.Flag("align_corners"))
	if mode == sampleNearest {
		k.combine = takeSamplesOf(n.In[0].DType)
		return k, nil
	}
	double := gridSampleOf[float64](k)
	if frugal {
		return asFloats(n, false, double, double)
	}
	return asFloats(n, false, gridSampleOf[float32](k), double)
}

func gridSampleOf[T kernels.Float](k *gridSample) func(*Node) (Kernel, error) {
	return func(*Node) (Kernel, error) {
		k.combine = sumSamples[T]
		return k, nil
	}
}

func (k *gridSample) tiles() int { return blockCount(k.spots, gridSpots) }

func (k *gridSample) Scratch() int {
	rank := len(k.dims)
	return 8*gridSpots*rank + gridSpots*k.count*(8+4) + rank*elemBytes[samplerAxis](1) + tensor.Align
}

func (k *gridSample) Parts(threads int) int {
	work := int64(k.images) * int64(k.spots) * int64(k.count) * int64(k.channels+16)
	return partsFor(threads, k.images*k.tiles(), work)
}

func (k *gridSample) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *gridSample) RunPart(c *Ctx, part, parts int) error {
	rank := len(k.dims)
	scratch := c.Part(part, parts)
	places, scratch := scratch[:8*gridSpots*rank], scratch[8*gridSpots*rank:]
	axes := tensor.Cast[samplerAxis](scratch[:rank*elemBytes[samplerAxis](1)])
	scratch = scratch[len(axes)*elemBytes[samplerAxis](1):]
	tile := gridTile{count: k.count, weights: tensor.Cast[float64](scratch[:8*gridSpots*k.count])}
	tile.offsets = tensor.Cast[int32](scratch[8*gridSpots*k.count:])
	p := pace{c: c}
	from, to := share(k.images*k.tiles(), part, parts)
	for i := from; i < to; i++ {
		image, first := i/k.tiles(), i%k.tiles()*gridSpots
		tile.n = min(gridSpots, k.spots-first)
		if err := p.spend(tile.n * k.count * (k.channels + 16)); err != nil {
			return err
		}
		k.find(&tile, axes, c.In[1], (image*k.spots+first)*rank, places)
		for channel := range k.channels {
			plane := image*k.channels + channel
			k.combine(tile, c.Out[0], c.In[0], plane*k.spots+first, plane*k.plane)
		}
	}
	return nil
}

// find finds what makes up a tile's places, whose coordinates are in the grid from a position on.
func (k *gridSample) find(tile *gridTile, axes []samplerAxis, grid *tensor.Tensor, at int, scratch []byte) {
	if grid.DType == dtype.Float64 {
		findPlaces(k, tile, axes, tensor.View[float64](grid)[at:])
		return
	}
	places := tensor.Cast[float32](scratch)[:tile.n*len(axes)]
	load(places, grid.Data[at*grid.DType.Size():], grid.DType)
	findPlaces(k, tile, axes, places)
}

// findPlaces finds what makes up the places of a tile. Their coordinates, innermost first, are computed with the
// precision of the grid, so that those which are halfway between two elements come out as such.
func findPlaces[T kernels.Float](k *gridSample, tile *gridTile, axes []samplerAxis, grid []T) {
	rank := len(axes)
	for i := range tile.n {
		for j, d := range k.dims {
			x := grid[i*rank+rank-1-j] + 1
			if k.corners {
				x = x / 2 * T(d-1)
			} else {
				x = (T(x*T(d)) - 1) / 2
			}
			k.locate(&axes[j], j, float64(x))
		}
		k.place(axes, tile.offsets[i*k.count:][:k.count], tile.weights[i*k.count:][:k.count])
	}
}

// sumSamples sets an element of dst for each place of a tile to the sum of elements of src.
func sumSamples[T kernels.Float](g gridTile, dst, src *tensor.Tensor, to, from int) {
	x := tensor.View[T](src)[from:]
	for i := range tensor.View[T](dst)[to:][:g.n] {
		offsets, weights := g.offsets[i*g.count:][:g.count], g.weights[i*g.count:][:g.count]
		sum := 0.0
		for k, off := range offsets {
			if off >= 0 {
				sum += weights[k] * float64(x[off])
			}
		}
		tensor.View[T](dst)[to+i] = T(sum)
	}
}

// takeSamplesOf returns the function that sets an element of dst for each place of a tile to one of src, or 0.
func takeSamplesOf(d dtype.DType) func(g gridTile, dst, src *tensor.Tensor, to, from int) {
	switch d.Size() {
	case 1:
		return takeSamples[uint8]
	case 2:
		return takeSamples[uint16]
	case 4:
		return takeSamples[uint32]
	case 8:
		return takeSamples[uint64]
	case 16:
		return takeSamples[[2]uint64]
	}
	return func(g gridTile, dst, src *tensor.Tensor, to, from int) {
		takeEach(dst.Strings[to:][:g.n], src.Strings[from:], g.offsets)
	}
}

func takeSamples[T any](g gridTile, dst, src *tensor.Tensor, to, from int) {
	takeEach(tensor.View[T](dst)[to:][:g.n], tensor.View[T](src)[from:], g.offsets)
}

func takeEach[T any](dst, src []T, offsets []int32) {
	var zero T
	for i, off := range offsets[:len(dst)] {
		if off < 0 {
			dst[i] = zero
		} else {
			dst[i] = src[off]
		}
	}
}
