package f32

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// ConvShape is what a convolution of images [Images, In, Channels] makes [Images, Out, Filters] of. Images of one
// dimension have a height of 1.
type ConvShape struct {
	Images                        int
	In, Out                       [2]int // height and width
	Kernel, Stride, Dilation, Pad [2]int // padding before the first row and column; what is behind the last follows from Out
	Channels, Filters, Groups     int
	Constant                      bool // the weights are packed once, for many runs
}

// Conv is how to compute a convolution: as products of matrices, whose left factor is the image where it lies. A tile
// is a run of positions along a row or a column; what a row of the kernel sees of a position lies together, and is one
// tap of the tile.
//
// No position is given zeros to multiply: the plane of positions is cut into classes that see the same part of the
// kernel, and the tiles of a class have the taps of that part only. Where there would be too many small classes, the
// image is copied with zeros around it, a strip at a time.
//
// The work is cut into tasks: a strip of positions for a panel of filters.
type Conv struct {
	ConvShape

	level     cpu.Level
	depthwise bool // every channel has one filter of its own
	winograd  bool
	halo      bool // strips are copied with what is around them
	gap       int  // elements between the positions that are copied
	merged    bool // a row of the kernel is one tap
	rows      int  // of a tile at most
	width     int  // of a panel
	own, per  int  // channels and filters of a group, after some were joined
	joined    int  // groups of the caller in each
	groups    int
	panels    int // of a group
	packed    int // elements of a group

	pixel, line int        // bytes from one element of the image as it is read to the next along a row, and a column
	classes     [2][]class // of rows and of columns
	taps        [2][][]Tap // for panels of the whole and half the width; by how many columns of the kernel are seen
	squares     [2]int     // rows and columns of them, for Winograd's convolution
	strip       [2]int     // rows and columns of positions
	strips      [2]int     // how many there are
	laid        [2]int     // rows and columns of a strip with its halo
	byPanel     bool       // tasks of the same panel follow each other, rather than those of the same strip
}

// class is a range of positions along one dimension that see the same elements of the kernel.
type class struct{ from, to, lo, hi int }

// NewConv plans a convolution.
func NewConv(l cpu.Level, s ConvShape) *Conv {
	c := &Conv{ConvShape: s, joined: 1, groups: s.Groups}
	c.own, c.per = s.Channels/s.Groups, s.Filters/s.Groups
	if narrow := narrower(l); c.per <= Width(narrow)/2 && (c.per > 1 || s.Filters <= Width(narrow)/2) {
		l = narrow
	}
	c.level, c.rows, c.width = l, MaxRows(l), Width(l)
	switch {
	case c.own == 1 && c.per == 1 && s.Groups > 1:
		c.depthwise = true
		c.rows, c.width = depthwiseRows(l), depthwiseWidth
		c.groups, c.per = 1, s.Filters
		c.packed = s.Kernel[0] * s.Kernel[1] * s.Channels
	default:
		c.join()
		c.packed = PanelElems(l, s.Kernel[0]*s.Kernel[1]*c.own, c.per)
	}
	c.panels = ceil(c.per, c.width)
	if hasWinograd(l) && s.Constant && c.wantsWinograd() {
		c.winograd, c.packed = true, winogradSpots*PanelElems(l, s.Channels, s.Filters)
		c.cutWinograd()
		return c
	}
	c.merged = !c.depthwise && c.groups == 1 && (s.Dilation[1] == 1 || s.Kernel[1] == 1)
	for d := range c.classes {
		c.classes[d] = classes(s.Out[d], s.In[d], s.Kernel[d], s.Stride[d], s.Dilation[d], s.Pad[d])
	}
	c.cut()
	if c.crowded() {
		c.gap = 64 / 4
		c.merged = c.merged && s.Kernel[1] == 1
	}
	if c.gap > 0 || c.wantsHalo() {
		c.halo = true
		for d := range c.classes {
			c.classes[d] = []class{{0, s.Out[d], 0, s.Kernel[d]}}
			c.laid[d] = (c.strip[d]-1)*s.Stride[d] + (s.Kernel[d]-1)*s.Dilation[d] + 1
		}
		c.byPanel = false
	}
	columns := s.In[1]
	if c.halo {
		columns = c.laid[1]
	}
	c.pixel = 4 * (s.Channels + c.gap)
	c.line = c.pixel * columns
	c.tabulate()
	return c
}

