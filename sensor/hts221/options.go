package hts221

import (
	"slices"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/check"
	"github.com/brinkml/brink/sensor/internal/envchip"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Options are the optional settings of the part. The zero value is the default.
type Options struct {
	// Rate of conversions: 1 Hz, 7 Hz or 12.5 Hz. 0 is 12.5 Hz. With OneShot it must be 0.
	Rate physic.Frequency
	// OneShot saves power: the part sleeps, and converts once for each read, which waits for it. With the averages left
	// at their defaults that takes 4 ms. The time is that of AN4450, written for the LPS25H: ST gives none for this part.
	OneShot bool
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
	_, err := o.chip()
	return err
}

// chip is what the options come to.
func (o *Options) chip() (envchip.Chip, error) {
	var v Options
	if o != nil {
		v = *o
	}
	if v.Rate == 0 && !v.OneShot {
		v.Rate = 12500 * physic.MilliHertz
	}
	if v.HumidityAverage == 0 {
		v.HumidityAverage = 32
	}
	if v.TemperatureAverage == 0 {
		v.TemperatureAverage = 16
	}
	odr := slices.Index(rates, v.Rate)
	h, t := slices.Index(humidityAverages, v.HumidityAverage), slices.Index(temperatureAverages, v.TemperatureAverage)
	bad := check.Options{Chip: chip}
	if v.OneShot {
		bad.Want(v.Rate == 0, "rate", v.Rate.String(), "none in one-shot mode")
	} else {
		bad.Frequency("rate", v.Rate, rates, "1Hz, 7Hz or 12.5Hz")
	}
	bad.Number("humidity average", v.HumidityAverage, humidityAverages, "a power of two from 4 to 512")
	bad.Number("temperature average", v.TemperatureAverage, temperatureAverages, "a power of two from 2 to 256")
	c := envchip.Chip{
		Name: chip, Title: "HTS221", Addr: Addr, Auto: autoIncrement,
		Identity: regs.Set{Reg: regWhoAmI, Value: whoAmI},
		Idle: []regs.Set{
			{Reg: regCtrl1, Value: 0},
			{Reg: regAvConf, Value: uint8(t<<3 | h)},
			{Reg: regCtrl2, Value: 0},
			{Reg: regCtrl3, Value: 0},
		},
		On:     regs.Set{Reg: regCtrl1, Value: ctrl1PD | ctrl1BDU | uint8(odr+1)}, // no rate: one-shot
		Status: regStatus, Outputs: 4, Fresh: statusH | statusT,
	}
	if v.OneShot {
		c.Shot = regs.Set{Reg: regCtrl2, Value: ctrl2OneShot}
		c.Period = envchip.ShotTime(v.HumidityAverage + v.TemperatureAverage)
	} else {
		c.Period = v.Rate.Period()
	}
	return c, bad.Err()
}
