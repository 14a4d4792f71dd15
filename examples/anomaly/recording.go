package main

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/brinkml/brink/sensor/replay"
)

// recording is one file: what the sensors gave, row by row.
type recording struct {
	path     string
	names    []string  // of the channels
	values   []float32 // [rows, channels], row-major, in the file's units
	lines    []int     // where each row stands in the file
	anomaly  []bool    // label of each row; nil in a file that has none
	channels int
}

var errFloat32 = errors.New("is too large for a float32")

// readRecording reads a CSV file of SKAB's layout. columns are the channels to read, in order; nil takes SKAB's
// eight. The time is not read at all: nothing here may learn from the clock.
func readRecording(path string, columns []string) (*recording, error) {
	o := replay.SKAB()
	o.Comma = 0
	o.Time = ""
	o.Labels = []replay.Column{{Name: "anomaly", Optional: true}}
	if columns != nil {
		o.Values = replay.Columns(columns...)
	}
	rows, err := replay.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	r := &recording{path: path, names: rows.Values(), channels: len(rows.Values())}
	var row replay.Row
	for {
		switch err := rows.Next(&row); {
		case err == io.EOF:
			return r, nil
		case err != nil:
			return nil, err
		}
		for i, v := range row.Values {
			if math.Abs(v) > math.MaxFloat32 {
				return nil, &replay.Error{File: path, Line: row.Line, Column: r.names[i], Err: fmt.Errorf("%v %w", v, errFloat32)}
			}
			r.values = append(r.values, float32(v))
		}
		r.lines = append(r.lines, row.Line)
		if label := row.Labels[0]; !math.IsNaN(label) {
			r.anomaly = append(r.anomaly, label != 0)
		}
	}
}

// rows returns rows from up to to, row-major.
func (r *recording) rows(from, to int) []float32 {
	return r.values[from*r.channels : to*r.channels]
}

// row returns row i.
func (r *recording) row(i int) []float32 { return r.rows(i, i+1) }

// len returns how many rows there are.
func (r *recording) len() int { return len(r.lines) }
