package replay

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Loop repeats a recording. Its times go on: the first row of a turn comes after the last one of the turn before by as much
// as that one after its own predecessor, or by a second where there was none. It belongs to one goroutine at a time.
type Loop struct {
	open  func() (Rows, error)
	turns int // left; negative: no end

	rows  Rows
	empty bool          // no row in this turn so far
	shift time.Duration // of this turn's times
	last  time.Time     // of the last row, shifted
	gap   time.Duration // before the last row
	done  bool
}

// NewLoop returns rows that are played a number of times, 0 for ever. Each turn asks open for them, the first one when the
// first row is wanted, and closes them if they have a method Close. A recording without any good row ends the loop.
func NewLoop(open func() (Rows, error), times int) (*Loop, error) {
	var errs []error
	if open == nil {
		errs = append(errs, errors.New("replay: loop: function to open is nil"))
	}
	if times < 0 {
		errs = append(errs, fmt.Errorf("replay: loop: %d times, want 0 or more", times))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if times == 0 {
		times = -1
	}
	return &Loop{open: open, turns: times}, nil
}

// Next implements [Rows]. Errors of rows are passed on; one of open, or of a Close between two turns, ends the loop.
func (l *Loop) Next(row *Row) error {
	for !l.done {
		if l.rows == nil {
			if err := l.turn(); err != nil {
				return err
			}
		}
		err := l.rows.Next(row)
		if err == nil {
			l.stamp(row)
			return nil
		}
		if err != io.EOF {
			return err
		}
		if l.turns > 0 {
			l.turns--
		}
		if l.empty || l.turns == 0 {
			l.done = true
		}
		if err := l.closeRows(); err != nil {
			l.done = true
			return err
		}
	}
	return io.EOF
}

// turn begins a turn.
func (l *Loop) turn() error {
	rows, err := l.open()
	if err == nil && rows == nil {
		err = errors.New("replay: loop: there are no rows")
	}
	if err != nil {
		l.done = true
		return err
	}
	l.rows, l.empty = rows, true
	return nil
}

// stamp moves the row's time on.
func (l *Loop) stamp(row *Row) {
	first := l.empty
	l.empty = false
	if row.At.IsZero() {
		return
	}
	if first && !l.last.IsZero() {
		if l.gap <= 0 {
			l.gap = time.Second
		}
		l.shift = l.last.Add(l.gap).Sub(row.At)
	}
	row.At = row.At.Add(l.shift)
	if !first && !l.last.IsZero() {
		l.gap = row.At.Sub(l.last)
	}
	l.last = row.At
}

// Close closes the rows of the turn that is under way. There are no rows after it.
func (l *Loop) Close() error {
	l.done = true
	return l.closeRows()
}

func (l *Loop) closeRows() error {
	c, ok := l.rows.(io.Closer)
	l.rows = nil
	if !ok {
		return nil
	}
	return c.Close()
}
