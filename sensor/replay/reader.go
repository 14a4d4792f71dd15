package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/brinkml/brink/sensor"
)

// Row is one row of a recording.
type Row struct {
	Line    int       // in the file, from 1
	At      time.Time // zero when the recording has no time
	Values  []float64 // in the order of Options.Values
	Labels  []float64 // in the order of Options.Labels
	Quality sensor.Quality
}

// Reader reads a CSV recording. It belongs to one goroutine at a time.
type Reader struct {
	name   string
	closer io.Closer
	in     *bufio.Reader
	o      Options
	comma  byte

	line   int
	width  int
	values []field
	labels []field
	stamp  field
	rows   int64 // so far, for Period
	layout int   // index of the layout that fitted last
	fields [][]byte
	failed error // what the next call returns instead of a row
}

// field is where a column is.
type field struct {
	Column
	index int // in the file; -1 when it has none
}

// Open opens a CSV file and reads its header. The error is bad options, all
// together; that of the file system; or what [NewReader] says about the
// content.
func Open(path string, o *Options) (*Reader, error) {
	if o != nil {
		if err := o.check(); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r, err := NewReader(f, path, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

// NewReader reads the header of a CSV recording from in; name stands for it in
// errors. The error is bad options, or an [Error]; several, if several columns
// are missing, are joined. A nil o is a zero [Options].
func NewReader(in io.Reader, name string, o *Options) (*Reader, error) {
	if o == nil {
		o = new(Options)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	r := &Reader{name: name, in: bufio.NewReaderSize(in, maxLine), o: *o}
	if len(r.o.Layouts) == 0 {
		r.o.Layouts = defaultLayouts
	}
	if r.o.Location == nil {
		r.o.Location = time.UTC
	}
	if err := r.header(); err != nil {
		return nil, err
	}
	return r, nil
}

// Close closes the file of a Reader from [Open]. There are no rows after it.
func (r *Reader) Close() error {
	r.failed = io.EOF
	if r.closer == nil {
		return nil
	}
	err := r.closer.Close()
	r.closer = nil
	return err
}

// Values returns the names of Row.Values.
func (r *Reader) Values() []string { return names(r.values) }

// Labels returns the names of Row.Labels.
func (r *Reader) Labels() []string { return names(r.labels) }

func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.As
		if f.As == "" {
			list[i] = f.Name
		}
	}
	return list
}

// All returns an iterator over the rows that are left. A row that is wrong is
// yielded with its [Error] and no values, and the iteration goes on. The slices
// of a row are valid until the next one.
func (r *Reader) All() iter.Seq2[Row, error] {
	return all(r)
}

func all(rows Rows) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var row Row
		for {
			if err := rows.Next(&row); err == io.EOF || !yield(row, err) {
				return
			}
		}
	}
}

// Next reads the next row into *row, whose slices it uses again. At the end it
// returns io.EOF. A row that is wrong gives an [Error], and the call after that
// the next row. A file that cannot be read on gives its Error once, and is at
// its end then. Rows of nothing but space are skipped.
func (r *Reader) Next(row *Row) error {
	*row = Row{Values: row.Values[:0], Labels: row.Labels[:0]}
	line, err := r.readLine()
	if err != nil {
		return err
	}
	row.Line = r.line
	r.rows++
	if err := r.parse(line, row); err != nil {
		row.Values, row.Labels = row.Values[:0], row.Labels[:0]
		return err
	}
	return nil
}

func (r *Reader) errorf(line int, column string, err error) error {
	return &Error{File: r.name, Line: line, Column: column, Err: err}
}

// readLine returns the next line that is not blank, without its end.
func (r *Reader) readLine() ([]byte, error) {
	for r.failed == nil {
		line, err := r.in.ReadSlice('\n')
		if err == nil || err == io.EOF && len(line) > 0 {
			r.line++
			if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
				return line, nil
			}
			continue
		}
		switch {
		case err == io.EOF:
			r.failed = io.EOF
		case errors.Is(err, bufio.ErrBufferFull):
			r.failed = r.errorf(r.line+1, "", ErrLine)
		default:
			r.failed = r.errorf(r.line+1, "", err)
		}
	}
	err := r.failed
	r.failed = io.EOF
	return nil, err
}

// header finds where the columns are.
func (r *Reader) header() error {
	if err := r.titles(); err != nil {
		return err
	}
	r.width = len(r.fields)

	var errs []error
	find := func(c Column) field {
		f := field{Column: c, index: -1}
		for i, name := range r.fields {
			if string(name) != c.Name {
				continue
			}
			if f.index >= 0 {
				errs = append(errs, r.errorf(r.line, c.Name, ErrDuplicate))
				return f
			}
			f.index = i
		}
		if f.index < 0 && !c.Optional {
			errs = append(errs, r.errorf(r.line, c.Name, ErrColumn))
		}
		return f
	}
	r.stamp = field{index: -1}
	if r.o.Time != "" {
		r.stamp = find(Column{Name: r.o.Time})
	}
	for _, c := range r.o.Values {
		r.values = append(r.values, find(c))
	}
	for _, c := range r.o.Labels {
		r.labels = append(r.labels, find(c))
	}
	if r.o.Values == nil {
		for i, name := range r.fields {
			if !r.o.names(string(name)) {
				r.values = append(r.values, field{Column: Column{Name: string(name)}, index: i})
			}
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// titles sets r.fields to the names of the file's columns.
func (r *Reader) titles() error {
	r.comma = r.o.Comma
	if r.o.Header != nil {
		if r.comma == 0 {
			r.comma = ','
		}
		for _, name := range r.o.Header {
			r.fields = append(r.fields, []byte(name))
		}
		return nil
	}
	line, err := r.readLine()
	if err == io.EOF {
		return r.errorf(0, "", ErrHeader)
	}
	if err != nil {
		return err
	}
	line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	if r.comma == 0 {
		r.comma = delimiter(line)
	}
	if r.fields, err = split(line, r.comma, nil); err != nil {
		return r.errorf(r.line, "", err)
	}
	return nil
}

func (r *Reader) parse(line []byte, row *Row) error {
	var err error
	if r.fields, err = split(line, r.comma, r.fields); err != nil {
		return r.errorf(r.line, "", err)
	}
	if len(r.fields) != r.width {
		return r.errorf(r.line, "", fmt.Errorf("%w: %d, want %d as in the header", ErrFields, len(r.fields), r.width))
	}
	if row.At, err = r.instant(); err != nil {
		return err
	}
	for i := range r.values {
		v, err := r.number(&r.values[i], row)
		if err != nil {
			return err
		}
		row.Values = append(row.Values, v)
	}
	for i := range r.labels {
		v, err := r.number(&r.labels[i], row)
		if err != nil {
			return err
		}
		row.Labels = append(row.Labels, v)
	}
	return nil
}

// number returns the value of a field, and flags the row where the policy says
// so.
func (r *Reader) number(f *field, row *Row) (float64, error) {
	if f.index < 0 {
		return math.NaN(), nil
	}
	text := r.fields[f.index]
	if len(text) == 0 && r.o.NaN == Flag {
		row.Quality |= sensor.OutOfRange
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, r.errorf(r.line, f.Name, quoted(text, ErrNumber))
	}
	if v = f.Unit.value(v); math.IsNaN(v) || math.IsInf(v, 0) {
		if r.o.NaN == Refuse {
			return 0, r.errorf(r.line, f.Name, quoted(text, ErrNotFinite))
		}
		row.Quality |= sensor.OutOfRange
	}
	return v, nil
}
