package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/sensehat"
	"github.com/brinkml/brink/sensor/tcs3400"
)

// Periods at which parts are used. Sensors are asked a little less often than they convert, so that a stale reading tells
// of a part that does not.
const (
	humidityPeriod = 100 * time.Millisecond // converts at 12.5 Hz
	pressurePeriod = 50 * time.Millisecond  // at 25 Hz
	motionPeriod   = 10 * time.Millisecond  // at 119 Hz
	framePeriod    = 100 * time.Millisecond
)

// test is one part of the board to be tested.
type test struct {
	part  string
	chip  string
	addrs []uint16
	id    uint8 // register of the identity
	// open returns what uses the part until ctx ends, or why it is not there.
	open func() (use func(ctx context.Context) (*sampled, error), err error)
}

// opener returns the bus that options ask for, and what closes it.
type opener func(options) (i2c.Bus, func() error, error)

// selfTest opens the board, uses all parts at once and reports.
func selfTest(ctx context.Context, o options, open opener) (_ *report, err error) {
	raw, closeBus, err := open(o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeBus()) }()
	r := &report{Bus: raw.String()}
	if o.speed > 0 {
		if err := raw.SetSpeed(o.speed); err != nil {
			// The Linux bus cannot; the speed is the device tree's then.
			r.Notes = append(r.Notes, "the speed could not be set: "+err.Error())
		}
	}
	bus := &meter{Bus: raw, parts: map[uint16]*traffic{}}
	hat, err := sensehat.Open(bus, boardOptions(o))
	if err != nil {
		return nil, fmt.Errorf("no part of a Sense HAT answers on %s: %w", raw, err)
	}

	tests := boardTests(hat)
	_, err = hat.Color()
	if _, absent := errors.AsType[*sensor.NotPresentError](err); absent && !o.color {
		tests = slices.DeleteFunc(tests, func(t test) bool { return t.part == "color" })
	}
	opened, start := bus.total(), time.Now()
	results := useAll(ctx, tests, o.duration)
	r.MeasuredHz = hertz(bus.speed())
	sys := system{sys: os.DirFS("/sys"), bus: number(raw.String())}
	if o.emulated {
		sys.bus = -1
	}
	r.DeviceTreeHz = hertz(sys.speed())
	if hz := max(r.MeasuredHz, r.DeviceTreeHz); hz > 0 {
		r.Load = float64(bus.total().bits-opened.bits) / hz / time.Since(start).Seconds()
	}
	r.Works = true
	if err := hat.Close(); err != nil {
		r.Works = false
		r.Notes = append(r.Notes, "the board could not be switched off: "+sentence(err))
	}
	if ctx.Err() != nil {
		return nil, errors.New("interrupted")
	}
	for i, t := range tests {
		p := describe(t, results[i], bus, &sys)
		r.Works = r.Works && p.Works
		r.Parts = append(r.Parts, p)
	}
	return r, nil
}

// useAll uses all parts at once for a while.
func useAll(ctx context.Context, tests []test, d time.Duration) []result {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	results := make([]result, len(tests))
	var wg sync.WaitGroup
	for i, t := range tests {
		use, err := t.open()
		if err != nil {
			results[i].err = err
			continue
		}
		wg.Go(func() { results[i].sampled, results[i].err = use(ctx) })
	}
	wg.Wait()
	return results
}

