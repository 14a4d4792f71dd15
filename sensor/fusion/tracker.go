package fusion

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/brinkml/brink/sensor"
)

// TrackerOptions are the choices of [NewTracker].
type TrackerOptions struct {
	// Filter is what estimates; the tracker owns it from then on, and restarts it with the first reading. Nil is a [VQF]
	// with its defaults.
	Filter Filter
	// Calibration is applied to each reading before the filter gets it. Nil is none.
	Calibration *Calibration
	// Still, if there is one, looks for rests. When the gyroscope's mean in one is more than 0.5 °/s off the
	// calibration's, it replaces that, and the filter, which has seen a turn that was none, is reset. It is for sensors
	// that show more at rest than a filter makes up for, and have not been calibrated. The tracker owns it.
	Still *Still
	// MaxGap is the longest time between two readings over which the body is taken to have turned as the second one
	// says. After a longer one, or a step back in time by more, the filter is restarted: the bias stays, the orientation
	// begins anew. 0 is 500 ms.
	MaxGap time.Duration
}

// Tracker feeds readings of an inertial unit to a filter, each for the time between it and the one before, by
// [sensor.Reading].At, which must be set.
//
// A [sensor.Stale] reading is fed only if it differs from what was fed last; what is not new in it, or too old, does not
// enter twice. A magnetic field that repeats exactly is taken for the same conversion, as when the magnetometer is slower
// than the gyroscope, and enters again after 200 ms at the earliest.
//
// A Tracker belongs to one goroutine at a time.
type Tracker struct {
	filter     Filter
	calib      Calibration
	calibrated bool
	still      *Still
	maxGap     time.Duration

	begun bool
	at    time.Time // of what was fed last
	fed   sensor.Motion
	magAt time.Time // when its field was fed
	seq   uint64
	stats TrackerStats
}

// TrackerStats counts what a [Tracker] did with its readings.
type TrackerStats struct {
	Fed      uint64 // used by the filter
	Repeated uint64 // not used: stale, or not later than the one before
	Rejected uint64 // not used: with numbers that are no measurement
	Restarts uint64 // gaps longer than MaxGap
	Learnt   uint64 // rests whose mean replaced the calibration's rate
}

const (
	defaultMaxGap = 500 * time.Millisecond
	magRepeat     = 200 * time.Millisecond
	gyroOff       = 0.5 * Degree // rad/s
)

