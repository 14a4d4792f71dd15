package lps25h

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// Addr and AltAddr are the part's bus addresses with its SA0 pin low, as on the SenseHAT, and high.
const (
	Addr    = 0x5C
	AltAddr = 0x5D
)

// Options are the optional settings of the part. The zero value is the default.
type Options struct {
	// Addr is [Addr] or [AltAddr]. 0 is Addr.
	Addr uint16
	// Rate of conversions: 1 Hz, 7 Hz, 12.5 Hz or 25 Hz. 0 is 25 Hz.
	Rate physic.Frequency
	// PressureAverage is the number of internal samples averaged for one value: 8, 32, 128 or 512. 0 is 32. A conversion
	// takes 62 µs for each sample averaged (AN4450, 6.2): all settings fit 25 Hz, and cost current.
	PressureAverage int
	// TemperatureAverage is the same for temperature: 8, 16, 32 or 64. 0 is 16.
	TemperatureAverage int
}

var (
	rates               = []physic.Frequency{physic.Hertz, 7 * physic.Hertz, 12500 * physic.MilliHertz, 25 * physic.Hertz} // ODR 1 to 4
	pressureAverages    = []int{8, 32, 128, 512}
	temperatureAverages = []int{8, 16, 32, 64}
)

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	_, err := o.setup()
	return err
}

// setup is what the options come to.
type setup struct {
	addr   uint16
	idle   []regs.Set // written while the part is powered down
	on     regs.Set   // starts conversions
	period time.Duration
}

func (o *Options) setup() (setup, error) {
	var v Options
	if o != nil {
		v = *o
	}
	if v.Addr == 0 {
		v.Addr = Addr
	}
	if v.Rate == 0 {
		v.Rate = 25 * physic.Hertz
	}
	if v.PressureAverage == 0 {
		v.PressureAverage = 32
	}
	if v.TemperatureAverage == 0 {
		v.TemperatureAverage = 16
	}
	odr := slices.Index(rates, v.Rate)
	p, t := slices.Index(pressureAverages, v.PressureAverage), slices.Index(temperatureAverages, v.TemperatureAverage)
	var errs []error
	if v.Addr != Addr && v.Addr != AltAddr {
		errs = append(errs, errors.New("sensor: lps25h: address is "+i2c.Addr(v.Addr).String()+", want 0x5c or 0x5d"))
	}
	if odr < 0 {
		errs = append(errs, errors.New("sensor: lps25h: rate is "+v.Rate.String()+", want 1Hz, 7Hz, 12.5Hz or 25Hz"))
	}
	if p < 0 {
		errs = append(errs, errors.New("sensor: lps25h: pressure average is "+strconv.Itoa(v.PressureAverage)+", want 8, 32, 128 or 512"))
	}
	if t < 0 {
		errs = append(errs, errors.New("sensor: lps25h: temperature average is "+strconv.Itoa(v.TemperatureAverage)+", want 8, 16, 32 or 64"))
	}
	if err := errors.Join(errs...); err != nil {
		return setup{}, err
	}
	return setup{
		addr: v.Addr,
		idle: []regs.Set{
			{Reg: regCtrl1, Value: 0},
			{Reg: regResConf, Value: uint8(t<<2 | p)},
			{Reg: regCtrl2, Value: 0},
			{Reg: regFIFOCtrl, Value: 0},
		},
		on:     regs.Set{Reg: regCtrl1, Value: ctrl1PD | uint8(odr+1)<<4 | ctrl1BDU},
		period: v.Rate.Period(),
	}, nil
}
