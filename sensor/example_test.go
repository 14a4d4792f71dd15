package sensor_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
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

// A consumer that is slow once: two deadlines pass meanwhile.
func ExampleSampler_Stats() {
	// In a package's tests this is the *testing.T of the test, and time is simulated.
	var t testing.T
	synctest.Test(&t, func(t *testing.T) {
		src := sensor.SourceFunc[int](func(_ context.Context, r *sensor.Reading[int]) error {
			time.Sleep(time.Millisecond)
			return nil
		})
		s, err := sensor.NewSampler(src, 10*time.Millisecond, &sensor.SamplerOptions{Overrun: sensor.Latest})
		if err != nil {
			fmt.Println(err)
			return
		}
		for r := range s.All(t.Context()) {
			if r.Seq == 50 {
				time.Sleep(25 * time.Millisecond)
			}
			if r.Seq == 100 {
				break
			}
		}
		st := s.Stats()
		fmt.Println(st.Count, "reads,", st.Missed, "missed, drift", st.Drift)
		fmt.Println("jitter", st.Jitter.Round(time.Microsecond), "late", st.LatenessP50, st.LatenessP99, st.LatenessMax)
		for limit, n := range st.Lateness.All() {
			fmt.Println(n, "of up to", limit)
		}
	})
	// Output:
	// 100 reads, 1 missed, drift 0s
	// jitter 853µs late 0s 0s 6ms
	// 99 of up to 0s
	// 1 of up to 6.143ms
}

// The channels of a type of one's own, for the stages of package stage.
func ExampleChannel() {
	type tank struct {
		Level float64 // m
		Flow  int     // l/min
	}
	channels := []sensor.Channel[tank]{
		{
			Name: "level", Unit: "m", LSB: 0.01,
			Get: func(v *tank) float64 { return v.Level },
			Set: func(v *tank, x float64) { v.Level = x },
		},
		{
			Name: "flow", Unit: "l/min", LSB: 1,
			Get: func(v *tank) float64 { return float64(v.Flow) },
			Set: func(v *tank, x float64) { v.Flow = int(x) },
		},
	}
	v := tank{Level: 1.25, Flow: 40}
	for _, c := range channels {
		fmt.Println(c.Name, c.Get(&v), c.Unit)
	}
	// Output:
	// level 1.25 m
	// flow 40 l/min
}

func ExampleTemporary() {
	err := error(&sensor.BusError{Chip: "hts221", Reg: 0x27, Op: "read", Err: errors.New("remote I/O error")})
	fmt.Println(err)
	fmt.Println(sensor.Temporary(err))
	// Output:
	// sensor: hts221: read 0x27: remote I/O error
	// true
}
