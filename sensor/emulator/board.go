package emulator

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Options are the choices of [New]. A zero Options is a whole, quiet board.
type Options struct {
	// Without lists the addresses of parts that the board does not have.
	// Addresses that no part has are ignored.
	Without []uint16

	// Color is the board's colour sensor: none by default, as on the first
	// Sense HAT; the second has a TCS3400. ColorAddr is its address, 0x29 or
	// 0x39; 0 is [ColorSensor], 0x29.
	Color     *ColorKind
	ColorAddr uint16

	// Noise is the standard deviation of the noise on every output, in steps
	// of that output (LSB). Zero, a negative number or NaN is none.
	Noise float64

	// Seed chooses the noise and the bits that a [BitFlip] without a Mask
	// flips. The noise of a part's n-th conversion depends on Seed and n
	// alone, not on who reads it when.
	Seed uint64

	// WireTime makes transactions take the time of their bits at the bus's
	// speed, one after the other. Without it they take none.
	WireTime bool
}

// Board is an emulated Sense HAT: an I2C bus with its parts on it.
type Board struct {
	mu     sync.Mutex
	slots  []*slot
	world  func(time.Time) World
	seed   uint64
	noise  float64
	faults []*fault
	misuse []error
	speed  physic.Frequency
	matrix *ledMatrix
	flips  uint64
	wiring wiring
	timed  bool
	free   time.Time // when the bus has carried all that was asked of it
}

// slot is the place of one part on the bus.
type slot struct {
	model
	board   *Board
	chip    chip
	pointer byte
	// off is true while the part has no power; it starts afresh after that.
	off   bool
	count int
}

// New returns a board in the world of [Room], with every part as it is after
// power-on. A nil o is a zero Options.
func New(o *Options) *Board {
	if o == nil {
		o = new(Options)
	}
	b := &Board{
		world: func(time.Time) World { return Room() },
		seed:  o.Seed,
		noise: o.Noise,
		speed: 100 * physic.KiloHertz,
		timed: o.WireTime,
	}
	now := time.Now()
	for _, m := range append(models(), colorModels(o)...) {
		if slices.Contains(o.Without, m.addr) {
			continue
		}
		s := &slot{model: m, board: b}
		s.chip = m.new(s)
		s.chip.reset(now)
		if led, ok := s.chip.(*ledMatrix); ok {
			b.matrix = led
		}
		b.slots = append(b.slots, s)
	}
	return b
}

// Tx implements [i2c.Bus]. The first byte of w is the register, the others are
// written from there on; then r is read. Without w, reading goes on where the
// last transaction with that part left the register pointer.
func (b *Board) Tx(addr uint16, w, r []byte) error {
	if addr >= 0x80 {
		return errAddress
	}
	if len(w) == 0 && len(r) == 0 {
		return nil
	}
	// Not under the lock: nothing else that calls the board has to wait in a
	// way that a testing/synctest bubble cannot see.
	time.Sleep(b.wire(len(w), len(r)))
	wait, err := b.transfer(addr, w, r)
	time.Sleep(wait)
	return err
}

// wire reserves the bus for a transaction and returns how long it takes until
// that is over.
func (b *Board) wire(w, r int) time.Duration {
	if !b.timed {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(time.Duration(WireBits(w, r)) * b.speed.Period())
	return b.free.Sub(now)
}

// WireBits returns how long a transaction that writes and reads so many bytes
// is on the wire, in clocks: nine for each byte and for each address, one for
// each start and for the stop.
func WireBits(w, r int) int {
	bits := 1
	if w > 0 {
		bits += 1 + 9*(1+w)
	}
	if r > 0 {
		bits += 1 + 9*(1+r)
	}
	return bits
}

func (b *Board) transfer(addr uint16, w, r []byte) (wait time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.wiring.controlled() {
		return 0, ErrTimeout
	}
	now := time.Now()
	effects := b.strike(addr, now)
	defer b.retire(now)
	if effects.timeout {
		return effects.hold, ErrTimeout
	}
	if effects.nack {
		return 0, ErrNACK
	}
	s := b.slot(addr)
	if s == nil || s.off {
		return 0, ErrNACK
	}
	s.count++
	s.chip.advance(now)
	if len(w) > 0 {
		s.pointer = w[0]
		if c, ok := s.chip.(commander); ok {
			c.command(w[0])
		}
		for _, v := range w[1:] {
			s.chip.write(s.pointer, v)
			s.pointer = s.chip.next(s.pointer)
		}
	}
	for i := range r {
		r[i] = effects.corrupt(s, s.pointer, s.chip.read(s.pointer))
		s.pointer = s.chip.next(s.pointer)
	}
	effects.flipAny(r)
	return 0, nil
}

// SetSpeed implements [i2c.Bus]. It takes the speeds that periph's Linux bus
// takes.
func (b *Board) SetSpeed(f physic.Frequency) error {
	if f < physic.KiloHertz || f > 100*physic.MegaHertz {
		return fmt.Errorf("emulator: invalid bus speed %s: it must be 1kHz to 100MHz", f)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.speed = f
	return nil
}

// Speed returns the speed last set, 100 kHz at first.
func (b *Board) Speed() physic.Frequency {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.speed
}

// String implements [i2c.Bus].
func (b *Board) String() string {
	return "emulator"
}

// Transactions returns how many transactions the part at addr has answered.
func (b *Board) Transactions(addr uint16) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.slot(addr); s != nil {
		return s.count
	}
	return 0
}

// PowerCycle takes the power from the part at addr and gives it back: its
// registers are as after power-on, and it lets go of a bus that it locked. It
// does nothing where there is no part.
func (b *Board) PowerCycle(addr uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.slot(addr); s != nil {
		now := time.Now()
		s.restart(now)
		b.unlock(addr, now)
	}
}

// Misuse returns what a driver did that the chips' documentation forbids, such
// as writing reserved registers, all of it joined, or nil. Only the first 64
// such accesses are kept. Their writes have no effect on the emulated part; on
// a real one they may damage it.
func (b *Board) Misuse() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.misuse...)
}

const maxMisuse = 64

func (b *Board) slot(addr uint16) *slot {
	for _, s := range b.slots {
		if s.addr == addr {
			return s
		}
	}
	return nil
}

func (s *slot) restart(now time.Time) {
	s.pointer = 0
	s.chip.reset(now)
}

// result stores a conversion's value in o, unless the part is frozen.
func (s *slot) result(o *output, v int32, blockUpdate bool) {
	if s.board.suffers(s.addr, FrozenOutput) {
		v = o.shown
	}
	o.convert(v, blockUpdate)
}

// stalled reports whether the part has stopped converting.
func (s *slot) stalled() bool {
	return s.board.suffers(s.addr, Stalled)
}

// sense returns the world at t.
func (s *slot) sense(t time.Time) World {
	return s.board.world(t)
}

// digitize turns x, in steps of the output, into the count that the converter
// gives: with the noise of the n-th conversion of this channel, rounded, and
// saturated to a signed number of the given bits.
func (s *slot) digitize(x float64, bits, channel int, n int64) int32 {
	if s.board.noise > 0 {
		x += s.board.noise * gaussian(s.board.seed, uint64(s.addr)<<8|uint64(channel), uint64(n))
	}
	return saturate(x, bits)
}

// forbid notes a write that the part's documentation forbids.
func (s *slot) forbid(reg, v byte) {
	if b := s.board; len(b.misuse) < maxMisuse {
		b.misuse = append(b.misuse, fmt.Errorf("emulator: %s: write of %#02x to register %#02x, which is not for writing", s.name, v, reg))
	}
}

var _ i2c.Bus = (*Board)(nil)
