package emulator

import (
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// World is what the board's parts would sense.
//
// Motion is in the board's axes and in package sensor's units: m/s², rad/s and
// µT. A board that lies flat and still has Accel = {0, 0, 9.80665}.
//
// Light is what the colour sensor of a board that has one sees; the zero Light
// is darkness.
type World struct {
	Env    physic.Env
	Motion sensor.Motion
	Light  Light
}

// Room returns the world that a new [Board] starts in: a board flat on a table,
// at 21 °C, 1013.25 hPa and 45 %RH, in a magnetic field of central Europe's
// strength that points along the board's y axis and into the table, in neutral
// white lamp light of 300 lux and 4000 K. A [Scene] has rooms in which the board
// is turned and moved.
func Room() World {
	return World{
		Env: physic.Env{
			Temperature: physic.ZeroCelsius + 21*physic.Celsius,
			Pressure:    101325 * physic.Pascal,
			Humidity:    45 * physic.PercentRH,
		},
		Motion: sensor.Motion{
			Accel: [3]float64{0, 0, 9.80665},
			Mag:   [3]float64{0, 20, 44},
		},
		Light: WhiteLight(300, 4000),
	}
}

// Set makes w the world from now on. Conversions that were due before now have
// seen the world as it was.
func (b *Board) Set(w World) {
	b.SetFunc(func(time.Time) World { return w })
}

// SetFunc makes every conversion from now on sample the world at its own
// instant: f gets that instant and returns what is there to be sensed then.
//
// f is called on the goroutine of whichever transaction comes next, with the
// board locked, so it must not call the board. The instants of one part only
// grow, those of different parts interleave, and those that nobody read in time
// are not all asked for. A nil f stands for the world of [Room].
func (b *Board) SetFunc(f func(t time.Time) World) {
	if f == nil {
		f = func(time.Time) World { return Room() }
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catchUp(time.Now())
	b.world = f
}
