package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/brinkml/brink/inference"
)

// A window is one second of samples; one ends every quarter of a second.
const (
	windowLen = 100
	windowHop = 25
)

// raiseAfter consecutive windows over the threshold raise the verdict, clearAfter under it take it back: one odd
// window wakes nobody, and a fault that comes and goes is told once.
const (
	raiseAfter = 2
	clearAfter = 6
)

// verdict is what the hub thinks of one appliance after one window.
type verdict struct {
	Appliance string
	At        time.Time // of the window's last sample
	Score     float64
	Threshold float64
	Anomalous bool
	Changed   bool // against the window before
	Label     int  // of a labelled recording: 1 anomalous, 0 not; -1 unknown
	Flag      bool // this window alone is over the threshold
	Latency   time.Duration
	Warmer    float64 // K above the room, for telemetry
	Vibration float64 // m/s2
}

// model is an ONNX model bound to one shape of input: x [1, rows, columns] float32 to score [1] float32. It
// belongs to one goroutine.
type model struct {
	session   *inference.Session
	model     *inference.Model
	binding   *inference.Binding
	x, score  []float32
	threshold float64
}

// bind prepares the model for windows of the given size. The threshold over which a window is anomalous comes
// with the model, as its metadata property "threshold".
func bind(m *inference.Model, rows, columns int, threshold float64) (*model, error) {
	s, err := m.NewSession(&inference.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	b, err := s.Bind(map[string][]int{"x": {1, rows, columns}})
	if err != nil {
		return nil, err
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		return nil, err
	}
	score, err := inference.Output[float32](b, "score")
	if err != nil {
		return nil, err
	}
	if len(score) != 1 {
		return nil, fmt.Errorf("output score has %d elements, want 1", len(score))
	}
	return &model{session: s, model: m, binding: b, x: x, score: score, threshold: threshold}, nil
}

// run scores what stands in x.
func (m *model) run(ctx context.Context) (float64, error) {
	if err := m.binding.Run(ctx); err != nil {
		return 0, err
	}
	s := float64(m.score[0])
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return 0, fmt.Errorf("the model answered %v", s)
	}
	return s, nil
}

// close gives the session back.
func (m *model) close() error { return m.session.Close() }

// judge turns scores into verdicts.
type judge struct {
	over, under int
	anomalous   bool
}

// next takes the next score and tells whether the appliance is now held for anomalous, and whether that is news.
func (j *judge) next(over bool) (anomalous, changed bool) {
	if over {
		j.over, j.under = j.over+1, 0
	} else {
		j.over, j.under = 0, j.under+1
	}
	was := j.anomalous
	switch {
	case !was && j.over >= raiseAfter:
		j.anomalous = true
	case was && j.under >= clearAfter:
		j.anomalous = false
	}
	return j.anomalous, j.anomalous != was
}