// join makes one group of as many as fit into half a panel, with zeros for what a filter has of other groups' channels:
// that takes no longer than the panels of single groups, which would be as wide, and there are fewer. Zero times what is
// not finite is not zero, so strips of images with such numbers are computed without, one product at a time.
func (c *Conv) join() {
	if c.Groups > 1 && c.own > 0 {
		for j := 2; j*c.per <= c.width/2; j++ {
			if c.Groups%j == 0 {
				c.joined = j
			}
		}
	}
	c.groups, c.own, c.per = c.Groups/c.joined, c.own*c.joined, c.per*c.joined
}

// classes cuts the positions along a dimension into classes.
func classes(out, in, kernel, stride, dilation, pad int) []class {
	var list []class
	for o := range out {
		at := o*stride - pad
		lo := min(max((-at+dilation-1)/dilation, 0), kernel)
		hi := max(min((in-at+dilation-1)/dilation, kernel), lo)
		if in <= at {
			hi = lo
		}
		if n := len(list); n > 0 && list[n-1].lo == lo && list[n-1].hi == hi {
			list[n-1].to++
			continue
		}
		list = append(list, class{o, o + 1, lo, hi})
	}
	return list
}

const (
	stripBytes  = 192 << 10 // about how much of an image a strip sees
	cachedBytes = 512 << 10 // weights that stay in a second-level cache with a strip
	minTasks    = 8         // so that threads can share them
)

// cut decides on strips, and on the order of tasks.
func (c *Conv) cut() {
	out := c.Out
	c.strip = out
	if out[0]*out[1] == 0 {
		return
	}
	target := stripBytes
	if 4*c.packed > cachedBytes {
		target *= 2
		c.byPanel = c.groups*c.panels >= minTasks
	}
	d := 0
	unit := 4 * c.Channels * c.Stride[1] // bytes of the image for one more position
	if out[0] > 1 {
		unit *= c.Stride[0] * out[1]
	} else {
		d = 1
	}
	n := max(target/max(unit, 1), 1)
	if c.groups*c.panels*c.Images < minTasks {
		n = min(n, (out[d]+minTasks-1)/minTasks)
	}
	n = max(n, min(c.rows, out[d]))
	c.strip[d] = ceil(out[d], c.even(out[d], ceil(out[d], n)))
	for d := range out {
		c.strips[d] = (out[d] + c.strip[d] - 1) / c.strip[d]
	}
}

// shareWork is how many multiply-accumulates make a convolution worth sharing.
const shareWork = 1 << 17

// even returns into how many strips to cut lines: count or a few more, so that two threads have the same number of lines.
// Strips do not depend on how many threads there are, because sums do: tiles of few rows add up in another order.
func (c *Conv) even(lines, count int) int {
	if c.byPanel || c.Images > 1 || c.Out[0]*c.Out[1]*c.Kernel[0]*c.Kernel[1]*c.own*c.Filters < shareWork {
		return count
	}
	panels := c.groups * c.panels
	if c.per%(2*c.width) != 0 { // the last one is narrower, or there is one too many
		panels = 1
	}
	best, least := count, math.MaxInt
	for n := count; n <= min(2*count+2, lines); n++ {
		strip := ceil(lines, n)
		if longest := ceil(ceil(lines, strip)*panels, 2) * strip; longest < least {
			best, least = n, longest
		}
	}
	return best
}

// The costs, in processor cycles, that decide about a halo.
const (
	shortest = 4  // tiles of fewer rows take as long as one of these
	perTile  = 40 // beside its products
	perTap   = 8
	perLine  = 30 // that is copied
	perCycle = 8  // floats that are copied

	manyClasses = 64 // of columns, each of which has a list of all taps

	crowdedBytes = 4096 // apart, rows are at the same place of pages
)

// crowded reports whether the rows of a tile would drive each other out of a first-level cache, because they lie at the
// same place of pages, and whether it is worth copying them.
func (c *Conv) crowded() bool {
	return !c.depthwise && c.own > 0 && 4*c.Channels*c.Stride[1]%crowdedBytes == 0 && c.Out[0]*c.Out[1] > 1 && c.groups*c.panels >= 4
}

