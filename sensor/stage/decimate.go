package stage

import (
	"context"
	"strconv"

	"github.com/brinkml/brink/sensor"
)

// Decimate is a source that gives the last of each n readings of another one. It is for sources that pace themselves, as a
// recording does; a driver, which gives its newest value, is read less often instead.
//
// Readings are numbered in Seq anew, and have the quality flags of all n. Nothing is filtered: noise and what is faster
// than half the new rate stay as they are; [Average] takes most of that away.
//
// It belongs to one goroutine at a time.
type Decimate[T any] struct {
	src     sensor.Source[T]
	n       int
	have    int // good readings of the n so far
	quality sensor.Quality
	seq     uint64
}

// NewDecimate returns a source that gives each n-th reading of src. n is 1 or more.
func NewDecimate[T any](src sensor.Source[T], n int) (*Decimate[T], error) {
	p := problems{stage: "decimate"}
	p.add(src != nil, "source is nil")
	p.add(n >= 1, "one of "+strconv.Itoa(n)+" readings, want 1 or more")
	if err := p.err(); err != nil {
		return nil, err
	}
	return &Decimate[T]{src: src, n: n}, nil
}

// Read implements [sensor.Source]. It reads until it has the n-th good reading. An error of the source is returned at
// once; the next Read goes on counting where this one has stopped.
func (s *Decimate[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	for {
		if err := s.src.Read(ctx, r); err != nil {
			return err
		}
		s.quality |= r.Quality
		if s.have++; s.have >= s.n {
			break
		}
	}
	s.seq++
	r.Quality, r.Seq = s.quality, s.seq
	s.have, s.quality = 0, 0
	return nil
}