// boardTests lists the parts of a board.
func boardTests(hat *sensehat.HAT) []test {
	return []test{
		{
			part: "humidity", chip: "HTS221", addrs: []uint16{hts221.Addr}, id: 0x0F,
			open: func() (func(context.Context) (*sampled, error), error) {
				dev, err := hat.Humidity()
				return func(ctx context.Context) (*sampled, error) {
					return sample(ctx, dev, humidityPeriod, func(e *physic.Env) string {
						return fmt.Sprintf("%.1f %%RH, %.2f °C", float64(e.Humidity)/float64(physic.PercentRH), e.Temperature.Celsius())
					})
				}, err
			},
		},
		{
			part: "pressure", chip: "LPS25H", addrs: []uint16{lps25h.Addr}, id: 0x0F,
			open: func() (func(context.Context) (*sampled, error), error) {
				dev, err := hat.Pressure()
				return func(ctx context.Context) (*sampled, error) {
					return sample(ctx, dev, pressurePeriod, func(e *physic.Env) string {
						return fmt.Sprintf("%.2f hPa, %.2f °C", float64(e.Pressure)/float64(100*physic.Pascal), e.Temperature.Celsius())
					})
				}, err
			},
		},
		{
			part: "motion", chip: "LSM9DS1", addrs: []uint16{lsm9ds1.Addr, lsm9ds1.MagAddr}, id: 0x0F,
			open: func() (func(context.Context) (*sampled, error), error) {
				dev, err := hat.Motion()
				return func(ctx context.Context) (*sampled, error) {
					return sample(ctx, dev, motionPeriod, func(m *sensor.Motion) string {
						return fmt.Sprintf("%.2f m/s², %.3f rad/s, %.1f µT", length(m.Accel), length(m.Gyro), length(m.Mag))
					})
				}, err
			},
		},
		{
			part: "matrix", chip: "ATtiny88", addrs: []uint16{ledmatrix.Addr}, id: 0xF0,
			open: func() (func(context.Context) (*sampled, error), error) {
				dev, err := hat.Matrix()
				return func(ctx context.Context) (*sampled, error) {
					return sample(ctx, frames(dev), framePeriod, func(n *int) string { return strconv.Itoa(*n) + " frames" })
				}, err
			},
		},
		{
			part: "joystick", chip: "ATtiny88", addrs: []uint16{joystick.Addr}, id: 0xF0,
			open: func() (func(context.Context) (*sampled, error), error) {
				stick, err := hat.Joystick()
				return func(ctx context.Context) (*sampled, error) { return watch(ctx, stick), nil }, err
			},
		},
		{
			part: "color", chip: "TCS3400", addrs: []uint16{tcs3400.Addr}, id: 0x92,
			open: func() (func(context.Context) (*sampled, error), error) {
				dev, err := hat.Color()
				return func(ctx context.Context) (*sampled, error) {
					return sample(ctx, dev, dev.Period()*11/10, func(c *tcs3400.Color) string {
						return fmt.Sprintf("%.0f lx, %.0f K", c.Lux(), c.ColorTemperature())
					})
				}, err
			},
		},
	}
}

// watch counts what the stick does.
func watch(ctx context.Context, stick sensehat.Stick) *sampled {
	s := new(sampled)
	events := 0
	for _, err := range stick.Events(ctx) {
		if err != nil {
			s.lastErr = err
		} else {
			events++
		}
	}
	s.good, s.last = 1, fmt.Sprintf("%d events", events)
	return s
}

// frames is a source whose every reading is a new picture on the matrix.
func frames(dev *ledmatrix.Dev) sensor.Source[int] {
	n := 0
	return sensor.SourceFunc[int](func(_ context.Context, r *sensor.Reading[int]) error {
		*r = sensor.Reading[int]{Value: n + 1, At: time.Now()}
		img := image.NewRGBA(dev.Bounds())
		for y := range 8 {
			for x := range 8 {
				img.SetRGBA(x, y, rainbow(x+y+n))
			}
		}
		n++
		return dev.Draw(dev.Bounds(), img, image.Point{})
	})
}

// rainbow goes through the colours once in 24 steps.
func rainbow(step int) color.RGBA {
	channel := func(shift int) uint8 {
		return uint8(60 * (1 + math.Cos(2*math.Pi*float64(step+shift)/24)))
	}
	return color.RGBA{R: channel(0), G: channel(8), B: channel(16), A: 255}
}

func length(v [3]float64) float64 {
	return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
}

func hertz(f physic.Frequency) float64 { return float64(f) / float64(physic.Hertz) }

// number is the one at the end of a bus's name, as of I2C1; -1 if there is none.
func number(name string) int {
	digits := name[len(strings.TrimRight(name, "0123456789")):]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}
