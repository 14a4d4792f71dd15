//go:build !arm

package ops

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/fault"
	f32kernels "github.com/brinkml/brink/inference/internal/kernels/f32"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var (
	_ = register(&opNHWCMaxPool)
	_ = register(&opNHWCAveragePool)
	_ = register(&opNHWCGlobalMaxPool)
	_ = register(&opNHWCGlobalAveragePool)
)

// opNHWCMaxPool computes MaxPool, without the places, of images whose channels are last.
var opNHWCMaxPool = Op{
	Name: "MaxPool", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: onlyFloat32, Attrs: []Attr{{"storage_order", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}}, Common: &poolAttrs, Infer: inferNHWCPool, New: newNHWCMaxPool,
	}},
}

// opNHWCAveragePool computes AveragePool of images whose channels are last.
var opNHWCAveragePool = Op{
	Name: "AveragePool", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: onlyFloat32, Attrs: []Attr{{"count_include_pad", Int, 0}, {"ceil_mode", Int, 0}, {"dilations", Ints, nil}}, Common: &poolAttrs, Infer: inferNHWCPool, New: newNHWCAveragePool,
	}},
}

// opNHWCGlobalMaxPool computes GlobalMaxPool of images whose channels are last.
var opNHWCGlobalMaxPool = Op{
	Name: "GlobalMaxPool", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: onlyFloat32, Infer: inferNHWCGlobalPool, New: newNHWCGlobalMaxPool,
	}},
}

// opNHWCGlobalAveragePool computes GlobalAveragePool of images whose channels are last.
var opNHWCGlobalAveragePool = Op{
	Name: "GlobalAveragePool", Domain: internal,
	Versions: []Version{{
		Since: 1, In: Args{"T"}, Out: Args{"T"}, Types: onlyFloat32, Infer: inferNHWCGlobalPool, New: newNHWCGlobalAveragePool,
	}},
}

func inferNHWCPool(n *Node) error       { return inferLast(n, inferPool) }
func inferNHWCGlobalPool(n *Node) error { return inferLast(n, inferGlobalPool) }

// nhwcPool is the kernel of pooling operators on images whose channels are last. It makes a row of positions at a time.
type nhwcPool struct {
	level    cpu.Level
	mean     bool
	padded   bool // padding counts, as zeros
	images   int
	channels int
	in, out  [2]int // height and width; images of one dimension have a height of 1
	kernel   [2]int
	stride   [2]int
	dilation [2]int
	pad      [2]int
	after    [2]int
	whole    []int // the taps of a position that sees all of the kernel, in bytes from the first
	work     int   // elements looked at for a row of positions
}

func newNHWCMaxPool(n *Node) (Kernel, error)     { return nhwcPoolOf(n, false) }
func newNHWCAveragePool(n *Node) (Kernel, error) { return nhwcPoolOf(n, true) }

func newNHWCGlobalMaxPool(n *Node) (Kernel, error)     { return nhwcGlobalPool(n, false) }
func newNHWCGlobalAveragePool(n *Node) (Kernel, error) { return nhwcGlobalPool(n, true) }

// nhwcPoolFrame returns the kernel for n without its window.
func nhwcPoolFrame(n *Node, mean bool) *nhwcPool {
	x, y := n.In[0].Dims(), n.Out[0].Dims()
	rank := len(x) - 2
	one := [2]int{1, 1}
	k := &nhwcPool{
		level: n.CPU, mean: mean, images: x[0], channels: x[rank+1],
		in: one, out: one, kernel: one, stride: one, dilation: one,
	}
	copy(k.in[2-rank:], x[1:1+rank])
	copy(k.out[2-rank:], y[1:1+rank])
	return k
}

func nhwcPoolOf(n *Node, mean bool) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	s, err := poolSlide(channelsSecond(n))
	if err != nil {
		return nil, err
	}
	k := nhwcPoolFrame(n, mean)
	k.padded = mean && n.Flag("count_include_pad")
	at := 2 - len(s.kernel)
	copy(k.kernel[at:], s.kernel)
	copy(k.stride[at:], s.stride)
	copy(k.dilation[at:], s.dilation)
	copy(k.pad[at:], s.pad)
	copy(k.after[at:], s.after)
	return k.tabulate()
}

func nhwcGlobalPool(n *Node, mean bool) (Kernel, error) {
	if n.Out[0].Len() == 0 {
		return nothing{}, nil
	}
	k := nhwcPoolFrame(n, mean)
	k.kernel = k.in
	return k.tabulate()
}

// tabulate finds the taps of positions that see all of the kernel.
func (k *nhwcPool) tabulate() (Kernel, error) {
	taps := int64(k.kernel[0]) * int64(k.kernel[1])
	if taps > maxWindow {
		return nil, &fault.LimitError{What: "elements of a pooling window", Got: taps, Max: maxWindow}
	}
	for r := range k.kernel[0] {
		for c := range k.kernel[1] {
			k.whole = append(k.whole, 4*k.channels*(r*k.dilation[0]*k.in[1]+c*k.dilation[1]))
		}
	}
	k.work = k.out[1] * len(k.whole) * k.channels
	return k, nil
}

// Scratch has room for the taps of a position that sees a part of the kernel.
func (k *nhwcPool) Scratch() int { return len(k.whole) * int(unsafe.Sizeof(int(0))) }

