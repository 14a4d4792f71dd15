package joystick

import (
	"errors"
	"strconv"
	"time"
)

// ErrRunning is what Events yields when another loop over the same joystick has not ended.
var ErrRunning = errors.New("sensor: joystick: the joystick already serves a loop")

// Direction is one of the five that the stick can be pushed in, as the player sees them.
type Direction uint8

// The directions, clockwise; Middle is the stick pushed in.
const (
	Up Direction = iota
	Right
	Down
	Left
	Middle
)

var directionNames = [...]string{"up", "right", "down", "left", "middle"}

// String returns "up", "right", "down", "left" or "middle".
func (d Direction) String() string {
	if int(d) < len(directionNames) {
		return directionNames[d]
	}
	return "Direction(" + strconv.Itoa(int(d)) + ")"
}

// turned returns the direction on a board whose picture is turned clockwise by the rotation.
func (d Direction) turned(degrees int) Direction {
	if d >= Middle {
		return d
	}
	return (d + 4 - Direction(degrees/90)) % 4
}

// Action is what happened.
type Action uint8

// The actions.
const (
	Pressed Action = iota
	Released
	Held // still down: see the package comment
)

var actionNames = [...]string{"pressed", "released", "held"}

// String returns "pressed", "released" or "held".
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return "Action(" + strconv.Itoa(int(a)) + ")"
}

// Event is one change of the joystick, or a direction that is still down.
type Event struct {
	// At is when it was noticed: over I²C the time of the poll, from [time.Now]; from the kernel the time that it gives, by
	// the system's clock and without a monotonic reading.
	At        time.Time
	Direction Direction
	Action    Action
}
