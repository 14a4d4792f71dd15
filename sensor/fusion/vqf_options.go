package fusion

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// VQFOptions are the parameters of [NewVQF]. Those that are zero have their default, which is that of the paper and of its
// authors' implementation, tuned for many kinds of motion: the zero value is good.
type VQFOptions struct {
	// TauAcc is the time constant of the accelerometer's low-pass in the almost inertial frame: 3 s. Larger trusts the
	// gyroscope more.
	TauAcc time.Duration
	// TauMag is the time constant of the heading's correction: 9 s. Larger trusts the gyroscope more.
	TauMag time.Duration

	NoMotionBias bool // do not estimate the gyroscope's bias during motion
	NoRestBias   bool // nor at rest
	NoRejection  bool // use a disturbed magnetic field like any other

	BiasSigmaInit          float64       // rad/s, standard deviation of the bias at the start: 0.5 °/s
	BiasForgettingTime     time.Duration // in which a bias known exactly becomes uncertain by 0.1 °/s: 100 s
	BiasClip               float64       // rad/s, largest bias: 2 °/s
	BiasSigmaMotion        float64       // rad/s, what the bias converges to in motion: 0.1 °/s
	BiasVerticalForgetting float64       // weight of the assumption that the bias about the vertical is zero: 0.0001
	BiasSigmaRest          float64       // rad/s, what it converges to at rest: 0.03 °/s
	RestMinTime            time.Duration // after which stillness is rest: 1.5 s
	RestFilterTau          time.Duration // of the low-pass from which rest deviates little: 0.5 s
	RestMaxGyro            float64       // rad/s, how little: 2 °/s
	RestMaxAccel           float64       // m/s²: 0.5
	MagCurrentTau          time.Duration // of the low-pass on the field's norm and dip: 50 ms
	MagRefTau              time.Duration // with which the reference of norm and dip follows: 20 s
	MagNormThreshold       float64       // largest difference of the norm, relative to the reference's: 0.1
	MagDipThreshold        float64       // rad, largest difference of the dip: 10°
	MagNewTime             time.Duration // after which a homogeneous field becomes the reference: 20 s
	MagNewFirstTime        time.Duration // the same for the first reference: 5 s
	MagNewMinGyro          float64       // rad/s, slowest rotation that tells that a field is homogeneous: 20 °/s
	MagMinUndisturbedTime  time.Duration // for which the field must be the reference to be used again: 0.5 s
	MagMaxRejectionTime    time.Duration // for which a disturbed field is left out altogether: 60 s
	MagRejectionFactor     float64       // by which it then counts less, and rejection time is regained faster: 2
}

// complete fills in the defaults and returns all that is wrong.
func (o *VQFOptions) complete() error {
	var errs []error
	duration := func(name string, d *time.Duration, otherwise time.Duration) {
		switch {
		case *d < 0:
			errs = append(errs, fmt.Errorf("fusion: VQFOptions.%s is %v, want 0 or more", name, *d))
		case *d == 0:
			*d = otherwise
		}
	}
	number := func(name string, x *float64, otherwise float64) {
		switch {
		case !(*x >= 0) || *x > math.MaxFloat32:
			errs = append(errs, fmt.Errorf("fusion: VQFOptions.%s is %v, want a number, 0 or more", name, *x))
		case *x == 0:
			*x = otherwise
		}
	}
	duration("TauAcc", &o.TauAcc, 3*time.Second)
	duration("TauMag", &o.TauMag, 9*time.Second)
	number("BiasSigmaInit", &o.BiasSigmaInit, 0.5*Degree)
	duration("BiasForgettingTime", &o.BiasForgettingTime, 100*time.Second)
	number("BiasClip", &o.BiasClip, 2*Degree)
	number("BiasSigmaMotion", &o.BiasSigmaMotion, 0.1*Degree)
	number("BiasVerticalForgetting", &o.BiasVerticalForgetting, 0.0001)
	number("BiasSigmaRest", &o.BiasSigmaRest, 0.03*Degree)
	duration("RestMinTime", &o.RestMinTime, 1500*time.Millisecond)
	duration("RestFilterTau", &o.RestFilterTau, 500*time.Millisecond)
	number("RestMaxGyro", &o.RestMaxGyro, 2*Degree)
	number("RestMaxAccel", &o.RestMaxAccel, 0.5)
	duration("MagCurrentTau", &o.MagCurrentTau, 50*time.Millisecond)
	duration("MagRefTau", &o.MagRefTau, 20*time.Second)
	number("MagNormThreshold", &o.MagNormThreshold, 0.1)
	number("MagDipThreshold", &o.MagDipThreshold, 10*Degree)
	duration("MagNewTime", &o.MagNewTime, 20*time.Second)
	duration("MagNewFirstTime", &o.MagNewFirstTime, 5*time.Second)
	number("MagNewMinGyro", &o.MagNewMinGyro, 20*Degree)
	duration("MagMinUndisturbedTime", &o.MagMinUndisturbedTime, 500*time.Millisecond)
	duration("MagMaxRejectionTime", &o.MagMaxRejectionTime, time.Minute)
	number("MagRejectionFactor", &o.MagRejectionFactor, 2)
	return errors.Join(errs...)
}