// wantsHalo reports whether strips are copied rather than cut into classes.
func (c *Conv) wantsHalo() bool {
	if len(c.classes[0])*len(c.classes[1]) <= 1 && (c.whole(0) && c.whole(1)) {
		return false
	}
	panels := int64(c.groups * c.panels)
	cut := int64(0)
	for _, y := range c.classes[0] {
		for _, x := range c.classes[1] {
			if y.lo == y.hi || x.lo == x.hi {
				return true
			}
			cut += c.cost(y.to-y.from, x.to-x.from, y.hi-y.lo, x.hi-x.lo)
		}
	}
	if !c.merged && !c.depthwise && len(c.classes[1]) > manyClasses {
		return true
	}
	copied := int64(c.In[0]) * int64(perLine+c.In[1]*c.Channels/perCycle)
	return c.cost(c.Out[0], c.Out[1], c.Kernel[0], c.Kernel[1])*panels+copied < cut*panels
}

// whole reports whether all positions along a dimension see the whole kernel.
func (c *Conv) whole(d int) bool {
	k := c.classes[d]
	return len(k) == 0 || k[0].lo == 0 && k[0].hi == c.Kernel[d]
}

// cost estimates how long a region of positions takes for a panel, in cycles, when they see so much of the kernel.
func (c *Conv) cost(h, w, kh, kw int) int64 {
	tiles := min(tiles(h, w, c.rows), tiles(w, h, c.rows))
	taps := kh * kw
	work := taps * c.own
	if c.depthwise {
		work = taps * max(min(c.per, c.width)/16, 1) / 2
	}
	if c.merged {
		taps = kh
	}
	return int64(max(h*w, shortest*tiles))*int64(work) + int64(tiles)*int64(perTile+perTap*taps)
}

// tabulate lists the taps.
func (c *Conv) tabulate() {
	widths := [2]int{c.width, c.width / 2}
	if c.depthwise {
		widths = [2]int{c.Channels, c.Channels}
	}
	k := c.own
	if c.depthwise {
		k = 1
	}
	for i, width := range widths {
		c.taps[i] = make([][]Tap, c.Kernel[1]+1)
		for _, x := range c.classes[1] {
			seen := x.hi - x.lo
			if c.taps[i][seen] != nil {
				continue
			}
			columns := seen
			if c.merged {
				columns = min(columns, 1)
			}
			list := make([]Tap, 0, c.Kernel[0]*columns)
			for ky := range c.Kernel[0] {
				for kx := range columns {
					list = append(list, Tap{A: ky*c.Dilation[0]*c.line + kx*c.Dilation[1]*c.pixel, B: (ky*c.Kernel[1] + kx) * k * width * 4})
				}
			}
			c.taps[i][seen] = list
		}
	}
}

// Tasks returns how many tasks there are.
func (c *Conv) Tasks() int { return c.Images * c.strips[0] * c.strips[1] * c.groups * c.panels }

// TaskWork returns about how many multiply-accumulates a task is.
func (c *Conv) TaskWork() int64 {
	work := int64(c.strip[0]*c.strip[1]) * int64(c.Kernel[0]*c.Kernel[1]*min(c.per, c.width))
	switch {
	case c.winograd:
		work *= 4 * int64(c.own) // a strip is of squares
	case !c.depthwise:
		work *= int64(c.own)
	}
	return work
}

// Scratch returns how many elements of memory the tasks of a goroutine are done in.
func (c *Conv) Scratch() int64 {
	n := int64(max(c.width, 64))
	if hasWinograd(c.level) && c.winograd {
		return c.winogradScratch()
	}
	if c.halo {
		n += int64(c.laid[0]) * int64(c.laid[1]) * int64(c.Channels+c.gap)
	}
	return n
}

// ConvRun is what a convolution runs on. Each goroutine has one of its own.
type ConvRun struct {
	X, Y    []float32
	Z       []float32 // is added, where it lies as Y; nil when nothing is
	Weights []float32 // as Pack made them
	Bias    []float32 // of each filter; empty when there is none
	Clamp   bool      // to Lo and Hi, after all was added
	Lo, Hi  float32
	Finish  func(y []float32) // is called with everything that is computed, some elements at a time; may be nil
	Scratch []float32

	laid   int  // which strip is laid out in scratch, from 1 on
	looked int  // which strip was searched for what is not finite, from 1 on
	odd    bool // it has some
}

