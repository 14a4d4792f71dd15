package ledmatrix

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"sync"

	"periph.io/x/conn/v3/display"
	"periph.io/x/conn/v3/i2c"
)

// Addr is the address of the microcontroller, which serves the joystick too.
const Addr = 0x46

const chip = "ledmatrix"

// Dev is one matrix. All methods may be called from any goroutine; a lock is held while a frame is sent.
//
// What is named Set or Flip changes the frame or how it is shown, and nothing on the matrix until the next Show; all other
// methods that change the frame show it.
type Dev struct {
	mu    sync.Mutex
	panel panel
	pose  pose
	curve [32]uint8
	frame picture // as drawn, before the pose; opaque
	posed picture
	shown [1 + levels]byte // what the matrix shows, if known is true
	known bool
}

// New checks that the microcontroller is there. It leaves the matrix as it is: the first Draw or Show sends a whole frame,
// black where nothing was drawn. Errors are those of bad options, all together, and *sensor.NotPresentError. The bus stays
// the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	err := o.Validate()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: ledmatrix: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	p := &direct{bus: bus}
	if err := p.probe(); err != nil {
		return nil, err
	}
	return newDev(p, o), nil
}

func newDev(p panel, o *Options) *Dev {
	if o == nil {
		o = &Options{}
	}
	d := &Dev{panel: p, curve: curveTables[o.Curve], pose: pose{o.Rotation, o.FlipH, o.FlipV}}
	for y := range d.frame {
		for x := range d.frame[y] {
			d.frame[y][x].A = 0xFF
		}
	}
	return d
}

// String names the matrix and its bus or frame buffer.
func (d *Dev) String() string { return "LEDMatrix{" + d.panel.String() + "}" }

// ColorModel implements display.Drawer and image.Image: 8 bits a channel. Transparency is drawn over black.
func (d *Dev) ColorModel() color.Model { return color.RGBAModel }

// Bounds implements display.Drawer and image.Image: 8×8 from the top left.
func (d *Dev) Bounds() image.Rectangle { return image.Rect(0, 0, size, size) }

// Draw implements display.Drawer: it copies from src what falls into dst and the matrix, and shows the frame. The pixel
// of src at sp goes to dst.Min. An error is a *sensor.BusError; the frame keeps what was drawn, and the next Draw or Show
// sends all of it.
//
// Drawing allocates nothing if src has RGBA64At, as all images of the standard library do.
func (d *Dev) Draw(dst image.Rectangle, src image.Image, sp image.Point) error {
	shift := sp.Sub(dst.Min)
	r := dst.Intersect(d.Bounds()).Intersect(src.Bounds().Sub(shift))
	var drawn [size][size]color.RGBA // taken before the lock: src may be d itself, or slow
	fast, _ := src.(image.RGBA64Image)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if fast != nil {
				drawn[y][x] = opaque(fast.RGBA64At(x+shift.X, y+shift.Y))
			} else {
				drawn[y][x] = overBlack(src.At(x+shift.X, y+shift.Y))
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(d.frame[y][r.Min.X:r.Max.X], drawn[y][r.Min.X:r.Max.X])
	}
	return d.show()
}

// Set implements draw.Image. It changes the frame, and nothing on the matrix until the next Show or Draw. Points outside
// are ignored.
func (d *Dev) Set(x, y int, c color.Color) {
	if uint(x) >= size || uint(y) >= size {
		return
	}
	rgba := overBlack(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frame[y][x] = rgba
}

// At implements image.Image: the colour that was drawn there, all of its bits. Outside it is the zero RGBA.
func (d *Dev) At(x, y int) color.Color {
	if uint(x) >= size || uint(y) >= size {
		return color.RGBA{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.frame[y][x]
}

// Image returns a copy of the frame as it was drawn, before rotation.
func (d *Dev) Image() *image.RGBA {
	img := image.NewRGBA(d.Bounds())
	d.mu.Lock()
	defer d.mu.Unlock()
	for y := range d.frame {
		for x, c := range d.frame[y] {
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// Show sends the frame, unless the matrix shows it already. An error is a *sensor.BusError.
func (d *Dev) Show() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.show()
}

// Refresh sends the frame even if the matrix should show it already: after the board has lost its power, or another
// program has drawn.
func (d *Dev) Refresh() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = false
	return d.show()
}

// Halt makes frame and matrix dark.
func (d *Dev) Halt() error { return d.Clear(nil) }

// Close gives back what the Dev has opened, which is the frame buffer; the matrix stays as it is. Of a matrix on a bus,
// which is the caller's, there is nothing to close. What needs the frame buffer after that returns os.ErrClosed.
func (d *Dev) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = false
	return d.panel.close()
}

// show sends the frame unless that is known to be on the matrix. d.mu is held.
func (d *Dev) show() error {
	for y := range d.frame {
		for x, c := range d.frame[y] {
			row, col := d.pose.place(x, y)
			d.posed[row][col] = c
		}
	}
	out, err := d.panel.encode(&d.posed, &d.curve)
	if err != nil {
		d.known = false
		return err
	}
	if d.known && bytes.Equal(d.shown[:len(out)], out) {
		return nil
	}
	d.known = false // an interrupted transaction leaves a part of the frame
	if err := d.panel.write(out); err != nil {
		return err
	}
	copy(d.shown[:], out)
	d.known = true
	return nil
}

func overBlack(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 0xFF}
}

func opaque(c color.RGBA64) color.RGBA {
	return color.RGBA{R: uint8(c.R >> 8), G: uint8(c.G >> 8), B: uint8(c.B >> 8), A: 0xFF}
}

var (
	_ display.Drawer = (*Dev)(nil)
	_ draw.Image     = (*Dev)(nil)
)
