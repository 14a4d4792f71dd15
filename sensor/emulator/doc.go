// Package emulator is a Raspberry Pi Sense HAT at the level of its I2C
// registers, so that the drivers that run on the board run on a laptop too.
//
// A [Board] implements periph's [i2c.Bus]. Behind its addresses answer models
// of the HTS221, the LPS25H, the two halves of the LSM9DS1 and the
// microcontroller that serves the LED matrix and the joystick. They keep the
// rules that drivers depend on: register pointers and their increments,
// power-down, output data rates, data-ready bits, block data update, one-shot
// conversions, full scales that saturate, and the calibration block that
// turns the HTS221's counts into units.
//
//	board := emulator.New(nil)
//	board.Set(emulator.World{Env: env, Motion: motion})
//	dev, err := hts221.New(board, nil)
//
// # The world
//
// A [World] is what the parts would sense: temperature, pressure and humidity,
// and the motion in the board's axes as package sensor defines them. It is
// given once with [Board.Set] or as a function of time with [Board.SetFunc].
// The emulator undoes each chip's mounting on the board, so that what is set
// is what a driver reads, within one step of the chip's output. The functions
// Env and Motion of package sensor/replay make a World of a recorded row.
//
// A [Scene] gives a World whose motion follows from how the board is held: its
// [Pose] over time makes the rates of turn, the pull and the field that go with
// it. A [Hand] is a pose that a program changes as it goes:
//
//	var hand emulator.Hand
//	scene := &emulator.Scene{Pose: hand.Pose}
//	board.SetFunc(scene.At)
//	hand.Turn([3]float64{0, 0, 1}, math.Pi/2, time.Second)
//
// # Time
//
// No goroutine runs. Each transaction first carries out the conversions that
// fell due since the last one, at the instants their output data rate gives
// on package time's clock. In a testing/synctest bubble that clock is the
// bubble's, and the whole board runs in simulated time. Options.WireTime makes
// transactions as long as they are on a wire.
//
// # Faults
//
// [Board.Fault] scripts what happens to real boards: a part that does not
// acknowledge, a bus that hangs or is locked, another chip behind an address, a
// flipped or stuck bit, an output that no longer moves. Bus errors read like those of periph's Linux
// bus and, like those, carry no errno.
//
// # What is left out
//
// Interrupt pins, FIFOs except the LPS25H's averaging mode, filters,
// big-endian output, self-test, the time that power-on and a reboot take, and
// stretched clocks. The settling of a filter after a change of rate is not
// modelled: the first conversion is as good as the others.
// Nothing here was compared with a board; the register behaviour follows the
// chips' public documentation and drivers.
//
// A Board is safe for concurrent use.
package emulator
