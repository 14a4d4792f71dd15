package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Planes is a convolution of images [Images, Channels, In], each channel of which has one filter of its own, that goes on
// by one position at a time. The tiles of a depthwise convolution compute it where its channels are first, too: what are
// channels to them are positions of a row, and each weight is there as often.
//
// Rows should be long: each task copies the weights of a channel as often.
//
// A task is a strip of rows of a channel.
type Planes struct {
	ConvShape
	Clamp  bool // to Lo and Hi
	Lo, Hi float32

	level  cpu.Level
	taps   []Tap
	width  int // positions of a tile
	line   int // elements of a row that is laid out, with zeros around it
	strip  int // rows
	strips int
}

// planeBytes is about how much is laid out of a plane.
const planeBytes = 64 << 10

// NewPlanes plans a convolution whose strides are 1.
func NewPlanes(l cpu.Level, s ConvShape) *Planes {
	p := &Planes{ConvShape: s, level: l, width: min(s.Out[1], depthwiseWidth), line: s.Out[1] + (s.Kernel[1]-1)*s.Dilation[1]}
	rows := depthwiseRows(l)
	p.strip = min(max(planeBytes/(4*p.line)/rows, 1)*rows, s.Out[0])
	p.strips = ceil(s.Out[0], p.strip)
	for y := range s.Kernel[0] {
		for x := range s.Kernel[1] {
			p.taps = append(p.taps, Tap{A: 4 * (y*s.Dilation[0]*p.line + x*s.Dilation[1]), B: 4 * len(p.taps) * p.width})
		}
	}
	return p
}

// Tasks returns how many tasks there are.
func (p *Planes) Tasks() int { return p.Images * p.Channels * p.strips }

// TaskWork returns about how many multiply-accumulates a task is.
func (p *Planes) TaskWork() int64 { return int64(p.strip) * int64(p.Out[1]) * int64(len(p.taps)) }

// Scratch returns how many elements of memory the tasks of a goroutine are done in.
func (p *Planes) Scratch() int64 {
	return int64(len(p.taps)+1)*int64(p.width) + int64(p.strip+(p.Kernel[0]-1)*p.Dilation[0])*int64(p.line)
}

// Run does a task. Weights are [Channels, Kernel], and bias may be nil.
func (p *Planes) Run(y, x, weights, bias, scratch []float32, task int) {
	plane, y0 := task/p.strips, task%p.strips*p.strip
	rows := min(p.strip, p.Out[0]-y0)
	channel := plane % p.Channels
	wide, laid := scratch[:(len(p.taps)+1)*p.width], scratch[(len(p.taps)+1)*p.width:]
	for i, w := range weights[channel*len(p.taps):][:len(p.taps)] {
		spread(wide[i*p.width:][:p.width], w)
	}
	p.lay(laid, x[plane*p.In[0]*p.In[1]:], y0, rows)
	t := Tile{B: unsafe.Pointer(&wide[0]), LDA: 4 * p.line, LDC: 4 * p.Out[1], Lo: p.Lo, Hi: p.Hi, Clamp: p.Clamp, Taps: &p.taps[0], NTaps: len(p.taps)}
	if bias != nil {
		b := wide[len(p.taps)*p.width:]
		spread(b, bias[channel])
		t.Bias = unsafe.Pointer(&b[0])
	}
	y = y[(plane*p.Out[0]+y0)*p.Out[1]:]
	most := depthwiseRows(p.level)
	for row := 0; row < rows; row += t.Rows {
		t.Rows = min(most, rows-row)
		second := 0
		if t.Rows > 1 {
			second = t.half()
		}
		for col := 0; col < p.Out[1]; col += p.width {
			t.Cols = min(p.width, p.Out[1]-col)
			t.A, t.A2 = unsafe.Pointer(&laid[row*p.line+col]), unsafe.Pointer(&laid[(row+second)*p.line+col])
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
	lo := min(p.Pad[1], p.line)
	hi := max(min(p.In[1]+p.Pad[1], p.line), lo)
	for i := range rows + (p.Kernel[0]-1)*p.Dilation[0] {
		line, row := laid[i*p.line:][:p.line], y0+i-p.Pad[0]
		if row < 0 || row >= p.In[0] {
			clear(line)
			continue
		}
		clear(line[:lo])
		copy(line[lo:hi], x[row*p.In[1]:])
		clear(line[hi:])
	}
}
