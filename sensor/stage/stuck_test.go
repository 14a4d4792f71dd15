package stage_test

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
)

func TestStuck(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name    string
		lsb     float64
		rule    stage.StuckRule[float64]
		values  []float64
		flagged []int // of the readings, from 0
	}{
		{"moves", 1, stage.StuckRule[float64]{Samples: 2}, []float64{0, 1, 2, 1, 0, 1}, nil},
		{"stands", 1, stage.StuckRule[float64]{Samples: 3}, []float64{5, 5, 5, 5, 6, 6, 6, 7}, []int{2, 3, 6}},
		{"less than a step", 0.25, stage.StuckRule[float64]{Samples: 3}, []float64{0, 0.1, 0, 0.1, 0.25, 0.3, 0.2}, []int{2, 3, 6}},
		{"about a step", 0.25, stage.StuckRule[float64]{Samples: 2}, []float64{0, 0.249999, 0, 0.126, 0}, nil},
		{"creeps", 1, stage.StuckRule[float64]{Samples: 4}, []float64{0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4}, nil},
		{"steps", 1, stage.StuckRule[float64]{Samples: 3, Steps: 4}, []float64{0, 3, 0, 3, -3, 3.5, 0}, []int{2, 3, 4}},
		{"no LSB", 0, stage.StuckRule[float64]{Samples: 2}, []float64{0, 1e-300, 1e-300, 0}, []int{2}},
		{"NaN moves", 1, stage.StuckRule[float64]{Samples: 2}, []float64{nan, nan, 0, nan, nan}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Channel = level(tt.lsb)
			s := must(stage.NewStuck(sensortest.Values(tt.values...), []stage.StuckRule[float64]{tt.rule}))(t)
			var flagged []int
			for i := range tt.values {
				stuck := read(t, s).Quality.Has(sensor.Stuck)
				if stuck {
					flagged = append(flagged, i)
				}
				if named := slices.Equal(s.Channels(), []string{"level"}); named != stuck {
					t.Errorf("reading %d stuck: %v, Channels() = %v", i, stuck, s.Channels())
				}
			}
			if !slices.Equal(flagged, tt.flagged) {
				t.Errorf("flagged readings = %v; want %v", flagged, tt.flagged)
			}
		})
	}
}

// Stale and failed readings are no samples: they neither make a channel stuck nor free it.
func TestStuckCountsFreshReadings(t *testing.T) {
	src := sensortest.Script(
		step{Value: 1}, step{Stale: true, Times: 100}, step{Err: errBus}, step{Value: 1},
		step{Stale: true}, step{Value: 2},
	)
	s := must(stage.NewStuck(src, []stage.StuckRule[float64]{{Channel: level(1), Samples: 2}}))(t)
	n := 0
	var flagged []int
	for {
		var r sensor.Reading[float64]
		err := s.Read(t.Context(), &r)
		if err == io.EOF {
			break
		}
		if r.Quality.Has(sensor.Stuck) {
			flagged = append(flagged, n)
		}
		n++
	}
	if want := []int{102, 103}; !slices.Equal(flagged, want) {
		t.Errorf("flagged readings = %v; want %v", flagged, want)
	}
}

// One axis of nine that stands still is found among the others.
func TestMotionStuck(t *testing.T) {
	src := sensor.Source[sensor.Motion](sensortest.Func(func(_ context.Context, n int) (m sensor.Motion, err error) {
		for i, c := range sensor.MotionChannels() {
			if i != 4 || n <= 10 {
				c.Set(&m, c.LSB*float64(n%2))
			}
		}
		return m, nil
	}))
	s := must(stage.NewStuck(src, stage.MotionStuck()))(t)
	first := 0
	for n := 1; n <= 30 && first == 0; n++ {
		if read(t, s).Quality.Has(sensor.Stuck) {
			first = n
		}
	}
	// Readings 10, 11, 12 ... are 0.
	if want := []string{"gyro_y"}; first != 17 || !slices.Equal(s.Channels(), want) {
		t.Errorf("Stuck at reading %d for %v; want 17 for %v", first, s.Channels(), want)
	}
}

// The ready rules find nothing in a log of a board that worked, and the log's numbers are those that they refer to.
func TestStuckInLog(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "sensehat", "astropi_mk1_20150820_20150824_ground_10s.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no recordings: %v", err)
	}
	rows := must(replay.Open(path, replay.AstroPiMk1()))(t)
	defer rows.Close()
	type both struct {
		env    physic.Env
		motion sensor.Motion
	}
	player := must(replay.NewPlayer(rows, func(row replay.Row, v *both) error {
		return errors.Join(replay.Env(row, &v.env), replay.Motion(row, &v.motion))
	}, &replay.PlayerOptions{NoWait: true}))(t)
	var r sensor.Reading[both]
	env := must(stage.NewStuck(sensor.SourceFunc[physic.Env](func(_ context.Context, e *sensor.Reading[physic.Env]) error {
		e.Value = r.Value.env
		return nil
	}), stage.EnvStuck()))(t)
	rules := stage.MotionStuck()
	for i := range rules {
		rules[i].Channel.LSB = 0 // the logged motion was filtered: it moves by less than a step
	}
	motion := must(stage.NewStuck(sensor.SourceFunc[sensor.Motion](func(_ context.Context, m *sensor.Reading[sensor.Motion]) error {
		m.Value = r.Value.motion
		return nil
	}), rules))(t)
	rowsRead := 0
	for {
		err := player.Read(t.Context(), &r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rowsRead++
		var e sensor.Reading[physic.Env]
		var m sensor.Reading[sensor.Motion]
		if err := errors.Join(env.Read(t.Context(), &e), motion.Read(t.Context(), &m)); err != nil {
			t.Fatal(err)
		}
		if q := e.Quality | m.Quality; q != 0 {
			t.Fatalf("row %d has the quality %v, for %v %v; want nothing stuck", rowsRead, q, env.Channels(), motion.Channels())
		}
	}
	if rowsRead != 24604 {
		t.Errorf("%d rows; want 24604", rowsRead)
	}
}

func TestStuckOptionsBad(t *testing.T) {
	_, err := stage.NewStuck(nil, []stage.StuckRule[float64]{{Samples: 1}, {Channel: level(-1), Samples: 2, Steps: 0.5}})
	want := []string{
		"sensor: stage: stuck: source is nil",
		"sensor: stage: stuck: channel 0 has no Get",
		"sensor: stage: stuck: channel 0 has less than 2 samples",
		"sensor: stage: stuck: level has the LSB -1",
		"sensor: stage: stuck: level moves with 0.5 steps, want 1 or more",
	}
	if got := parts(err); !slices.Equal(got, want) {
		t.Errorf("NewStuck = %q; want %q", got, want)
	}
}
