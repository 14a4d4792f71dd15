package heat_test

import (
	"context"
	"fmt"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/heat"
	"github.com/brinkml/brink/sensor/sensortest"
)

func Example() {
	model, err := heat.Fit([]heat.Point{
		{True: celsius(21.0), Sensor: celsius(26.9), CPU: celsius(41.3)},
		{True: celsius(21.2), Sensor: celsius(30.0), CPU: celsius(52.1)},
		{True: celsius(21.1), Sensor: celsius(35.2), CPU: celsius(70.4)},
		{True: celsius(19.4), Sensor: celsius(28.6), CPU: celsius(51.5)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(model)

	// On a device: hat.Env() and heat.OpenCPU("").
	env := sensortest.Values(physic.Env{Temperature: celsius(31.5), Humidity: percent(26)})
	cpu := sensortest.Values(celsius(57.0))
	src, err := heat.New(env, cpu, model, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var r sensor.Reading[physic.Env]
	if err := src.Read(context.Background(), &r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f °C, %.0f %%RH, %v\n", r.Value.Temperature.Celsius(), float64(r.Value.Humidity)/float64(physic.PercentRH), r.Quality)
	// Output:
	// 0.3953·(CPU − sensor) + 0.15 K, residual 0.077 K over 4 points
	// 21.3 °C, 48 %RH, Compensated
}

// A model is kept as a line of text, in a file or as a string in JSON.
func ExampleModel_MarshalText() {
	model := heat.Model{Gain: 0.4, Offset: 0.1, Residual: 0.15, Points: 4, MinRise: 14, MaxRise: 36}
	text, err := model.MarshalText()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	var back heat.Model
	fmt.Println(back.UnmarshalText(text), back == model)
	// Output:
	// points=4 gain=0.4 offset=0.1 residual=0.15 min_rise=14 max_rise=36
	// <nil> true
}
