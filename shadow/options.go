package shadow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options of [Bind]. The zero value is ready to use: the classic shadow, in
// memory, with nobody to tell of changes.
type Options[D, R any] struct {
	// Name of a named shadow: at most 64 of a-z, A-Z, 0-9, colon, underscore,
	// hyphen. Empty: the classic shadow.
	Name string

	// Dir is the directory in which what was reported and synced survives a
	// restart and a power cut: an A/B file for each shadow, of some 40 KB, made
	// and written by Run. It is created when missing; shadows may share it, but
	// one shadow is one process's at a time. Empty: nothing is kept, and a field
	// that the program stops reporting between two runs stays in the cloud.
	Dir string

	// OnDelta applies a change of the desired state. It is called when the
	// device is connected and the desired state asks for something that the
	// device does not report: one call at a time, from a goroutine that
	// [Shadow.Run] started and waits for. It may block, as long as it ends with
	// ctx (Run's context; a lost connection does not end it), and may call
	// every method of the Shadow but Run.
	//
	// Nil means applied: the delta's fields are then reported, except those
	// that the callback itself reported differently, which stand. An error
	// means not applied: reported stays as it is, the error is logged and shown
	// as [Freshness].Refused, and the same change is offered again when it
	// differs, on the next connection, and after Retry.
	OnDelta func(ctx context.Context, c Change[D]) error

	// Logger gets lost requests, refused changes and trouble with Dir. Nil:
	// nothing is logged.
	Logger *slog.Logger

	// RequestTimeout is how long the service may take to answer a request. 0:
	// 10 s.
	RequestTimeout time.Duration

	// Coalesce is how long an update waits for more changes to come with it. 0:
	// 50 ms; negative: not at all.
	Coalesce time.Duration

	// Refresh is how often the whole document is asked for on a standing
	// connection, in case a message was lost. 0: 1 h; negative: never.
	Refresh time.Duration

	// Retry is how long after OnDelta's error the same change is offered again.
	// 0: not before something changes.
	Retry time.Duration

	// SaveEvery bounds how often changed values are written to Dir, to spare
	// flash. Run also saves when it ends, and before it sends a field that the
	// cloud never had. 0: 1 min.
	SaveEvery time.Duration

	// Limits of the reported and the desired section.
	Limits Limits

	// Rules of the service, where it is not AWS IoT Core.
	Rules Rules
}

// settings are the options without the types of the documents.
type settings struct {
	dir       string
	log       *slog.Logger
	timeout   time.Duration
	coalesce  time.Duration
	refresh   time.Duration // 0: never
	retry     time.Duration
	saveEvery time.Duration
	limits    Limits
	rules     Rules
}

func (o *Options[D, R]) settings() (settings, error) {
	var errs []error
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"RequestTimeout", o.RequestTimeout}, {"Retry", o.Retry}, {"SaveEvery", o.SaveEvery}} {
		if d.value < 0 {
			errs = append(errs, fmt.Errorf("shadow: %s is %v; want none or more", d.name, d.value))
		}
	}
	if o.Limits.Depth < 0 || o.Limits.Size < 0 {
		errs = append(errs, fmt.Errorf("shadow: Limits is %+v; want none or more", o.Limits))
	}
	s := settings{
		dir:       o.Dir,
		log:       o.Logger,
		timeout:   orDefault(o.RequestTimeout, 10*time.Second),
		coalesce:  max(0, orDefault(o.Coalesce, 50*time.Millisecond)),
		refresh:   max(0, orDefault(o.Refresh, time.Hour)),
		retry:     o.Retry,
		saveEvery: orDefault(o.SaveEvery, time.Minute),
		limits:    o.Limits.orDefault(),
		rules:     o.Rules,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, errors.Join(errs...)
}

func orDefault(d, or time.Duration) time.Duration {
	if d == 0 {
		return or
	}
	return d
}
