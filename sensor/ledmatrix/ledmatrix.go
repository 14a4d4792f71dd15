package ledmatrix

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"strconv"
	"sync"

	"periph.io/x/conn/v3/display"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Addr is the address of the microcontroller, which serves the joystick too.
const Addr = 0x46

const chip = "ledmatrix"

// Options are the optional settings of the matrix. The zero value is the default.
type Options struct {
	// Rotation turns the picture clockwise by 0, 90, 180 or 270 degrees. At 0 the HDMI socket is down.
	Rotation int
	// Curve is how bright channels are shown: [Linear] by default.
	Curve Curve
}

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	var errs []error
	if !validRotation(o.Rotation) {
		errs = append(errs, rotationError(o.Rotation))
	}
	if o.Curve >= curves {
		errs = append(errs, errors.New("sensor: ledmatrix: unknown curve "+o.Curve.String()))
	}
	return errors.Join(errs...)
}

// Dev is one matrix. All methods may be called from any goroutine; a lock is held while a frame is sent.
type Dev struct {
	bus   i2c.Bus
	curve *[32]uint8

	mu       sync.Mutex
	rotation int
	frame    [size][size]color.RGBA // by y and x, before rotation; opaque
	out      [1 + levels]byte       // the transaction: register and levels
	shown    [levels]byte           // what the matrix shows, if known is true
	known    bool
}

// New checks that the microcontroller is there. It leaves the matrix as it is: the first Draw or Show sends a whole frame,
// black where nothing was drawn. Errors are those of bad options, all together, and *sensor.NotPresentError. The bus stays
// the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	if o == nil {
		o = &Options{}
	}
	err := o.Validate()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: ledmatrix: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	if err := probe(bus); err != nil {
		return nil, err
	}
	d := &Dev{bus: bus, curve: &curveTables[o.Curve], rotation: o.Rotation}
	for y := range d.frame {
		for x := range d.frame[y] {
			d.frame[y][x].A = 0xFF
		}
	}
	return d, nil
}

func probe(bus i2c.Bus) error {
	b := regs.Bank{Chip: chip, Bus: bus, Addr: Addr}
	p, err := b.Read(regWhoAm, 1)
	if err != nil {
		return &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Err: err}
	}
	if got := p[0] & readMask; got != whoAmI {
		return &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Got: got}
	}
	return nil
}

func rotationError(degrees int) error {
	return errors.New("sensor: ledmatrix: rotation is " + strconv.Itoa(degrees) + " degrees, want 0, 90, 180 or 270")
}

// String names the matrix and its bus.
func (d *Dev) String() string { return "LEDMatrix{" + d.bus.String() + "}" }

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

// SetRotation turns the picture, as in Options, from the next Show or Draw on.
func (d *Dev) SetRotation(degrees int) error {
	if !validRotation(degrees) {
		return rotationError(degrees)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rotation = degrees
	return nil
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
func (d *Dev) Halt() error { return d.Draw(d.Bounds(), image.Black, image.Point{}) }

func (d *Dev) show() error {
	d.out[0] = regFrame
	lit := d.out[1:]
	for y := range d.frame {
		for x, c := range d.frame[y] {
			row, col := place(x, y, d.rotation)
			i := row*rowBytes + col
			lit[i], lit[i+size], lit[i+2*size] = d.curve[c.R>>3], d.curve[c.G>>3], d.curve[c.B>>3]
		}
	}
	if d.known && d.shown == [levels]byte(lit) {
		return nil
	}
	d.known = false // an interrupted transaction leaves a part of the frame
	if err := d.bus.Tx(Addr, d.out[:], nil); err != nil {
		return &sensor.BusError{Chip: chip, Reg: regFrame, Op: "write", Err: err}
	}
	d.shown, d.known = [levels]byte(lit), true
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
