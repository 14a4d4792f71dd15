package stage_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestValidate(t *testing.T) {
	const (
		ok  = iota
		bad // by range or by rate
		nan
	)
	type sample struct {
		value   float64
		quality sensor.Quality
		want    int
	}
	inf := math.Inf(1)
	tests := []struct {
		name    string
		limit   stage.Limit[float64]
		samples []sample // a second apart
		why     error
	}{
		{"range", stage.Limit[float64]{Min: -1, Max: 2}, []sample{{-1, 0, ok}, {2, 0, ok}, {2.001, 0, bad}, {-1.001, 0, bad}, {0, 0, ok}}, stage.ErrRange},
		{"one end", stage.Limit[float64]{Min: 0, Max: inf}, []sample{{1e300, 0, ok}, {-1e-9, 0, bad}, {inf, 0, nan}}, stage.ErrRange},
		{"none", stage.Limit[float64]{}, []sample{{1e300, 0, ok}, {-1e300, 0, ok}, {math.NaN(), 0, nan}, {inf, 0, nan}, {-inf, 0, nan}}, nil},
		// Away by 10 at 2 a second: good again after 5 s, and the reference is the last good one.
		{
			"rate",
			stage.Limit[float64]{MaxRate: 2},
			[]sample{{0, 0, ok}, {2, 0, ok}, {12, 0, bad}, {12, 0, bad}, {12, 0, bad}, {12, 0, bad}, {12, 0, ok}, {10, 0, ok}, {7, 0, bad}},
			stage.ErrRate,
		},
		{"rate and a glitch", stage.Limit[float64]{MaxRate: 2}, []sample{{0, 0, ok}, {100, 0, bad}, {1, 0, ok}, {-100, 0, bad}, {2, 0, ok}}, stage.ErrRate},
		// 0.5 of a step on top of the rate, and no more.
		{"step", stage.Limit[float64]{Channel: level(0.5), MaxRate: 1}, []sample{{0, 0, ok}, {1.5, 0, ok}, {3.1, 0, bad}}, stage.ErrRate},
		// A stale reading has the time of its read, not of its value.
		{
			"stale",
			stage.Limit[float64]{MaxRate: 1},
			[]sample{{0, 0, ok}, {0, sensor.Stale, ok}, {0, sensor.Stale, ok}, {3, 0, ok}, {3, sensor.Stale, ok}, {9, sensor.Stale, ok}, {5, 0, ok}},
			nil,
		},
		{"out of range is no reference", stage.Limit[float64]{Max: 10, MaxRate: 1}, []sample{{9, 0, ok}, {11, 0, bad}, {11, 0, bad}, {8, 0, ok}}, stage.ErrRange},
	}
	for _, tt := range tests {
		for _, rule := range []stage.Rule{stage.Flag, stage.Refuse} {
			t.Run(tt.name+", "+rule.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := sensortest.Script[float64]()
					for _, s := range tt.samples {
						src.Then(step{Value: s.value, Quality: s.quality})
					}
					limit := tt.limit
					if limit.Channel.Get == nil {
						limit.Channel = level(0)
					}
					v := must(stage.NewValidate(src, []stage.Limit[float64]{limit}, &stage.ValidateOptions{Rule: rule}))(t)
					for i, s := range tt.samples {
						var r sensor.Reading[float64]
						err := v.Read(t.Context(), &r)
						var want error
						switch {
						case s.want == nan:
							want = stage.ErrNotFinite
						case s.want == bad && rule == stage.Refuse:
							want = tt.why
						}
						if want == nil && err != nil || !errors.Is(err, want) {
							t.Errorf("read %d of %v = %v; want %v", i, s.value, err, want)
						}
						if _, typed := errors.AsType[*stage.LimitError](err); err != nil && (!typed || !sensor.Temporary(err)) {
							t.Errorf("read %d = %T, temporary: %v; want a temporary *LimitError", i, err, sensor.Temporary(err))
						}
						if flagged := r.Quality.Has(sensor.OutOfRange); flagged != (s.want == bad && rule == stage.Flag) {
							t.Errorf("read %d of %v has the quality %v", i, s.value, r.Quality)
						}
						time.Sleep(time.Second)
					}
				})
			})
		}
	}
}

func TestValidateMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Values(math.NaN(), 20, 1, 5)
		limits := []stage.Limit[float64]{{Channel: level(0), Min: -2, Max: 12.5, MaxRate: 2}}
		v := must(stage.NewValidate(src, limits, &stage.ValidateOptions{Rule: stage.Refuse}))(t)
		for _, want := range []string{
			"sensor: stage: level = NaN m is not a finite number",
			"sensor: stage: level = 20 m is out of range: want -2 to 12.5",
			"",
			"sensor: stage: level = 5 m has changed too fast: want 0 to 2",
		} {
			var r sensor.Reading[float64]
			var got string
			if err := v.Read(t.Context(), &r); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("Read = %q; want %q", got, want)
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
}

// Channels are judged one by one: one that is wrong does not spoil the reference of the others.
func TestValidateChannels(t *testing.T) {
	env := func(c, rh, hPa float64) (v physic.Env) {
		for i, x := range []float64{c, rh, hPa} {
			sensor.EnvChannels()[i].Set(&v, x)
		}
		return v
	}
	limits := stage.EnvLimits()
	for i := range limits {
		limits[i].MaxRate = 1
	}
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Values(env(20, 40, 1000), env(20, 101, 1001), env(21, 40, 1002), env(121, 40, 1003))
		v := must(stage.NewValidate(src, limits, nil))(t)
		for i, want := range []bool{false, true, false, true} {
			if got := read(t, v).Quality.Has(sensor.OutOfRange); got != want {
				t.Errorf("reading %d out of range: %v; want %v", i, got, want)
			}
			time.Sleep(time.Second)
		}
	})
}

// A board at rest is within the limits of its inertial unit, one that falls on an edge is not.
func TestMotionLimits(t *testing.T) {
	rest := sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Mag: [3]float64{0, 20, 44}}
	falls, spins, magnet := rest, rest, rest
	falls.Accel[1] = -79
	spins.Gyro[2] = 8.8
	magnet.Mag[0] = 401
	v := must(stage.NewValidate(sensortest.Values(rest, falls, spins, magnet), stage.MotionLimits(), nil))(t)
	for i, want := range []sensor.Quality{0, sensor.OutOfRange, sensor.OutOfRange, sensor.OutOfRange} {
		if got := read(t, v).Quality; got != want {
			t.Errorf("reading %d has the quality %v; want %v", i, got, want)
		}
	}
}

// A reading that is older than the one before, as readers of the same source may get, is no reason to complain, and no
// reference.
func TestValidateOlderReading(t *testing.T) {
	now := time.Now()
	ages := []time.Duration{0, time.Second, 0}
	n := 0
	v := must(stage.NewValidate(sensor.SourceFunc[float64](func(_ context.Context, r *sensor.Reading[float64]) error {
		*r = sensor.Reading[float64]{Value: float64(5 * (n % 2)), At: now.Add(-ages[n])}
		n++
		return nil
	}), []stage.Limit[float64]{{Channel: level(0), MaxRate: 1}}, nil))(t)
	for i := range ages {
		if got := read(t, v).Quality; got != 0 {
			t.Errorf("reading %d has the quality %v; want none", i, got)
		}
	}
}

func TestValidateOptionsBad(t *testing.T) {
	c := level(0)
	_, err := stage.NewValidate(nil, []stage.Limit[float64]{
		{},
		{Channel: c, Min: 2, Max: 1},
		{Channel: c, Max: math.NaN(), MaxRate: -1},
	}, &stage.ValidateOptions{Rule: 9})
	want := []string{
		"sensor: stage: validate: source is nil",
		"sensor: stage: validate: unknown rule Rule(9)",
		"sensor: stage: validate: channel 0 has no Get",
		"sensor: stage: validate: level has the range 2 to 1",
		"sensor: stage: validate: level has the range 0 to NaN",
		"sensor: stage: validate: level has the rate -1",
	}
	if got := parts(err); !slices.Equal(got, want) {
		t.Errorf("NewValidate = %q; want %q", got, want)
	}
}
