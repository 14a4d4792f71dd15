package lsm9ds1

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/regs"
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
	// Rate of acceleration and rotation: 14.9, 59.5, 119, 238, 476 or 952 Hz. 0 is 119 Hz.
	Rate physic.Frequency
	// AccelRange is the full scale of acceleration: 2, 4, 8 or 16 g. 0 is 8 g.
	AccelRange int
	// GyroRange is the full scale of rotation: 245, 500 or 2000 degrees a second. 0 is 500.
	GyroRange int
	// MagRate is the rate of the magnetic field: 0.625, 1.25, 2.5, 5, 10, 20, 40 or 80 Hz. 0 is 20 Hz.
	MagRate physic.Frequency
	// MagRange is the full scale of the field: 4, 8, 12 or 16 gauss. 0 is 4 gauss, which is 400 µT.
	MagRange int
	// ChipAxes leaves the signs of all values as the chip has them, instead of turning them into the SenseHAT's axes.
	ChipAxes bool
}

var (
	rates    = []physic.Frequency{14900 * physic.MilliHertz, 59500 * physic.MilliHertz, 119 * physic.Hertz, 238 * physic.Hertz, 476 * physic.Hertz, 952 * physic.Hertz} // ODR 1 to 6
	magRates = []physic.Frequency{625 * physic.MilliHertz, 1250 * physic.MilliHertz, 2500 * physic.MilliHertz, 5 * physic.Hertz, 10 * physic.Hertz, 20 * physic.Hertz, 40 * physic.Hertz, 80 * physic.Hertz}

	accelRanges = []int{2, 16, 4, 8} // in the order of their codes
	gyroRanges  = []int{245, 500, -1, 2000}
	magRanges   = []int{4, 8, 12, 16}
)

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	_, err := o.setup()
	return err
}

// setup is what the options come to. on starts the conversions of a chip, and its first entry is the one by which a chip
// that has lost its power is known.
type setup struct {
	addr, magAddr     uint16
	idle, on          []regs.Set
	idleMag, onMag    []regs.Set
	period, magPeriod time.Duration
	accel, gyro, mag  scale
}

func (o *Options) setup() (setup, error) {
	v := o.withDefaults()
	odr, magODR := slices.Index(rates, v.Rate), slices.Index(magRates, v.MagRate)
	accel, gyro, mag := slices.Index(accelRanges, v.AccelRange), slices.Index(gyroRanges, v.GyroRange), slices.Index(magRanges, v.MagRange)
	var errs []error
	want := func(ok bool, what, got, want string) {
		if !ok {
			errs = append(errs, errors.New("sensor: lsm9ds1: "+what+" is "+got+", want "+want))
		}
	}
	want(v.Addr == Addr || v.Addr == AltAddr, "address", i2c.Addr(v.Addr).String(), "0x6a or 0x6b")
	want(v.MagAddr == MagAddr || v.MagAddr == AltMagAddr, "magnetometer address", i2c.Addr(v.MagAddr).String(), "0x1c or 0x1e")
	want(odr >= 0, "rate", v.Rate.String(), "14.9, 59.5, 119, 238, 476 or 952 Hz")
	want(magODR >= 0, "magnetometer rate", v.MagRate.String(), "0.625, 1.25, 2.5, 5, 10, 20, 40 or 80 Hz")
	want(accel >= 0, "accelerometer range", strconv.Itoa(v.AccelRange), "2, 4, 8 or 16 g")
	want(gyro >= 0 && v.GyroRange > 0, "gyroscope range", strconv.Itoa(v.GyroRange), "245, 500 or 2000 degrees a second")
	want(mag >= 0, "magnetometer range", strconv.Itoa(v.MagRange), "4, 8, 12 or 16 gauss")
	if err := errors.Join(errs...); err != nil {
		return setup{}, err
	}
	s := setup{addr: v.Addr, magAddr: v.MagAddr, period: v.Rate.Period(), magPeriod: v.MagRate.Period()}
	s.accel, s.gyro, s.mag = accelScales[accel], gyroScales[gyro], magScales[mag]
	if !v.ChipAxes {
		s.accel.signs, s.gyro.signs, s.mag.signs = boardAccel, boardGyro, boardMag
	}
	s.idle = []regs.Set{
		{Reg: regCtrl8, Value: ctrl8}, // first: bursts depend on it
		{Reg: regCtrl1G, Value: 0},
		{Reg: regCtrl6XL, Value: 0},
		{Reg: regCtrl2G, Value: 0},
		{Reg: regCtrl3G, Value: 0},
		{Reg: regOrientG, Value: 0},
		{Reg: regCtrl4, Value: allAxes},
		{Reg: regCtrl5XL, Value: allAxes},
		{Reg: regCtrl7XL, Value: 0},
		{Reg: regCtrl9, Value: 0},
		{Reg: regFIFOCtrl, Value: 0},
	}
	s.on = []regs.Set{
		{Reg: regCtrl1G, Value: uint8(odr+1)<<5 | uint8(gyro)<<3 | bandwidthG},
		{Reg: regCtrl6XL, Value: uint8(odr+1)<<5 | uint8(accel)<<3},
	}
	s.idleMag = []regs.Set{
		{Reg: regCtrl3M, Value: ctrl3MOff},
		{Reg: regCtrl1M, Value: ctrl1MUltra | uint8(magODR)<<2},
		{Reg: regCtrl2M, Value: uint8(mag) << 5},
		{Reg: regCtrl4M, Value: ctrl4MUltra},
		{Reg: regCtrl5M, Value: ctrl5MBDU},
	}
	for i := range uint8(offsetsM) {
		s.idleMag = append(s.idleMag, regs.Set{Reg: regOffsetM + i, Value: 0})
	}
	s.onMag = []regs.Set{{Reg: regCtrl3M, Value: ctrl3MOn}}
	return s, nil
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
