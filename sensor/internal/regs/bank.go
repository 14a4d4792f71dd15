// Package regs gives the drivers of this tree byte-wide registers on an I²C bus: fixed buffers, so that no transaction
// allocates, and errors that name the register.
package regs

import (
	"errors"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
)

// MaxRead is the longest burst that Bank.Read takes.
const MaxRead = 16

// Bank is the register file of one chip. It belongs to one goroutine at a time, and must not be copied after use.
type Bank struct {
	Chip string
	Bus  i2c.Bus
	Addr uint16
	// Auto is or-ed into the register number of a burst: the bit by which ST's older parts switch auto-increment on.
	Auto uint8

	w [2]byte
	r [MaxRead]byte
}

// Read reads n registers from reg on. The bytes are valid until the next call.
func (b *Bank) Read(reg uint8, n int) ([]byte, error) {
	if err := b.ReadInto(reg, b.r[:n]); err != nil {
		return nil, err
	}
	return b.r[:n], nil
}

// ReadInto reads len(p) registers from reg on, of any number.
func (b *Bank) ReadInto(reg uint8, p []byte) error {
	b.w[0] = reg
	if len(p) > 1 {
		b.w[0] |= b.Auto
	}
	if err := b.Bus.Tx(b.Addr, b.w[:1], p); err != nil {
		return Fail(b.Chip, reg, "read", err)
	}
	return nil
}

// Write sets one register.
func (b *Bank) Write(reg, v uint8) error {
	b.w[0], b.w[1] = reg, v
	if err := b.Bus.Tx(b.Addr, b.w[:2], nil); err != nil {
		return Fail(b.Chip, reg, "write", err)
	}
	return nil
}

// Set is a register and the value it is to have.
type Set struct{ Reg, Value uint8 }

// WriteAll sets registers in the order given and stops at the first error.
func (b *Bank) WriteAll(list ...Set) error {
	for _, s := range list {
		if err := b.Write(s.Reg, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// Holds reports whether the registers have the values given: they have not after the chip has lost its power.
func (b *Bank) Holds(list ...Set) (bool, error) {
	for _, s := range list {
		p, err := b.Read(s.Reg, 1)
		if err != nil {
			return false, err
		}
		if p[0] != s.Value {
			return false, nil
		}
	}
	return true, nil
}

// Probe checks the identity in register reg. It returns a *sensor.NotPresentError when nobody answers or another chip
// does. name, if not nil, gives the name of a chip that is known to answer at the same address, or "".
func (b *Bank) Probe(reg, want uint8, name func(identity uint8) string) error {
	p, err := b.Read(reg, 1)
	if err != nil {
		return &sensor.NotPresentError{Chip: b.Chip, Addr: b.Addr, Want: want, Err: err}
	}
	got := p[0]
	if got == want {
		return nil
	}
	e := &sensor.NotPresentError{Chip: b.Chip, Addr: b.Addr, Want: want, Got: got}
	if name != nil && name(got) != "" {
		e.Err = errors.New("this is the identity of " + name(got))
	}
	return e
}

// Int16 reads a little-endian two's complement value.
func Int16(p []byte) int16 { return int16(uint16(p[0]) | uint16(p[1])<<8) }
