package sensor_test

import (
	"math"
	"slices"
	"testing"

	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor"
)

func TestEnvChannels(t *testing.T) {
	channels := sensor.EnvChannels()
	if got, want := sensor.ChannelNames(channels), []string{"temperature", "humidity", "pressure"}; !slices.Equal(got, want) {
		t.Errorf("names = %v; want %v", got, want)
	}
	env := physic.Env{
		Temperature: physic.ZeroCelsius - 12500*physic.MilliCelsius,
		Humidity:    455 * physic.MilliRH,
		Pressure:    101325 * physic.Pascal,
	}
	for i, want := range []float64{-12.5, 45.5, 1013.25} {
		if got := channels[i].Get(&env); got != want {
			t.Errorf("%s = %v %s; want %v", channels[i].Name, got, channels[i].Unit, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := physic.Env{
			Temperature: physic.Temperature(rapid.Int64Range(0, 1e12).Draw(t, "nK")),
			Pressure:    physic.Pressure(rapid.Int64Range(0, 1e15).Draw(t, "nPa")),
			Humidity:    physic.RelativeHumidity(rapid.Int32().Draw(t, "rh")),
		}
		var got physic.Env
		for _, c := range channels {
			c.Set(&got, c.Get(&want))
		}
		if got != want {
			t.Fatalf("set what was got: %v; want %v", got, want)
		}
		// What no integer expresses is the nearest one that there is.
		x := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300}).Draw(t, "x")
		for _, c := range channels {
			c.Set(&got, x)
			if back := c.Get(&got); math.IsNaN(x) && back != 0 || math.Signbit(back) != math.Signbit(x) && !math.IsNaN(x) {
				t.Fatalf("%s set to %v = %v", c.Name, x, back)
			}
		}
	})
}

func TestMotionChannels(t *testing.T) {
	channels := sensor.MotionChannels()
	want := []string{"accel_x", "accel_y", "accel_z", "gyro_x", "gyro_y", "gyro_z", "mag_x", "mag_y", "mag_z"}
	if got := sensor.ChannelNames(channels); !slices.Equal(got, want) {
		t.Errorf("names = %v; want %v", got, want)
	}
	var m sensor.Motion
	for i, c := range channels {
		c.Set(&m, float64(i))
	}
	if want := (sensor.Motion{Accel: [3]float64{0, 1, 2}, Gyro: [3]float64{3, 4, 5}, Mag: [3]float64{6, 7, 8}}); m != want {
		t.Errorf("Motion = %v; want %v", m, want)
	}
	for i, c := range channels {
		if got := c.Get(&m); got != float64(i) || c.LSB <= 0 || c.Unit == "" {
			t.Errorf("%s = %v %s in steps of %v; want %d", c.Name, got, c.Unit, c.LSB, i)
		}
	}
}
