package replay

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// HATRecorder writes rows as a .hat recording that [HATReader] and python-sense-emu's sense_play read. It may be used from
// any goroutine.
type HATRecorder struct {
	mu  sync.Mutex
	out *bufio.Writer
	buf [8 * hatNumbers]byte
}

// NewHATRecorder returns a recorder that writes to w a recording which was started at start. It buffers, as a [Recorder]
// does. The error is an [Error] about a start that cannot be written: before 1970 or after the year 9999.
func NewHATRecorder(w io.Writer, start time.Time) (*HATRecorder, error) {
	r := &HATRecorder{out: bufio.NewWriter(w)}
	seconds, err := sinceEpoch(start)
	if err != nil {
		return nil, fmt.Errorf("replay: recorder: start: %w", err)
	}
	var head [hatHeader]byte
	copy(head[:], hatMagic)
	head[len(hatMagic)] = hatVersion
	binary.LittleEndian.PutUint64(head[16:], math.Float64bits(seconds))
	r.out.Write(head[:]) // its error comes back from Flush
	return r, nil
}

// Write adds a row: the values of [HATReader.Values], or the first twelve of them, which are those of [AstroPiMk1]; the
// others are NaN then, which is the format's word for invalid. Times are written to the microsecond. Labels are left out.
// An error of the writer is not lost if it is ignored here: it comes from all further calls, and from Flush.
func (r *HATRecorder) Write(row Row) error {
	if n := len(row.Values); n != senseHATSize && n != len(hatOrder) {
		return fmt.Errorf("replay: recorder: the row has %d values, want %d or %d", n, senseHATSize, len(hatOrder))
	}
	seconds, err := sinceEpoch(row.At)
	if err != nil {
		return fmt.Errorf("replay: recorder: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(0, seconds)
	for i := range hatOrder {
		v := math.NaN()
		if i < len(row.Values) {
			v = row.Values[i]
		}
		r.put(hatOrder[i].at, v)
	}
	if _, err := r.out.Write(r.buf[:]); err != nil {
		return fmt.Errorf("replay: recorder: %w", err)
	}
	return nil
}

// Flush writes what is buffered.
func (r *HATRecorder) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("replay: recorder: %w", err)
	}
	return nil
}

func (r *HATRecorder) put(i int, v float64) {
	binary.LittleEndian.PutUint64(r.buf[8*i:], math.Float64bits(v))
}

// sinceEpoch is the number of seconds since 1970 that unix turns back into t, to the microsecond.
func sinceEpoch(t time.Time) (float64, error) {
	if s := t.Unix(); s < 0 || s >= maxUnix {
		return 0, fmt.Errorf("%v %w that a .hat recording can have", t, ErrTime)
	}
	t = t.Round(time.Microsecond)
	return float64(t.Unix()) + float64(t.Nanosecond()/1000)/1e6, nil
}
