package fusion

import (
	"errors"
	"fmt"
	"math"
)

// MadgwickOptions are the gains of [NewMadgwick].
type MadgwickOptions struct {
	// Beta is the rate, in 1/s, of the correction's quaternion: the error of the gyroscope that it makes up for is
	// Beta·2/√3 in rad/s (equation 50). 0 is 0.12, with which the authors of BROAD got the smallest mean error over all
	// their trials.
	Beta float64
	// Zeta is the rate, in rad/s², with which the bias is estimated (equations 47 to 49). 0 is no estimate.
	Zeta float64
}

// Madgwick is the filter of Madgwick, "An efficient orientation filter for inertial and inertial/magnetic sensor arrays",
// report of 30 April 2010, University of Bristol, to which the equations in comments refer: a step down the gradient of
// the squared differences between measured and expected directions, of fixed length, against the gyroscope's error.
//
// The two orientations are estimated apart: Quat6D by equations 25 and 26, Quat9D by those and 29 and 30. The world of
// the report has its first axis to the north; Quat9D is turned to that of this package. The first sample with an
// acceleration, and with a field, sets the orientation.
type Madgwick struct {
	o     MadgwickOptions
	clock clock
	pair  pair // here the second's world is north, west and up

	bias6, bias9 vector
}

// NewMadgwick returns a filter; nil stands for the default gains.
func NewMadgwick(o *MadgwickOptions) (*Madgwick, error) {
	f := new(Madgwick)
	if o != nil {
		f.o = *o
	}
	var errs []error
	if !(f.o.Beta >= 0) || f.o.Beta > math.MaxFloat32 {
		errs = append(errs, fmt.Errorf("fusion: MadgwickOptions.Beta is %v, want a number, 0 or more", f.o.Beta))
	}
	if !(f.o.Zeta >= 0) || f.o.Zeta > math.MaxFloat32 {
		errs = append(errs, fmt.Errorf("fusion: MadgwickOptions.Zeta is %v, want a number, 0 or more", f.o.Zeta))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if f.o.Beta == 0 {
		f.o.Beta = 0.12
	}
	f.Reset()
	return f, nil
}

// Reset implements [Filter].
func (f *Madgwick) Reset() {
	*f = Madgwick{o: f.o}
	f.Restart()
}

// Restart implements [Filter]. The biases stay.
func (f *Madgwick) Restart() {
	f.clock.restart()
	f.pair.restart()
}

// Update implements [Filter].
func (f *Madgwick) Update(s Sample) bool {
	if !f.clock.admit(&s) {
		return false
	}
	if f.pair.align(vec(s.Accel), vec(s.Mag)) {
		return true
	}
	dt := s.Dt.Seconds()
	var g6, g9 Quaternion
	if up, ok := unit(vec(s.Accel)); ok {
		g6 = gravityGradient(f.pair.six, up)
		nwu := f.pair.nine.yawed(-math.Pi / 2)
		g9 = gravityGradient(nwu, up)
		if field, ok := unit(vec(s.Mag)); ok {
			g9 = plus(g9, 1, fieldGradient(nwu, field))
		}
		g9 = g9.yawed(math.Pi / 2)
	}
	f.pair.six = f.step(f.pair.six, g6, &f.bias6, vec(s.Gyro), dt)
	f.pair.nine = f.step(f.pair.nine, g9, &f.bias9, vec(s.Gyro), dt)
	return true
}

// step is equations 42 to 44 and 47 to 49.
func (f *Madgwick) step(q, gradient Quaternion, bias *vector, rate vector, dt float64) Quaternion {
	if n := gradient.Norm(); n > tiny {
		gradient = gradient.scaled(1 / n)
	} else {
		gradient = Quaternion{}
	}
	e := q.Conj().Mul(gradient)
	*bias = add(*bias, scale(2*f.o.Zeta*dt, vector{e.X, e.Y, e.Z}))
	w := sub(rate, *bias)
	dot := q.Mul(Quaternion{0, w.x / 2, w.y / 2, w.z / 2})
	return plus(q, dt, plus(dot, -f.o.Beta, gradient)).Normalized()
}

// gravityGradient is the product of the transposed Jacobian (equation 26) and the differences (25), halved.
func gravityGradient(q Quaternion, up vector) Quaternion {
	fx := 2*(q.X*q.Z-q.W*q.Y) - up.x
	fy := 2*(q.W*q.X+q.Y*q.Z) - up.y
	fz := 1 - 2*(q.X*q.X+q.Y*q.Y) - up.z
	return Quaternion{
		W: -q.Y*fx + q.X*fy,
		X: q.Z*fx + q.W*fy - 2*q.X*fz,
		Y: -q.W*fx + q.Z*fy - 2*q.Y*fz,
		Z: q.X*fx + q.Y*fy,
	}
}

// fieldGradient is the same of equations 30 and 29, for the field that 45 and 46 expect.
func fieldGradient(q Quaternion, field vector) Quaternion {
	bx, bz := level(q.rotate(field))
	fx := bx*(1-2*(q.Y*q.Y+q.Z*q.Z)) + 2*bz*(q.X*q.Z-q.W*q.Y) - field.x
	fy := 2*bx*(q.X*q.Y-q.W*q.Z) + 2*bz*(q.W*q.X+q.Y*q.Z) - field.y
	fz := 2*bx*(q.W*q.Y+q.X*q.Z) + bz*(1-2*(q.X*q.X+q.Y*q.Y)) - field.z
	return Quaternion{
		W: -bz*q.Y*fx + (bz*q.X-bx*q.Z)*fy + bx*q.Y*fz,
		X: bz*q.Z*fx + (bx*q.Y+bz*q.W)*fy + (bx*q.Z-2*bz*q.X)*fz,
		Y: -(2*bx*q.Y+bz*q.W)*fx + (bx*q.X+bz*q.Z)*fy + (bx*q.W-2*bz*q.Y)*fz,
		Z: (bz*q.X-2*bx*q.Z)*fx + (bz*q.Y-bx*q.W)*fy + bx*q.X*fz,
	}
}

// plus returns q + k·p.
func plus(q Quaternion, k float64, p Quaternion) Quaternion {
	return Quaternion{q.W + k*p.W, q.X + k*p.X, q.Y + k*p.Y, q.Z + k*p.Z}
}

// Orientation implements [Filter]. The bias is that of Quat9D.
func (f *Madgwick) Orientation() Orientation {
	return Orientation{Quat6D: f.pair.six, Quat9D: f.pair.nine, Bias: f.bias9.array(), Rejected: f.clock.rejected}
}

var _ Filter = (*Madgwick)(nil)