// NewTracker returns a tracker; nil stands for the defaults.
func NewTracker(o *TrackerOptions) (*Tracker, error) {
	if o == nil {
		o = new(TrackerOptions)
	}
	t := &Tracker{filter: o.Filter, still: o.Still, maxGap: o.MaxGap}
	var errs []error
	if o.MaxGap < 0 {
		errs = append(errs, fmt.Errorf("fusion: TrackerOptions.MaxGap is %v, want 0 or more", o.MaxGap))
	}
	if o.Calibration != nil {
		t.calib, t.calibrated = o.Calibration.clone(), true
		errs = append(errs, t.calib.check())
	}
	if t.filter == nil {
		f, err := NewVQF(nil)
		errs = append(errs, err)
		t.filter = f
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if t.maxGap == 0 {
		t.maxGap = defaultMaxGap
	}
	return t, nil
}

// Track takes one reading and fills out with the orientation after it, of the same time and with its flags.
//
// Stale is set when nothing was fed: the orientation is the one before. OutOfRange is set as well when the reason is a
// number that is no measurement. Compensated is set when there is a calibration. Track returns sensor.ErrNotReady, with
// NotReady set, as long as no reading could be used. Orientations are numbered from 1.
func (t *Tracker) Track(in *sensor.Reading[sensor.Motion], out *sensor.Reading[Orientation]) error {
	*out = sensor.Reading[Orientation]{At: in.At, Quality: in.Quality}
	if t.still != nil && t.still.Add(in) {
		t.learn(t.still.Mean().Gyro)
	}
	m := in.Value
	if t.calibrated {
		t.calib.Apply(&m)
		out.Quality |= sensor.Compensated
	}
	out.Quality &^= sensor.Stale
	out.Quality |= t.feed(&m, in)
	if !t.begun {
		out.Quality |= sensor.NotReady
		return errNotReady
	}
	t.seq++
	out.Seq = t.seq
	out.Value = t.filter.Orientation()
	return nil
}

var errNotReady = fmt.Errorf("fusion: %w", sensor.ErrNotReady)

// learn takes the mean of a rest for the gyroscope's bias if the calibration's is another.
func (t *Tracker) learn(gyro [3]float64) {
	if distance(gyro, t.calib.Gyro) <= gyroOff {
		return
	}
	t.calib.Gyro, t.calibrated = gyro, true
	t.filter.Reset()
	t.begun = false
	t.stats.Learnt++
}

// Calibration returns a copy of what is applied to readings, with the rate that was learnt.
func (t *Tracker) Calibration() Calibration { return t.calib.clone() }

// feed gives the filter what is new in m and returns the flags that tell what was not.
func (t *Tracker) feed(m *sensor.Motion, in *sensor.Reading[sensor.Motion]) sensor.Quality {
	stale := in.Quality.Has(sensor.Stale)
	dt := in.At.Sub(t.at)
	again := dt > t.maxGap || dt < -t.maxGap
	if t.begun && !again && (dt <= 0 || stale && *m == t.fed) {
		t.stats.Repeated++
		return sensor.Stale
	}
	s := FromMotion(m, dt)
	if !t.begun || again {
		s.Dt = 0
	}
	if !s.usable() {
		t.stats.Rejected++
		return sensor.Stale | sensor.OutOfRange
	}
	if s.Dt == 0 {
		t.filter.Restart()
		if t.begun {
			t.stats.Restarts++
		}
	} else if m.Mag == t.fed.Mag && (stale || in.At.Sub(t.magAt) < magRepeat) {
		s.Mag = [3]float64{}
	}
	if !t.filter.Update(s) {
		t.stats.Rejected++
		return sensor.Stale | sensor.OutOfRange
	}
	t.stats.Fed++
	if s.Mag != [3]float64{} {
		t.magAt = in.At
	}
	t.begun, t.at, t.fed = true, in.At, *m
	return 0
}

// Stats returns the counts so far.
func (t *Tracker) Stats() TrackerStats { return t.stats }

// All returns an iterator over the orientations for readings, such as those of [sensor.Sampler.All]. A reading that came
// with an error is passed on with it; one after which there is no orientation yet is yielded with sensor.ErrNotReady. It
// allocates nothing for a reading.
func (t *Tracker) All(readings iter.Seq2[sensor.Reading[sensor.Motion], error]) iter.Seq2[sensor.Reading[Orientation], error] {
	return func(yield func(sensor.Reading[Orientation], error) bool) {
		var out sensor.Reading[Orientation]
		for in, err := range readings {
			if err != nil {
				out = sensor.Reading[Orientation]{At: in.At, Seq: in.Seq, Quality: in.Quality}
			} else {
				err = t.Track(&in, &out)
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// Source returns a source that reads src once for each of its own reads. Whoever reads it at a steady rate, as a
// [sensor.Sampler] does, gets orientations at that rate; the filter sees what src had at those times and nothing in
// between. Errors of src are passed on.
func (t *Tracker) Source(src sensor.Source[sensor.Motion]) sensor.Source[Orientation] {
	return &tracked{tracker: t, src: src}
}

type tracked struct {
	tracker *Tracker
	src     sensor.Source[sensor.Motion]
	in      sensor.Reading[sensor.Motion]
}

func (s *tracked) Read(ctx context.Context, r *sensor.Reading[Orientation]) error {
	if err := s.src.Read(ctx, &s.in); err != nil {
		*r = sensor.Reading[Orientation]{At: s.in.At, Quality: s.in.Quality}
		return err
	}
	return s.tracker.Track(&s.in, r)
}
