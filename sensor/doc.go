// Package sensor has what all sensors share: a reading with its time and quality, the source that gives it, a sampler
// that reads on time, and the errors that drivers return. The drivers are in the folders below, one chip each.
//
// # Concepts
//
// A [Source] gives one [Reading] a call, by pointer and without allocating. The reading carries the value, the time it was
// taken, a number, and a [Quality] that is zero when there is nothing to say. Values of the environment are periph's
// physic.Env; those of an inertial unit are [Motion], in SI units and µT.
//
// A [Channel] is one number of such a value, with its name, unit and step: code that works on any type goes by a list of
// them. Package stage, below, has what stands between a sensor and its reader (retries, limits, detection of stuck outputs,
// means, recording), and package heat takes the warmth of the computer out of a reading.
//
// A [Sampler] reads a source at absolute deadlines: t0, t0+period, t0+2·period and so on, whatever a read or the consumer
// takes, so that ten readings a second are 864,000 a day. It runs on the goroutine that ranges over it and starts none:
//
//	s, err := sensor.NewSampler(dev, 100*time.Millisecond, nil)
//	if err != nil {
//		return err
//	}
//	for r, err := range s.All(ctx) {
//		if err != nil {
//			log.Warn("humidity", "err", err, "retry", sensor.Temporary(err))
//			continue // the next deadline is another chance
//		}
//		use(r.Value, r.At, r.Quality)
//	}
//
// [Sampler.Stats] tells how well that went: missed deadlines, a [Histogram] of lateness, jitter and drift.
//
// # Errors
//
// [ErrNotReady], [*NotPresentError], [*BusError] and [*CalibrationError] are what a program branches on; [Temporary] says
// whether to try again. A sensor never answers a failure with an old or a zero value and a nil error.
package sensor
