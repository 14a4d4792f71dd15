package stage_test

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

// A level in a tank, by a sensor whose bus is disturbed at times: a value that cannot be is read again.
func Example() {
	type step = sensortest.Step[float64]
	tank := sensortest.Script(
		step{Value: 1.25},
		step{Err: &sensor.BusError{Chip: "mock", Op: "read", Err: errors.New("remote I/O error")}},
		step{Value: 1.5},
		step{Value: 97.5}, // a bit was flipped
		step{Value: 1.5},
		step{Value: math.NaN(), Times: 3}, // it has come off
	)
	level := sensor.Channel[float64]{Name: "level", Unit: "m", LSB: 0.25, Get: func(v *float64) float64 { return *v }}

	limits := []stage.Limit[float64]{{Channel: level, Min: 0, Max: 4}}
	valid, err := stage.NewValidate(tank, limits, &stage.ValidateOptions{Rule: stage.Refuse})
	if err != nil {
		fmt.Println(err)
		return
	}
	steady, err := stage.NewRetry(valid, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 4 {
		var r sensor.Reading[float64]
		if err := steady.Read(context.Background(), &r); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(r.Value, level.Unit)
	}
	fmt.Println(steady.Retries(), "retries")
	// Output:
	// 1.25 m
	// 1.5 m
	// 1.5 m
	// sensor: stage: level = NaN m is not a finite number
	// 4 retries
}

// A magnetometer that hangs: one axis no longer moves, not even by its noise.
func ExampleStuck() {
	n := 0.0
	compass := sensortest.Func(func(context.Context, int) (m sensor.Motion, err error) {
		n++
		for i, c := range sensor.MotionChannels() {
			if i != 7 {
				c.Set(&m, c.LSB*math.Mod(n, 3))
			}
		}
		return m, nil
	})
	watched, err := stage.NewStuck(compass, stage.MotionStuck())
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 9 {
		var r sensor.Reading[sensor.Motion]
		if err := watched.Read(context.Background(), &r); err != nil {
			fmt.Println(err)
		}
		fmt.Println(r.Seq, r.Quality, watched.Channels())
	}
	// Output:
	// 1 OK []
	// 2 OK []
	// 3 OK []
	// 4 OK []
	// 5 OK []
	// 6 OK []
	// 7 OK []
	// 8 Stuck [mag_y]
	// 9 Stuck [mag_y]
}

// The mean of four readings of which one failed.
func ExampleAverage() {
	type step = sensortest.Step[float64]
	scale := sensortest.Script(step{Value: 70.25}, step{Value: 70.5}, step{NotReady: true}, step{Value: 70.75})
	weight := sensor.Channel[float64]{
		Name: "weight", Unit: "kg",
		Get: func(v *float64) float64 { return *v },
		Set: func(v *float64, x float64) { *v = x },
	}
	mean, err := stage.NewAverage(scale, []sensor.Channel[float64]{weight}, 4, &stage.AverageOptions{AtLeast: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	var r sensor.Reading[float64]
	if err := mean.Read(context.Background(), &r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Value, weight.Unit)
	// Output:
	// 70.5 kg
}
