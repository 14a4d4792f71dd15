package ledmatrix

import (
	"errors"
	"image/color"
	"os"

	"github.com/brinkml/brink/sensor"
)

// OpenFramebuffer shows frames through the kernel's rpisense driver, for systems where that has the matrix. path is the
// device, as /dev/fb1, and empty for the one that /sys/class/graphics lists under the name "RPi-Sense FB". The device stays
// open, since opening and closing it costs 10 ms each, until [Dev.Close].
//
// A frame is one write of 128 bytes, which the driver sends to the matrix within 10 ms. The driver has a curve of its own,
// for all programs: it is set to the one of o when the first frame is shown, and put back by Close.
//
// Errors are those of bad options, all together; *sensor.NotPresentError when there is no such frame buffer or it does not
// open; and errors.ErrUnsupported on other systems than Linux.
func OpenFramebuffer(path string, o *Options) (*Dev, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	fb, err := openFramebuffer(path)
	if err != nil {
		if !errors.Is(err, errors.ErrUnsupported) {
			err = &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Err: err}
		}
		return nil, err
	}
	return newDev(fb, o), nil
}

// framebuffer writes to the kernel driver's memory, 16 bits a pixel in RGB565, low byte first.
type framebuffer struct {
	f      *os.File
	out    [2 * size * size]byte
	curves curveSetter
	set    [32]uint8 // the curve that the driver has, if isSet
	isSet  bool
	former *[32]uint8 // the one to put back
}

// curveSetter is what the driver's ioctls do. errors.ErrUnsupported says that it has none, as a plain file.
type curveSetter interface {
	curve() ([32]uint8, error)
	setCurve(*[32]uint8) error
}

// encode has the driver apply the curve. One without curves gets levels that have been through it.
func (fb *framebuffer) encode(p *picture, curve *[32]uint8) ([]byte, error) {
	own, err := fb.tone(curve)
	if err != nil {
		return nil, err
	}
	for y := range p {
		for x, c := range p[y] {
			if !own && *curve != curveTables[Linear] {
				c = color.RGBA{R: curve[c.R>>3] << 3, G: curve[c.G>>3] << 3, B: curve[c.B>>3] << 3}
			}
			v := rgb565(c)
			i := 2 * (y*size + x)
			fb.out[i], fb.out[i+1] = byte(v), byte(v>>8)
		}
	}
	return fb.out[:], nil
}

// tone gives the driver the curve, and reports whether it has taken it.
func (fb *framebuffer) tone(curve *[32]uint8) (own bool, err error) {
	if fb.curves == nil || fb.isSet && fb.set == *curve {
		return fb.curves != nil, nil
	}
	if fb.former == nil {
		former, err := fb.curves.curve()
		if errors.Is(err, errors.ErrUnsupported) {
			fb.curves = nil
			return false, nil
		}
		if err != nil {
			return false, fail(err)
		}
		fb.former = &former
	}
	fb.isSet = false
	if err := fb.curves.setCurve(curve); err != nil {
		return false, fail(err)
	}
	fb.set, fb.isSet = *curve, true
	return true, nil
}

func (fb *framebuffer) write(frame []byte) error {
	if _, err := fb.f.WriteAt(frame, 0); err != nil {
		return fail(err)
	}
	return nil
}

func (fb *framebuffer) close() error {
	var err error
	if fb.former != nil {
		err = fb.curves.setCurve(fb.former)
	}
	return errors.Join(err, fb.f.Close())
}

func (fb *framebuffer) String() string { return fb.f.Name() }

func fail(err error) error {
	return &sensor.BusError{Chip: chip, Reg: regFrame, Op: "write", Err: err}
}

// rgb565 keeps the upper five bits of red and blue, and the upper six of green, of which the driver drops the last.
func rgb565(c color.RGBA) uint16 {
	return uint16(c.R>>3)<<11 | uint16(c.G>>2)<<5 | uint16(c.B>>3)
}
