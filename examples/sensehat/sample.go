package main

import (
	"context"
	"errors"
	"time"

	"github.com/brinkml/brink/sensor"
)

// sampled is what came of sampling a part.
type sampled struct {
	period  time.Duration // 0 for a part that is not sampled
	good    int
	stale   int
	repeats int // stale readings at the end, without a fresh one
	stats   sensor.SamplerStats
	flags   sensor.Quality // seen in any reading, but for Stale and Overrun, which are counted
	last    string         // the last value, in words
	lastErr error
}

// sample reads a source once a period until ctx ends. The first readings may not be ready; later ones must be.
func sample[T any](ctx context.Context, src sensor.Source[T], period time.Duration, words func(*T) string) (*sampled, error) {
	sampler, err := sensor.NewSampler(src, period, nil)
	if err != nil {
		return nil, err
	}
	s := &sampled{period: period}
	var notReady uint64
	for r, err := range sampler.All(ctx) {
		switch {
		case errors.Is(err, sensor.ErrNotReady) && s.good == 0:
			notReady++
		case err != nil:
			s.lastErr = err
		default:
			s.good++
			s.repeats++
			if r.Quality.Has(sensor.Stale) {
				s.stale++
			} else {
				s.repeats = 0
			}
			s.flags |= r.Quality &^ (sensor.Stale | sensor.Overrun)
			s.last = words(&r.Value)
		}
	}
	s.stats = sampler.Stats()
	s.stats.Errors -= notReady
	return s, nil
}
