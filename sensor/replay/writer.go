package replay

import (
	"errors"
	"io"

	"github.com/brinkml/brink/sensor"
)

// Writer is where rows are recorded: a [Recorder] or a [HATRecorder].
type Writer interface {
	// Write adds a row.
	Write(row Row) error
	// Flush writes what is buffered.
	Flush() error
}

// Copy writes all rows that are left, flushes, and returns how many there were. It stops at a row that is wrong. With it
// a .hat recording becomes a CSV file, and the other way round:
//
//	hat, err := replay.OpenHAT("flight.hat")
//	...
//	csv, err := replay.NewRecorder(file, hat.Values(), nil)
//	...
//	n, err := replay.Copy(csv, hat)
func Copy(w Writer, rows Rows) (n int, err error) {
	var row Row
	for {
		err := rows.Next(&row)
		if err == io.EOF {
			return n, w.Flush()
		}
		if err == nil {
			err = w.Write(row)
		}
		if err != nil {
			return n, errors.Join(err, w.Flush())
		}
		n++
	}
}

// Log records readings of type T in a Writer, a row each: it is the recorder that package stage's Record wants. It belongs
// to one goroutine at a time, as Record uses it.
type Log[T any] struct {
	w        Writer
	channels []sensor.Channel[T]
	row      Row
}

// NewLog returns a recorder that writes the values of channels, in their order, to w.
func NewLog[T any](w Writer, channels []sensor.Channel[T]) *Log[T] {
	return &Log[T]{w: w, channels: channels}
}

// Record writes a row with the reading's time. The error is that of the Writer.
func (l *Log[T]) Record(r *sensor.Reading[T]) error {
	l.row.At, l.row.Values = r.At, l.row.Values[:0]
	for i := range l.channels {
		l.row.Values = append(l.row.Values, l.channels[i].Get(&r.Value))
	}
	return l.w.Write(l.row)
}

var (
	_ Writer = (*Recorder)(nil)
	_ Writer = (*HATRecorder)(nil)
)
