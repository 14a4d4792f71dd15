package stage_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestDecimate(t *testing.T) {
	src := sensortest.Script(
		step{Value: 1}, step{Value: 2, Quality: sensor.Clipped}, step{Value: 3, Quality: sensor.OutOfRange},
		step{Value: 4}, step{Err: errBus}, step{Value: 5}, step{Err: errBus}, step{Value: 6},
		step{Value: 7}, step{Value: 8},
	)
	s := must(stage.NewDecimate(src, 3))(t)
	type result struct {
		value   float64
		seq     uint64
		quality sensor.Quality
	}
	var got []result
	failed := 0
	for {
		var r sensor.Reading[float64]
		err := s.Read(t.Context(), &r)
		if err == io.EOF {
			break
		}
		if err != nil {
			if failed++; !errors.Is(err, errBus) {
				t.Errorf("Read = %v; want %v", err, errBus)
			}
			continue
		}
		got = append(got, result{r.Value, r.Seq, r.Quality})
	}
	want := []result{{3, 1, sensor.Clipped | sensor.OutOfRange}, {6, 2, 0}}
	if !slices.Equal(got, want) || failed != 2 {
		t.Errorf("readings = %v and %d errors; want %v and 2", got, failed, want)
	}
}

func TestDecimateOptionsBad(t *testing.T) {
	_, err := stage.NewDecimate[int](nil, 0)
	want := []string{"sensor: stage: decimate: source is nil", "sensor: stage: decimate: one of 0 readings, want 1 or more"}
	if got := parts(err); !slices.Equal(got, want) {
		t.Errorf("NewDecimate = %q; want %q", got, want)
	}
}
