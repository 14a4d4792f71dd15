package heat_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/heat"
	"github.com/brinkml/brink/sensor/sensortest"
)

var model = heat.Model{Gain: 0.4, Offset: -0.5, Points: 5, MinRise: 5, MaxRise: 40}

func compensated(t *testing.T, src sensor.Source[physic.Env], cpu sensor.Source[physic.Temperature], o *heat.Options) *heat.Source {
	t.Helper()
	s, err := heat.New(src, cpu, &model, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A room of 21 °C and 45 %RH is what comes out, whatever the processor does.
func TestSourceReadsTheRoom(t *testing.T) {
	const air, rh = 21.0, 45.0
	dew, _ := heat.DewPoint(celsius(air), percent(rh))
	for _, cpu := range []float64{35, 50, 65} {
		p := heated(model.Gain, model.Offset, air, cpu)
		warm, ok := heat.Humidity(p.Sensor, dew)
		if !ok || warm > percent(rh) {
			t.Fatalf("humidity at the sensor = %v, %v; want less than the room's", warm, ok)
		}
		s := compensated(t, sensortest.Values(physic.Env{Temperature: p.Sensor, Humidity: warm, Pressure: physic.KiloPascal}), sensortest.Values(p.CPU), nil)
		var r sensor.Reading[physic.Env]
		if err := s.Read(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
		if !near(r.Value.Temperature.Celsius(), air, 1e-6) || !near(float64(r.Value.Humidity), float64(percent(rh)), 2) ||
			r.Value.Pressure != physic.KiloPascal || r.Quality != sensor.Compensated || r.Seq != 1 {
			t.Errorf("with a processor at %v °C: %+v; want 21 °C, 45 %%RH, Compensated", cpu, r)
		}
	}
}

func TestSourceFlags(t *testing.T) {
	at := func(c, rh float64) physic.Env {
		return physic.Env{Temperature: celsius(c), Humidity: percent(rh)}
	}
	for _, tt := range []struct {
		name string
		env  physic.Env
		cpu  float64
		rh   physic.RelativeHumidity // -1: any
		want sensor.Quality
	}{
		{"no humidity", at(30, 0), 50, 0, 0},
		{"hotter than ever measured", at(30, 20), 71, -1, sensor.Interpolated},
		{"cooler", at(30, 20), 34, -1, sensor.Interpolated},
		{"more than saturated", at(30, 80), 65, percent(100), sensor.Clipped},
		{"nonsense", physic.Env{Humidity: percent(50)}, -260, percent(50), sensor.OutOfRange},
	} {
		s := compensated(t, sensortest.Values(tt.env), sensortest.Values(celsius(tt.cpu)), nil)
		var r sensor.Reading[physic.Env]
		if err := s.Read(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Quality != tt.want|sensor.Compensated || tt.rh >= 0 && r.Value.Humidity != tt.rh {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, r.Value, r.Quality, tt.rh, tt.want|sensor.Compensated)
		}
	}
}

func TestSourceErrors(t *testing.T) {
	errEnv, errCPU := errors.New("no sensor"), sensor.ErrNotReady
	s := compensated(t,
		sensortest.Script(sensortest.Step[physic.Env]{Err: errEnv}, sensortest.Step[physic.Env]{Times: 2}),
		sensortest.Script(sensortest.Step[physic.Temperature]{Err: errCPU}, sensortest.Step[physic.Temperature]{}), nil)
	for i, want := range []error{errEnv, errCPU, nil} {
		var r sensor.Reading[physic.Env]
		err := s.Read(t.Context(), &r)
		if want == nil && err != nil || !errors.Is(err, want) {
			t.Errorf("read %d = %v; want %v", i, err, want)
		}
		if want == errCPU && !r.Quality.Has(sensor.NotReady) {
			t.Errorf("read %d has the quality %v; want NotReady", i, r.Quality)
		}
	}
}

// A step of the processor's load arrives by 1 − 1/e after the lag.
func TestSourceLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := 40.0
		cpu := sensortest.Func(func(context.Context, int) (physic.Temperature, error) { return celsius(load), nil })
		env := sensortest.Func(func(context.Context, int) (physic.Env, error) { return physic.Env{Temperature: celsius(30)}, nil })
		s := compensated(t, env, cpu, &heat.Options{Lag: 3 * time.Minute})
		excess := func() float64 {
			var r sensor.Reading[physic.Env]
			if err := s.Read(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
			return 30 - r.Value.Temperature.Celsius()
		}
		if got, want := excess(), 0.4*10-0.5; !near(got, want, 1e-6) {
			t.Errorf("first correction = %v K; want %v, as if it had been so for long", got, want)
		}
		load = 60
		for range 180 {
			time.Sleep(time.Second)
			excess()
		}
		if got, want := excess(), 0.4*(10+20*(1-1/math.E))-0.5; !near(got, want, 1e-6) {
			t.Errorf("correction after the lag = %v K; want %v", got, want)
		}
	})
}

func TestSourceContract(t *testing.T) {
	for _, lag := range []time.Duration{0, time.Minute} {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Env] {
			env := sensortest.Func(func(context.Context, int) (physic.Env, error) {
				return physic.Env{Temperature: celsius(30), Humidity: percent(40)}, nil
			})
			cpu := sensortest.Func(func(context.Context, int) (physic.Temperature, error) { return celsius(50), nil })
			return compensated(t, env, cpu, &heat.Options{Lag: lag})
		}, &sensortest.Contract{Concurrent: true})
	}
}

