// Package lsm9ds1 reads ST's LSM9DS1: accelerometer, gyroscope and magnetometer, two chips in one case.
//
//	dev, err := lsm9ds1.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Halt()
//	var r sensor.Reading[sensor.Motion]
//	if err := dev.Read(ctx, &r); err != nil { // sensor.ErrNotReady until each of the three has converted once
//		return err
//	}
//
// # Samples without gaps
//
// [Dev.Read] gives the newest values: who reads every 20 ms gets 50 of 119 conversions. With Options.FIFO the part keeps 32
// of them until they are fetched, so that a program may sleep, or be late, and still has each one once:
//
//	dev, err := lsm9ds1.New(bus, &lsm9ds1.Options{Rate: 238 * physic.Hertz, FIFO: 16})
//	...
//	for r, err := range dev.Samples(ctx) { // or dev.ReadBatch, with a rhythm of one's own
//
// A fetch is three transactions for all samples: their number, the samples, and the magnetic field. On a bus of 100 kHz
// that is room for 900 samples a second, on one of 400 kHz for 3600.
//
// The part does not say when it has converted a sample. Its rate differs from the nominal one by some percent and drifts
// with its temperature, so that adding up nominal periods would lead away from the truth by seconds an hour. The times in
// At come from all counts of the FIFO so far, each of which bounds the time of its newest sample from both sides: they are
// right to half a period, typically to a tenth, for as long as the program runs.
//
// sensor.Overrun on a sample says that others are missing before it, or may be; without it none is. The first samples
// after the start, which the datasheet (3.2, 3.5) wants dropped, are not given by any of the methods.
//
// # Axes
//
// Values have the signs that python-sense-hat, by RTIMULib, gives them on a SenseHAT:
//
//	         x   y   z
//	Accel   -x  -y   z   of the chip's outputs: a board that lies flat reads z = +9.81 m/s²
//	Gyro     x   y  -z
//	Mag     -x   y  -z   of the magnetometer's outputs, whose x is the other way round in the case
//
// All three are then in the same axes, with z into the board, and Accel is the specific force negated. A SenseHAT that lay
// flat in Britain agrees: it logged +1.03 g and +69 µT along z. Options.ChipAxes leaves every sign as the chip has it, for
// other boards.
//
// # Units
//
// Acceleration and rate use ST's typical sensitivities (datasheet, table 3). For the magnetometer the sensitivity is
// 1/6842 gauss a count at ±4 gauss, and in proportion beyond, as for the LIS3MDL, which is the same die: the 0.14 mgauss
// of the datasheet are a rounding that is 4 % off.
//
// [Dev.Temperature] is the thermometer of the accelerometer and gyroscope.
//
// # Datasheet
//
// LSM9DS1, iNEMO inertial module, ST: https://www.st.com/resource/en/datasheet/lsm9ds1.pdf
package lsm9ds1
