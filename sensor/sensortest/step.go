package sensortest

import (
	"time"

	"github.com/brinkml/brink/sensor"
)

// Forever is a number of times without an end.
const Forever = -1

// Step is what one call of [Source.Read] does, or several. The zero Step gives
// a zero value. Of Hang, Err, NotReady and Stale the first that is set counts.
type Step[T any] struct {
	// Value is what the read gives.
	Value T
	// Quality is set in the reading, with or without an error.
	Quality sensor.Quality

	// Hang blocks until the read's context ends, and returns its error.
	Hang bool
	// Err makes the read fail with this very error.
	Err error
	// NotReady makes the read fail with sensor.ErrNotReady.
	NotReady bool
	// Stale gives the last value once more, marked so; before the first one
	// it is NotReady. Value is not used.
	Stale bool

	// Delay is how long the read blocks before it does any of this. When its
	// context ends first, the read returns the context's error and the step
	// is used up.
	Delay time.Duration
	// Times is how many calls the step is for: 0 and 1 are one, [Forever] is
	// all that follow.
	Times int
}
