package stage

import (
	"context"
	"sync"

	"github.com/brinkml/brink/sensor"
)

// Recorder keeps readings: a file, by package replay's Log, a queue, a ring in memory.
//
// Record must not keep r, nor memory that r.Value refers to, and must not change it. It delays the reader by as long as it
// takes.
type Recorder[T any] interface {
	Record(r *sensor.Reading[T]) error
}

// RecorderFunc makes a function a [Recorder].
type RecorderFunc[T any] func(r *sensor.Reading[T]) error

// Record calls f.
func (f RecorderFunc[T]) Record(r *sensor.Reading[T]) error { return f(r) }

// RecordOptions are the choices of [NewRecord]. The zero value is the default.
type RecordOptions struct {
	// Strict makes a read fail whose reading could not be recorded, with the recorder's error. Without it recording is
	// the lesser matter: the reading is passed on, and [Record.Err] tells.
	Strict bool
}

// Record is a source that hands each good reading of another one to a recorder before it passes it on.
//
// It may be used from as many goroutines as its source; the recorder gets one reading at a time.
type Record[T any] struct {
	src    sensor.Source[T]
	rec    Recorder[T]
	strict bool

	mu   sync.Mutex
	lost uint64
	err  error
}

// NewRecord returns a source that reads src and records what it gets. A nil o is a zero [RecordOptions].
func NewRecord[T any](src sensor.Source[T], rec Recorder[T], o *RecordOptions) (*Record[T], error) {
	if o == nil {
		o = new(RecordOptions)
	}
	p := problems{stage: "record"}
	p.add(src != nil, "source is nil")
	p.add(rec != nil, "recorder is nil")
	if err := p.err(); err != nil {
		return nil, err
	}
	return &Record[T]{src: src, rec: rec, strict: o.Strict}, nil
}

// Read implements [sensor.Source].
func (s *Record[T]) Read(ctx context.Context, r *sensor.Reading[T]) error {
	if err := s.src.Read(ctx, r); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.rec.Record(r)
	if err == nil {
		return nil
	}
	s.lost, s.err = s.lost+1, err
	if s.strict {
		return err
	}
	return nil
}

// Err returns how many readings could not be recorded, and why the last of them could not.
func (s *Record[T]) Err() (lost uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost, s.err
}
