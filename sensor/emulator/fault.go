package emulator

import (
	"errors"
	"slices"
	"strconv"
	"time"
)

// Bus errors that a [Board] returns. They read like those of periph's Linux
// bus, which does not let an errno through either.
var (
	// ErrNACK is the error of a transaction that no part acknowledged.
	ErrNACK = errors.New("sysfs-i2c: remote I/O error")
	// ErrTimeout is the error of a transaction during which the bus hung.
	ErrTimeout = errors.New("sysfs-i2c: connection timed out")

	errAddress = errors.New("sysfs-i2c: invalid address")
)

// FaultKind says what goes wrong.
type FaultKind uint8

const (
	// NACK: the part does not acknowledge; the transaction fails with [ErrNACK]
	// and does not reach it. The part goes on converting.
	NACK FaultKind = iota + 1
	// Timeout: the transaction blocks for Hold, then fails with [ErrTimeout],
	// and does not reach the part.
	Timeout
	// Absent: the part is unplugged. It does not acknowledge, and when the
	// fault ends it is as after power-on: a driver has to set it up again.
	Absent
	// FrozenOutput: conversions go on and data-ready bits with them, but the
	// outputs keep the values they have.
	FrozenOutput
	// Stalled: the part answers but does not convert any more.
	Stalled
	// WrongID: the identity register reads Value.
	WrongID
	// BitFlip: the bits of Mask are inverted in each byte that is read from
	// Register. With a Mask of 0, one bit of each transaction's answer is
	// inverted, chosen by the board's seed.
	BitFlip
	// DeadCalibration: the points of the calibration curve read as 0, which
	// makes all of them the same. Only the HTS221 has such registers.
	DeadCalibration
	// BusLock: the part holds the data line down, as one does that lost its
	// power or a clock in the middle of a byte. Once it has begun, every
	// transaction with whichever part blocks for Hold, fails with
	// [ErrTimeout], and counts. No transaction can end it. What can
	// is [Board.PowerCycle] of the part, or nine clocks by hand on the pins of
	// the bus: see [Board.SCL].
	BusLock
	// StuckMSB: each byte that is read has its top bit set. The BCM270x's
	// controllers do this to parts that hold the clock, as the LED matrix'
	// does.
	StuckMSB
)

var faultNames = [...]string{
	NACK: "NACK", Timeout: "Timeout", Absent: "Absent", FrozenOutput: "FrozenOutput",
	Stalled: "Stalled", WrongID: "WrongID", BitFlip: "BitFlip", DeadCalibration: "DeadCalibration",
	BusLock: "BusLock", StuckMSB: "StuckMSB",
}

// String returns the kind's name.
func (k FaultKind) String() string {
	if k > 0 && int(k) < len(faultNames) {
		return faultNames[k]
	}
	return "FaultKind(" + strconv.Itoa(int(k)) + ")"
}

// Fault is one thing that goes wrong, and when.
//
// It begins with the first transaction to Addr after After others, and lasts
// for Count transactions, for the time For, or until it is cleared, whichever
// is first.
type Fault struct {
	Kind FaultKind
	// Addr is the part's address; 0 is all addresses.
	Addr uint16

	// After is how many transactions to Addr pass first. 0 begins at once.
	After int
	// Count is how many transactions are affected; 0 sets no limit.
	Count int
	// For is how long the fault lasts from its begin; 0 sets no limit.
	For time.Duration

	// Hold is how long a transaction blocks on a Timeout or BusLock. 0 is one
	// second, as with Linux's I2C adapters; a negative one does not block. In a
	// testing/synctest bubble no goroutine may meanwhile wait for a mutex
	// that the caller of Tx holds: the bubble's time would stand still.
	Hold time.Duration
	// Value is what a WrongID reads.
	Value byte
	// Register and Mask are where a BitFlip strikes. Register is without an
	// increment bit.
	Register, Mask byte
}

// Fault makes f happen and returns a function that ends it. Faults add up; a
// part's transaction that several would fail is failed by the one given first.
func (b *Board) Fault(f Fault) (clear func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Hold == 0 {
		f.Hold = time.Second
	}
	active := &fault{Fault: f}
	b.faults = append(b.faults, active)
	if f.After <= 0 {
		b.begin(active, time.Now())
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.end(active, time.Now())
	}
}

