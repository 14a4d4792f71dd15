package replay

import (
	"errors"
	"fmt"
	"math"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// Where the values of a Sense HAT's row are.
const (
	atTemperature = iota
	atHumidity
	atPressure
	atAccel
	atGyro       = atAccel + 3
	atMag        = atGyro + 3
	senseHATSize = atMag + 3
)

const standardGravity = 9.80665 // m/s² in a g, by definition

var errNotSenseHAT = errors.New("replay: the row is not one of a Sense HAT")

// Values is the conversion of a row to its values, for [NewPlayer].
func Values(row Row, v *[]float64) error {
	*v = append((*v)[:0], row.Values...)
	return nil
}

// Env is the conversion of a Sense HAT's row, as [AstroPiMk1], [AstroPiMk2] and
// [OpenHAT] give it, to what its environmental sensors have read. A value that
// is NaN becomes 0, that of a temperature 0 K; a humidity is cut to 0..100 %RH.
func Env(row Row, env *physic.Env) error {
	if len(row.Values) < senseHATSize {
		return fmt.Errorf("%w: it has %d values", errNotSenseHAT, len(row.Values))
	}
	env.Temperature = 0
	if c := row.Values[atTemperature]; !math.IsNaN(c) {
		env.Temperature = physic.Temperature(scaled(c+273.15, float64(physic.Kelvin)))
	}
	env.Pressure = physic.Pressure(scaled(row.Values[atPressure]*100, float64(physic.Pascal)))
	rh := min(max(row.Values[atHumidity], 0), 100)
	env.Humidity = physic.RelativeHumidity(scaled(rh, float64(physic.PercentRH)))
	return nil
}

// Motion is the conversion of a Sense HAT's row, as for [Env], to what its
// inertial sensors have read, in package sensor's units. Values that are NaN
// become 0.
func Motion(row Row, m *sensor.Motion) error {
	if len(row.Values) < senseHATSize {
		return fmt.Errorf("%w: it has %d values", errNotSenseHAT, len(row.Values))
	}
	for i := range 3 {
		m.Accel[i] = number(row.Values[atAccel+i]) * standardGravity
		m.Gyro[i] = number(row.Values[atGyro+i])
		m.Mag[i] = number(row.Values[atMag+i])
	}
	return nil
}

// AppendSenseHAT appends to values those of a Sense HAT's row, in the order and
// the units of [AstroPiMk1]: it is what [Env] and [Motion] convert back. A nil
// env or m leaves NaN.
func AppendSenseHAT(values []float64, env *physic.Env, m *sensor.Motion) []float64 {
	nan := math.NaN()
	t, rh, p := nan, nan, nan
	if env != nil {
		t = (float64(env.Temperature) - float64(physic.ZeroCelsius)) / float64(physic.Celsius)
		rh = float64(env.Humidity) / float64(physic.PercentRH)
		p = float64(env.Pressure) / float64(100*physic.Pascal)
	}
	values = append(values, t, rh, p)
	if m == nil {
		return append(values, nan, nan, nan, nan, nan, nan, nan, nan, nan)
	}
	return append(values,
		m.Accel[0]/standardGravity, m.Accel[1]/standardGravity, m.Accel[2]/standardGravity,
		m.Gyro[0], m.Gyro[1], m.Gyro[2],
		m.Mag[0], m.Mag[1], m.Mag[2])
}

func number(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// scaled is v·unit rounded to the nearest, 0 for NaN, and within an int64.
func scaled(v, unit float64) int64 {
	v = math.Round(number(v) * unit)
	switch {
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}
