package sensor

import (
	"math"

	"periph.io/x/conn/v3/physic"
)

// Channel is one number of a value of type T: what code that works on any type has to know about it. The channels of the
// ready lists are values to change: set LSB where a part is not at its default settings, leave channels out.
type Channel[T any] struct {
	// Name is as a column of a table would be called: "pressure", "accel_x".
	Name string
	// Unit is that of Get and Set: "hPa", "m/s²".
	Unit string
	// LSB is one step of the converter, in Unit; 0 when it is not known.
	LSB float64
	// Get returns the number.
	Get func(v *T) float64
	// Set replaces it, rounded and limited to what T can express. It is nil for a number that others determine.
	Set func(v *T, x float64)
}

// ChannelNames returns the names of channels, in their order.
func ChannelNames[T any](channels []Channel[T]) []string {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = c.Name
	}
	return names
}

// Factors between physic's integers and the units of channels.
const (
	perCelsius = float64(physic.Celsius)
	perHecto   = 100 * float64(physic.Pascal)
	perPercent = float64(physic.PercentRH)
)

// EnvChannels returns temperature (°C), humidity (%RH) and pressure (hPa), with the steps of a SenseHAT: those that the
// HTS221's datasheet names as typical, 1/64 °C and 1/256 %RH, which each part's calibration moves by some ten percent,
// and the LPS25H's 1/4096 hPa.
func EnvChannels() []Channel[physic.Env] {
	return []Channel[physic.Env]{
		{
			Name: "temperature", Unit: "°C", LSB: 1.0 / 64,
			Get: func(v *physic.Env) float64 {
				return (float64(v.Temperature) - float64(physic.ZeroCelsius)) / perCelsius
			},
			Set: func(v *physic.Env, x float64) {
				v.Temperature = physic.ZeroCelsius + physic.Temperature(integer(x*perCelsius, math.MinInt64, math.MaxInt64-int64(physic.ZeroCelsius)))
			},
		},
		{
			Name: "humidity", Unit: "%RH", LSB: 1.0 / 256,
			Get: func(v *physic.Env) float64 { return float64(v.Humidity) / perPercent },
			Set: func(v *physic.Env, x float64) {
				v.Humidity = physic.RelativeHumidity(integer(x*perPercent, math.MinInt32, math.MaxInt32))
			},
		},
		{
			Name: "pressure", Unit: "hPa", LSB: 1.0 / 4096,
			Get: func(v *physic.Env) float64 { return float64(v.Pressure) / perHecto },
			Set: func(v *physic.Env, x float64) {
				v.Pressure = physic.Pressure(integer(x*perHecto, math.MinInt64, math.MaxInt64))
			},
		},
	}
}

// MotionChannels returns x, y, z of acceleration (m/s²), rotation (rad/s) and magnetic field (µT), with the steps of a
// SenseHAT's LSM9DS1 at the default ranges of its driver, 8 g, 500 degrees a second and 4 gauss: 0.244 mg, 17.5 mdps and
// 1/6842 gauss.
func MotionChannels() []Channel[Motion] {
	const (
		accelLSB = 0.244e-3 * 9.80665
		gyroLSB  = 17.5e-3 * math.Pi / 180
		magLSB   = 100.0 / 6842
	)
	list := make([]Channel[Motion], 0, 9)
	add := func(name, unit string, lsb float64, of func(*Motion) *[3]float64) {
		for i, axis := range [...]string{"_x", "_y", "_z"} {
			list = append(list, Channel[Motion]{
				Name: name + axis, Unit: unit, LSB: lsb,
				Get: func(v *Motion) float64 { return of(v)[i] },
				Set: func(v *Motion, x float64) { of(v)[i] = x },
			})
		}
	}
	add("accel", "m/s²", accelLSB, func(v *Motion) *[3]float64 { return &v.Accel })
	add("gyro", "rad/s", gyroLSB, func(v *Motion) *[3]float64 { return &v.Gyro })
	add("mag", "µT", magLSB, func(v *Motion) *[3]float64 { return &v.Mag })
	return list
}

// integer rounds x and limits it to least..most; a NaN is 0, or what of the limits is nearest.
func integer(x float64, least, most int64) int64 {
	x = math.Round(x)
	switch {
	case math.IsNaN(x):
		return min(max(0, least), most)
	case x >= float64(most):
		return most
	case x <= float64(least):
		return least
	}
	return int64(x)
}
