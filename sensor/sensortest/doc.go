// Package sensortest has sources that do what a test needs: give values, fail,
// lag, hang, and count how often they were asked; and a check of whether a
// source keeps the rules of package sensor.
//
// [Values] gives numbers one after the other, [Script] goes through steps of
// which each may be a fault, and [Func] asks a function:
//
//	type step = sensortest.Step[float64]
//	src := sensortest.Script(
//		step{NotReady: true},
//		step{Value: 20.5, Times: 3},
//		step{Err: &sensor.BusError{Chip: "mock", Op: "read", Err: io.ErrUnexpectedEOF}},
//		step{Hang: true},
//		step{Value: 21, Quality: sensor.Clipped, Delay: time.Second},
//	)
//
// When values or steps are used up, Read returns io.EOF as a recording does,
// which ends a [sensor.Sampler]'s loop without an error.
//
// Time is package time's: in a testing/synctest bubble a [Source] waits in
// simulated time. Faults below the driver, on the bus or in a chip's registers,
// are those of package sensor/emulator.
package sensortest
