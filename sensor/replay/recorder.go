package replay

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RecorderOptions are the choices of [NewRecorder]. A zero RecorderOptions
// writes commas, and a first column "time".
type RecorderOptions struct {
	// Comma is the byte between fields; 0 is ','.
	Comma byte
	// Time is the name of the first column; "" is "time".
	Time string
	// Layout is that of the time, which is written in UTC; "" is
	// time.RFC3339Nano, which loses nothing.
	Layout string
	// Units are what the values are written in, one for each. Nil, and a zero
	// Unit, writes them as they are.
	Units []Unit
	// Labels are the names of the label columns, which follow the values.
	Labels []string
}

// Recorder writes rows as CSV that a [Reader] reads back. It may be used from
// any goroutine.
type Recorder struct {
	o      RecorderOptions
	values []string

	mu  sync.Mutex
	out *bufio.Writer
	row []byte
}

// NewRecorder returns a recorder that writes to w the values with the given
// names. It buffers; nothing reaches w before the buffer is full or
// [Recorder.Flush] is called.
func NewRecorder(w io.Writer, values []string, o *RecorderOptions) (*Recorder, error) {
	if o == nil {
		o = new(RecorderOptions)
	}
	r := &Recorder{o: *o, values: values, out: bufio.NewWriter(w)}
	if r.o.Comma == 0 {
		r.o.Comma = ','
	}
	if r.o.Time == "" {
		r.o.Time = "time"
	}
	if r.o.Layout == "" {
		r.o.Layout = time.RFC3339Nano
	}
	header := append(append([]string{r.o.Time}, values...), o.Labels...)
	if err := r.check(header); err != nil {
		return nil, err
	}
	for i, name := range header {
		if i > 0 {
			r.row = append(r.row, r.o.Comma)
		}
		r.row = r.field(r.row, name)
	}
	r.out.Write(append(r.row, '\n')) // its error comes back from Flush
	return r, nil
}

func (r *Recorder) check(header []string) error {
	var errs []error
	if r.o.Units != nil && len(r.o.Units) != len(r.values) {
		errs = append(errs, fmt.Errorf("replay: recorder: %d units for %d values", len(r.o.Units), len(r.values)))
		r.o.Units = nil
	}
	if err := r.Options().check(); err != nil {
		errs = append(errs, err)
	}
	seen := make(map[string]bool)
	for _, name := range header {
		switch {
		case strings.TrimSpace(name) != name || strings.ContainsAny(name, "\r\n"):
			errs = append(errs, fmt.Errorf("replay: recorder: column %q cannot be read back", name))
		case seen[name]:
			errs = append(errs, fmt.Errorf("replay: recorder: column %q is there more than once", name))
		}
		seen[name] = true
	}
	return errors.Join(errs...)
}

// Options returns what reads the recording back.
func (r *Recorder) Options() *Options {
	values := Columns(r.values...)
	for i := range r.o.Units {
		values[i].Unit = r.o.Units[i]
	}
	return &Options{
		Comma:   r.o.Comma,
		Values:  values,
		Labels:  Columns(r.o.Labels...),
		Time:    r.o.Time,
		Layouts: []string{r.o.Layout},
		NaN:     Flag,
	}
}

// Write adds a row. Its Line and Quality are not recorded. Numbers are written
// so that they are read back exactly, unless they have a Unit: that rounds twice. An error of the writer is not lost if it
// is ignored here: it comes from all further calls, and from Flush.
func (r *Recorder) Write(row Row) error {
	if len(row.Values) != len(r.values) || len(row.Labels) != len(r.o.Labels) {
		return fmt.Errorf("replay: recorder: the row has %d values and %d labels, want %d and %d",
			len(row.Values), len(row.Labels), len(r.values), len(r.o.Labels))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row = row.At.UTC().AppendFormat(r.row[:0], r.o.Layout)
	for i, v := range row.Values {
		if r.o.Units != nil {
			v = r.o.Units[i].field(v)
		}
		r.row = strconv.AppendFloat(append(r.row, r.o.Comma), v, 'g', -1, 64)
	}
	for _, v := range row.Labels {
		r.row = strconv.AppendFloat(append(r.row, r.o.Comma), v, 'g', -1, 64)
	}
	r.row = append(r.row, '\n')
	if _, err := r.out.Write(r.row); err != nil {
		return fmt.Errorf("replay: recorder: %w", err)
	}
	return nil
}

// Flush writes what is buffered, in whole rows.
func (r *Recorder) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("replay: recorder: %w", err)
	}
	return nil
}

// field appends a header's field, quoted if it must be.
func (r *Recorder) field(b []byte, name string) []byte {
	if strings.IndexByte(name, r.o.Comma) < 0 && !strings.Contains(name, `"`) {
		return append(b, name...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(name, `"`, `""`)...)
	return append(b, '"')
}
