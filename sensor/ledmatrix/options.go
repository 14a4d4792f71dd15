package ledmatrix

import "errors"

// Options are the optional settings of the matrix. The zero value is the default.
type Options struct {
	// Rotation turns the picture clockwise by 0, 90, 180 or 270 degrees. At 0 the HDMI socket is down.
	Rotation int
	// FlipH and FlipV show the picture mirrored, left to right and top to bottom, before it is turned: for a matrix that is
	// seen in a mirror. To mirror what was drawn, once, there are the methods of these names.
	FlipH, FlipV bool
	// Curve is how bright channels are shown: [Linear] by default. [Dev.SetCurve] changes it, and [Dev.SetGamma].
	Curve Curve
}

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	var errs []error
	if !validRotation(o.Rotation) {
		errs = append(errs, rotationError(o.Rotation))
	}
	if o.Curve >= curves {
		errs = append(errs, unknownCurve(o.Curve))
	}
	return errors.Join(errs...)
}
