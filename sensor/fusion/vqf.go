package fusion

import "math"

// VQF is the filter of Laidig and Seel, "VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic
// disturbance rejection", Information Fusion 91 (2023), arXiv:2203.17024, in the form that runs in real time.
//
// The orientation is the product of three: strapdown integration of the gyroscope's rates; a correction of the
// inclination, from the acceleration after a low-pass in a frame that is almost inertial; and a turn about the vertical by
// which the magnetometer corrects the heading. Since each only corrects the one before, Quat6D does not depend on the
// magnetometer.
//
// Where the period of the samples is constant this is what the authors' implementation computes; periods that vary are
// taken into account sample by sample.
type VQF struct {
	o     VQFOptions
	clock clock

	strapdown   Quaternion // body to almost inertial frame
	inclination Quaternion // almost inertial frame to Quat6D's world
	six         Quaternion // the product of the two
	heading     float64    // rad, from Quat6D's world to east and north

	accel lowPass // of the specific force in the almost inertial frame
	rest  restDetector
	bias  biasEstimator
	mag   magObserver

	magConverging float64 // gain of the next field during the start; 0 after it
	tune          tuning
}

// tuning has what depends on the time since the sample before, kept for the next that comes after the same time.
type tuning struct {
	gyroDt, accelDt, magDt float64

	gyroRest, accelRest cutoff
	accel               cutoff
	biasNoise           float64
	biasWeights         biasWeights
	magCurrent          cutoff
	magRef, heading     float64
}

// NewVQF returns a filter that knows nothing yet. All problems of the options are reported together; nil stands for the
// defaults.
func NewVQF(o *VQFOptions) (*VQF, error) {
	f := new(VQF)
	if o != nil {
		f.o = *o
	}
	if err := f.o.complete(); err != nil {
		return nil, err
	}
	f.Reset()
	return f, nil
}

// Reset implements [Filter].
func (f *VQF) Reset() {
	*f = VQF{o: f.o}
	f.bias.reset(&f.o)
	f.mag.reset()
	f.Restart()
}

// Restart implements [Filter]. The bias and the magnetic reference stay.
func (f *VQF) Restart() {
	f.clock.restart()
	f.strapdown, f.inclination, f.six, f.heading = Identity, Identity, Identity, 0
	f.accel = newLowPass()
	f.rest.restart()
	f.bias.restart()
	f.mag.restart(&f.o)
	f.magConverging = 1
	f.tune = tuning{gyroDt: math.NaN(), accelDt: math.NaN(), magDt: math.NaN()}
}

// Update implements [Filter].
func (f *VQF) Update(s Sample) bool {
	if !f.clock.admit(&s) {
		return false
	}
	f.updateGyro(vec(s.Gyro), s.Dt.Seconds())
	f.six = f.inclination.Mul(f.strapdown)
	if force := vec(s.Accel); force != (vector{}) {
		f.updateAccel(force, f.clock.accel)
		f.clock.accel = 0
	}
	if field := vec(s.Mag); field != (vector{}) {
		f.updateMag(field, f.clock.mag)
		f.clock.mag = 0
	}
	return true
}

// Orientation implements [Filter].
func (f *VQF) Orientation() Orientation {
	return Orientation{
		Quat6D:    f.six,
		Quat9D:    f.six.yawed(f.heading),
		Bias:      f.bias.b.array(),
		BiasSigma: f.bias.sigma(&f.o),
		Rest:      f.rest.detected,
		Disturbed: f.mag.disturbed,
		Rejected:  f.clock.rejected,
	}
}

// updateGyro is the strapdown integration.
func (f *VQF) updateGyro(rate vector, dt float64) {
	t := &f.tune
	if dt != t.gyroDt {
		t.gyroDt = dt
		t.gyroRest = newCutoff(f.o.RestFilterTau.Seconds(), dt)
	}
	f.rest.rotate(&f.o, &t.gyroRest, rate)
	f.strapdown = f.strapdown.turned(sub(rate, f.bias.b), dt)
}

// updateAccel is the inclination's correction, and what it tells of the bias.
func (f *VQF) updateAccel(force vector, dt float64) {
	t := &f.tune
	if dt != t.accelDt {
		t.accelDt = dt
		t.accelRest = newCutoff(f.o.RestFilterTau.Seconds(), dt)
		t.accel = newCutoff(f.o.TauAcc.Seconds(), dt)
		t.biasNoise, t.biasWeights = f.o.biasTuning(dt)
	}
	f.rest.accelerate(&f.o, &t.accelRest, force)

	inertial := f.accel.step(&t.accel, f.strapdown.rotate(force))
	up, ok := unit(f.inclination.rotate(inertial))
	if !ok {
		return // falling, as seen by the low-pass
	}
	f.inclination = upright(up).Mul(f.inclination).Normalized()
	f.six = f.inclination.Mul(f.strapdown)
	if dt > 0 {
		f.bias.update(&f.o, t, f.six, up, &f.rest)
	}
}

// updateMag is the heading's correction.
func (f *VQF) updateMag(field vector, dt float64) {
	t := &f.tune
	if dt != t.magDt {
		t.magDt = dt
		t.magCurrent = newCutoff(f.o.MagCurrentTau.Seconds(), dt)
		t.magRef = gain(f.o.MagRefTau.Seconds(), dt)
		t.heading = gain(f.o.TauMag.Seconds(), dt)
	}
	earth := f.six.rotate(field)
	if norm(earth) < tiny {
		return
	}
	k := t.heading
	if !f.o.NoRejection {
		k *= f.mag.trust(&f.o, t, earth, f.rest.rate())
	}
	// The first fields count as much as in a mean, so that the heading converges at once.
	if f.magConverging != 0 {
		k = max(k, f.magConverging)
		f.magConverging /= f.magConverging + 1
		if f.magConverging*f.o.TauMag.Seconds() < dt {
			f.magConverging = 0
		}
	}
	off := halfTurn(math.Atan2(earth.x, earth.y) - f.heading)
	f.heading = halfTurn(f.heading + k*off)
}

// halfTurn returns an angle, of at most three half turns, from -π to π.
func halfTurn(angle float64) float64 {
	switch {
	case angle > math.Pi:
		return angle - 2*math.Pi
	case angle < -math.Pi:
		return angle + 2*math.Pi
	}
	return angle
}

var _ Filter = (*VQF)(nil)
