package learn_test

import (
	"context"
	"fmt"
	"math"

	"github.com/brinkml/brink/edge/learn"
)

// A motor's current follows its load, and its heat does, later. Then the fan stops.
func Example() {
	ctx := context.Background()
	motor := func(i int, fan float64) []float32 {
		load := func(i int) float64 { return math.Sin(0.2*float64(i)) + 0.5*math.Sin(0.61*float64(i)) }
		jitter := 0.05 * math.Sin(12.9898*float64(i*i%997))
		return []float32{float32(4 + load(i) + jitter), float32(40 + 3*load(i-5) + 5*(1-fan))} // A, °C
	}
	var normal []float32
	for i := range 400 {
		normal = append(normal, motor(i, 1)...)
	}
	d, err := learn.Train(ctx, normal, 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	onnx, err := d.Model([]string{"current", "heat"})
	if err != nil {
		fmt.Println(err)
		return
	}

	m, err := learn.NewMonitor(onnx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	fmt.Println("watching", m.Names())
	before := learn.Verdict{}
	for i := 400; i < 700; i++ {
		fan := 1.0
		if i >= 600 {
			fan = 0
		}
		v, err := m.Judge(ctx, motor(i, fan))
		if err != nil {
			fmt.Println(err)
			return
		}
		if v.Ready != before.Ready || v.Anomaly != before.Anomaly {
			fmt.Printf("row %d: ready %v, anomaly %v\n", i, v.Ready, v.Anomaly)
		}
		before = v
	}
	// Output:
	// watching [current heat]
	// row 419: ready true, anomaly false
	// row 600: ready true, anomaly true
}
