package heat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// Options are the choices of [New]. The zero value is the default.
type Options struct {
	// Lag is the time constant with which the sensor follows the processor: the processor's temperature, which jumps with
	// its load, goes through a low-pass filter of first order. 0 is none. A board in a case takes some minutes; what it
	// takes is the time after which a step in load has come through to the sensor by two thirds.
	Lag time.Duration
}

// Source gives what another source reads, with the processor's heat taken out of temperature and humidity. It may be used
// from as many goroutines as its two sources.
type Source struct {
	src   sensor.Source[physic.Env]
	cpu   sensor.Source[physic.Temperature]
	model Model
	lag   time.Duration
	idle  atomic.Pointer[sensor.Reading[physic.Temperature]] // for the next read, which so need not allocate one

	mu  sync.Mutex
	was filter
}

// filter is the state of the low-pass: the last output, in K, and its time.
type filter struct {
	k  float64
	at time.Time
}

// New returns a source that corrects src by the model, with the processor's temperature from cpu. A nil o is a zero
// [Options]. All problems of the arguments are reported together.
func New(src sensor.Source[physic.Env], cpu sensor.Source[physic.Temperature], model *Model, o *Options) (*Source, error) {
	if o == nil {
		o = new(Options)
	}
	var errs []error
	if src == nil {
		errs = append(errs, errors.New("sensor: heat: source is nil"))
	}
	if cpu == nil {
		errs = append(errs, errors.New("sensor: heat: processor's temperature is nil"))
	}
	if model == nil {
		errs = append(errs, errors.New("sensor: heat: model is nil"))
	} else if err := model.check(); err != nil {
		errs = append(errs, err)
	}
	if o.Lag < 0 {
		errs = append(errs, fmt.Errorf("sensor: heat: lag is %v, want 0 or more", o.Lag))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Source{src: src, cpu: cpu, model: *model, lag: o.Lag}, nil
}

// Read implements [sensor.Source]. It sets [sensor.Compensated]; Interpolated, too, when processor and sensor differ by more
// or less than they did in any of the model's points; Clipped when the humidity was more than 100 %RH and is 100; and
// OutOfRange when temperatures are so far off that the humidity was left as it is.
//
// A read fails when one of the two sources fails: never is a value passed on that is not corrected.
func (s *Source) Read(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	if err := s.src.Read(ctx, r); err != nil {
		return err
	}
	cpu, err := s.processor(ctx, r)
	if err != nil {
		return err
	}
	read := r.Value.Temperature
	rise := kelvin(cpu, read)
	if rise < s.model.MinRise || rise > s.model.MaxRise {
		r.Quality |= sensor.Interpolated
	}
	r.Quality |= sensor.Compensated
	r.Value.Temperature = s.model.True(read, cpu)
	if r.Value.Humidity == 0 {
		return nil // it is not measured, or there is no dew point
	}
	dew, ok := DewPoint(read, r.Value.Humidity)
	if ok {
		var rh physic.RelativeHumidity
		if rh, ok = Humidity(r.Value.Temperature, dew); ok {
			if rh > 100*physic.PercentRH {
				rh = 100 * physic.PercentRH
				r.Quality |= sensor.Clipped
			}
			r.Value.Humidity = rh
		}
	}
	if !ok {
		r.Quality |= sensor.OutOfRange
	}
	return nil
}

// processor returns the processor's temperature, filtered, and joins its quality to r's.
func (s *Source) processor(ctx context.Context, r *sensor.Reading[physic.Env]) (physic.Temperature, error) {
	c := s.idle.Swap(nil)
	if c == nil {
		c = new(sensor.Reading[physic.Temperature])
	}
	defer s.idle.Store(c)
	if err := s.cpu.Read(ctx, c); err != nil {
		r.Quality |= c.Quality
		return 0, fmt.Errorf("sensor: heat: processor: %w", err)
	}
	r.Quality |= c.Quality
	if s.lag == 0 {
		return c.Value, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := float64(c.Value) / float64(physic.Kelvin)
	if s.was.at.IsZero() {
		s.was = filter{k, c.At}
	} else if dt := c.At.Sub(s.was.at); dt > 0 {
		s.was.k += (k - s.was.k) * -math.Expm1(-float64(dt)/float64(s.lag))
		s.was.at = c.At
	}
	return physic.Temperature(math.Round(s.was.k * float64(physic.Kelvin))), nil
}
