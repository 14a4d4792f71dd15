package fusion

import (
	"errors"
	"fmt"
	"math"
)

// MahonyOptions are the gains of [NewMahony]. Those that are zero have their default, with which the authors of BROAD got
// the smallest mean error over all their trials.
type MahonyOptions struct {
	KP float64 // 1/s, of the correction in proportion to the error: 0.74
	KI float64 // 1/s², of its integral, which is the bias: 0.0012; negative means none
}

// Mahony is the explicit complementary filter of Mahony, Hamel and Pflimlin, "Nonlinear complementary filters on the
// special orthogonal group", IEEE Transactions on Automatic Control 53 (2008), section V, equations 32a to 32c: the rate
// is corrected by the sum of the cross products of measured and expected directions, in proportion and by its integral.
//
// The two orientations are estimated apart, each with its own bias: Quat6D by the vertical, Quat9D by the vertical and
// the field with equal weights. The field's declination is taken from the estimate itself (Madgwick, equations 45, 46).
// The first sample with an acceleration, and with a field, sets the orientation.
type Mahony struct {
	o            MahonyOptions
	clock        clock
	pair         pair
	bias6, bias9 vector
}

// NewMahony returns a filter; nil stands for the default gains.
func NewMahony(o *MahonyOptions) (*Mahony, error) {
	f := new(Mahony)
	if o != nil {
		f.o = *o
	}
	var errs []error
	if !(f.o.KP >= 0) || f.o.KP > math.MaxFloat32 {
		errs = append(errs, fmt.Errorf("fusion: MahonyOptions.KP is %v, want a number, 0 or more", f.o.KP))
	}
	if math.IsNaN(f.o.KI) || f.o.KI > math.MaxFloat32 {
		errs = append(errs, fmt.Errorf("fusion: MahonyOptions.KI is %v, want a number", f.o.KI))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if f.o.KP == 0 {
		f.o.KP = 0.74
	}
	switch {
	case f.o.KI == 0:
		f.o.KI = 0.0012
	case f.o.KI < 0:
		f.o.KI = 0
	}
	f.Reset()
	return f, nil
}

// Reset implements [Filter].
func (f *Mahony) Reset() {
	*f = Mahony{o: f.o}
	f.Restart()
}

// Restart implements [Filter]. The biases stay.
func (f *Mahony) Restart() {
	f.clock.restart()
	f.pair.restart()
}

// Update implements [Filter].
func (f *Mahony) Update(s Sample) bool {
	if !f.clock.admit(&s) {
		return false
	}
	if f.pair.align(vec(s.Accel), vec(s.Mag)) {
		return true
	}
	dt := s.Dt.Seconds()
	var e6, e9 vector
	if up, ok := unit(vec(s.Accel)); ok {
		m6, m9 := f.pair.six.matrix(), f.pair.nine.matrix()
		e6 = cross(up, m6[2])
		e9 = cross(up, m9[2])
		if field, ok := unit(vec(s.Mag)); ok {
			north, height := level(m9.times(field))
			e9 = add(e9, cross(field, add(scale(north, m9[1]), scale(height, m9[2]))))
		}
	}
	f.bias6 = sub(f.bias6, scale(f.o.KI*dt, e6))
	f.bias9 = sub(f.bias9, scale(f.o.KI*dt, e9))
	f.pair.six = f.pair.six.turned(add(sub(vec(s.Gyro), f.bias6), scale(f.o.KP, e6)), dt)
	f.pair.nine = f.pair.nine.turned(add(sub(vec(s.Gyro), f.bias9), scale(f.o.KP, e9)), dt)
	return true
}

// Orientation implements [Filter]. The bias is that of Quat9D.
func (f *Mahony) Orientation() Orientation {
	return Orientation{Quat6D: f.pair.six, Quat9D: f.pair.nine, Bias: f.bias9.array(), Rejected: f.clock.rejected}
}

var _ Filter = (*Mahony)(nil)
