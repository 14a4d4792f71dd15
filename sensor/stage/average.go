package stage

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/brinkml/brink/sensor"
)

// AverageOptions are the choices of [NewAverage]. The zero value is the default.
type AverageOptions struct {
	// Every is the time from one read to the next of the same mean, by absolute deadlines. 0 reads as fast as the source
	// gives, which is for sources that pace themselves: a driver has nothing new before its next conversion.
	Every time.Duration
	// AtLeast is how many of the n reads must succeed. 0 is all of them. With fewer the mean fails, with the error of the
	// read that was one too many, and at once.
	AtLeast int
}

// Average is a source that gives the mean of n readings of another one.
//
// The means are those of the channels that it was given; what else the value has is that of the last good reading.
// Numbers are added up as differences to the first of them: the mean of integers, such as those of physic.Env, is within one
// of their units of the exact one for what a sensor measures, and nothing overflows whatever they are. A reading with a number that is not finite has failed, with a
// [LimitError].
//
// At is the mean of the readings' times. Quality has the flags of all that went into the mean; Seq counts the means from 1.
// Readings that are stale do not go into it, for they would count a conversion twice, but they have not failed: when there
// is nothing else, the last one is the answer, stale as it is.
//
// It belongs to one goroutine at a time.
type Average[T any] struct {
	src      sensor.Source[T]
	channels []sensor.Channel[T]
	n        int
	o        AverageOptions

	one   sensor.Reading[T]
	sums  []sum
	timer *time.Timer
	seq   uint64
}

// sum is that of a channel's differences to the first value.
type sum struct{ first, diffs float64 }

// NewAverage returns a source that gives means over n readings of src in the given channels, each of which needs a Set. A
// nil o is a zero [AverageOptions].
func NewAverage[T any](src sensor.Source[T], channels []sensor.Channel[T], n int, o *AverageOptions) (*Average[T], error) {
	if o == nil {
		o = new(AverageOptions)
	}
	p := problems{stage: "average"}
	p.add(src != nil, "source is nil")
	p.add(len(channels) > 0, "there are no channels")
	for i := range channels {
		p.add(channels[i].Get != nil && channels[i].Set != nil, name(i, &channels[i])+" has no Get or no Set")
	}
	p.add(n >= 1, "mean of "+strconv.Itoa(n)+" readings, want 1 or more")
	p.add(o.Every >= 0, "reads are "+o.Every.String()+" apart")
	p.add(o.AtLeast >= 0 && o.AtLeast <= max(n, 1), "at least "+strconv.Itoa(o.AtLeast)+" of "+strconv.Itoa(n)+" readings")
	if err := p.err(); err != nil {
		return nil, err
	}
	s := &Average[T]{
		src: src, channels: append([]sensor.Channel[T](nil), channels...), n: n, o: *o,
		sums: make([]sum, len(channels)),
	}
	if s.o.AtLeast == 0 {
		s.o.AtLeast = n
	}
	return s, nil
}

// Read implements [sensor.Source]. It takes n reads and the time between them. The end of the source, io.EOF, and that of
// ctx end it at once; what was read for this mean is dropped then.
func (s *Average[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	var (
		start, first  time.Time
		quality       sensor.Quality
		fresh, failed int
		ages          float64 // sum of the times since first, in ns
	)
	for i := range s.n {
		if s.o.Every > 0 {
			if i == 0 {
				start = time.Now()
			} else if err := s.wait(ctx, time.Duration(i)*s.o.Every-time.Since(start)); err != nil {
				*r = sensor.Reading[T]{Value: r.Value}
				return err
			}
		}
		if err := s.read(ctx); err != nil {
			if failed++; failed > s.n-s.o.AtLeast || errors.Is(err, io.EOF) || ctx.Err() != nil {
				*r = sensor.Reading[T]{Value: r.Value, At: s.one.At, Quality: s.one.Quality}
				return err
			}
			continue
		}
		stale := s.one.Quality.Has(sensor.Stale)
		if stale && fresh > 0 {
			continue
		}
		*r, s.one = s.one, *r // each keeps its memory, if T has any
		if stale {
			continue
		}
		if fresh == 0 {
			first = r.At
		}
		ages += float64(r.At.Sub(first))
		quality |= r.Quality
		s.add(&r.Value, fresh == 0)
		fresh++
	}
	if fresh > 0 {
		for i := range s.sums {
			s.channels[i].Set(&r.Value, s.sums[i].first+s.sums[i].diffs/float64(fresh))
		}
		r.At, r.Quality = first.Add(time.Duration(ages/float64(fresh))), quality
	}
	s.seq++
	r.Seq = s.seq
	return nil
}

// read fills s.one, with finite numbers only.
func (s *Average[T]) read(ctx context.Context) error {
	if err := s.src.Read(ctx, &s.one); err != nil {
		return err
	}
	for i := range s.channels {
		c := &s.channels[i]
		if x := c.Get(&s.one.Value); !finite(x) {
			return &LimitError{Channel: name(i, c), Unit: c.Unit, Value: x, Err: ErrNotFinite}
		}
	}
	return nil
}

// add adds v to the sums, which it begins with the first one.
func (s *Average[T]) add(v *T, first bool) {
	for i := range s.sums {
		x := s.channels[i].Get(v)
		if first {
			s.sums[i] = sum{first: x}
		}
		s.sums[i].diffs += x - s.sums[i].first
	}
}

func (s *Average[T]) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil // the source minds ctx
	}
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	select {
	case <-s.timer.C:
		return nil
	case <-ctx.Done():
		s.timer.Stop()
		return ctx.Err()
	}
}
