package lsm9ds1

import (
	"math"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

const (
	gravity = 9.80665        // m/s² in a g, by definition
	degree  = math.Pi / 180  // rad
	gauss   = 100            // µT
	mg      = gravity / 1000 // m/s²
	mdps    = degree / 1000  // rad/s
)

// signs turn a chip's outputs into the axes wanted.
type signs [3]int8

var (
	chipAxes   = signs{1, 1, 1}
	boardAccel = signs{-1, -1, 1}
	boardGyro  = signs{1, 1, -1}
	boardMag   = signs{-1, 1, -1}
)

// scale converts one of the three triples of outputs.
type scale struct {
	perCount float64
	full     float64 // the range that is specified; counts go beyond
	signs    signs
}

// In the order of the range codes.
var (
	accelScales = [...]scale{
		{0.061 * mg, 2 * gravity, chipAxes},
		{0.732 * mg, 16 * gravity, chipAxes},
		{0.122 * mg, 4 * gravity, chipAxes},
		{0.244 * mg, 8 * gravity, chipAxes},
	}
	gyroScales = [...]scale{
		{8.75 * mdps, 245 * degree, chipAxes},
		{17.5 * mdps, 500 * degree, chipAxes},
		{},
		{70 * mdps, 2000 * degree, chipAxes},
	}
	magScales = [...]scale{
		{gauss / 6842.0, 4 * gauss, chipAxes},
		{gauss / 3421.0, 8 * gauss, chipAxes},
		{3 * gauss / 6842.0, 12 * gauss, chipAxes},
		{4 * gauss / 6842.0, 16 * gauss, chipAxes},
	}
)

// convert fills v from six bytes and returns what there is to say about them.
func (s *scale) convert(p *[6]byte, v *[3]float64) (q sensor.Quality) {
	for i := range v {
		raw := regs.Int16(p[2*i:])
		v[i] = float64(int(raw)*int(s.signs[i])) * s.perCount
		switch {
		case raw == math.MaxInt16 || raw == math.MinInt16:
			q |= sensor.Clipped
		case math.Abs(v[i]) > s.full:
			q |= sensor.OutOfRange
		}
	}
	return q
}