// ClearFaults ends all faults.
func (b *Board) ClearFaults() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.catchUp(now)
	b.faults = nil
	b.settle(now)
}

// fault is a Fault in progress.
type fault struct {
	Fault
	begun       bool
	until       time.Time // zero: no limit
	seen, spent int       // transactions before and since its begin
}

func (f *fault) hits(addr uint16) bool {
	return f.Addr == 0 || f.Addr == addr || f.begun && f.Kind == BusLock
}

func (b *Board) begin(f *fault, now time.Time) {
	b.catchUp(now)
	f.begun = true
	if f.For > 0 {
		f.until = now.Add(f.For)
	}
	b.settle(now)
}

func (b *Board) end(f *fault, now time.Time) {
	b.catchUp(now)
	b.remove(f, now)
}

func (b *Board) remove(f *fault, at time.Time) {
	if i := slices.Index(b.faults, f); i >= 0 {
		b.faults = slices.Delete(b.faults, i, i+1)
		b.settle(at)
	}
}

// catchUp brings all parts up to now. Faults whose time ends before that end
// when it does, so that each conversion sees the faults of its own instant.
func (b *Board) catchUp(now time.Time) {
	for {
		var first *fault
		for _, f := range b.faults {
			if !f.until.IsZero() && !f.until.After(now) && (first == nil || f.until.Before(first.until)) {
				first = f
			}
		}
		if first == nil {
			break
		}
		b.advance(first.until)
		b.remove(first, first.until)
	}
	b.advance(now)
}

func (b *Board) advance(now time.Time) {
	for _, s := range b.slots {
		if !s.off {
			s.chip.advance(now)
		}
	}
}

// settle gives power to the parts as the faults that have begun say.
func (b *Board) settle(now time.Time) {
	for _, s := range b.slots {
		off := b.suffers(s.addr, Absent)
		if s.off != off {
			s.restart(now)
		}
		s.off = off
	}
}

func (b *Board) suffers(addr uint16, kind FaultKind) bool {
	for _, f := range b.faults {
		if f.begun && f.Kind == kind && f.hits(addr) {
			return true
		}
	}
	return false
}

// effects are what faults do to one transaction.
type effects struct {
	nack, timeout, random bool
	hold                  time.Duration
	board                 *Board
}

// strike moves the faults on by one transaction to addr and returns what they
// do to it.
func (b *Board) strike(addr uint16, now time.Time) effects {
	e := effects{board: b}
	if len(b.faults) == 0 {
		return e
	}
	b.catchUp(now)
	for _, f := range b.faults {
		if !f.hits(addr) {
			continue
		}
		if !f.begun {
			if f.seen < f.After {
				f.seen++
				continue
			}
			b.begin(f, now)
		}
		f.spent++
		switch f.Kind {
		case NACK, Absent:
			e.nack = e.nack || !e.timeout
		case Timeout, BusLock:
			if !e.nack && !e.timeout {
				e.timeout, e.hold = true, f.Hold
			}
		case BitFlip:
			e.random = e.random || f.Mask == 0
		}
	}
	return e
}

// retire ends the faults whose transactions are used up.
func (b *Board) retire(now time.Time) {
	for i := len(b.faults) - 1; i >= 0; i-- {
		if f := b.faults[i]; f.Count > 0 && f.spent >= f.Count {
			b.end(f, now)
		}
	}
}

// corrupt returns what the bus master gets for v, read from register reg of s.
func (e *effects) corrupt(s *slot, reg, v byte) byte {
	for _, f := range e.board.faults {
		if !f.begun || !f.hits(s.addr) {
			continue
		}
		at := s.chip.plain(reg)
		switch f.Kind {
		case WrongID:
			if at == s.id {
				v = f.Value
			}
		case DeadCalibration:
			if s.calibration != nil && s.calibration(at) {
				v = 0
			}
		case BitFlip:
			if at == f.Register {
				v ^= f.Mask
			}
		case StuckMSB:
			v |= 0x80
		}
	}
	return v
}

// flipAny inverts one bit of r if a fault asks for it.
func (e *effects) flipAny(r []byte) {
	if !e.random || len(r) == 0 {
		return
	}
	e.board.flips++
	h := mix(mix(e.board.seed) ^ e.board.flips)
	r[h>>3%uint64(len(r))] ^= 1 << (h & 7)
}
