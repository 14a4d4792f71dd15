package fusion

// Filter estimates an orientation from samples of an inertial unit. [VQF], [Madgwick], [Mahony] and [Tilt] are filters.
//
// A filter always has both orientations, from the first sample on: Quat6D, by gyroscope and accelerometer, whose heading
// is relative to where it started and drifts; and Quat9D, by the magnetometer too, whose heading is from magnetic north.
// No magnetometer, however wrong, has an influence on Quat6D.
//
// A filter belongs to one goroutine at a time. No method allocates.
type Filter interface {
	// Update takes the next sample and reports whether it was used. Samples with a NaN, an infinity, an absurd value
	// (more than 10⁶ in a unit of [Sample]) or without time are not: they change nothing but the count of them.
	Update(s Sample) bool
	// Orientation returns the estimate after the last sample.
	Orientation() Orientation
	// Restart forgets the orientation but keeps what was learnt about the sensors and the place, such as the
	// gyroscope's bias. It is for gaps in the samples.
	Restart()
	// Reset forgets everything but the options.
	Reset()
}

// Orientation is what a filter knows.
type Orientation struct {
	// Quat6D turns vectors of the body into a world whose third axis is up and whose first two are somewhere level.
	Quat6D Quaternion
	// Quat9D turns them into east, north and up. It is Quat6D as long as there has been no magnetic field.
	Quat9D Quaternion

	// Bias is what the filter thinks the gyroscope shows at rest, in rad/s; it has been subtracted. Zero for filters
	// that do not estimate it.
	Bias [3]float64
	// BiasSigma is the standard deviation of the least certain component of Bias, in rad/s, where the filter has one.
	BiasSigma float64

	// Rest is set while the body lies still. Only [VQF] knows.
	Rest bool
	// Disturbed is set while the magnetic field is not that of the place, so that the heading of Quat9D is by the
	// gyroscope. Only [VQF] knows. It is set until a field has been accepted, although one is used at once.
	Disturbed bool

	// Rejected counts the samples that could not be used, over all restarts until Reset.
	Rejected uint64
}
