package stage

import (
	"context"
	"math"
	"sync"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// StuckRule says when a channel counts as stuck.
type StuckRule[T any] struct {
	Channel sensor.Channel[T]
	// Samples is how many readings in a row, the first included, have to be without movement: 2 or more.
	Samples int
	// Steps is the movement, in steps of the channel's LSB, that is one: half a step less counts too, since the value of a
	// step is known to some percent only. 0 is 1. In a channel whose LSB is 0 any change is a movement.
	Steps float64
}

// EnvStuck returns rules for a SenseHAT's environment: 10 samples of humidity and 30 of pressure. Temperature is left out:
// a room's can stand still for a quarter of an hour.
//
// They come from a log of a SenseHAT at rest indoors, of 24,604 samples, one each 10 s: the longest runs of the same value
// were 3 of humidity, 8 of pressure, 16 and 76 of its two temperatures (Astro Pi Mk I, ground test of August 2015). At
// that pace a rule trips after 100 s and 5 minutes.
func EnvStuck() []StuckRule[physic.Env] {
	c := sensor.EnvChannels()
	return []StuckRule[physic.Env]{{Channel: c[1], Samples: 10}, {Channel: c[2], Samples: 30}}
}

// MotionStuck returns rules for a SenseHAT's inertial unit: 8 samples of each of its nine channels. The longest run of the
// same value in the log of [EnvStuck] was 2: noise moves each axis of a part that works, however still it lies.
func MotionStuck() []StuckRule[sensor.Motion] {
	var rules []StuckRule[sensor.Motion]
	for _, c := range sensor.MotionChannels() {
		rules = append(rules, StuckRule[sensor.Motion]{Channel: c, Samples: 8})
	}
	return rules
}

// Stuck is a source whose readings have the flag [sensor.Stuck] as long as one of its channels does not move, each by its
// own rule.
//
// A movement is the distance from where the channel's last movement ended, so one that creeps is noticed too. Readings that
// are stale say nothing new and are not counted; nor are failed ones.
//
// It may be used from as many goroutines as its source.
type Stuck[T any] struct {
	src   sensor.Source[T]
	rules []StuckRule[T]

	mu   sync.Mutex
	rest []rest
}

// rest is where a channel stands, and for how many samples. 0 is none.
type rest struct {
	x float64
	n int
}

// NewStuck returns a source that reads src and watches the channels of rules.
func NewStuck[T any](src sensor.Source[T], rules []StuckRule[T]) (*Stuck[T], error) {
	p := problems{stage: "stuck"}
	p.add(src != nil, "source is nil")
	p.add(len(rules) > 0, "there are no rules")
	for i := range rules {
		r := &rules[i]
		n := name(i, &r.Channel)
		p.add(r.Channel.Get != nil, n+" has no Get")
		p.add(r.Channel.LSB >= 0 && finite(r.Channel.LSB), n+" has the LSB "+number(r.Channel.LSB))
		p.add(r.Steps == 0 || r.Steps >= 1 && finite(r.Steps), n+" moves with "+number(r.Steps)+" steps, want 1 or more")
		p.add(r.Samples >= 2, n+" has less than 2 samples")
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return &Stuck[T]{src: src, rules: append([]StuckRule[T](nil), rules...), rest: make([]rest, len(rules))}, nil
}

// Read implements [sensor.Source]. It does not wait, and has no errors but those of its source.
func (s *Stuck[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	if err := s.src.Read(ctx, r); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stale := r.Quality.Has(sensor.Stale)
	for i := range s.rules {
		rule, rest := &s.rules[i], &s.rest[i]
		if !stale {
			rest.see(rule.Channel.Get(&r.Value), (max(rule.Steps, 1)-0.5)*rule.Channel.LSB, rule.Samples)
		}
		if rest.n >= rule.Samples {
			r.Quality |= sensor.Stuck
		}
	}
	return nil
}

// see counts a sample, up to most.
func (s *rest) see(x, movement float64, most int) {
	d := math.Abs(x - s.x)
	if s.n == 0 || d != 0 && !(d < movement) { // a NaN moves
		*s = rest{x: x, n: 1}
		return
	}
	s.n = min(s.n+1, most)
}

// Channels returns the names of the channels that are stuck, nil when there is none.
func (s *Stuck[T]) Channels() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for i := range s.rules {
		if s.rest[i].n >= s.rules[i].Samples {
			names = append(names, name(i, &s.rules[i].Channel))
		}
	}
	return names
}
