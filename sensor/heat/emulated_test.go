package heat_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/heat"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/sensortest"
)

// From reference points to corrected readings, with a real driver: an emulated board is warmed by a processor at four loads
// while a thermometer stands beside it; then the processor and the room do what they like.
func TestFitAndCorrectDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		dev, err := hts221.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		// warm makes the room, and what the board's warmth leaves of it for the sensor.
		warm := func(air, rh, cpu float64) heat.Point {
			p := heated(0.45, 0.3, air, cpu)
			dew, _ := heat.DewPoint(p.True, percent(rh))
			w := emulator.Room()
			w.Env.Temperature = p.Sensor
			w.Env.Humidity, _ = heat.Humidity(p.Sensor, dew)
			board.Set(w)
			time.Sleep(time.Second)
			return p
		}
		var points []heat.Point
		for _, cpu := range []float64{38, 48, 58, 68} {
			p := warm(20.5, 45, cpu)
			var env physic.Env
			if err := dev.Sense(&env); err != nil {
				t.Fatal(err)
			}
			points = append(points, heat.Point{True: p.True, Sensor: env.Temperature, CPU: p.CPU})
		}
		model, err := heat.Fit(points)
		if err != nil {
			t.Fatal(err)
		}
		if !near(model.Gain, 0.45, 0.005) || !near(model.Offset, 0.3, 0.05) || model.Residual > 0.02 {
			t.Fatalf("Fit = %v; want 0.45 and 0.3 K to a step of the sensor", model)
		}
		for _, room := range []struct{ air, rh, cpu float64 }{{20.5, 45, 63}, {12, 80, 45}, {31, 20, 66}} {
			p := warm(room.air, room.rh, room.cpu)
			s, err := heat.New(dev, sensortest.Values(p.CPU), model, nil)
			if err != nil {
				t.Fatal(err)
			}
			var r sensor.Reading[physic.Env]
			if err := s.Read(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
			if got := r.Value.Temperature.Celsius(); !near(got, room.air, 0.05) {
				t.Errorf("temperature = %.3f °C; want %v", got, room.air)
			}
			if got := float64(r.Value.Humidity) / float64(physic.PercentRH); !near(got, room.rh, 0.3) {
				t.Errorf("humidity = %.2f %%RH; want %v", got, room.rh)
			}
		}
	})
}
