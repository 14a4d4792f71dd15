package lsm9ds1

import (
	"slices"
	"strconv"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/check"
)

// Bus addresses: of the accelerometer and gyroscope, and of the magnetometer, each with its select pin as on the SenseHAT
// and the other way.
const (
	Addr       = 0x6A
	AltAddr    = 0x6B
	MagAddr    = 0x1C
	AltMagAddr = 0x1E
)

// Options are the optional settings of the part. The zero value is the default.
type Options struct {
	// Addr is [Addr] or [AltAddr], MagAddr is [MagAddr] or [AltMagAddr]. 0 is the first of each.
	Addr, MagAddr uint16
	// Rate of acceleration and rotation: 14.9, 59.5, 119, 238, 476 or 952 Hz; of acceleration alone, with GyroOff: 10, 50,
	// 119, 238, 476 or 952 Hz. 0 is 119 Hz.
	Rate physic.Frequency
	// AccelRange is the full scale of acceleration: 2, 4, 8 or 16 g. 0 is 8 g.
	AccelRange int
	// AccelBandwidth is that of the accelerometer's anti-aliasing filter: 50, 105, 211 or 408 Hz. 0 is the chip's choice:
	// these four at 119, 238, 476 and 952 Hz, and 408 Hz at the slower rates.
	AccelBandwidth physic.Frequency
	// GyroRange is the full scale of rotation: 245, 500 or 2000 degrees a second. 0 is 500.
	GyroRange int
	// GyroOff leaves the gyroscope powered down, which saves most of the part's current. Motion.Gyro is 0.
	GyroOff bool
	// MagRate is the rate of the magnetic field: 0.625, 1.25, 2.5, 5, 10, 20, 40 or 80 Hz, or 155, 300, 560 or 1000 Hz, the
	// faster the noisier. 0 is 20 Hz.
	MagRate physic.Frequency
	// MagRange is the full scale of the field: 4, 8, 12 or 16 gauss. 0 is 4 gauss, which is 400 µT.
	MagRange int
	// MagOff leaves the magnetometer alone: nothing is sent to its address, and it need not be there. Motion.Mag is 0.
	MagOff bool
	// LowPower trades noise for current, up to 119 Hz in the gyroscope (datasheet, 3.2) and up to 80 Hz in the magnetometer.
	LowPower bool
	// FIFO, from 1 to 31, has the chip collect up to 32 samples of acceleration and rotation, for ReadBatch and Samples.
	// Samples fetches them when there are so many: 16 gives a program as long again to come for them before the first is
	// lost. 0 is no FIFO.
	FIFO int
	// ChipAxes leaves the signs of all values as the chip has them, instead of turning them into the SenseHAT's axes.
	ChipAxes bool
}

var (
	rates      = []physic.Frequency{14900 * physic.MilliHertz, 59500 * physic.MilliHertz, 119 * physic.Hertz, 238 * physic.Hertz, 476 * physic.Hertz, 952 * physic.Hertz} // ODR 1 to 6
	accelRates = []physic.Frequency{10 * physic.Hertz, 50 * physic.Hertz, 119 * physic.Hertz, 238 * physic.Hertz, 476 * physic.Hertz, 952 * physic.Hertz}
	magRates   = []physic.Frequency{625 * physic.MilliHertz, 1250 * physic.MilliHertz, 2500 * physic.MilliHertz, 5 * physic.Hertz, 10 * physic.Hertz, 20 * physic.Hertz, 40 * physic.Hertz, 80 * physic.Hertz}
	// By omXY: those of the LIS3MDL, which is the same die.
	fastMagRates = []physic.Frequency{1000 * physic.Hertz, 560 * physic.Hertz, 300 * physic.Hertz, 155 * physic.Hertz}

	accelBandwidths = []physic.Frequency{408 * physic.Hertz, 211 * physic.Hertz, 105 * physic.Hertz, 50 * physic.Hertz}

	accelRanges = []int{2, 16, 4, 8}         // in the order of their codes
	gyroRanges  = []int{245, 500, 500, 2000} // code 2 is not defined
	magRanges   = []int{4, 8, 12, 16}
)

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	v := o.withDefaults()
	c := check.Options{Chip: chip}
	c.Addr("address", v.Addr, Addr, AltAddr)
	c.Addr("magnetometer address", v.MagAddr, MagAddr, AltMagAddr)
	if v.GyroOff {
		c.Frequency("rate", v.Rate, accelRates, "10, 50, 119, 238, 476 or 952 Hz")
	} else {
		c.Frequency("rate", v.Rate, rates, "14.9, 59.5, 119, 238, 476 or 952 Hz")
	}
	c.Number("accelerometer range", v.AccelRange, accelRanges, "2, 4, 8 or 16 g")
	if v.AccelBandwidth != 0 {
		c.Frequency("accelerometer bandwidth", v.AccelBandwidth, accelBandwidths, "50, 105, 211 or 408 Hz")
	}
	c.Number("gyroscope range", v.GyroRange, gyroRanges, "245, 500 or 2000 degrees a second")
	if !slices.Contains(fastMagRates, v.MagRate) {
		c.Frequency("magnetometer rate", v.MagRate, magRates, "0.625, 1.25, 2.5, 5, 10, 20, 40, 80, 155, 300, 560 or 1000 Hz")
	}
	c.Number("magnetometer range", v.MagRange, magRanges, "4, 8, 12 or 16 gauss")
	c.Want(v.FIFO >= 0 && v.FIFO < fifoDepth, "FIFO", strconv.Itoa(v.FIFO), "0 to 31 samples")
	return c.Err()
}

func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	if v.Addr == 0 {
		v.Addr = Addr
	}
	if v.MagAddr == 0 {
		v.MagAddr = MagAddr
	}
	if v.Rate == 0 {
		v.Rate = 119 * physic.Hertz
	}
	if v.AccelRange == 0 {
		v.AccelRange = 8
	}
	if v.GyroRange == 0 {
		v.GyroRange = 500
	}
	if v.MagRate == 0 {
		v.MagRate = 20 * physic.Hertz
	}
	if v.MagRange == 0 {
		v.MagRange = 4
	}
	return v
}
