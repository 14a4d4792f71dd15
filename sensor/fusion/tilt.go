package fusion

// Tilt is a tilt-compensated compass: the orientation by one sample's specific force and magnetic field, without a
// gyroscope and without a past. It is right for a body that is not accelerated, and as noisy as its sensors.
//
// Roll, pitch and yaw by [Quaternion.Euler] are those of Ozyagcilar, "Implementing a Tilt-Compensated eCompass using
// Accelerometer and Magnetometer Sensors", Freescale AN4248, equations 13, 15 and 22. The computation is by axes instead
// of angles, which has no singularity: the method of Black (AIAA Journal 2, 1964), with the vertical as the vector that
// is kept exactly.
//
// A sample without acceleration changes nothing; one without a field, or with a vertical one, keeps the turn of Quat9D
// against Quat6D as it was.
type Tilt struct {
	clock     clock
	six, nine Quaternion
}

// NewTilt returns a compass.
func NewTilt() *Tilt {
	f := new(Tilt)
	f.Reset()
	return f
}

// Reset implements [Filter].
func (f *Tilt) Reset() { *f = Tilt{six: Identity, nine: Identity} }

// Restart implements [Filter].
func (f *Tilt) Restart() {
	f.clock.restart()
	f.six, f.nine = Identity, Identity
}

// Update implements [Filter].
func (f *Tilt) Update(s Sample) bool {
	if !f.clock.admit(&s) {
		return false
	}
	up, ok := unit(vec(s.Accel))
	if !ok {
		return true
	}
	six := upright(up)
	if east, ok := unit(cross(vec(s.Mag), up)); ok {
		f.nine = fromMatrix(&matrix{east, cross(up, east), up})
	} else {
		f.nine = f.nine.Mul(f.six.Conj()).Mul(six).Normalized()
	}
	f.six = six
	return true
}

// Orientation implements [Filter].
func (f *Tilt) Orientation() Orientation {
	return Orientation{Quat6D: f.six, Quat9D: f.nine, Rejected: f.clock.rejected}
}

var _ Filter = (*Tilt)(nil)
