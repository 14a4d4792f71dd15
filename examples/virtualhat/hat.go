package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
	"github.com/brinkml/brink/sensor/sensehat"
)

// hat is what a program on a Sense HAT does: it knows of the board by its drivers alone.
type hat struct {
	*sensehat.HAT
	set func(name, value, mark string) // shows a row of readings

	tracker *fusion.Tracker // of the goroutine that watches motion

	mu     sync.Mutex
	angles fusion.Euler // radians
	air    physic.Env
	reads  int
	failed int
}

// Names of the rows, in the order in which they are shown.
const (
	rowAir         = "temperature"
	rowHumidity    = "humidity"
	rowPressure    = "pressure"
	rowAccel       = "acceleration"
	rowGyro        = "rotation"
	rowMag         = "magnetic field"
	rowOrientation = "orientation"
	rowTruth       = "the true one"
)

// openHat opens the board on a bus; all of its parts must be there.
func openHat(bus i2c.Bus, set func(name, value, mark string)) (*hat, error) {
	h := &hat{set: set}
	for _, name := range []string{rowAir, rowHumidity, rowPressure, rowAccel, rowGyro, rowMag, rowOrientation, rowTruth} {
		set(name, "-", "")
	}
	var err error
	if h.HAT, err = sensehat.Open(bus, nil); err != nil {
		return nil, err
	}
	if err := errors.Join(h.Missing()...); err != nil {
		return nil, err
	}
	if h.tracker, err = fusion.NewTracker(nil); err != nil {
		return nil, err
	}
	return h, nil
}

// watch reads a source once a period until ctx ends. A reading goes to use; an error is shown in rows.
func watch[T any](ctx context.Context, h *hat, src sensor.Source[T], period time.Duration, use func(*sensor.Reading[T]), rows ...string) error {
	s, err := sensor.NewSampler(src, period, nil)
	if err != nil {
		return err
	}
	for r, err := range s.All(ctx) {
		h.count(err)
		switch {
		case errors.Is(err, sensor.ErrNotReady):
		case err != nil:
			for _, name := range rows {
				h.set(name, "-", err.Error())
			}
		default:
			use(&r)
		}
	}
	return nil
}

func (h *hat) count(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads++
	if err != nil && !errors.Is(err, sensor.ErrNotReady) {
		h.failed++
	}
}

// mark says what is special about a reading.
func mark(q sensor.Quality) string {
	if q &^= sensor.Overrun; q == 0 { // how late this program is says nothing of the board
		return ""
	}
	return q.String()
}

func (h *hat) watchHumidity(ctx context.Context) error {
	dev, err := h.Humidity()
	if err != nil {
		return err
	}
	return watch(ctx, h, dev, 100*time.Millisecond, func(r *sensor.Reading[physic.Env]) {
		h.set(rowAir, fmt.Sprintf("%.2f °C", r.Value.Temperature.Celsius()), mark(r.Quality))
		h.set(rowHumidity, fmt.Sprintf("%.1f %%RH", float64(r.Value.Humidity)/float64(physic.PercentRH)), mark(r.Quality))
		h.mu.Lock()
		defer h.mu.Unlock()
		h.air = r.Value
	}, rowAir, rowHumidity)
}

func (h *hat) watchPressure(ctx context.Context) error {
	dev, err := h.Pressure()
	if err != nil {
		return err
	}
	return watch(ctx, h, dev, 100*time.Millisecond, func(r *sensor.Reading[physic.Env]) {
		h.set(rowPressure, fmt.Sprintf("%.2f hPa", float64(r.Value.Pressure)/float64(100*physic.Pascal)), mark(r.Quality))
	}, rowPressure)
}

// motionPeriod is a little more than that of the converters, so that a stale reading tells of a part that stands still.
const motionPeriod = 10 * time.Millisecond

func (h *hat) watchMotion(ctx context.Context) error {
	dev, err := h.Motion()
	if err != nil {
		return err
	}
	var pose sensor.Reading[fusion.Orientation]
	show := 0
	return watch(ctx, h, dev, motionPeriod, func(r *sensor.Reading[sensor.Motion]) {
		if err := h.tracker.Track(r, &pose); err != nil {
			return // nothing could be used yet
		}
		m, angles := r.Value, pose.Value.Quat9D.Euler()
		h.mu.Lock()
		h.angles = angles
		h.mu.Unlock()
		if show++; show%10 == 0 {
			q := mark(r.Quality)
			h.set(rowAccel, vector(m.Accel, 2, "m/s²"), q)
			h.set(rowGyro, vector(m.Gyro, 2, "rad/s"), q)
			h.set(rowMag, vector(m.Mag, 1, "µT"), q)
			h.set(rowOrientation, degrees(angles.Roll, angles.Pitch, angles.Yaw), "")
		}
	}, rowAccel, rowGyro, rowMag, rowOrientation)
}

// now returns what the picture is made of.
func (h *hat) now() (fusion.Euler, physic.Env) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.angles, h.air
}

func vector(v [3]float64, digits int, unit string) string {
	return figure(v[0], digits) + " " + figure(v[1], digits) + " " + figure(v[2], digits) + " " + unit
}

// degrees says angles that are in radians.
func degrees(roll, pitch, yaw float64) string {
	const d = 180 / math.Pi
	return "roll" + figure(roll*d, 1) + "°  pitch" + figure(pitch*d, 1) + "°  yaw" + figure(yaw*d, 1) + "°"
}

// figure formats a number in a column, without a sign for what rounds to 0.
func figure(v float64, digits int) string {
	if math.Abs(v) < 0.5*math.Pow10(-digits) {
		v = 0
	}
	return fmt.Sprintf("%7.*f", digits, v)
}
