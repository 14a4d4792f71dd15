package main

import (
	"context"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

// TestMatrixShowsTheLatest lets a reading and a long text come every ten seconds, as with the book's programs. Nothing piles up: both kinds
// pass in turn, and what passes is the newest.
func TestMatrixShowsTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hat := emulator.New(nil)
		matrix, err := ledmatrix.New(hat, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newScreen(matrix, stepEvery)
		readings, texts := edge.NewTopic[reading](nil, "readings", nil), edge.NewTopic[string](nil, "texts", nil)
		r, x := readings.Subscribe(&edge.SubOptions{Keep: edge.Latest}), texts.Subscribe(&edge.SubOptions{Keep: edge.Latest})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 2)
		go func() { ended <- s.writeReadings(ctx, r) }()
		go func() { ended <- s.scrollMessages(ctx, x) }()
		long := string(make([]byte, 100)) // a hundred question marks
		for i := range 60 {
			_ = readings.Publish(ctx, reading{Temperature: number(i), Humidity: 40})
			_ = texts.Publish(ctx, long)
			time.Sleep(readEvery)
		}
		// Ten minutes hold about ten times a text of 500 columns and a reading of two times 45.
		if n := s.passed.Load(); n < 20 || n > 60 {
			t.Errorf("%d texts passed in ten minutes; want both kinds in turn", n)
		}
		if r.Dropped() < 30 || x.Dropped() < 30 {
			t.Errorf("%d readings and %d texts were left out; want what is not the latest", r.Dropped(), x.Dropped())
		}
		cancel()
		for range 2 {
			if err := <-ended; err != context.Canceled {
				t.Errorf("scrolling ended with %v", err)
			}
		}
	})
}

// TestMatrixShowsAReading looks at the matrix itself.
func TestMatrixShowsAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hat := emulator.New(nil)
		matrix, err := ledmatrix.New(hat, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newScreen(matrix, stepEvery)
		done := make(chan error)
		go func() {
			done <- s.scroll(context.Background(), inkReading, measurements(reading{Temperature: 21.5, Humidity: 45})...)
		}()
		lit, frames := 0, 0
		for ended := false; !ended; frames++ {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				ended = true
			case <-time.After(stepEvery):
			}
			for _, p := range hat.Pixels() {
				if p != (color.NRGBA{A: 255}) && p.A != 0 {
					lit++
				}
			}
		}
		if s.passed.Load() != 2 || lit < 100 || frames < 60 || hat.Misuse() != nil {
			t.Errorf("%d texts, %d pixels in %d steps, %v; want two texts that can be seen", s.passed.Load(), lit, frames, hat.Misuse())
		}
	})
}
