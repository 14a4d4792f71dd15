package fusion

import (
	"errors"
	"fmt"
	"math"
)

// FitModel says what an ellipsoid's fit may correct besides the offset.
type FitModel uint8

const (
	// FitAuto is FitFull where the samples determine it, and otherwise FitScale.
	FitAuto FitModel = iota
	// FitFull is the scale of each axis and the angles between them: it takes samples in at least nine directions that are
	// spread over the sphere.
	FitFull
	// FitScale is the scale of each axis alone: the six faces of a box are enough.
	FitScale
)

// String returns "auto", "full" or "scale".
func (m FitModel) String() string {
	switch m {
	case FitAuto:
		return "auto"
	case FitFull:
		return "full"
	case FitScale:
		return "scale"
	}
	return fmt.Sprintf("FitModel(%d)", uint8(m))
}

// FitOptions are the choices of [FitAccel] and [FitMag].
type FitOptions struct {
	Model FitModel
	// Radius is what all corrected samples should have as their length. 0 is 9.80665 m/s² for an accelerometer; for a
	// magnetometer, the mean radius of the samples, since orientation does not depend on the field's strength.
	Radius float64
	// MinCoverage is the smallest Fit.Coverage that is accepted: 0 is 0.1.
	MinCoverage float64
	// MaxResidual is the largest Fit.Residual that is accepted: 0 is 0.1.
	MaxResidual float64
}

// Fit is a correction found from samples, and how good it is.
type Fit struct {
	Affine
	Model   FitModel // FitFull or FitScale
	Samples int
	// Residual is the root mean square of the differences between the corrected samples' length and the radius, divided
	// by the radius: 0.01 is 1 %. It is the score of a calibration: some thousandths for a good one, and more if the
	// body was shaken or the field is not the same everywhere.
	Residual float64
	// Coverage tells how well the directions of the samples determine the result: 1 for those spread evenly over the
	// sphere, 0 if something remains undetermined, as for samples in a plane. Noise enters the result by its inverse.
	Coverage float64
}

// What a [FitError] can be about.
var (
	ErrFewSamples   = errors.New("too few samples")
	ErrCoverage     = errors.New("the samples' directions do not determine an ellipsoid")
	ErrNotEllipsoid = errors.New("the samples do not lie on an ellipsoid")
	ErrNotFinite    = errors.New("a sample is not a measurement")
)

// FitError says why samples gave no calibration.
type FitError struct {
	Err      error // one of ErrFewSamples, ErrCoverage, ErrNotEllipsoid and ErrNotFinite
	Samples  int
	Need     int     // samples, for ErrFewSamples
	Coverage float64 // for ErrCoverage
	Residual float64 // for ErrNotEllipsoid, where there was an ellipsoid at all
}

func (e *FitError) Error() string {
	s := fmt.Sprintf("fusion: calibration from %d samples: %v", e.Samples, e.Err)
	switch {
	case e.Err == ErrFewSamples:
		s += fmt.Sprintf(": want at least %d", e.Need)
	case e.Err == ErrCoverage:
		s += fmt.Sprintf(": coverage is %.3f", e.Coverage)
	case e.Residual > 0:
		s += fmt.Sprintf(": residual is %.3f", e.Residual)
	}
	return s
}

// Unwrap returns e.Err.
func (e *FitError) Unwrap() error { return e.Err }

// FitAccel finds the correction of an accelerometer from uncalibrated samples taken at rest in many poses, in m/s²: each is
// gravity from another side. With FitScale, the six faces are enough; [Still] gives the mean of each. The error is *FitError, or
// tells what is wrong with o; nil stands for the defaults.
func FitAccel(samples [][3]float64, o *FitOptions) (*Fit, error) {
	return fit(samples, o, 9.80665)
}

