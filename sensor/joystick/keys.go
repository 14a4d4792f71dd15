package joystick

import (
	"math/bits"
	"time"
)

// switches are the directions by the bits of the register.
var switches = [...]Direction{Down, Right, Up, Middle, Left}

const allSwitches = 1<<len(switches) - 1

// keys turns states of the register into events.
type keys struct {
	delay, repeat time.Duration

	down uint8 // what the events so far have said
	last uint8 // the bit that is repeated, or 0
	due  time.Time
}

// next returns the event that leads from what is known to the state given, one bit at a time, and then the Held event that
// is due. It is called until there is none.
func (k *keys) next(now time.Time, state uint8) (d Direction, a Action, ok bool) {
	state &= allSwitches
	if up := k.down &^ state; up != 0 {
		bit := up & -up
		k.down &^= bit
		k.last = 0
		return direction(bit), Released, true
	}
	if down := state &^ k.down; down != 0 {
		bit := down & -down
		k.down |= bit
		if k.delay >= 0 {
			k.last, k.due = bit, now.Add(k.delay)
		}
		return direction(bit), Pressed, true
	}
	if k.last == 0 || now.Before(k.due) {
		return 0, 0, false
	}
	if k.due = k.due.Add(k.repeat); !now.Before(k.due) {
		k.due = now.Add(k.repeat) // late: what was missed is not made up for
	}
	return direction(k.last), Held, true
}

func direction(bit uint8) Direction { return switches[bits.TrailingZeros8(bit)] }
