package emulator

import (
	"image/color"
	"time"
)

// Registers of the microcontroller behind the LED matrix and the joystick
// (drivers/mfd/rpisense-core.c in the Raspberry Pi kernel).
const (
	ledRAMSize = 192
	ledID      = 0xF0
	ledVersion = 0xF1
	ledKeys    = 0xF2

	ledIdentity = 's'
)

// Keys is a set of joystick directions. With the HDMI connector down they are
// as the player sees them.
type Keys byte

// The bits of the joystick register.
const (
	KeyDown Keys = 1 << iota
	KeyRight
	KeyUp
	KeyEnter // the stick pressed in
	KeyLeft
)

// ledMatrix is the microcontroller.
type ledMatrix struct {
	*slot
	// ram has 24 bytes a row: 8 red, 8 green, 8 blue.
	ram    [ledRAMSize]byte
	keys   Keys
	line   bool          // the interrupt line: high from a change of keys until they are read
	edges  chan struct{} // its rising edges, the last one
	frames uint64
	// run is the RAM byte that would continue the last write.
	run int
}

func newLEDMatrix(s *slot) chip {
	return &ledMatrix{slot: s, edges: make(chan struct{}, 1)}
}

// reset darkens the matrix. The joystick is where the player has it.
func (c *ledMatrix) reset(time.Time) {
	c.ram = [ledRAMSize]byte{}
}

func (c *ledMatrix) advance(time.Time) {
	c.run = -1
}

func (c *ledMatrix) read(reg byte) byte {
	switch {
	case reg < ledRAMSize:
		return c.ram[reg]
	case reg == ledID:
		return ledIdentity
	case reg == ledVersion:
		return 2
	case reg == ledKeys:
		c.line = false
		return byte(c.keys)
	}
	return 0
}

func (c *ledMatrix) write(reg, v byte) {
	if reg >= ledRAMSize {
		c.forbid(reg, v)
		return
	}
	if c.run != int(reg) {
		c.frames++
	}
	c.run = int(reg) + 1
	c.ram[reg] = v & 0x1F
}

func (c *ledMatrix) next(reg byte) byte  { return reg + 1 }
func (c *ledMatrix) plain(reg byte) byte { return reg }

// Pixels returns what the matrix shows, row by row from the top left corner
// with the HDMI connector down. The 5 bits of each colour are spread over 8 as
// they are, 31 being 255; a gamma correction that the driver did shows in them.
// Without a matrix all pixels are transparent.
func (b *Board) Pixels() [64]color.NRGBA {
	b.mu.Lock()
	defer b.mu.Unlock()
	var px [64]color.NRGBA
	if b.matrix == nil {
		return px
	}
	wide := func(v byte) byte { return v<<3 | v>>2 }
	for i := range px {
		row := b.matrix.ram[i/8*24:]
		px[i] = color.NRGBA{R: wide(row[i%8]), G: wide(row[i%8+8]), B: wide(row[i%8+16]), A: 255}
	}
	return px
}

// Frames returns how many transactions have written to the matrix.
func (b *Board) Frames() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.matrix == nil {
		return 0
	}
	return b.matrix.frames
}

// SetKeys moves the joystick: keys are down, all others up.
//
// A change raises the microcontroller's interrupt line, which falls when the
// keys are read: see [Board.KeyEdges].
func (b *Board) SetKeys(keys Keys) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.matrix
	if c == nil || c.keys == keys {
		return
	}
	c.keys = keys
	if c.line || c.off {
		return
	}
	c.line = true
	select {
	case c.edges <- struct{}{}:
	default: // the edge before has not been taken: it stands for both
	}
}

// KeyEdges returns the rising edges of the joystick's interrupt line, GPIO23 of
// a Raspberry Pi: one value for all edges since the last was taken. The line
// rises when keys change and falls when they are read, so that there is no
// second edge before. Without a matrix the channel is nil: nothing ever comes.
func (b *Board) KeyEdges() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.matrix == nil {
		return nil
	}
	return b.matrix.edges
}
