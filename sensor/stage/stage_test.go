package stage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type step = sensortest.Step[float64]

// level is the only channel of a float64.
func level(lsb float64) sensor.Channel[float64] {
	return sensor.Channel[float64]{
		Name: "level", Unit: "m", LSB: lsb,
		Get: func(v *float64) float64 { return *v },
		Set: func(v *float64, x float64) { *v = x },
	}
}

var (
	errBus = &sensor.BusError{Chip: "mock", Reg: 0x28, Op: "read", Err: errors.New("remote I/O error")}
	errOff = errors.New("switched off")
)

// must takes a constructor's results and fails the test on an error.
func must[S any](s S, err error) func(t testing.TB) S {
	return func(t testing.TB) S {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// read reads once and fails the test on an error.
func read[T any](t *testing.T, src sensor.Source[T]) sensor.Reading[T] {
	t.Helper()
	var r sensor.Reading[T]
	if err := src.Read(t.Context(), &r); err != nil {
		t.Fatalf("Read = %v; want nil", err)
	}
	return r
}

// flicker gives an environment that moves by some steps each time.
func flicker() sensor.Source[physic.Env] {
	return sensortest.Func(func(_ context.Context, n int) (physic.Env, error) {
		x := int64(n % 7)
		return physic.Env{
			Temperature: physic.ZeroCelsius + physic.Temperature(20+x)*physic.Celsius,
			Pressure:    physic.Pressure(100+x) * physic.KiloPascal,
			Humidity:    physic.RelativeHumidity(40+x) * physic.PercentRH,
		}, nil
	})
}

// TestContract holds every stage, alone and all of them together, to the rules of a source.
func TestContract(t *testing.T) {
	type source = sensor.Source[physic.Env]
	stages := []struct {
		name       string
		concurrent bool
		wrap       func(t *testing.T, src source) source
	}{
		{"retry", true, func(t *testing.T, src source) source { return must(stage.NewRetry(src, nil))(t) }},
		{"validate", true, func(t *testing.T, src source) source {
			return must(stage.NewValidate(src, stage.EnvLimits(), nil))(t)
		}},
		{"stuck", true, func(t *testing.T, src source) source { return must(stage.NewStuck(src, stage.EnvStuck()))(t) }},
		{"decimate", false, func(t *testing.T, src source) source { return must(stage.NewDecimate(src, 3))(t) }},
		{"average", false, func(t *testing.T, src source) source {
			return must(stage.NewAverage(src, sensor.EnvChannels(), 4, &stage.AverageOptions{Every: time.Millisecond}))(t)
		}},
		{"record", true, func(t *testing.T, src source) source {
			nowhere := stage.RecorderFunc[physic.Env](func(*sensor.Reading[physic.Env]) error { return nil })
			return must(stage.NewRecord(src, nowhere, nil))(t)
		}},
	}
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			sensortest.TestSource(t, func(t *testing.T) source { return s.wrap(t, flicker()) },
				&sensortest.Contract{Concurrent: s.concurrent})
		})
	}
	t.Run("all", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) source {
			src := flicker()
			for _, s := range stages {
				src = s.wrap(t, src)
			}
			return src
		}, nil)
	})
}

func BenchmarkStages(b *testing.B) {
	var v float64
	src := sensor.SourceFunc[float64](func(_ context.Context, r *sensor.Reading[float64]) error {
		v++
		*r = sensor.Reading[float64]{Value: v}
		return nil
	})
	channels := []sensor.Channel[float64]{level(1)}
	for _, s := range []struct {
		name string
		src  sensor.Source[float64]
	}{
		{"Retry", must(stage.NewRetry(src, nil))(b)},
		{"Validate", must(stage.NewValidate(src, []stage.Limit[float64]{{Channel: channels[0], Max: 1e18, MaxRate: 1e18}}, nil))(b)},
		{"Stuck", must(stage.NewStuck(src, []stage.StuckRule[float64]{{Channel: channels[0], Samples: 8}}))(b)},
		{"Decimate", must(stage.NewDecimate(src, 1))(b)},
		{"Average", must(stage.NewAverage(src, channels, 1, nil))(b)},
		{"Record", must(stage.NewRecord(src, stage.RecorderFunc[float64](func(*sensor.Reading[float64]) error { return nil }), nil))(b)},
	} {
		b.Run(s.name, func(b *testing.B) {
			ctx := b.Context()
			var r sensor.Reading[float64]
			b.ReportAllocs()
			for b.Loop() {
				if err := s.src.Read(ctx, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
