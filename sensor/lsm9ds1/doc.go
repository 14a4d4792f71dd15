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
// # Datasheet
//
// LSM9DS1, iNEMO inertial module, ST: https://www.st.com/resource/en/datasheet/lsm9ds1.pdf
package lsm9ds1
