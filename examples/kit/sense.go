package main

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

const (
	motionPeriod = 20 * time.Millisecond
	climateEvery = time.Second
)

// kit measures, judges and hands over.
type kit struct {
	*board
	up       *uplink
	log      *slog.Logger
	period   time.Duration // between samples
	interval atomic.Int64  // time.Duration between readings; commands change it

	hot    condition // °C
	shaken condition // m/s²
	blind  condition // seconds without a reading

	accel   [3]float64 // the last one
	mean    [3]float64 // a mean that forgets, which is gravity
	shaking float64    // how far from it, at its strongest lately
}

func newKit(b *board, up *uplink, o options, log *slog.Logger) *kit {
	k := &kit{
		board: b, up: up, log: log, period: min(motionPeriod, o.interval),
		hot:    condition{name: "hot", raise: o.hot, clear: o.hot - 0.5},
		shaken: condition{name: "shaken", raise: 1.5, clear: 0.5},
		blind:  condition{name: "blind", raise: 1, clear: 1},
	}
	k.interval.Store(int64(o.interval))
	return k
}

// sense measures until ctx ends. Nothing that a sensor or the disk does ends it: what fails is told, and tried again.
func (k *kit) sense(ctx context.Context) error {
	s, err := sensor.NewSampler(k.motion, k.period, nil)
	if err != nil {
		return err
	}
	var climate sensor.Reading[physic.Env]
	var measure, report schedule
	good := time.Now()
	for m, err := range s.All(ctx) {
		now := time.Now()
		if err == nil {
			k.feel(m.Value.Accel)
			if measure.due(now, min(climateEvery, k.every())) {
				if err = k.env.Read(ctx, &climate); err != nil {
					measure = schedule{} // with the next sample
				}
			}
		}
		if err == nil {
			good = now
		}
		k.judge(&k.blind, now.Sub(good).Seconds(), now)
		if err != nil {
			k.log.Debug("a read failed", "err", err)
			continue
		}
		k.judge(&k.hot, climate.Value.Temperature.Celsius(), now)
		k.judge(&k.shaken, k.shaking, now)
		if report.due(now, k.every()) {
			k.report(&climate, m.Quality, now)
		}
	}
	return nil
}

// schedule says when something is due that is done every so often. What comes late does not shift what follows.
type schedule struct{ next time.Time }

func (s *schedule) due(now time.Time, every time.Duration) bool {
	if wait := s.next.Sub(now); wait > 0 && wait <= every { // a longer one is from before every was changed
		return false
	}
	s.next = s.next.Add(every)
	if wait := s.next.Sub(now); wait <= 0 || wait > every {
		s.next = now.Add(every)
	}
	return true
}

func (k *kit) every() time.Duration { return time.Duration(k.interval.Load()) }

// feel notes how much the board is shaken: at once when it grows, and for a second after it.
func (k *kit) feel(a [3]float64) {
	if k.mean == [3]float64{} {
		k.mean = a
	}
	d := 0.0
	for i := range a {
		k.mean[i] += (a[i] - k.mean[i]) / 16
		d += (a[i] - k.mean[i]) * (a[i] - k.mean[i])
	}
	k.accel, k.shaking = a, max(math.Sqrt(d), 0.97*k.shaking)
}

// judge holds a value against a condition and tells of it. What the outbox does not take, it tells at the next sample.
func (k *kit) judge(c *condition, value float64, at time.Time) {
	if c.judge(value) && k.up.publish("alarm", at, &alarm{Alarm: c.name, On: c.on, Value: round(value, 2)}) == nil {
		c.tell()
		k.log.Info("alarm", "what", c.name, "on", c.on, "value", round(value, 2))
	}
}

// report publishes a reading.
func (k *kit) report(e *sensor.Reading[physic.Env], q sensor.Quality, at time.Time) {
	r := &reading{
		Temperature: round(e.Value.Temperature.Celsius(), 2),
		Humidity:    round(float64(e.Value.Humidity)/float64(physic.PercentRH), 1),
		Pressure:    round(float64(e.Value.Pressure)/float64(100*physic.Pascal), 2),
		Shaking:     round(k.shaking, 2),
	}
	for i, a := range k.accel {
		r.Accel[i] = round(a, 3)
	}
	if q |= e.Quality; q != 0 {
		r.Quality = q.String()
	}
	// A reading that is refused is missing, and uplink has logged it: the next one is more use than this one late.
	_ = k.up.publish("telemetry", at, r)
}