func TestNewReportsAll(t *testing.T) {
	_, err := heat.New(nil, nil, nil, &heat.Options{Lag: -1})
	_, err2 := heat.New(nil, nil, new(heat.Model), nil)
	for _, want := range []string{"source is nil", "processor's temperature is nil", "model is nil", "lag is -1ns"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want %q in it", err, want)
		}
	}
	if err2 == nil || !strings.Contains(err2.Error(), "0 points") {
		t.Errorf("New with an empty model = %v; want a word about it", err2)
	}
}

func TestCPU(t *testing.T) {
	path := filepath.Join(t.TempDir(), "temp")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("48312\n")
	cpu, err := heat.OpenCPU(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		text    string
		want    physic.Temperature
		quality sensor.Quality
		err     string
	}{
		{"48312\n", celsius(48.312), 0, ""},
		{"-1500", celsius(-1.5), 0, ""},
		{"", 0, 0, `has "", want thousandths`},
		{"hot\n", 0, 0, `has "hot", want thousandths`},
		{"99999999999\n", 0, 0, "want thousandths"},
		{"200000\n", celsius(200), sensor.OutOfRange, ""},
	} {
		write(tt.text)
		var r sensor.Reading[physic.Temperature]
		err := cpu.Read(t.Context(), &r)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d: Read of %q = %v; want %q in it", i, tt.text, err, tt.err)
			}
			continue
		}
		if err != nil || r.Value != tt.want || r.Quality != tt.quality {
			t.Errorf("%d: Read of %q = %v, %v, %v; want %v, %v", i, tt.text, r.Value, r.Quality, err, tt.want, tt.quality)
		}
	}
	if err := cpu.Close(); err != nil {
		t.Error(err)
	}
	var r sensor.Reading[physic.Temperature]
	if err := cpu.Read(t.Context(), &r); !errors.Is(err, os.ErrClosed) || sensor.Temporary(err) {
		t.Errorf("Read after Close = %v; want os.ErrClosed", err)
	}
	if _, err := heat.OpenCPU(path + "0"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("OpenCPU of no file = %v; want os.ErrNotExist", err)
	}
	if runtime.GOOS != "linux" {
		if _, err := heat.OpenCPU(""); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("OpenCPU = %v; want errors.ErrUnsupported", err)
		}
	}
}

func TestCPUContract(t *testing.T) {
	path := filepath.Join(t.TempDir(), "temp")
	if err := os.WriteFile(path, []byte("40000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Temperature] {
		cpu, err := heat.OpenCPU(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cpu.Close() })
		return cpu
	}, &sensortest.Contract{Concurrent: true})
}