// FitMag finds the correction of a magnetometer from uncalibrated samples taken while it is turned in all directions at one
// place, in µT: Offset is the iron that turns with the board (hard), Matrix undoes what distorts the field (soft). The error is as
// for [FitAccel].
func FitMag(samples [][3]float64, o *FitOptions) (*Fit, error) {
	return fit(samples, o, 0)
}

func (o *FitOptions) check() error {
	var errs []error
	if o.Model > FitScale {
		errs = append(errs, fmt.Errorf("fusion: FitOptions.Model is %v", o.Model))
	}
	for _, f := range []struct {
		name string
		x    float64
	}{{"Radius", o.Radius}, {"MinCoverage", o.MinCoverage}, {"MaxResidual", o.MaxResidual}} {
		if !(f.x >= 0) || f.x > maxComponent {
			errs = append(errs, fmt.Errorf("fusion: FitOptions.%s is %v, want a number, 0 or more", f.name, f.x))
		}
	}
	return errors.Join(errs...)
}

func fit(samples [][3]float64, o *FitOptions, radius float64) (*Fit, error) {
	var opt FitOptions
	if o != nil {
		opt = *o
	}
	if err := opt.check(); err != nil {
		return nil, err
	}
	if opt.Radius == 0 {
		opt.Radius = radius
	}
	if opt.MinCoverage == 0 {
		opt.MinCoverage = 0.1
	}
	if opt.MaxResidual == 0 {
		opt.MaxResidual = 0.1
	}
	for i := range samples {
		if !within(samples[i]) {
			return nil, &FitError{Err: ErrNotFinite, Samples: len(samples)}
		}
	}
	if opt.Model != FitAuto {
		return opt.fit(samples, opt.Model)
	}
	f, err := opt.fit(samples, FitFull)
	if err == nil {
		return f, nil
	}
	simple, scaleErr := opt.fit(samples, FitScale)
	if scaleErr == nil || errors.Is(err, ErrFewSamples) {
		return simple, scaleErr
	}
	return nil, err
}

func (o *FitOptions) fit(samples [][3]float64, model FitModel) (*Fit, error) {
	e := &ellipsoid{model: model}
	if need := e.parameters(); len(samples) < need {
		return nil, &FitError{Err: ErrFewSamples, Samples: len(samples), Need: need}
	}
	points, mean, size := normalize(samples)
	if size < tiny {
		return nil, &FitError{Err: ErrCoverage, Samples: len(samples)}
	}
	coverage, ok := e.solve(points)
	if ok {
		coverage = e.refine(points)
	}
	switch residual := e.residual(points); {
	case coverage < o.MinCoverage:
		return nil, &FitError{Err: ErrCoverage, Samples: len(samples), Coverage: coverage}
	case !ok:
		return nil, &FitError{Err: ErrNotEllipsoid, Samples: len(samples)}
	case residual > o.MaxResidual:
		return nil, &FitError{Err: ErrNotEllipsoid, Samples: len(samples), Residual: residual}
	default:
		f := &Fit{Model: model, Samples: len(samples), Residual: residual, Coverage: min(coverage, 1)}
		radius := o.Radius
		if radius == 0 {
			radius = size / math.Cbrt(e.a.determinant()) // a matrix with determinant 1 keeps the volume
		}
		f.Offset = add(mean, scale(size, e.center)).array()
		for i, row := range e.a.matrix() {
			f.Matrix[i] = scale(radius/size, row).array()
		}
		return f, nil
	}
}

// normalize moves points to their mean and scales them to a mean square of 1.
func normalize(samples [][3]float64) (points []vector, mean vector, size float64) {
	points = make([]vector, len(samples))
	n := 1 / float64(len(samples))
	for _, s := range samples {
		mean = add(mean, scale(n, vec(s)))
	}
	for i, s := range samples {
		points[i] = sub(vec(s), mean)
		size += n * dot(points[i], points[i])
	}
	size = math.Sqrt(size)
	if size > 0 {
		for i, p := range points {
			points[i] = scale(1/size, p)
		}
	}
	return points, mean, size
}
