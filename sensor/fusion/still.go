package fusion

import (
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/sensor"
)

// StillOptions are the choices of [NewStill].
type StillOptions struct {
	// For is how long the body must lie still: 0 is 2 s.
	For time.Duration
	// MaxGyro is how far a rate may be from the mean so far, in rad/s: 0 is 2 °/s.
	MaxGyro float64
	// MaxAccel is the same for the acceleration, in m/s²: 0 is 0.5.
	MaxAccel float64
	// MaxBias is the largest mean rate, in rad/s, that is taken for a gyroscope's bias: 0 is 40 °/s, above the 30 °/s of
	// the LSM9DS1's data sheet.
	MaxBias float64
	// OncePerPose waits, after a rest, until the body has moved: for the poses of [FitAccel].
	OncePerPose bool
}

// Still finds when a body lies still, and the mean of its readings then: of the rates, that is the gyroscope's bias; of the
// acceleration, one pose for [FitAccel].
//
// The body lies still when no reading is far from the mean of those before, and when the means of the two halves of the
// time agree, which a slow and steady turn does not survive: acceleration to 0.03 m/s², field to 2 %. A turn about the
// vertical is only seen by the magnetometer.
//
// A Still belongs to one goroutine at a time.
type Still struct {
	o StillOptions

	last  time.Time // of the last reading that was used; zero at the start
	begin time.Time
	half  [2]sums
	mean  sensor.Motion
	done  bool // there is a mean, and with OncePerPose the body has not moved since
}

// sums of readings.
type sums struct {
	n                float64
	accel, gyro, mag vector
}

const (
	stillAccelDrift = 0.03 // m/s²
	stillMagDrift   = 0.02
	stillMaxGap     = 500 * time.Millisecond
)

// NewStill returns a detector; nil stands for the defaults.
func NewStill(o *StillOptions) (*Still, error) {
	s := new(Still)
	if o != nil {
		s.o = *o
	}
	var errs []error
	if s.o.For < 0 {
		errs = append(errs, fmt.Errorf("fusion: StillOptions.For is %v, want 0 or more", s.o.For))
	}
	for _, f := range []struct {
		name string
		x    *float64
		def  float64
	}{{"MaxGyro", &s.o.MaxGyro, 2 * Degree}, {"MaxAccel", &s.o.MaxAccel, 0.5}, {"MaxBias", &s.o.MaxBias, 40 * Degree}} {
		switch {
		case !(*f.x >= 0) || *f.x > maxComponent:
			errs = append(errs, fmt.Errorf("fusion: StillOptions.%s is %v, want a number, 0 or more", f.name, *f.x))
		case *f.x == 0:
			*f.x = f.def
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if s.o.For == 0 {
		s.o.For = 2 * time.Second
	}
	return s, nil
}

// Add takes the next reading, uncalibrated, and reports whether a rest has ended with it whose Mean is there now. Stale
// readings and those with numbers that are no measurement are left out; a gap of more than 500 ms begins anew. It does
// not allocate.
func (s *Still) Add(r *sensor.Reading[sensor.Motion]) bool {
	m := &r.Value
	if r.Quality.Has(sensor.Stale) || !within(m.Accel) || !within(m.Gyro) || !within(m.Mag) {
		return false
	}
	if gap := r.At.Sub(s.last); gap <= 0 && !s.last.IsZero() {
		return false
	} else if gap > stillMaxGap || s.moved(m) {
		s.restart(r.At)
		s.done = false
	}
	s.last = r.At
	elapsed := r.At.Sub(s.begin)
	h := &s.half[0]
	if elapsed >= s.o.For/2 {
		h = &s.half[1]
	}
	h.add(m)
	if elapsed < s.o.For {
		return false
	}
	fresh := !s.done && s.steady()
	if fresh {
		all := s.half[0].plus(&s.half[1])
		s.mean = all.mean()
		s.done = s.o.OncePerPose
	}
	if !s.done {
		s.restart(r.At)
	}
	return fresh
}

// Mean returns the mean of the last rest.
func (s *Still) Mean() sensor.Motion { return s.mean }

func (s *Still) restart(at time.Time) {
	s.begin = at
	s.half = [2]sums{}
}

// moved reports whether m is far from the mean so far.
func (s *Still) moved(m *sensor.Motion) bool {
	all := s.half[0].plus(&s.half[1])
	if all.n == 0 {
		return false
	}
	mean := all.mean()
	return distance(m.Gyro, mean.Gyro) > s.o.MaxGyro || distance(m.Accel, mean.Accel) > s.o.MaxAccel
}

// steady compares the two halves.
func (s *Still) steady() bool {
	if s.half[0].n == 0 || s.half[1].n == 0 {
		return false
	}
	a, b := s.half[0].mean(), s.half[1].mean()
	return distance(a.Accel, b.Accel) <= stillAccelDrift &&
		distance(a.Mag, b.Mag) <= stillMagDrift*norm(vec(a.Mag)) &&
		max(norm(vec(a.Gyro)), norm(vec(b.Gyro))) <= s.o.MaxBias
}

func distance(a, b [3]float64) float64 { return norm(sub(vec(a), vec(b))) }

func (h *sums) add(m *sensor.Motion) {
	h.n++
	h.accel = add(h.accel, vec(m.Accel))
	h.gyro = add(h.gyro, vec(m.Gyro))
	h.mag = add(h.mag, vec(m.Mag))
}

func (h *sums) plus(g *sums) sums {
	return sums{h.n + g.n, add(h.accel, g.accel), add(h.gyro, g.gyro), add(h.mag, g.mag)}
}

// mean is only for sums of something.
func (h *sums) mean() sensor.Motion {
	k := 1 / h.n
	return sensor.Motion{Accel: scale(k, h.accel).array(), Gyro: scale(k, h.gyro).array(), Mag: scale(k, h.mag).array()}
}
