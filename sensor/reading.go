package sensor

import (
	"context"
	"time"
)

// Reading is one value of a sensor with what is needed to judge it.
type Reading[T any] struct {
	// Value is in the units that T documents. It is only meaningful when the read that filled it returned nil.
	Value T
	// At is when the source took the value, from [time.Now] with its monotonic clock. A [Stale] reading has the time of
	// this read too: the flag says that the conversion is older.
	At time.Time
	// Seq numbers readings without gaps, from 1; 0 means nobody has numbered this one. A source that numbers its readings
	// counts those it returned without error. A [Sampler] numbers anew: see there.
	Seq uint64
	// Quality is zero for a fresh value within the sensor's range.
	Quality Quality
}

// Source gives one reading a call.
//
// Read replaces all of *r. It returns [ErrNotReady], with [NotReady] set in r.Quality, while there is no value yet;
// io.EOF when there will never be another one, as at the end of a recording; ctx.Err() when ctx has ended; and otherwise
// an error that [Temporary] can judge. After an error r.Value has no meaning. Read does not allocate when it succeeds,
// does not keep r, and waits no longer than the bus does unless its type says so. Whether it may be called from several
// goroutines is said by the type that implements it; every driver of this module allows it.
type Source[T any] interface {
	Read(ctx context.Context, r *Reading[T]) error
}

// SourceFunc makes a function a [Source]. The function keeps the rules of Source.Read.
type SourceFunc[T any] func(ctx context.Context, r *Reading[T]) error

// Read calls f.
func (f SourceFunc[T]) Read(ctx context.Context, r *Reading[T]) error { return f(ctx, r) }
