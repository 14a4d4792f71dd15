package fusion_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/fusion"
)

// A board that lies flat is turned from the north to the east within a second.
func Example() {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	board := func(_ context.Context, r *sensor.Reading[sensor.Motion]) error {
		at = at.Add(10 * time.Millisecond)
		yaw := at.Sub(at.Truncate(time.Minute)).Seconds() * 90 * fusion.Degree
		*r = sensor.Reading[sensor.Motion]{At: at, Value: sensor.Motion{
			Accel: [3]float64{0, 0, 9.81},
			Gyro:  [3]float64{0, 0, 90 * fusion.Degree},
			Mag:   [3]float64{20 * math.Cos(yaw), -20 * math.Sin(yaw), 44},
		}}
		return nil
	}

	tracker, err := fusion.NewTracker(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	orientation := tracker.Source(sensor.SourceFunc[sensor.Motion](board))
	var r sensor.Reading[fusion.Orientation]
	for i := range 100 {
		if err := orientation.Read(context.Background(), &r); err != nil {
			fmt.Println(err)
			return
		}
		if i%33 == 32 {
			e := r.Value.Quat9D.Euler().Degrees()
			fmt.Printf("tilted %.0f°, yaw %.0f°\n", math.Hypot(e.Roll, e.Pitch), e.Yaw)
		}
	}
	// Output:
	// tilted 0°, yaw 30°
	// tilted 0°, yaw 59°
	// tilted 0°, yaw 89°
}

// Iron on a board and a field that is squeezed along one axis: the fit finds both.
func ExampleFitMag() {
	var samples [][3]float64
	for i := range 300 {
		// Evenly over the sphere.
		z := 1 - (2*float64(i)+1)/300
		angle := float64(i) * math.Pi * (3 - math.Sqrt(5))
		r := 48 * math.Sqrt(1-z*z)
		samples = append(samples, [3]float64{
			r*math.Cos(angle) + 12, 0.8*r*math.Sin(angle) - 30, 48*z + 5,
		})
	}
	fit, err := fusion.FitMag(samples, &fusion.FitOptions{Radius: 48})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("offset %.1f µT, scale of y %.2f, residual %.1f %%, coverage %.2f\n",
		fit.Offset, fit.Matrix[1][1], 100*fit.Residual, fit.Coverage)
	// Output:
	// offset [12.0 -30.0 5.0] µT, scale of y 1.25, residual 0.0 %, coverage 0.90
}

// The bias of a gyroscope is what it shows at rest.
func ExampleStill() {
	still, err := fusion.NewStill(&fusion.StillOptions{For: time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for i := range 500 {
		m := sensor.Motion{Accel: [3]float64{0, 0, 9.81}, Gyro: [3]float64{0.02, -0.01, 0}, Mag: [3]float64{20, 0, 44}}
		if i < 250 {
			m.Gyro[2] = math.Sin(float64(i) / 10) // somebody still holds it
		}
		if still.Add(&sensor.Reading[sensor.Motion]{At: at.Add(time.Duration(i) * 10 * time.Millisecond), Value: m}) {
			fmt.Printf("bias %.2f rad/s after %d readings\n", still.Mean().Gyro, i+1)
			break
		}
	}
	// Output:
	// bias [0.02 -0.01 0.00] rad/s after 351 readings
}

func ExampleParseCalibration() {
	_, err := fusion.ParseCalibration([]byte(`{"version": 1, "gyro": [0, 0, 0],
		"mag": {"offset": [1, 2, 3], "matrix": [[1, 0, 0], [0, 1, 0], [1, 1, 0]]}}`))
	fmt.Println(err)

	c, err := fusion.ReadCalibration(strings.NewReader(`{"version": 1, "gyro": [0.02, -0.01, 0]}`))
	fmt.Println(c.Gyro, err)
	// Output:
	// fusion: unusable calibration: mag matrix is singular or a mirror: [[1 0 0] [0 1 0] [1 1 0]]
	// [0.02 -0.01 0] <nil>
}
