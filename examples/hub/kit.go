package main

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// Of one appliance a hundred samples a second are taken; the climate, which changes slowly, is read with every tenth.
const (
	samplePeriod = 10 * time.Millisecond
	climateEvery = 10
)

// sample is what a kit measures at one instant. The climate is told as a difference to the hub's own room, so
// that weather and season do not matter.
type sample struct {
	Accel  [3]float64 // m/s2
	Warmer float64    // K above the room
	Damper float64    // K of dew point above the room's
	Suck   float64    // hPa against the room
}

// channels is the number of values in a sample, in the order of row.
const channels = 6

// row writes the sample as the model takes it: [ax, ay, az, warmer, damper, suck].
func (s *sample) row(dst []float32) {
	for i, v := range [channels]float64{s.Accel[0], s.Accel[1], s.Accel[2], s.Warmer, s.Damper, s.Suck} {
		dst[i] = float32(v)
	}
}

// climate is the air at one board.
type climate struct {
	temperature, dewPoint float64 // degC
	pressure              float64 // hPa
}

func climateOf(e *physic.Env) climate {
	t, rh := e.Temperature.Celsius(), float64(e.Humidity)/float64(physic.PercentRH)
	return climate{temperature: t, dewPoint: dewPoint(t, rh), pressure: float64(e.Pressure) / 100 / float64(physic.Pascal)}
}

// room holds the latest climate at the hub itself.
type room struct{ p atomic.Pointer[climate] }

// measure takes the climate from the hub's own board.
func (r *room) measure(ctx context.Context, here sensor.Source[physic.Env]) error {
	var e sensor.Reading[physic.Env]
	if err := here.Read(ctx, &e); errors.Is(err, sensor.ErrNotReady) {
		return nil
	} else if err != nil {
		return err
	}
	c := climateOf(&e.Value)
	r.p.Store(&c)
	return nil
}

// kit is the box on one appliance: a source of samples over the drivers of its board.
type kit struct {
	motion sensor.Source[sensor.Motion]
	env    sensor.Source[physic.Env]
	room   *room

	m     sensor.Reading[sensor.Motion]
	e     sensor.Reading[physic.Env]
	n     int // samples since the climate was read
	air   climate
	ready bool
	seq   uint64
}

// Read takes one sample. It fails with sensor.ErrNotReady until every chip, the hub's included, has measured once.
func (k *kit) Read(ctx context.Context, r *sensor.Reading[sample]) error {
	here := k.room.p.Load()
	if here == nil {
		return sensor.ErrNotReady
	}
	if err := k.motion.Read(ctx, &k.m); err != nil {
		return err
	}
	if k.n%climateEvery == 0 || !k.ready {
		// A climate chip that has been reset by a brown-out leaves its last value for as long as it starts again.
		if err := k.env.Read(ctx, &k.e); err == nil {
			k.air, k.ready = climateOf(&k.e.Value), true
		} else if !k.ready || !errors.Is(err, sensor.ErrNotReady) {
			return err
		}
	}
	k.n++
	k.seq++
	*r = sensor.Reading[sample]{
		Value: sample{
			Accel:  k.m.Value.Accel,
			Warmer: k.air.temperature - here.temperature,
			Damper: k.air.dewPoint - here.dewPoint,
			Suck:   k.air.pressure - here.pressure,
		},
		At: k.m.At, Seq: k.seq, Quality: k.m.Quality,
	}
	return nil
}

// vibration is the root mean square of the acceleration's changing part over a window, in m/s2.
func vibration(rows []timed) float64 {
	var mean [3]float64
	for _, s := range rows {
		for i, a := range s.Accel {
			mean[i] += a / float64(len(rows))
		}
	}
	sum := 0.0
	for _, s := range rows {
		for i, a := range s.Accel {
			sum += (a - mean[i]) * (a - mean[i])
		}
	}
	return math.Sqrt(sum / float64(max(len(rows), 1)))
}
