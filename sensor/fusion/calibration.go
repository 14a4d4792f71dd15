package fusion

import (
	"errors"
	"fmt"
	"math"

	"github.com/brinkml/brink/sensor"
)

// Calibration corrects the readings of one inertial unit. The zero value changes nothing.
type Calibration struct {
	// Gyro is what the gyroscope shows at rest, in rad/s: [Still] finds it.
	Gyro [3]float64 `json:"gyro"`
	// Accel and Mag are the corrections of the other two: [FitAccel] and [FitMag] find them. Nil is none.
	Accel *Affine `json:"accel,omitempty"`
	Mag   *Affine `json:"mag,omitempty"`
}

// Affine is a correction of three axes: from the value v it makes Matrix·(v − Offset).
type Affine struct {
	Offset [3]float64    `json:"offset"` // in the unit of the sensor
	Matrix [3][3]float64 `json:"matrix"` // by rows; near the identity for a good sensor
}

// Apply corrects m, which has the axes and signs of [sensor.Motion]. It does not allocate.
func (c *Calibration) Apply(m *sensor.Motion) {
	m.Gyro = sub(vec(m.Gyro), vec(c.Gyro)).array()
	if c.Accel != nil {
		m.Accel = c.Accel.Correct(m.Accel)
	}
	if c.Mag != nil {
		m.Mag = c.Mag.Correct(m.Mag)
	}
}

// Correct returns the corrected value.
func (a *Affine) Correct(v [3]float64) [3]float64 {
	w := sub(vec(v), vec(a.Offset))
	return [3]float64{dot(vec(a.Matrix[0]), w), dot(vec(a.Matrix[1]), w), dot(vec(a.Matrix[2]), w)}
}

func (c *Calibration) clone() Calibration {
	d := *c
	if c.Accel != nil {
		a := *c.Accel
		d.Accel = &a
	}
	if c.Mag != nil {
		a := *c.Mag
		d.Mag = &a
	}
	return d
}

// ErrCalibration is matched by errors about a calibration that would spoil readings: with numbers that are not finite or
// absurd, or a matrix that is singular or a mirror.
var ErrCalibration = errors.New("fusion: unusable calibration")

// check returns all that is wrong with c.
func (c *Calibration) check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrCalibration}, args...)...))
	}
	if !within(c.Gyro) {
		bad("gyro is %v", c.Gyro)
	}
	for _, a := range []struct {
		name string
		*Affine
	}{{"accel", c.Accel}, {"mag", c.Mag}} {
		if a.Affine == nil {
			continue
		}
		if !within(a.Offset) {
			bad("%s offset is %v", a.name, a.Offset)
		}
		var m matrix
		largest, sound := 0.0, true
		for i, row := range a.Matrix {
			m[i] = vec(row)
			sound = sound && within(row)
			largest = max(largest, math.Abs(row[0]), math.Abs(row[1]), math.Abs(row[2]))
		}
		switch {
		case !sound:
			bad("%s matrix is %v", a.name, a.Matrix)
		case !(m.determinant() > 1e-6*largest*largest*largest) || largest < tiny:
			bad("%s matrix is singular or a mirror: %v", a.name, a.Matrix)
		}
	}
	return errors.Join(errs...)
}
