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

// climate is the air at one board, of its two climate chips.
type climate struct {
	temperature, dewPoint float64 // degC
	pressure              float64 // hPa
}

// air reads both climate chips of a board. A chip that has nothing new leaves its last value.
type climateReader struct {
	humidity, barometer sensor.Source[physic.Env]
	h, b                sensor.Reading[physic.Env]
	haveH, haveB        bool
	last                climate
}

func (c *climateReader) read(ctx context.Context) (climate, error) {
	errH := c.humidity.Read(ctx, &c.h)
	errB := c.barometer.Read(ctx, &c.b)
	c.haveH, c.haveB = c.haveH || errH == nil, c.haveB || errB == nil
	if err := errors.Join(notReady(errH, c.haveH), notReady(errB, c.haveB)); err != nil {
		return climate{}, err
	}
	t := c.h.Value.Temperature.Celsius()
	rh := float64(c.h.Value.Humidity) / float64(physic.PercentRH)
	c.last = climate{temperature: t, dewPoint: dewPoint(t, rh), pressure: float64(c.b.Value.Pressure) / 100 / float64(physic.Pascal)}
	return c.last, nil
}

// notReady lets a chip that has given a value before be late with the next one.
func notReady(err error, have bool) error {
	if have && errors.Is(err, sensor.ErrNotReady) {
		return nil
	}
	return err
}

// room holds the latest climate at the hub itself.
type room struct{ p atomic.Pointer[climate] }

// kit is the box on one appliance: a source of samples over the drivers of its board.
type kit struct {
	motion  sensor.Source[sensor.Motion]
	climate climateReader
	room    *room
	m       sensor.Reading[sensor.Motion]
	n       int
	air     climate
	ready   bool
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
		c, err := k.climate.read(ctx)
		if err != nil {
			return err
		}
		k.air, k.ready = c, true
	}
	k.n++
	r.Value = sample{
		Accel:  k.m.Value.Accel,
		Warmer: k.air.temperature - here.temperature,
		Damper: k.air.dewPoint - here.dewPoint,
		Suck:   k.air.pressure - here.pressure,
	}
	r.At, r.Quality = k.m.At, k.m.Quality
	r.Seq++
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