// Run does a task.
func (c *Conv) Run(r *ConvRun, task int) {
	strips, panels := c.strips[0]*c.strips[1], c.groups*c.panels
	at, p := task/panels, task%panels
	if c.byPanel {
		p, at = task/(c.Images*strips), task%(c.Images*strips)
	}
	image, s := at/strips, at%strips
	if hasWinograd(c.level) && c.winograd {
		c.runWinograd(r, image, s, p)
		return
	}
	g, p := p/c.panels, p%c.panels
	y0, x0 := s/c.strips[1]*c.strip[0], s%c.strips[1]*c.strip[1]
	y1, x1 := min(y0+c.strip[0], c.Out[0]), min(x0+c.strip[1], c.Out[1])

	first := p * c.width // filter of the group
	w := region{Conv: c, x: r.X, y: r.Y, z: r.Z, finish: r.Finish, image: image}
	t := &w.tile
	t.Cols = min(c.width, c.per-first)
	first += g * c.per
	t.LDC, t.LDAdd = 4*c.Filters, 4*c.Filters
	t.Lo, t.Hi, t.Clamp = r.Lo, r.Hi, r.Clamp
	w.channel, w.filter = g*c.own, first
	if c.depthwise {
		w.width, w.channel = c.Channels, first
		w.weights = r.Weights[first:]
	} else {
		k := c.Kernel[0] * c.Kernel[1] * c.own
		w.width = c.width
		if t.Cols <= c.width/2 {
			w.width, w.half = c.width/2, 1
		}
		w.weights = r.Weights[g*c.packed+p*c.width*k:]
	}
	if len(r.Bias) > 0 {
		bias := r.Bias[first:][:t.Cols]
		if t.Cols < w.width && !c.depthwise { // the tile reads as many as the panel is wide
			wide := r.Scratch[:w.width]
			clear(wide[copy(wide, bias):])
			bias = wide
		}
		t.Bias = unsafe.Pointer(&bias[0])
	}
	if c.joined > 1 {
		if r.looked != at+1 {
			r.looked, r.odd = at+1, !c.finite(r, image, y0, y1)
		}
		if r.odd {
			w.direct(r, y0, x0, y1, x1)
			return
		}
	}
	if c.halo {
		w.x, w.row, w.col = r.Scratch[c.laidAt():], y0, x0
		if r.laid != at+1 {
			c.lay(r, image, y0, x0, y1, x1)
			r.laid = at + 1
		}
	}
	for _, y := range c.classes[0] {
		for _, x := range c.classes[1] {
			y.from, y.to = max(y.from, y0), min(y.to, y1)
			x.from, x.to = max(x.from, x0), min(x.to, x1)
			if y.from < y.to && x.from < x.to {
				w.compute(y, x)
			}
		}
	}
}

// laidAt returns where in scratch a strip with its halo begins.
func (c *Conv) laidAt() int { return max(c.width, 64) }

// lay copies what a strip sees, with zeros where that is outside of the image.
func (c *Conv) lay(r *ConvRun, image, y0, x0, y1, x1 int) {
	h := (y1-y0-1)*c.Stride[0] + (c.Kernel[0]-1)*c.Dilation[0] + 1
	iy, ix := y0*c.Stride[0]-c.Pad[0], x0*c.Stride[1]-c.Pad[1]
	lo := min(max(-ix, 0), c.laid[1])
	hi := max(min(c.In[1]-ix, c.laid[1]), lo)
	pixel := c.Channels + c.gap
	for y := range h {
		dst := r.Scratch[c.laidAt()+y*c.laid[1]*pixel:][:c.laid[1]*pixel]
		if iy+y < 0 || iy+y >= c.In[0] || lo == hi {
			clear(dst)
			continue
		}
		clear(dst[:lo*pixel])
		src := r.X[((image*c.In[0]+iy+y)*c.In[1]+ix+lo)*c.Channels:]
		if c.gap == 0 {
			copy(dst[lo*pixel:hi*pixel], src)
		} else {
			for i := range hi - lo {
				copy(dst[(lo+i)*pixel:][:c.Channels], src[i*c.Channels:])
			}
		}
		clear(dst[hi*pixel:])
	}
}
