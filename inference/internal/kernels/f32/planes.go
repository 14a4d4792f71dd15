package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Planes is a convolution of images [Images, Channels, In], each channel of which has one filter of its own. The tiles of
// a depthwise convolution compute it where its channels are first, too: what are channels to them are positions of a row,
// and each weight is there as often. Columns a stride apart are copied to a lane of their own, so that what a tap sees of
// a row lies together.
//
// Rows should be long: each task copies the weights of a channel as often.
//
// A task is a strip of rows of a channel.
type Planes struct {
	ConvShape
	Clamp  bool // to Lo and Hi
	Lo, Hi float32

	level  cpu.Level
	fast   bool // there is assembly for it, which reads the image where it lies
	taps   []Tap
	width  int // positions of a tile
	lane   int // elements of a lane, with zeros around what is of the image
	line   int // of all lanes of a row
	strip  int // rows
	strips int
}

// planeBytes is about how much is laid out of a plane.
const planeBytes = 64 << 10

// NewPlanes plans a convolution.
func NewPlanes(l cpu.Level, s ConvShape) *Planes {
	p := &Planes{ConvShape: s, level: l, width: min(s.Out[1], depthwiseWidth)}
	p.lane = s.Out[1] + ceil((s.Kernel[1]-1)*s.Dilation[1], s.Stride[1])
	p.line = p.lane * s.Stride[1]
	if rows := p.planeRows(); rows > 0 {
		p.fast, p.strip = true, min(rows, s.Out[0])
		p.strips = ceil(s.Out[0], p.strip)
		return p
	}
	rows := depthwiseRows(l)
	p.strip = min(max(planeBytes/(4*p.line*s.Stride[0])/rows, 1)*rows, s.Out[0])
	p.strips = ceil(s.Out[0], p.strip)
	for y := range s.Kernel[0] {
		for x := range s.Kernel[1] {
			x *= s.Dilation[1]
			at := y*s.Dilation[0]*p.line + x%s.Stride[1]*p.lane + x/s.Stride[1]
			p.taps = append(p.taps, Tap{A: 4 * at, B: 4 * len(p.taps) * p.width})
		}
	}
	return p
}

// Tasks returns how many tasks there are.
func (p *Planes) Tasks() int { return p.Images * p.Channels * p.strips }

// TaskWork returns about how many multiply-accumulates a task is.
func (p *Planes) TaskWork() int64 {
	return int64(p.strip*p.Out[1]) * int64(p.Kernel[0]*p.Kernel[1])
}

// Scratch returns how many elements of memory the tasks of a goroutine are done in.
func (p *Planes) Scratch() int64 {
	if p.fast {
		return int64(p.In[1])
	}
	return int64(len(p.taps)+1)*int64(p.width) + int64(p.rows(p.strip))*int64(p.line)
}

// rows returns how many rows of a plane a strip sees.
func (p *Planes) rows(strip int) int {
	return (strip-1)*p.Stride[0] + (p.Kernel[0]-1)*p.Dilation[0] + 1
}

// Start makes scratch ready for all tasks of a goroutine.
func (p *Planes) Start(_, scratch []float32) {
	if p.fast {
		clear(scratch[:p.In[1]]) // what is seen of lines that are not there
	}
}

// Run does a task. Weights are [Channels, Kernel], and bias may be nil.
func (p *Planes) Run(y, x, weights, bias, scratch []float32, task int) {
	plane, y0 := task/p.strips, task%p.strips*p.strip
	rows := min(p.strip, p.Out[0]-y0)
	channel := plane % p.Channels
	if p.fast {
		var b float32
		if len(bias) > 0 {
			b = bias[channel]
		}
		y, x = y[plane*p.Out[0]*p.Out[1]:], x[plane*p.In[0]*p.In[1]:]
		p.runPlane(y, x, weights[9*channel:], scratch, b, y0, rows)
		return
	}
	wide, laid := scratch[:(len(p.taps)+1)*p.width], scratch[(len(p.taps)+1)*p.width:]
	for i, w := range weights[channel*len(p.taps):][:len(p.taps)] {
		spread(wide[i*p.width:][:p.width], w)
	}
	p.lay(laid, x[plane*p.In[0]*p.In[1]:], y0, rows)
	t := Tile{B: unsafe.Pointer(&wide[0]), LDA: 4 * p.line * p.Stride[0], LDC: 4 * p.Out[1], Lo: p.Lo, Hi: p.Hi, Clamp: p.Clamp, Taps: &p.taps[0], NTaps: len(p.taps)}
	if bias != nil {
		b := wide[len(p.taps)*p.width:]
		spread(b, bias[channel])
		t.Bias = unsafe.Pointer(&b[0])
	}
	y = y[(plane*p.Out[0]+y0)*p.Out[1]:]
	most, step := depthwiseRows(p.level), p.line*p.Stride[0]
	for row := 0; row < rows; row += t.Rows {
		t.Rows = min(most, rows-row)
		second := 0
		if t.Rows > 1 {
			second = t.half()
		}
		for col := 0; col < p.Out[1]; col += p.width {
			t.Cols = min(p.width, p.Out[1]-col)
			t.A, t.A2 = unsafe.Pointer(&laid[row*step+col]), unsafe.Pointer(&laid[(row+second)*step+col])
			t.C, t.C2 = unsafe.Pointer(&y[row*p.Out[1]+col]), unsafe.Pointer(&y[(row+second)*p.Out[1]+col])
			t.runDepthwise(p.level)
		}
	}
}

// spread sets all of x to v.
func spread(x []float32, v float32) {
	x[0] = v
	for n := 1; n < len(x); n *= 2 {
		copy(x[n:], x[:n])
	}
}

// lay copies what rows of positions see of a plane, with zeros where that is outside of it.
func (p *Planes) lay(laid, x []float32, y0, rows int) {
	for i := range p.rows(rows) {
		line, row := laid[i*p.line:][:p.line], y0*p.Stride[0]+i-p.Pad[0]
		if row < 0 || row >= p.In[0] {
			clear(line)
			continue
		}
		for at := range p.Stride[1] {
			lane(line[at*p.lane:][:p.lane], x[row*p.In[1]:][:p.In[1]], at-p.Pad[1], p.Stride[1])
		}
	}
}
