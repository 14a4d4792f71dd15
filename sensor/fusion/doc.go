// Package fusion finds the orientation of a board from its gyroscope, accelerometer and magnetometer, and the calibration
// of the three.
//
//	tracker, err := fusion.NewTracker(nil)
//	if err != nil {
//		return err
//	}
//	for r, err := range tracker.All(sampler.All(ctx)) { // of a sensor.Sampler over an lsm9ds1.Dev
//		if err != nil {
//			continue // sensor.ErrNotReady at first; or the bus
//		}
//		angles := r.Value.Quat9D.Euler().Degrees() // python-sense-hat's get_orientation
//		use(r.At, r.Quality, angles)
//	}
//
// # Filters
//
// A [Filter] has two orientations at any time: by gyroscope and accelerometer alone, and by the magnetometer too. There
// is no mode to choose, and the one with the magnetometer never disturbs the other.
//
//   - [VQF] is the default, and the most accurate. It estimates the gyroscope's bias, at rest and in motion, and leaves a
//     disturbed magnetic field out.
//   - [Madgwick] and [Mahony] are what most other programs have.
//   - [Tilt] needs no gyroscope.
//
// A filter takes a [Sample] after another, each with the time since the one before. A [Tracker] makes them of readings: it
// looks after stale ones, gaps, and a magnetometer that is slower than the rest.
//
// # Axes
//
// The axes of the body are right-handed and common to the three sensors; which way they point is free. Those of
// [sensor.Motion] are right-handed, with z into the board, and [FromMotion] is all it takes. The world's are east, north
// (magnetic, not geographic) and up. [Quaternion.Euler] gives the angles that python-sense-hat gives for a board with
// Motion's axes.
//
// # Calibration
//
// An LSM9DS1's gyroscope may show 30 °/s at rest, and [VQF] makes up for 2 °/s at most: take the mean of a rest with
// [Still] before anything else, or give one to the [Tracker], which then does so itself. A magnetometer on a board shows
// the iron around it, often more than the earth's field: collect its readings while the board is turned in all
// directions, and use [FitMag]. [FitAccel] does the same for gravity, from poses at rest, and matters least. A
// [Calibration] holds the three and is kept in a file of JSON.
//
// # Figures
//
// The first two are for the public recordings in the folder shared/data/imu beside a checkout; their tests are skipped
// where it is absent. Times are of one core of an AMD EPYC, in CPU time, since the machine was not idle.
//
//   - TestVQFReference: this VQF and its authors' differ by 2·10⁻¹¹ degrees in orientation and by 10⁻¹⁴ rad/s in bias at
//     most, from the first of 13,500 samples on; in rest and magnetic disturbance never.
//   - TestBROAD: root mean square errors in degrees for trial 2 of the benchmark BROAD (total, heading, inclination), all
//     with default parameters. VQF 1.38, 1.31, 0.43, to all digits what its authors' implementation has; Madgwick 1.67,
//     1.41, 0.89; Mahony 2.86, 2.78, 0.66; Tilt 8.92, 8.01, 3.93. Means over the 30 of its trials that are in its public
//     repository, measured once in the same way: VQF 2.43, 2.27, 0.72; Madgwick 4.88, 3.71, 2.93; Mahony 8.13, 6.94,
//     3.86; Tilt 47.9, 41.9, 23.8.
//   - BenchmarkUpdate: one update with nine values takes 0.35 µs (VQF; 0.5 µs when each comes after another time than the
//     one before), 0.2 µs (Madgwick, Mahony) or 0.1 µs (Tilt).
//   - TestUpdateDoesNotAllocate and TestTrackerDoesNotAllocate: what they say.
package fusion
