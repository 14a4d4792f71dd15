package sensor_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/sensor"
)

func ExampleSampler() {
	// A source that is not ready at first, as a chip that has just been started.
	level := 0.0
	src := sensor.SourceFunc[float64](func(_ context.Context, r *sensor.Reading[float64]) error {
		r.At = time.Now()
		if level += 0.5; level < 1 {
			r.Quality = sensor.NotReady
			return sensor.ErrNotReady
		}
		r.Value = level
		return nil
	})
	s, err := sensor.NewSampler(src, 50*time.Millisecond, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range s.All(context.Background()) {
		if err != nil {
			fmt.Println(r.Seq, err, "- try again:", sensor.Temporary(err))
			continue
		}
		fmt.Println(r.Seq, r.Value)
		if r.Seq == 3 {
			break
		}
	}
	fmt.Println(s.Stats().Errors, "error")
	// Output:
	// 1 no conversion has finished yet - try again: true
	// 2 1
	// 3 1.5
	// 1 error
}

func ExampleTemporary() {
	err := error(&sensor.BusError{Chip: "hts221", Reg: 0x27, Op: "read", Err: errors.New("remote I/O error")})
	fmt.Println(err)
	fmt.Println(sensor.Temporary(err))
	// Output:
	// sensor: hts221: read 0x27: remote I/O error
	// true
}
