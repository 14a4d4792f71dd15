package stage_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestRecord(t *testing.T) {
	errFull := errors.New("disk is full")
	for _, strict := range []bool{false, true} {
		var kept []float64
		s := must(stage.NewRecord(sensortest.Script(step{Value: 1}, step{Err: errBus}, step{Value: 2}, step{Value: 3}),
			stage.RecorderFunc[float64](func(r *sensor.Reading[float64]) error {
				if r.Value == 2 {
					return errFull
				}
				kept = append(kept, r.Value)
				return nil
			}), &stage.RecordOptions{Strict: strict}))(t)
		full := error(nil)
		if strict {
			full = errFull
		}
		for i, want := range []error{nil, errBus, full, nil} {
			var r sensor.Reading[float64]
			if err := s.Read(t.Context(), &r); err != want && !errors.Is(err, want) {
				t.Errorf("strict %v: read %d = %v; want %v", strict, i, err, want)
			}
		}
		if want := []float64{1, 3}; !slices.Equal(kept, want) {
			t.Errorf("strict %v: recorded %v; want %v", strict, kept, want)
		}
		if lost, err := s.Err(); lost != 1 || err != errFull {
			t.Errorf("strict %v: Err() = %d, %v; want 1, %v", strict, lost, err, errFull)
		}
	}
	_, err := stage.NewRecord[int](nil, nil, nil)
	if want := []string{"sensor: stage: record: source is nil", "sensor: stage: record: recorder is nil"}; !slices.Equal(parts(err), want) {
		t.Errorf("NewRecord = %v; want %q", err, want)
	}
}
