package main

import (
	"context"
	"fmt"
	"image/color"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

// stepEvery is the time of a column at the book's pace.
const stepEvery = 100 * time.Millisecond

// screen lets texts pass on the matrix, one after the other: WriteSenseHAT and ScrollMessage share it. What came while another passed is
// shown if it is the latest of its kind, so that nothing piles up behind texts that take longer than they are far apart.
type screen struct {
	matrix *ledmatrix.Dev
	step   time.Duration
	turn   chan struct{} // holds a token while a text passes
	passed atomic.Int64
}

func newScreen(m *ledmatrix.Dev, step time.Duration) *screen {
	return &screen{matrix: m, step: step, turn: make(chan struct{}, 1)}
}

// scroll lets texts pass as one, without another in between.
func (s *screen) scroll(ctx context.Context, ink color.Color, texts ...string) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, t := range texts {
		if err := s.matrix.Scroll(ctx, t, &ledmatrix.ScrollOptions{Step: s.step, Color: ink}); err != nil {
			return err
		}
		s.passed.Add(1)
	}
	return nil
}

var (
	inkReading = color.NRGBA{0, 170, 60, 255}
	inkText    = color.NRGBA{180, 120, 0, 255}
)

// measurements are the two texts of WriteSenseHAT.
func measurements(r reading) []string {
	return []string{fmt.Sprintf("t: %.2f", r.Temperature), fmt.Sprintf("h: %.2f", r.Humidity)}
}

// writeReadings is WriteSenseHAT.
func (s *screen) writeReadings(ctx context.Context, in *edge.Sub[reading]) error {
	for r := range in.All(ctx) {
		if err := s.scroll(ctx, inkReading, measurements(r)...); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// scrollMessages is ScrollMessage.
func (s *screen) scrollMessages(ctx context.Context, in *edge.Sub[string]) error {
	for t := range in.All(ctx) {
		if err := s.scroll(ctx, inkText, t); err != nil {
			return err
		}
	}
	return ctx.Err()
}
