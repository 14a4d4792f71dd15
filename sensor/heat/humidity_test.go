package heat_test

import (
	"testing"

	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/sensor/heat"
)

func percent(p float64) physic.RelativeHumidity {
	return physic.RelativeHumidity(p * float64(physic.PercentRH))
}

// Pressures of saturated vapour over water in hPa, as tables by Goff and Gratch give them, and the dew points that follow.
func TestDewPointAgainstTable(t *testing.T) {
	table := map[float64]float64{0: 6.1078, 5: 8.7192, 10: 12.272, 15: 17.044, 20: 23.373, 25: 31.671, 30: 42.430, 40: 73.777, 50: 123.40}
	for air, saturated := range table {
		for dew, vapour := range table {
			if dew > air {
				continue
			}
			rh := percent(100 * vapour / saturated)
			if got, ok := heat.DewPoint(celsius(air), rh); !ok || !near(got.Celsius(), dew, 0.1) {
				t.Errorf("DewPoint(%v °C, %v) = %v, %v; want %v °C", air, rh, got, ok, dew)
			}
		}
	}
}

// Humidity undoes DewPoint.
func TestHumidity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		air := celsius(rapid.Float64Range(-40, 80).Draw(t, "air"))
		rh := percent(rapid.Float64Range(0.5, 100).Draw(t, "rh"))
		dew, ok := heat.DewPoint(air, rh)
		back, ok2 := heat.Humidity(air, dew)
		if !ok || !ok2 || !near(float64(back), float64(rh), 2) || dew > air+physic.MicroKelvin {
			t.Fatalf("dew point of %v, %v = %v, %v, and back %v, %v", air, rh, dew, ok, back, ok2)
		}
	})
}

func TestHumidityEdges(t *testing.T) {
	for _, tt := range []struct {
		t  physic.Temperature
		rh physic.RelativeHumidity
	}{{celsius(20), 0}, {celsius(20), -1}, {0, percent(50)}, {celsius(-81), percent(50)}, {celsius(151), percent(50)}, {1<<63 - 1, percent(50)}} {
		if dew, ok := heat.DewPoint(tt.t, tt.rh); ok {
			t.Errorf("DewPoint(%v, %v) = %v; want none", tt.t, tt.rh, dew)
		}
	}
	for _, tt := range []struct{ t, dew physic.Temperature }{{0, celsius(0)}, {celsius(200), celsius(0)}, {celsius(20), 0}, {celsius(20), celsius(200)}} {
		if rh, ok := heat.Humidity(tt.t, tt.dew); ok {
			t.Errorf("Humidity(%v, %v) = %v; want none", tt.t, tt.dew, rh)
		}
	}
	if rh, ok := heat.Humidity(celsius(-80), celsius(150)); !ok || rh != 1<<31-1 {
		t.Errorf("Humidity far below the dew point = %v, %v; want the most there is", rh, ok)
	}
	if dew, ok := heat.DewPoint(celsius(20), 1); !ok || dew.Celsius() > -90 {
		t.Errorf("DewPoint of the driest air = %v, %v; want a low one", dew, ok)
	}
}
