package f32

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

// Pixelwise is a convolution of images [Images, Channels, Pixels] whose kernel is a single element: each image is the right
// factor of a product whose left one are the weights, and is read where it lies. So nothing need be transposed where
// the channels are first.
//
// A task is a few panels of pixels.
type Pixelwise struct {
	Images, Channels, Filters, Pixels int

	Clamp  bool // to Lo and Hi
	Lo, Hi float32

	level cpu.Level
	group int // panels of a task
	tasks int // of an image
}

// nearPanels is how many bytes of panels a task has, or two panels: they are gone through with the same weights.
const nearPanels = 32 << 10

// NewPixelwise plans a convolution.
func NewPixelwise(l cpu.Level, images, channels, filters, pixels int) *Pixelwise {
	c := &Pixelwise{Images: images, Channels: channels, Filters: filters, Pixels: pixels, level: l}
	panels := Count(l, pixels)
	c.group = min(max(nearPanels/(4*Width(l)*max(channels, 1)), 2), panels)
	c.tasks = ceil(panels, c.group)
	return c
}

// Tasks returns how many tasks there are.
func (c *Pixelwise) Tasks() int { return c.Images * c.tasks }

// TaskWork returns about how many multiply-accumulates a task is.
func (c *Pixelwise) TaskWork() int64 {
	return int64(c.group*Width(c.level)) * int64(c.Filters) * int64(c.Channels)
}

// Scratch returns how many elements of memory the tasks of a goroutine are done in.
func (c *Pixelwise) Scratch() int64 {
	return int64(Width(c.level)) * (int64(c.Filters) + int64(c.Channels))
}

// Start writes to scratch what all tasks of a goroutine need of the bias, which may be empty.
func (c *Pixelwise) Start(bias, scratch []float32) {
	width := Width(c.level)
	for f, b := range bias {
		spread(scratch[f*width:][:width], b)
	}
}

// Run does a task. Weights are [Filters, Channels].
func (c *Pixelwise) Run(y, x, weights, bias, scratch []float32, task int) {
	var tap Tap
	width, all := Width(c.level), Tiles(c.level, c.Filters)
	wide, last := scratch[:c.Filters*width], scratch[c.Filters*width:]
	t := Tile{
		Taps: &tap, NTaps: 1, K: c.Channels, LDA: 4 * c.Channels, LDC: 4 * c.Pixels, LDAdd: 4 * width,
		Lo: c.Lo, Hi: c.Hi, Clamp: c.Clamp,
	}
	image, from := task/c.tasks, task%c.tasks*c.group*width
	x = x[image*c.Channels*c.Pixels:][:c.Channels*c.Pixels]
	y = y[image*c.Filters*c.Pixels:][:c.Filters*c.Pixels]
	to := min(from+c.group*width, c.Pixels)
	if cols := c.Pixels % width; to == c.Pixels && cols%(width/2) > 0 { // the tiles read whole panels
		PackMatrix(c.level, c.Channels, cols, last, x[to-cols:], c.Pixels, false, 0, 1)
	}
	for i := range all {
		row := c.Filters * i / all
		t.Rows = c.Filters*(i+1)/all - row
		half := row
		if t.Rows > 1 {
			half += t.half()
		}
		t.A, t.A2 = unsafe.Pointer(&weights[row*c.Channels]), unsafe.Pointer(&weights[half*c.Channels])
		if len(bias) > 0 {
			t.Add, t.Add2 = unsafe.Pointer(&wide[row*width]), unsafe.Pointer(&wide[half*width])
		}
		for at := from; at < to; at += width {
			t.Cols = min(width, to-at)
			t.B, t.LDB = unsafe.Pointer(&x[at]), 4*c.Pixels
			if t.Cols%(width/2) > 0 {
				t.B, t.LDB = unsafe.Pointer(&last[0]), 0
			}
			t.C, t.C2 = unsafe.Pointer(&y[row*c.Pixels+at]), unsafe.Pointer(&y[half*c.Pixels+at])
			t.Run(c.level, lastWidth(width, t.Cols))
		}
	}
}
