package jobs

import (
	"log/slog"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// Options of [New]. The zero value takes jobs and rejects each.
type Options struct {
	// Dir is the directory of the journal: an A/B file of some 64 KB for the
	// thing. It is created when missing, for its owner alone. Empty: nothing
	// survives a restart, and a job whose end was not taken by the service is
	// run again.
	Dir string

	// Handlers do the jobs whose document is an object with this string as its
	// member "operation".
	Handlers map[string]Handler

	// Handler does the jobs for which Handlers has none. Nil: they are rejected.
	Handler Handler

	// StepTimeout is how long a job may go without a report of progress before
	// the service calls it TIMED_OUT: whole minutes, at most 7 days. 0: for
	// ever, or as the job says.
	StepTimeout time.Duration

	// Attempts is how often a job is begun without coming to an end, because the
	// program or the device stopped, before it is reported as FAILED. 0: 10;
	// negative: any number.
	Attempts int

	// Timeout is how long the service may take to answer a request. 0: 10 s.
	Timeout time.Duration

	// Refresh is how often the service is asked on a standing connection, in
	// case a notice was lost. 0: 1 h; negative: never.
	Refresh time.Duration

	// Logger gets requests that failed, and the jobs' ends. Nil: nothing is
	// logged.
	Logger *slog.Logger
}

const maxStepTimeout = 7 * 24 * time.Hour

// New makes the taker of a thing's jobs; all that is wrong with the arguments
// is one error. Nothing is started before [Jobs.Run].
func New(conn awsiot.Conn, thing string, o *Options) (*Jobs, error) {
	var s Options
	if o != nil {
		s = *o
	}
	var errs faults.List
	if conn == nil {
		errs.Addf("jobs: no connection")
	}
	if err := name.Thing(thing); err != nil {
		errs.Addf("jobs: %q: %w", thing, err)
	}
	for op, h := range s.Handlers {
		if h == nil {
			errs.Addf("jobs: no handler for operation %q", op)
		}
	}
	if s.StepTimeout < 0 || s.StepTimeout > maxStepTimeout || s.StepTimeout%time.Minute != 0 {
		errs.Addf("jobs: StepTimeout is %v; want whole minutes, at most %v", s.StepTimeout, maxStepTimeout)
	}
	if s.Timeout < 0 {
		errs.Addf("jobs: Timeout is %v; want none or more", s.Timeout)
	}
	if s.Attempts == 0 {
		s.Attempts = 10
	}
	if s.Timeout == 0 {
		s.Timeout = 10 * time.Second
	}
	if s.Refresh == 0 {
		s.Refresh = time.Hour
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return newJobs(conn, thing, s), nil
}