func (k *nhwcPool) Parts(threads int) int {
	rows := k.images * k.out[0]
	return max(1, min(threads, rows, int(min(int64(k.work)*int64(rows)/poolPartCost/4, 1<<16))))
}

func (k *nhwcPool) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *nhwcPool) RunPart(c *Ctx, part, parts int) error {
	p := pace{c: c}
	from, to := share(k.images*k.out[0], part, parts)
	for row := from; row < to; row++ {
		if err := p.spend(k.work); err != nil {
			return err
		}
		k.row(c, row, c.Part(part, parts))
	}
	return nil
}

// seen returns which elements of the kernel lie on the image along dimension d at position o.
func (k *nhwcPool) seen(d, o int) (at, lo, hi int) {
	at = o*k.stride[d] - k.pad[d]
	step := k.dilation[d]
	if at < 0 {
		lo = (-at + step - 1) / step
	}
	hi = k.kernel[d]
	if room := k.in[d] - at; room < (hi-1)*step+1 {
		hi = (max(room, 0) + step - 1) / step
	}
	return at, min(lo, hi), hi
}

// covered returns how many elements of the kernel lie on the image and its padding.
func (k *nhwcPool) covered(d, o int) int {
	at, step := o*k.stride[d]-k.pad[d], k.dilation[d]
	room := k.in[d] + k.after[d] - at
	return min(k.kernel[d], (max(room, 0)+step-1)/step)
}

// row makes a row of positions: those in its middle that see all of the kernel by one call, and the others one by one.
func (k *nhwcPool) row(c *Ctx, row int, scratch []byte) {
	image, y := row/k.out[0], row%k.out[0]
	size := 4 * k.channels // bytes of a pixel
	src := tensor.View[float32](c.In[0])[image*k.in[0]*k.in[1]*k.channels:]
	dst := tensor.View[float32](c.Out[0])[row*k.out[1]*k.channels:]
	top, r0, r1 := k.seen(0, y)
	taps := unsafe.Slice((*int)(unsafe.Pointer(unsafe.SliceData(scratch))), len(k.whole))
	for x := 0; x < k.out[1]; {
		left, c0, c1 := k.seen(1, x)
		p := f32kernels.Pool{
			Dst: unsafe.Pointer(&dst[x*k.channels]), DstStep: size, Src: unsafe.Pointer(unsafe.SliceData(src)), SrcStep: size * k.stride[1],
			Pixels: 1, Channels: k.channels,
		}
		// Positions that see the same part of the kernel as the next one are made together.
		for x+p.Pixels < k.out[1] {
			if _, n0, n1 := k.seen(1, x+p.Pixels); n0 != c0 || n1 != c1 {
				break
			}
			p.Pixels++
		}
		count := 0
		for r := r0; r < r1; r++ {
			for c := c0; c < c1; c++ {
				taps[count] = ((top+r*k.dilation[0])*k.in[1] + left + c*k.dilation[1]) * size
				count++
			}
		}
		k.pool(&p, taps[:count], y, x, dst)
		x += p.Pixels
	}
}

// pool makes the positions of p, the first of which is x, of what they see.
func (k *nhwcPool) pool(p *f32kernels.Pool, taps []int, y, x int, dst []float32) {
	if len(taps) == 0 {
		k.unseen(dst[x*k.channels:][:p.Pixels*k.channels])
		return
	}
	p.Taps, p.NTaps = &taps[0], len(taps)
	if !k.mean {
		k.call(p)
		return
	}
	p.Divisor = float32(len(taps))
	if !k.padded {
		k.call(p)
		return
	}
	rest := *p // what lies behind the padding does not count, so that divisors may differ
	for i := 0; i < p.Pixels; i += rest.Pixels {
		count := k.covered(1, x+i)
		rest.Pixels = 1
		for i+rest.Pixels < p.Pixels && k.covered(1, x+i+rest.Pixels) == count {
			rest.Pixels++
		}
		rest.Divisor = float32(count * k.covered(0, y))
		rest.Dst, rest.Src = unsafe.Add(p.Dst, i*p.DstStep), unsafe.Add(p.Src, i*p.SrcStep)
		k.call(&rest)
	}
}

// poolCall is how many elements one call of a kernel looks at, at most, where it can be helped.
const poolCall = 1 << 18

// call computes p by calls that each do not last long.
func (k *nhwcPool) call(p *f32kernels.Pool) {
	part := *p
	for at := 0; at < p.Pixels; at += part.Pixels {
		part.Pixels = min(max(poolCall/(p.NTaps*p.Channels), 1), p.Pixels-at)
		for c := 0; c < p.Channels; c += part.Channels {
			part.Channels = min(max(poolCall/p.NTaps/64*64, 64), p.Channels-c)
			part.Dst = unsafe.Add(p.Dst, at*p.DstStep+4*c)
			part.Src = unsafe.Add(p.Src, at*p.SrcStep+4*c)
			if k.mean {
				part.Mean(k.level)
			} else {
				part.Max(k.level)
			}
		}
	}
}

// unseen sets positions that see nothing: they have no greatest element and no mean.
func (k *nhwcPool) unseen(dst []float32) {
	v := float32(math.Inf(-1))
	if k.mean {
		v = float32(math.NaN())
	}
	for i := range dst {
		dst[i] = v
	}
}
