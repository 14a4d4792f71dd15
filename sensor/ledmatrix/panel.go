package ledmatrix

import (
	"image/color"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// picture is what the matrix is to show, by row and column as it lies with the HDMI socket down.
type picture [size][size]color.RGBA

// panel is a way to the LEDs. The Dev calls one method at a time.
type panel interface {
	// encode returns the bytes that show a picture through a curve, in a buffer that the panel keeps.
	encode(p *picture, curve *[32]uint8) ([]byte, error)
	// write sends what encode returned. Its errors are *sensor.BusError.
	write(frame []byte) error
	// close gives back what the panel has opened.
	close() error
	String() string
}

// direct writes to the microcontroller's registers.
type direct struct {
	bus i2c.Bus
	out [1 + levels]byte // the transaction: register and levels
}

func (d *direct) probe() error {
	b := regs.Bank{Chip: chip, Bus: d.bus, Addr: Addr}
	p, err := b.Read(regWhoAm, 1)
	if err != nil {
		return &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Err: err}
	}
	if got := p[0] & readMask; got != whoAmI {
		return &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Got: got}
	}
	return nil
}

func (d *direct) encode(p *picture, curve *[32]uint8) ([]byte, error) {
	d.out[0] = regFrame
	for y := range p {
		row := d.out[1+y*rowBytes:]
		for x, c := range p[y] {
			row[x], row[x+size], row[x+2*size] = curve[c.R>>3], curve[c.G>>3], curve[c.B>>3]
		}
	}
	return d.out[:], nil
}

func (d *direct) write(frame []byte) error {
	if err := d.bus.Tx(Addr, frame, nil); err != nil {
		return regs.Fail(chip, regFrame, "write", err)
	}
	return nil
}

func (d *direct) close() error   { return nil }
func (d *direct) String() string { return d.bus.String() }
