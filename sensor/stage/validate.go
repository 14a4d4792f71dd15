package stage

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// What a [LimitError] can be about.
var (
	ErrNotFinite = errors.New("is not a finite number")
	ErrRange     = errors.New("is out of range")
	ErrRate      = errors.New("has changed too fast")
)

// LimitError is a value that [Validate] has refused, or one that [Average] could not use.
type LimitError struct {
	Channel, Unit string
	Value         float64
	// Min and Max are what was allowed: the channel's range, or what it could have reached at its MaxRate. Both are 0 with
	// ErrNotFinite.
	Min, Max float64
	Err      error // ErrNotFinite, ErrRange or ErrRate
}

func (e *LimitError) Error() string {
	s := "sensor: stage: " + e.Channel + " = " + number(e.Value)
	if e.Unit != "" {
		s += " " + e.Unit
	}
	s += " " + e.Err.Error()
	if e.Min != 0 || e.Max != 0 {
		s += ": want " + number(e.Min) + " to " + number(e.Max)
	}
	return s
}

// Unwrap returns e.Err.
func (e *LimitError) Unwrap() error { return e.Err }

// Temporary is true: the next value may be a good one.
func (e *LimitError) Temporary() bool { return true }

// Limit says what values of a channel are plausible. They must be finite in any case.
type Limit[T any] struct {
	Channel sensor.Channel[T]
	// Min and Max are the ends of the range, in the channel's unit; each is allowed. Both 0 is no range; an infinity is no
	// limit at that end.
	Min, Max float64
	// MaxRate is how much the value may change in a second; the channel's LSB comes on top, once. 0 is no limit.
	MaxRate float64
}

// EnvLimits returns the ranges for which the SenseHAT's parts are specified, without a MaxRate: -40..120 °C and 0..100 %RH
// for the HTS221, 260..1260 hPa for the LPS25H. A source that leaves a channel 0 needs a list without it.
func EnvLimits() []Limit[physic.Env] {
	c := sensor.EnvChannels()
	return []Limit[physic.Env]{
		{Channel: c[0], Min: -40, Max: 120},
		{Channel: c[1], Min: 0, Max: 100},
		{Channel: c[2], Min: 260, Max: 1260},
	}
}

// MotionLimits returns the default ranges of the SenseHAT's LSM9DS1, without a MaxRate: 8 g, 500 degrees a second and
// 400 µT, either way.
func MotionLimits() []Limit[sensor.Motion] {
	full := [...]float64{8 * 9.80665, 500 * math.Pi / 180, 400}
	var limits []Limit[sensor.Motion]
	for i, c := range sensor.MotionChannels() {
		limits = append(limits, Limit[sensor.Motion]{Channel: c, Min: -full[i/3], Max: full[i/3]})
	}
	return limits
}

// Rule says what [Validate] does about a value outside its limits. One that is not finite is always refused.
type Rule uint8

const (
	// Flag passes the reading on with [sensor.OutOfRange].
	Flag Rule = iota
	// Refuse makes the read fail with a [LimitError], which is temporary.
	Refuse
)

// String returns "flag" or "refuse".
func (r Rule) String() string {
	switch r {
	case Flag:
		return "flag"
	case Refuse:
		return "refuse"
	}
	return "Rule(" + strconv.Itoa(int(r)) + ")"
}

// ValidateOptions are the choices of [NewValidate]. The zero value is the default.
type ValidateOptions struct {
	// Rule is what becomes of a value outside its limits: [Flag] by default.
	Rule Rule
}

// Validate is a source whose values were compared with limits, channel by channel.
//
// The rate is taken against the last value of the channel that was within its limits, by the readings' At. So a value
// that jumps is outside its limits until as much time has passed as the way takes at MaxRate; then it counts as the new
// state of things. Readings that are stale are not compared by rate and are no reference: they are older than their At.
//
// It may be used from as many goroutines as its source; a reading that is older than one judged before is not compared by
// rate.
type Validate[T any] struct {
	src    sensor.Source[T]
	limits []Limit[T]
	rule   Rule

	mu   sync.Mutex
	good []good
}

// good is the last value of a channel within its limits.
type good struct {
	x  float64
	at time.Time
}

// NewValidate returns a source that reads src and compares its values with limits. A nil o is a zero [ValidateOptions].
func NewValidate[T any](src sensor.Source[T], limits []Limit[T], o *ValidateOptions) (*Validate[T], error) {
	if o == nil {
		o = new(ValidateOptions)
	}
	p := problems{stage: "validate"}
	p.add(src != nil, "source is nil")
	p.add(len(limits) > 0, "there are no limits")
	p.add(o.Rule <= Refuse, "unknown rule "+o.Rule.String())
	for i := range limits {
		l := &limits[i]
		n := name(i, &l.Channel)
		p.add(l.Channel.Get != nil, n+" has no Get")
		p.add(l.Min <= l.Max, n+" has the range "+number(l.Min)+" to "+number(l.Max))
		p.add(l.MaxRate >= 0, n+" has the rate "+number(l.MaxRate))
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return &Validate[T]{
		src: src, limits: append([]Limit[T](nil), limits...), rule: o.Rule,
		good: make([]good, len(limits)),
	}, nil
}

// Read implements [sensor.Source]. Besides the errors of its source it returns [*LimitError]. It does not wait.
func (s *Validate[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	if err := s.src.Read(ctx, r); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var refused *LimitError
	for i := range s.limits {
		x := s.limits[i].Channel.Get(&r.Value)
		least, most, why := s.judge(i, x, r)
		if why == nil {
			continue
		}
		if s.rule == Flag && why != ErrNotFinite {
			r.Quality |= sensor.OutOfRange
		} else if refused == nil {
			c := &s.limits[i].Channel
			refused = &LimitError{Channel: name(i, c), Unit: c.Unit, Value: x, Min: least, Max: most, Err: why}
		}
	}
	if refused != nil {
		return refused
	}
	return nil
}

// judge says what would have been right in channel i and why x is not, and notes an x that is good.
func (s *Validate[T]) judge(i int, x float64, r *sensor.Reading[T]) (least, most float64, why error) {
	l, last := &s.limits[i], &s.good[i]
	if !finite(x) {
		return 0, 0, ErrNotFinite
	}
	if (l.Min != 0 || l.Max != 0) && (x < l.Min || x > l.Max) {
		return l.Min, l.Max, ErrRange
	}
	if l.MaxRate == 0 || r.Quality.Has(sensor.Stale) {
		return 0, 0, nil
	}
	if !last.at.IsZero() {
		dt := r.At.Sub(last.at)
		if dt < 0 {
			return 0, 0, nil
		}
		way := l.MaxRate*dt.Seconds() + l.Channel.LSB
		if math.Abs(x-last.x) > way {
			return last.x - way, last.x + way, ErrRate
		}
	}
	*last = good{x, r.At}
	return 0, 0, nil
}
