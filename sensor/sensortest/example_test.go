package sensortest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
)

func Example() {
	type step = sensortest.Step[float64]
	src := sensortest.Script(
		step{NotReady: true},
		step{Value: 20.5},
		step{Stale: true},
		step{Err: &sensor.BusError{Chip: "mock", Reg: 0x28, Op: "read", Err: errors.New("remote I/O error")}},
		step{Value: 100, Quality: sensor.Clipped},
	)
	for range 5 {
		var r sensor.Reading[float64]
		if err := src.Read(context.Background(), &r); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(r.Value, r.Quality)
	}
	// Output:
	// no conversion has finished yet
	// 20.5 OK
	// 20.5 Stale
	// sensor: mock: read 0x28: remote I/O error
	// 100 Clipped
}

// A thermostat is the component under test: it switches a heater off when its
// sensor has failed for three readings in a row.
func thermostat(ctx context.Context, src sensor.Source[float64], heater func(on bool)) error {
	s, err := sensor.NewSampler(src, 10*time.Second, nil)
	if err != nil {
		return err
	}
	failed := 0
	for r, err := range s.All(ctx) {
		switch {
		case err == nil:
			failed = 0
			heater(r.Value < 20)
		default:
			if failed++; failed == 3 {
				heater(false)
			}
		}
	}
	return nil
}

// A sensor that fails for half a minute, in no time at all.
func Example_simulatedTime() {
	type step = sensortest.Step[float64]

	// In a package's tests this is the *testing.T of the test.
	var t testing.T
	synctest.Test(&t, func(t *testing.T) {
		start := time.Now()
		src := sensortest.Script(
			step{Value: 18.5, Times: 2},
			step{Err: errors.New("no answer"), Times: 3},
			step{Value: 19},
			step{Value: 20.5},
		)
		thermostat(context.Background(), src, func(on bool) {
			fmt.Printf("%v: heater %v\n", time.Since(start), on)
		})
	})
	// Output:
	// 0s: heater true
	// 10s: heater true
	// 40s: heater false
	// 50s: heater true
	// 1m0s: heater false
}
