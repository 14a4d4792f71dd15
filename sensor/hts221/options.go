package hts221

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// Options are the optional settings of the part. The zero value is the default.
type Options struct {
	// Rate of conversions: 1 Hz, 7 Hz or 12.5 Hz. 0 is 12.5 Hz.
	Rate physic.Frequency
	// HumidityAverage is the number of internal samples averaged for one value: 4, 8, 16, ... 512. 0 is 32.
	HumidityAverage int
	// TemperatureAverage is the same for temperature: 2, 4, 8, ... 256. 0 is 16.
	TemperatureAverage int
}

var (
	rates               = []physic.Frequency{physic.Hertz, 7 * physic.Hertz, 12500 * physic.MilliHertz} // ODR 1, 2, 3
	humidityAverages    = []int{4, 8, 16, 32, 64, 128, 256, 512}
	temperatureAverages = []int{2, 4, 8, 16, 32, 64, 128, 256}
)

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	_, err := o.setup()
	return err
}

// setup is what the options come to.
type setup struct {
	idle   []regs.Set // written while the part is powered down
	on     regs.Set   // starts conversions
	period time.Duration
}

func (o *Options) setup() (setup, error) {
	if o == nil {
		o = &Options{}
	}
	rate := o.Rate
	if rate == 0 {
		rate = 12500 * physic.MilliHertz
	}
	avgH, avgT := o.HumidityAverage, o.TemperatureAverage
	if avgH == 0 {
		avgH = 32
	}
	if avgT == 0 {
		avgT = 16
	}
	odr := slices.Index(rates, rate)
	h, t := slices.Index(humidityAverages, avgH), slices.Index(temperatureAverages, avgT)
	var errs []error
	if odr < 0 {
		errs = append(errs, errors.New("sensor: hts221: rate is "+rate.String()+", want 1Hz, 7Hz or 12.5Hz"))
	}
	if h < 0 {
		errs = append(errs, errors.New("sensor: hts221: humidity average is "+strconv.Itoa(avgH)+", want a power of two from 4 to 512"))
	}
	if t < 0 {
		errs = append(errs, errors.New("sensor: hts221: temperature average is "+strconv.Itoa(avgT)+", want a power of two from 2 to 256"))
	}
	if err := errors.Join(errs...); err != nil {
		return setup{}, err
	}
	return setup{
		idle: []regs.Set{
			{Reg: regCtrl1, Value: 0},
			{Reg: regAvConf, Value: uint8(t<<3 | h)},
			{Reg: regCtrl2, Value: 0},
			{Reg: regCtrl3, Value: 0},
		},
		on:     regs.Set{Reg: regCtrl1, Value: ctrl1PD | ctrl1BDU | uint8(odr+1)},
		period: rate.Period(),
	}, nil
}
