package lps25h

import (
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Operating range of the datasheet's tables 3 and 4.
const (
	minPressure    = 26 * physic.KiloPascal
	maxPressure    = 126 * physic.KiloPascal
	minTemperature = physic.ZeroCelsius - 30*physic.Celsius
	maxTemperature = physic.ZeroCelsius + 105*physic.Celsius
)

// pressure converts the 24-bit two's complement output, 4096 counts a hPa, to the nearest nPa: a count is 10^11/4096,
// which is 48828125/2.
func pressure(p []byte) physic.Pressure {
	raw := int64(int32(uint32(p[0])<<8|uint32(p[1])<<16|uint32(p[2])<<24) >> 8)
	return physic.Pressure(divRound(raw*48828125, 2))
}

// temperature converts the output, 480 counts a degree around 42.5 °C, to the nearest nK: a count is 10^9/480, which is
// 6250000/3.
func temperature(raw int16) physic.Temperature {
	return physic.ZeroCelsius + 42500*physic.MilliCelsius + physic.Temperature(divRound(int64(raw)*6250000, 3))
}

// convert takes the five output bytes and says what is beyond the specification.
func convert(p []byte) (env physic.Env, q sensor.Quality) {
	env.Pressure = pressure(p)
	env.Temperature = temperature(regs.Int16(p[3:]))
	if env.Pressure < minPressure || env.Pressure > maxPressure || env.Temperature < minTemperature || env.Temperature > maxTemperature {
		q = sensor.OutOfRange
	}
	return env, q
}

// divRound returns a/b rounded to the nearest, for b > 0.
func divRound(a, b int64) int64 {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}
