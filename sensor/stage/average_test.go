package stage_test

import (
	"context"
	"errors"
	"io"
	"math"
	"math/big"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestAverage(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name    string
		steps   []step // the mean is of 4, each 10 ms
		atLeast int

		value   float64
		quality sensor.Quality
		at      time.Duration // after the start
		took    time.Duration
		err     error
	}{
		{"four", []step{{Value: 1}, {Value: 2}, {Value: 3}, {Value: 6}}, 0, 3, 0, 15 * ms, 30 * ms, nil},
		{
			"flags",
			[]step{{Value: 1, Quality: sensor.Clipped}, {Value: 2}, {Value: 3, Quality: sensor.OutOfRange}, {Value: 6}},
			0,
			3, sensor.Clipped | sensor.OutOfRange, 15 * ms, 30 * ms, nil,
		},
		{"slow source", []step{{Value: 1, Delay: 15 * ms}, {Value: 2}, {Value: 3}, {Value: 6}}, 0, 3, 0, (15 + 15 + 20 + 30) * ms / 4, 30 * ms, nil},
		{"a fault", []step{{Value: 1}, {Err: errBus}, {Value: 3}, {Value: 6}}, 0, 0, 0, 10 * ms, 10 * ms, errBus},
		{"one may fail", []step{{Value: 1}, {Err: errBus}, {Value: 2}, {Value: 6}}, 3, 3, 0, 50 * ms / 3, 30 * ms, nil},
		{"two do", []step{{Value: 1}, {Err: errBus}, {Value: 3}, {Err: errOff}}, 3, 0, 0, 30 * ms, 30 * ms, errOff},
		{"the last one fails", []step{{Value: 1}, {Value: 2}, {Value: 3}, {Err: errBus}}, 1, 2, 0, 10 * ms, 30 * ms, nil},
		{"NaN fails", []step{{Value: 1}, {Value: math.NaN()}, {Value: 2}, {Value: 6}}, 0, 0, 0, 10 * ms, 10 * ms, stage.ErrNotFinite},
		{"NaN may fail", []step{{Value: 1}, {Value: math.NaN()}, {Value: 2}, {Value: 6}}, 3, 3, 0, 50 * ms / 3, 30 * ms, nil},
		{"not ready", []step{{NotReady: true}}, 0, 0, sensor.NotReady, 0, 0, sensor.ErrNotReady},
		{"stale ones do not count", []step{{Value: 1}, {Stale: true}, {Value: 3}, {Stale: true}}, 0, 2, 0, 10 * ms, 30 * ms, nil},
		{"a stale one first", []step{{Value: 9, Quality: sensor.Stale}, {Value: 1}, {Value: 3}, {Stale: true}}, 0, 2, 0, 15 * ms, 30 * ms, nil},
		{"stale ones only", []step{{Value: 9, Quality: sensor.Stale}, {Stale: true, Times: 3}}, 0, 9, sensor.Stale, 30 * ms, 30 * ms, nil},
		{"the end", []step{{Value: 1}, {Value: 2}}, 1, 0, 0, 20 * ms, 20 * ms, io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := must(stage.NewAverage(sensortest.Script(tt.steps...), []sensor.Channel[float64]{level(0)}, 4,
					&stage.AverageOptions{Every: 10 * ms, AtLeast: tt.atLeast}))(t)
				start := time.Now()
				r := sensor.Reading[float64]{Seq: 77, Quality: sensor.Overrun}
				err := s.Read(t.Context(), &r)
				if !errors.Is(err, tt.err) || r.Quality != tt.quality || r.At.Sub(start) != tt.at {
					t.Errorf("Read = %v at %v, %v; want %v at %v, %v", r.Quality, r.At.Sub(start), err, tt.quality, tt.at, tt.err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("Read took %v; want %v", took, tt.took)
				}
				if tt.err == nil && (err != nil || r.Value != tt.value || r.Seq != 1) {
					t.Errorf("Read = %v, number %d, %v; want %v, number 1", r.Value, r.Seq, err, tt.value)
				}
			})
		})
	}
}

func TestAverageContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := sensortest.Script(step{Value: 1, Times: sensortest.Forever})
		s := must(stage.NewAverage(src, []sensor.Channel[float64]{level(0)}, 10, &stage.AverageOptions{Every: time.Second, AtLeast: 1}))(t)
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		start := time.Now()
		var r sensor.Reading[float64]
		if err := s.Read(ctx, &r); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3500*time.Millisecond {
			t.Errorf("Read = %v after %v; want the deadline's error after 3.5s", err, time.Since(start))
		}
		if r = read(t, s); r.Seq != 1 || r.Value != 1 {
			t.Errorf("next Read = %v, number %d; want 1, number 1", r.Value, r.Seq)
		}
	})
}

// The means of physic's integers, against exact arithmetic: within a unit where a sensor is, and without overflow
// anywhere.
func TestAverageOfIntegers(t *testing.T) {
	mean := func(v []int64) float64 {
		sum := new(big.Rat)
		for _, x := range v {
			sum.Add(sum, new(big.Rat).SetInt64(x))
		}
		f, _ := sum.Quo(sum, big.NewRat(int64(len(v)), 1)).Float64()
		return math.Round(f)
	}
	check := func(t *rapid.T, what string, got int64, v []int64, tolerance float64) {
		if want := mean(v); math.Abs(float64(got)-want) > tolerance+math.Abs(want)*1e-15 {
			t.Fatalf("mean %s of %v = %d; want %.0f", what, v, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "n")
		extreme := rapid.Bool().Draw(t, "extreme")
		var temperature, pressure, humidity []int64
		var values []physic.Env
		for range n {
			k := rapid.Int64Range(200e9, 400e9).Draw(t, "nK")
			p := rapid.Int64Range(26e12, 126e12).Draw(t, "nPa")
			if extreme {
				k = rapid.Int64Range(0, math.MaxInt64).Draw(t, "nK")
				p = rapid.Int64().Draw(t, "nPa")
			}
			h := int64(rapid.Int32().Draw(t, "RH"))
			temperature, pressure, humidity = append(temperature, k), append(pressure, p), append(humidity, h)
			values = append(values, physic.Env{
				Temperature: physic.Temperature(k), Pressure: physic.Pressure(p), Humidity: physic.RelativeHumidity(h),
			})
		}
		s, err := stage.NewAverage(sensortest.Values(values...), sensor.EnvChannels(), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		var r sensor.Reading[physic.Env]
		if err := s.Read(context.Background(), &r); err != nil {
			t.Fatal(err)
		}
		tolerance := 1.0
		if extreme {
			tolerance = 1 << 17 // of 1e19: 50 differences of 1.8e19 add up to what float64 holds to 2^17, and are divided by 50
		}
		check(t, "temperature", int64(r.Value.Temperature), temperature, tolerance)
		check(t, "pressure", int64(r.Value.Pressure), pressure, tolerance)
		check(t, "humidity", int64(r.Value.Humidity), humidity, 1)
	})
}

// Means of values that have memory of their own do not share it between readings.
func TestAverageOfSlices(t *testing.T) {
	type vec = []float64
	n := 0.0
	src := sensor.SourceFunc[vec](func(_ context.Context, r *sensor.Reading[vec]) error {
		n++
		*r = sensor.Reading[vec]{Value: append(r.Value[:0], n, 10*n), At: time.Now()}
		return nil
	})
	s := must(stage.NewAverage(src, []sensor.Channel[vec]{{
		Name: "first", Get: func(v *vec) float64 { return (*v)[0] }, Set: func(v *vec, x float64) { (*v)[0] = x },
	}}, 2, nil))(t)
	a, b := read(t, s), read(t, s)
	if !slices.Equal(a.Value, vec{1.5, 20}) || !slices.Equal(b.Value, vec{3.5, 40}) {
		t.Errorf("means = %v and %v; want [1.5 20] and [3.5 40]", a.Value, b.Value)
	}
}

func TestAverageOptionsBad(t *testing.T) {
	_, err := stage.NewAverage(nil, []sensor.Channel[int]{{Name: "x"}}, 0, &stage.AverageOptions{Every: -1, AtLeast: 2})
	want := []string{
		"sensor: stage: average: source is nil",
		"sensor: stage: average: x has no Get or no Set",
		"sensor: stage: average: mean of 0 readings, want 1 or more",
		"sensor: stage: average: reads are -1ns apart",
		"sensor: stage: average: at least 2 of 0 readings",
	}
	if got := parts(err); !slices.Equal(got, want) {
		t.Errorf("NewAverage = %q; want %q", got, want)
	}
}
