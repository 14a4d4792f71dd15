package hts221

import (
	"slices"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// line is the straight line through the two points at which the factory measured the part (datasheet, chapter 8), in
// integers: y = y0 + (x-x0)·dy/dx.
type line struct {
	x0, dx int64 // counts of the converter
	y0, dy int64 // half percents of humidity, or eighths of a degree
}

// at returns y at x in units of 1/scale of the line's own, rounded to the nearest. With scale up to 1e9 it stays far from
// overflow: x fits 16 bits and y fits 10.
func (l line) at(x int16, scale int64) int64 {
	num := l.y0*l.dx + (int64(x)-l.x0)*l.dy
	return divRound(num*scale, l.dx)
}

// perCount returns what one count is worth, in units of 1/scale.
func (l line) perCount(scale int64) int64 { return divRound(max(l.dy, -l.dy)*scale, max(l.dx, -l.dx)) }

func divRound(a, b int64) int64 {
	if b < 0 {
		a, b = -a, -b
	}
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

// physic counts humidity in 1e-5 %RH and temperature in nK.
const (
	perHalfPercent = int64(physic.PercentRH) / 2
	perEighth      = int64(physic.Celsius) / 8
)

type calibration struct{ humidity, temperature line }

// parseCalibration takes the 16 bytes from 0x30 on. It refuses what would give infinite, constant or absurd values.
func parseCalibration(p []byte) (calibration, error) {
	fail := func(reason string) (calibration, error) {
		return calibration{}, &sensor.CalibrationError{Chip: chip, Reason: reason, Data: slices.Clone(p)}
	}
	h := points(int64(p[calH0rHx2]), int64(p[calH1rHx2]), regs.Int16(p[calH0T0out:]), regs.Int16(p[calH1T0out:]))
	msb := int64(p[calT1T0msb])
	t := points(msb&0x03<<8|int64(p[calT0degCx8]), msb&0x0C<<6|int64(p[calT1degCx8]),
		regs.Int16(p[calT0out:]), regs.Int16(p[calT1out:]))
	switch {
	case h.dx == 0:
		return fail("both humidity points have the same output")
	case h.dy == 0:
		return fail("both humidity points have the same humidity")
	case h.y0 > 200 || h.y0+h.dy > 200:
		return fail("a humidity point lies above 100 %RH")
	case max(h.dy, -h.dy) > 2*max(h.dx, -h.dx):
		return fail("a count of humidity is worth more than 1 %RH")
	case t.dx == 0:
		return fail("both temperature points have the same output")
	case t.dy == 0:
		return fail("both temperature points have the same temperature")
	case max(t.dy, -t.dy) > 8*max(t.dx, -t.dx):
		return fail("a count of temperature is worth more than 1 °C")
	}
	return calibration{humidity: h, temperature: t}, nil
}

func points(y0, y1 int64, x0, x1 int16) line {
	return line{x0: int64(x0), dx: int64(x1) - int64(x0), y0: y0, dy: y1 - y0}
}

// convert turns raw outputs into values and says what was cut or is beyond the specification.
func (c *calibration) convert(h, t int16) (env physic.Env, q sensor.Quality) {
	rh := c.humidity.at(h, perHalfPercent)
	if rh < 0 || rh > int64(100*physic.PercentRH) { // the datasheet (7.8) wants it cut by software
		rh = min(max(rh, 0), int64(100*physic.PercentRH))
		q |= sensor.Clipped
	}
	env.Humidity = physic.RelativeHumidity(rh)
	env.Temperature = physic.ZeroCelsius + physic.Temperature(c.temperature.at(t, perEighth))
	if env.Temperature < minTemperature || env.Temperature > maxTemperature {
		q |= sensor.OutOfRange
	}
	return env, q
}

// Operating range, datasheet table 3.
const (
	minTemperature = physic.ZeroCelsius - 40*physic.Celsius
	maxTemperature = physic.ZeroCelsius + 120*physic.Celsius
)
