package joystick

import (
	"encoding/binary"
	"io"
	"math/bits"
	"time"
)

// input is one event as the kernel gives it: struct input_event of linux/input.h.
type input struct {
	at         time.Time
	kind, code uint16
	value      int32
}

// Sizes of an event: the two words of its time are as long as the machine's.
const (
	inputSize32 = 16
	inputSize64 = 24

	nativeInputSize = 8 + 2*bits.UintSize/8
)

// Types and codes of linux/input-event-codes.h.
const (
	evSyn = 0x00
	evKey = 0x01

	synReport  = 0
	synDropped = 3

	keyEnter = 28
	keyUp    = 103
	keyLeft  = 105
	keyRight = 106
	keyDown  = 108

	btnSelect    = 0x13A
	btnDpadUp    = 0x220
	btnDpadDown  = 0x221
	btnDpadLeft  = 0x222
	btnDpadRight = 0x223
)

// keyCodes are those of each direction: the kernel's two drivers of the joystick give different ones.
var keyCodes = [...][2]uint16{
	Up:     {keyUp, btnDpadUp},
	Right:  {keyRight, btnDpadRight},
	Down:   {keyDown, btnDpadDown},
	Left:   {keyLeft, btnDpadLeft},
	Middle: {keyEnter, btnSelect},
}

// decoder cuts what a reader gives into events, however the reader cuts it. Events that were read and not taken are kept.
type decoder struct {
	size     int // of an event
	buf      [32 * inputSize64]byte
	from, to int // what of buf is filled and not taken
}

// next returns the next event. An error is the reader's; io.ErrUnexpectedEOF for an end within an event.
func (d *decoder) next(r io.Reader) (input, error) {
	for empty := 0; d.to-d.from < d.size; {
		if d.from > 0 {
			copy(d.buf[:], d.buf[d.from:d.to])
			d.from, d.to = 0, d.to-d.from
		}
		n, err := r.Read(d.buf[d.to:])
		d.to += n
		switch {
		case n > 0: // an error comes again
			empty = 0
		case err == io.EOF && d.to > 0:
			return input{}, io.ErrUnexpectedEOF
		case err != nil:
			return input{}, err
		default:
			if empty++; empty == 100 {
				return input{}, io.ErrNoProgress
			}
		}
	}
	p := d.buf[d.from : d.from+d.size]
	d.from += d.size
	return parseInput(p), nil
}

// drop forgets what was read and not taken.
func (d *decoder) drop() { d.from, d.to = 0, 0 }

// parseInput takes an event of 16 or 24 bytes in the machine's byte order.
func parseInput(p []byte) input {
	e := binary.NativeEndian
	var sec, usec int64
	if len(p) == inputSize32 {
		sec, usec = int64(e.Uint32(p)), int64(e.Uint32(p[4:]))
	} else {
		sec, usec = int64(e.Uint64(p)), int64(e.Uint64(p[8:]))
	}
	p = p[len(p)-8:]
	return input{
		at:   time.Unix(sec, usec*1000),
		kind: e.Uint16(p), code: e.Uint16(p[2:]), value: int32(e.Uint32(p[4:])),
	}
}

// event returns what the input says of the joystick, if anything.
func (in input) event() (Event, bool) {
	if in.kind != evKey {
		return Event{}, false
	}
	e := Event{At: in.at}
	known := false
	for d, codes := range keyCodes {
		if in.code == codes[0] || in.code == codes[1] {
			e.Direction, known = Direction(d), true
		}
	}
	if !known {
		return Event{}, false
	}
	switch in.value {
	case 0:
		e.Action = Released
	case 1:
		e.Action = Pressed
	case 2:
		e.Action = Held
	default:
		return Event{}, false
	}
	return e, true
}
