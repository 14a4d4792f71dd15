package lps25h

import (
	"slices"
	"strconv"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/check"
	"github.com/brinkml/brink/sensor/internal/envchip"
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
	// Rate of conversions: 1 Hz, 7 Hz, 12.5 Hz or 25 Hz. 0 is 25 Hz. With OneShot it must be 0.
	Rate physic.Frequency
	// OneShot saves power: the part sleeps, and converts once for each read, which waits for it. With the averages left
	// at their defaults that takes 4 ms, with the largest 38 ms (AN4450, 6.2).
	OneShot bool
	// PressureAverage is the number of internal samples averaged for one value: 8, 32, 128 or 512. 0 is 32. A conversion
	// takes 62 µs for each sample averaged (AN4450, 6.2): all settings fit 25 Hz, and cost current.
	PressureAverage int
	// TemperatureAverage is the same for temperature: 8, 16, 32 or 64. 0 is 16.
	TemperatureAverage int
	// RunningMean has the part give the mean of its last 2, 4, 8, 16 or 32 pressures in place of each (FIFO mean mode). It
	// costs no current, and takes as many periods to follow. 0 is none; so it must be with OneShot.
	RunningMean int
}

var (
	rates               = []physic.Frequency{physic.Hertz, 7 * physic.Hertz, 12500 * physic.MilliHertz, 25 * physic.Hertz} // ODR 1 to 4
	pressureAverages    = []int{8, 32, 128, 512}
	temperatureAverages = []int{8, 16, 32, 64}
	runningMeans        = []int{0, 2, 4, 8, 16, 32}
)

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	_, err := o.chip()
	return err
}

// chip is what the options come to.
func (o *Options) chip() (envchip.Chip, error) {
	v := o.withDefaults()
	odr := slices.Index(rates, v.Rate)
	p, t := slices.Index(pressureAverages, v.PressureAverage), slices.Index(temperatureAverages, v.TemperatureAverage)
	bad := check.Options{Chip: chip}
	bad.Addr("address", v.Addr, Addr, AltAddr)
	bad.Number("pressure average", v.PressureAverage, pressureAverages, "8, 32, 128 or 512")
	bad.Number("temperature average", v.TemperatureAverage, temperatureAverages, "8, 16, 32 or 64")
	if v.OneShot {
		bad.Want(v.Rate == 0, "rate", v.Rate.String(), "none in one-shot mode")
		bad.Want(v.RunningMean == 0, "running mean", strconv.Itoa(v.RunningMean), "none in one-shot mode")
	} else {
		bad.Frequency("rate", v.Rate, rates, "1Hz, 7Hz, 12.5Hz or 25Hz")
		bad.Number("running mean", v.RunningMean, runningMeans, "0, 2, 4, 8, 16 or 32")
	}
	c := envchip.Chip{
		Name: chip, Title: "LPS25H", Addr: v.Addr, Auto: autoIncrement,
		Identity: regs.Set{Reg: regWhoAmI, Value: whoAmI}, Other: otherChip,
		Idle: []regs.Set{
			{Reg: regCtrl1, Value: 0},
			{Reg: regResConf, Value: uint8(t<<2 | p)},
			{Reg: regCtrl2, Value: 0},
			{Reg: regFIFOCtrl, Value: 0},
		},
		On:     regs.Set{Reg: regCtrl1, Value: ctrl1PD | uint8(odr+1)<<4 | ctrl1BDU}, // no rate: one-shot
		Status: regStatus, Outputs: 5, Fresh: statusP | statusT,
		Convert: convert,
	}
	if v.RunningMean > 0 {
		c.Idle = append(c.Idle, // from bypass, which empties it
			regs.Set{Reg: regFIFOCtrl, Value: fifoMean | uint8(v.RunningMean-1)},
			regs.Set{Reg: regCtrl2, Value: ctrl2FIFO})
	}
	if v.OneShot {
		c.Shot = regs.Set{Reg: regCtrl2, Value: ctrl2OneShot}
		c.Period = envchip.ShotTime(v.PressureAverage + v.TemperatureAverage)
	} else {
		c.Period = v.Rate.Period()
	}
	return c, bad.Err()
}

func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	if v.Addr == 0 {
		v.Addr = Addr
	}
	if v.Rate == 0 && !v.OneShot {
		v.Rate = 25 * physic.Hertz
	}
	if v.PressureAverage == 0 {
		v.PressureAverage = 32
	}
	if v.TemperatureAverage == 0 {
		v.TemperatureAverage = 16
	}
	return v
}
