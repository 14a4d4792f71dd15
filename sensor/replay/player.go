package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"time"

	"github.com/brinkml/brink/sensor"
)

// Rows is what a [Player] plays: a [Reader], a [HATReader], or rows from
// elsewhere. Next fills *row, using its slices again, and returns io.EOF at the
// end.
type Rows interface {
	Next(row *Row) error
}

// PlayerOptions are the choices of [NewPlayer]. A zero PlayerOptions plays at
// the recorded pace.
type PlayerOptions struct {
	// Speed is how much faster than recorded rows are played: 60 makes a
	// minute a second. 0 is 1.
	Speed float64
	// NoWait plays without any gaps, whatever Speed is.
	NoWait bool
	// Restamp gives readings the time at which they are played instead of the
	// one that was recorded.
	Restamp bool
}

// Player is a [sensor.Source] of recorded rows. It belongs to one goroutine at
// a time.
type Player[T any] struct {
	rows Rows
	to   func(Row, *T) error
	o    PlayerOptions

	row     Row
	pending bool      // row waits for its time
	t0      time.Time // when the first row was played
	first   time.Time // its recorded time
	timer   *time.Timer
	seq     uint64
}

// NewPlayer returns a source of rows, each converted by to: [Values], [Env],
// [Motion], or a function of the program's own, which must set all of its
// target, may use memory that the target has, and must not keep the row. The
// Player does not close rows.
func NewPlayer[T any](rows Rows, to func(Row, *T) error, o *PlayerOptions) (*Player[T], error) {
	if o == nil {
		o = new(PlayerOptions)
	}
	var errs []error
	if rows == nil {
		errs = append(errs, errors.New("replay: player: rows are nil"))
	}
	if to == nil {
		errs = append(errs, errors.New("replay: player: conversion is nil"))
	}
	if o.Speed < 0 || math.IsNaN(o.Speed) || math.IsInf(o.Speed, 0) {
		errs = append(errs, fmt.Errorf("replay: player: speed is %v, want a positive number, or NoWait", o.Speed))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	p := &Player[T]{rows: rows, to: to, o: *o}
	if p.o.Speed == 0 {
		p.o.Speed = 1
	}
	return p, nil
}

// Read implements [sensor.Source]. The first row is played at once; each one
// after it when as much time has passed since then as between their recorded
// times, divided by Speed. Deadlines do not drift; a row whose time has passed,
// or is not after the one before, is played at once.
//
// At the end Read returns io.EOF. A row that is wrong gives its error, and the
// next Read goes on with the row after it. When ctx ends first, Read returns
// ctx.Err(), and the row is left for the next call.
//
// Read does not allocate, except to make r.Value as large as it must be.
func (p *Player[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	*r = sensor.Reading[T]{Value: r.Value}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !p.pending {
		if err := p.rows.Next(&p.row); err != nil {
			return err
		}
		p.pending = true
	}
	if err := p.wait(ctx); err != nil {
		return err
	}
	p.pending = false
	if err := p.to(p.row, &r.Value); err != nil {
		return err
	}
	p.seq++
	r.Seq, r.At, r.Quality = p.seq, p.row.At, p.row.Quality
	if p.o.Restamp || r.At.IsZero() {
		r.At = time.Now()
	}
	return nil
}

// All returns an iterator over the readings that are left, in their time. Rows
// that are wrong are yielded with their error, and the iteration goes on; it
// ends at the end of the recording and with ctx. A Value with slices is valid
// until the next one.
func (p *Player[T]) All(ctx context.Context) iter.Seq2[sensor.Reading[T], error] {
	return func(yield func(sensor.Reading[T], error) bool) {
		var r sensor.Reading[T]
		for {
			err := p.Read(ctx, &r)
			if err == io.EOF || ctx.Err() != nil || !yield(r, err) {
				return
			}
		}
	}
}

// wait returns when it is time for the pending row.
func (p *Player[T]) wait(ctx context.Context) error {
	if p.o.NoWait || p.row.At.IsZero() {
		return nil
	}
	if p.first.IsZero() {
		p.first, p.t0 = p.row.At, time.Now()
		return nil
	}
	due := float64(p.row.At.Sub(p.first)) / p.o.Speed
	if due <= 0 {
		return nil
	}
	if due >= math.MaxInt64 {
		due = math.MaxInt64 / 2
	}
	d := time.Duration(due) - time.Since(p.t0)
	if d <= 0 {
		return nil
	}
	if p.timer == nil {
		p.timer = time.NewTimer(d)
	} else {
		p.timer.Reset(d)
	}
	select {
	case <-p.timer.C:
		return nil
	case <-ctx.Done():
		p.timer.Stop()
		return ctx.Err()
	}
}
