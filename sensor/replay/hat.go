package replay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"time"

	"github.com/brinkml/brink/sensor"
)

// What an [Error] about a .hat recording can be about besides what a CSV file's
// can.
var (
	ErrMagic   = errors.New("it does not begin as a .hat recording")
	ErrVersion = errors.New("unknown version of the .hat format")
)

// A .hat file as sense_rec of python-sense-emu writes it (sense_emu/common.py):
// a header with the magic, a version, padding and the start in Unix seconds,
// then records of 17 float64, all little-endian without gaps: the time in Unix
// seconds, pressure and its sensor's temperature, humidity and its sensor's
// temperature, and x, y, z of acceleration, rotation, magnetic field and pose.
const (
	hatMagic   = "SENSEHAT"
	hatVersion = 1
	hatHeader  = 24
	hatNumbers = 17

	maxUnix = 253402300800 // the year 10000
)

// hatOrder is where the numbers of a record go in Row.Values: first what [Env]
// and [Motion] take. csv is sense_csv's name for it (sense_emu/dump.py).
var hatOrder = [...]struct {
	name string
	at   int
	csv  string
}{
	{"temperature", 4, "humidity_temp"},
	{"humidity", 3, "humidity"},
	{"pressure", 1, "pressure"},
	{"accel_x", 5, "accel_x"},
	{"accel_y", 6, "accel_y"},
	{"accel_z", 7, "accel_z"},
	{"gyro_x", 8, "gyro_x"},
	{"gyro_y", 9, "gyro_y"},
	{"gyro_z", 10, "gyro_z"},
	{"mag_x", 11, "compass_x"},
	{"mag_y", 12, "compass_y"},
	{"mag_z", 13, "compass_z"},
	{"pressure_temperature", 2, "pressure_temp"},
	{"pose_x", 14, "orient_x"},
	{"pose_y", 15, "orient_y"},
	{"pose_z", 16, "orient_z"},
}

// HATReader reads a .hat recording. Its rows have the values of [AstroPiMk1],
// in the same units, and after them the temperature by the pressure sensor (°C)
// and the pose (rad). Invalid values are NaN, and their rows are marked with
// sensor.OutOfRange. Row.Line is the number of the record, from 1.
//
// It belongs to one goroutine at a time.
type HATReader struct {
	name   string
	closer io.Closer
	in     *bufio.Reader
	start  time.Time
	record int
	buf    [8 * hatNumbers]byte
	done   bool
}

// OpenHAT opens a .hat file and reads its header.
func OpenHAT(path string) (*HATReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r, err := NewHATReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

// NewHATReader reads the header of a .hat recording from in; name stands for it
// in errors.
func NewHATReader(in io.Reader, name string) (*HATReader, error) {
	r := &HATReader{name: name, in: bufio.NewReader(in)}
	var head [hatHeader]byte
	switch _, err := io.ReadFull(r.in, head[:]); {
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(head[:8]) != hatMagic:
		return nil, &Error{File: name, Err: ErrMagic}
	case err != nil:
		return nil, &Error{File: name, Err: err}
	case head[8] != hatVersion:
		return nil, &Error{File: name, Err: fmt.Errorf("%w: %d, want %d", ErrVersion, head[8], hatVersion)}
	}
	seconds := math.Float64frombits(binary.LittleEndian.Uint64(head[16:]))
	var err error
	if r.start, err = unix(seconds); err != nil {
		return nil, &Error{File: name, Err: err}
	}
	return r, nil
}

// Start is when the recording was started.
func (r *HATReader) Start() time.Time { return r.start }

// Close closes the file of a HATReader from [OpenHAT]. There are no rows after
// it.
func (r *HATReader) Close() error {
	r.done = true
	if r.closer == nil {
		return nil
	}
	err := r.closer.Close()
	r.closer = nil
	return err
}

// Values returns the names of Row.Values.
func (r *HATReader) Values() []string {
	list := make([]string, len(hatOrder))
	for i := range hatOrder {
		list[i] = hatOrder[i].name
	}
	return list
}

// All returns an iterator over the rows that are left, as [Reader.All] does.
func (r *HATReader) All() iter.Seq2[Row, error] {
	return all(r)
}

// Next reads the next row into *row, whose slices it uses again. At the end it
// returns io.EOF. A last record that is cut short, as a loss of power leaves it,
// gives an [Error] around io.ErrUnexpectedEOF first.
func (r *HATReader) Next(row *Row) error {
	*row = Row{Values: row.Values[:0], Labels: row.Labels[:0]}
	if r.done {
		return io.EOF
	}
	if _, err := io.ReadFull(r.in, r.buf[:]); err != nil {
		r.done = true
		if err == io.EOF {
			return err
		}
		return &Error{File: r.name, Line: r.record + 1, Err: err}
	}
	r.record++
	row.Line = r.record
	at, err := unix(r.number(0))
	if err != nil {
		return &Error{File: r.name, Line: r.record, Err: err}
	}
	row.At = at
	for i := range hatOrder {
		v := r.number(hatOrder[i].at)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			row.Quality |= sensor.OutOfRange
		}
		row.Values = append(row.Values, v)
	}
	return nil
}

func (r *HATReader) number(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.buf[8*i:]))
}

// unix is the time of so many seconds since 1970, of which a float64 keeps the
// microseconds.
func unix(seconds float64) (time.Time, error) {
	if math.IsNaN(seconds) || seconds < 0 || seconds >= maxUnix {
		return time.Time{}, fmt.Errorf("%v seconds since 1970 %w", seconds, ErrTime)
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
}
