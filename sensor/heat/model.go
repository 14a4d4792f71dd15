package heat

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"periph.io/x/conn/v3/physic"
)

// Point is one measurement to fit a [Model] to: all three of the same moment, after temperatures have settled.
type Point struct {
	True   physic.Temperature // of the air, by a thermometer beside the device
	Sensor physic.Temperature // as the sensor reads it, uncorrected
	CPU    physic.Temperature // of the processor
}

// What a [FitError] can be about.
var (
	ErrTooFew    = errors.New("there are too few points")
	ErrCollinear = errors.New("the processor was about equally warm in all points")
)

// FitError says why no model can be fitted to points.
type FitError struct {
	Points int
	Spread float64 // K: largest less smallest difference of processor and sensor
	Err    error   // ErrTooFew or ErrCollinear
}

func (e *FitError) Error() string {
	return fmt.Sprintf("sensor: heat: %v: %d, within %.2f K; want %d or more, over %d K or more", e.Err, e.Points, e.Spread, minPoints, minSpread)
}

// Unwrap returns e.Err.
func (e *FitError) Unwrap() error { return e.Err }

const (
	// minPoints leaves one more than the model has unknowns, so that there is a residual.
	minPoints = 3
	// minSpread is in K. A Raspberry Pi's processor tells its temperature in steps of half a kelvin: the slope over less
	// than two of them would be that of rounding.
	minSpread = 1
)

// Model says how much too warm a sensor reads: Gain·(CPU − Sensor) + Offset.
//
// That is how heat settles that flows from the processor to the sensor and on to the air, each flow in proportion to the
// difference in temperature.
type Model struct {
	Gain   float64 // K of error for a K between processor and sensor
	Offset float64 // K of error besides: the sensor's own
	// Residual is the standard deviation, in K, of the points from the model, for as many degrees of freedom as there were
	// points beyond two: about what a corrected temperature is off, within the range of the points.
	Residual float64
	Points   int // fitted to
	// MinRise and MaxRise are the range of CPU − Sensor, in K, over the points. Beyond it the model guesses.
	MinRise, MaxRise float64
}

// Fit returns the model that is nearest to points, by least squares. It returns [*FitError] for less than three points and
// for points whose differences of processor and sensor lie within 1 K.
func Fit(points []Point) (*Model, error) {
	m := &Model{Points: len(points)}
	if len(points) == 0 {
		return nil, &FitError{Err: ErrTooFew}
	}
	var meanRise, meanErr float64
	m.MinRise, m.MaxRise = math.Inf(1), math.Inf(-1)
	for i, p := range points {
		rise, err := kelvin(p.CPU, p.Sensor), kelvin(p.Sensor, p.True)
		m.MinRise, m.MaxRise = min(m.MinRise, rise), max(m.MaxRise, rise)
		meanRise += (rise - meanRise) / float64(i+1)
		meanErr += (err - meanErr) / float64(i+1)
	}
	spread := m.MaxRise - m.MinRise
	switch {
	case len(points) < minPoints:
		return nil, &FitError{Points: len(points), Spread: spread, Err: ErrTooFew}
	case spread < minSpread:
		return nil, &FitError{Points: len(points), Spread: spread, Err: ErrCollinear}
	}
	var rr, re float64 // sums of squares and products, around the means
	for _, p := range points {
		rise, err := kelvin(p.CPU, p.Sensor)-meanRise, kelvin(p.Sensor, p.True)-meanErr
		rr += rise * rise
		re += rise * err
	}
	m.Gain = re / rr
	m.Offset = meanErr - m.Gain*meanRise
	var squares float64
	for _, p := range points {
		d := kelvin(p.Sensor, p.True) - m.excess(kelvin(p.CPU, p.Sensor))
		squares += d * d
	}
	m.Residual = math.Sqrt(squares / float64(len(points)-2))
	return m, nil
}

// True returns what the sensor would read without the processor's heat.
func (m *Model) True(reads, cpu physic.Temperature) physic.Temperature {
	return reads - physic.Temperature(math.Round(m.excess(kelvin(cpu, reads))*float64(physic.Kelvin)))
}

// excess is the error in K at a difference of processor and sensor.
func (m *Model) excess(rise float64) float64 { return m.Gain*rise + m.Offset }

// kelvin returns a − b in K.
func kelvin(a, b physic.Temperature) float64 {
	return (float64(a) - float64(b)) / float64(physic.Kelvin)
}

// check says what is wrong with a model that did not come from Fit.
func (m *Model) check() error {
	for _, x := range m.fields() {
		if math.IsNaN(*x.v) || math.IsInf(*x.v, 0) {
			return fmt.Errorf("sensor: heat: the model's %s is %v", x.name, *x.v)
		}
	}
	switch {
	case m.Points < minPoints:
		return fmt.Errorf("sensor: heat: the model has %d points, want %d or more", m.Points, minPoints)
	case m.Residual < 0:
		return fmt.Errorf("sensor: heat: the model's residual is %v K", m.Residual)
	case m.MinRise > m.MaxRise:
		return fmt.Errorf("sensor: heat: the model is for a rise of %v to %v K", m.MinRise, m.MaxRise)
	}
	return nil
}

type field struct {
	name string
	v    *float64
}

func (m *Model) fields() [5]field {
	return [5]field{
		{"gain", &m.Gain},
		{"offset", &m.Offset},
		{"residual", &m.Residual},
		{"min_rise", &m.MinRise},
		{"max_rise", &m.MaxRise},
	}
}

// String describes the model, as in "0.4·(CPU − sensor) + -0.2 K, residual 0.1 K over 5 points".
func (m *Model) String() string {
	return fmt.Sprintf("%.4g·(CPU − sensor) + %.4g K, residual %.2g K over %d points", m.Gain, m.Offset, m.Residual, m.Points)
}

// MarshalText writes the model as one line that UnmarshalText reads back exactly; in JSON it is a string.
func (m *Model) MarshalText() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b := strconv.AppendInt([]byte("points="), int64(m.Points), 10)
	for _, x := range m.fields() {
		b = append(append(append(b, ' '), x.name...), '=')
		b = strconv.AppendFloat(b, *x.v, 'g', -1, 64)
	}
	return b, nil
}

// UnmarshalText reads what MarshalText has written. Anything else is an error, and leaves m as it is.
func (m *Model) UnmarshalText(text []byte) error {
	parts := bytes.Fields(text)
	var v Model
	fields := v.fields()
	if len(parts) != 1+len(fields) {
		return fmt.Errorf("sensor: heat: a model has %d fields, want %d", len(parts), 1+len(fields))
	}
	value, ok := bytes.CutPrefix(parts[0], []byte("points="))
	n, err := strconv.Atoi(string(value))
	if !ok || err != nil {
		return fmt.Errorf("sensor: heat: %q is not a model's points", parts[0])
	}
	v.Points = n
	for i, x := range fields {
		value, ok := bytes.CutPrefix(parts[1+i], []byte(x.name+"="))
		*x.v, err = strconv.ParseFloat(string(value), 64)
		if !ok || err != nil {
			return fmt.Errorf("sensor: heat: %q is not a model's %s", parts[1+i], x.name)
		}
	}
	if err := v.check(); err != nil {
		return err
	}
	*m = v
	return nil
}
