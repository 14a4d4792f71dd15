package jobs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/brinkml/brink/transport/awsiot/internal/call"
)

// maxTries is how often the end of a job is told to a service that has it in
// another state and yet not at an end.
const maxTries = 5

// check asks how the service has the execution that is under way.
func (j *Jobs) check(_, ctx context.Context, line *call.Line) error {
	w, e := j.current()
	j.mu.Lock()
	w.doubt, j.polled = false, time.Now()
	j.mu.Unlock()
	x, err := j.describe(ctx, line, e.key, false)
	var rejected *RejectedError
	if errors.As(err, &rejected) && rejected.Code == CodeTerminalStateReached && rejected.State == nil {
		// The refusal of an update says which one.
		_, err = j.update(ctx, line, e.key, request{Status: InProgress})
	}
	if err == nil {
		j.learn(w, &State{Status: x.Status, Version: x.Version})
		return nil
	}
	if j.over(w, err) {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	w.doubt = true
	return err
}

// tell reports progress.
func (j *Jobs) tell(_, ctx context.Context, line *call.Line) error {
	w, e := j.current()
	j.mu.Lock()
	w.untold, w.told = false, time.Now()
	r := request{Status: InProgress, Details: e.Details, ExpectedVersion: w.version, StepTimeout: j.stepTimeout()}
	j.mu.Unlock()
	version, err := j.update(ctx, line, e.key, r)
	if err == nil {
		j.learn(w, &State{Status: InProgress, Version: version})
		j.mu.Lock()
		defer j.mu.Unlock()
		w.misses = 0
		return nil
	}
	if j.over(w, err) {
		return nil
	}
	if invalid(err) {
		j.failed(err) // the same would be refused again; the end is told nevertheless
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	w.untold = true
	if !j.mismatch(w, err) {
		return err
	}
	if w.misses++; w.misses > 2 {
		return err
	}
	w.told = time.Time{} // again at once, with the version that it has
	return nil
}

// finish tells the end of a job, and forgets it when the service has it.
func (j *Jobs) finish(_, ctx context.Context, line *call.Line) error {
	w, e := j.current()
	j.mu.Lock()
	r := request{Status: e.End, Details: e.Details, ExpectedVersion: w.version}
	if w.refused {
		r.Details = nil
	}
	j.mu.Unlock()
	_, err := j.update(ctx, line, e.key, r)
	if err == nil || j.over(w, err) {
		return j.close()
	}
	j.mu.Lock()
	again := false
	var rejected *RejectedError
	switch {
	case invalid(err) && !w.refused && len(r.Details) > 0:
		w.refused, again = true, true
		j.failed(err)
	case invalid(err):
		w.tries = maxTries
	case errors.As(err, &rejected) && rejected.Code == CodeInvalidStateTransition:
		w.tries++
	case j.mismatch(w, err):
		if w.tries++; w.tries > 2 {
			w.version = 0 // what it tells does not help
		}
		again = w.tries < maxTries
	}
	givenUp := w.tries >= maxTries
	j.mu.Unlock()
	if givenUp {
		j.o.Logger.Error("end of a job given up", slog.String("job", e.JobID), slog.String("end", string(e.End)), slog.Any("error", err))
		return j.close()
	}
	if again {
		return nil
	}
	return err
}

// current is the execution that is under way; its details are not changed any
// more, but replaced.
func (j *Jobs) current() (*work, entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.work, *j.store.Current
}

// learn takes what the service said of an execution.
func (j *Jobs) learn(w *work, s *State) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s.Status.Terminal() {
		j.gone(w, s.Status)
		return
	}
	if s.Version != 0 {
		w.version = s.Version
	}
}

// over says whether a refusal means that the execution is over.
func (j *Jobs) over(w *work, err error) bool {
	var rejected *RejectedError
	if !errors.As(err, &rejected) {
		return false
	}
	var status Status
	switch {
	case rejected.State != nil && rejected.State.Status.Terminal():
		status = rejected.State.Status
	case rejected.Code == CodeResourceNotFound, rejected.Code == CodeTerminalStateReached:
	default:
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.gone(w, status)
	return true
}

// gone ends, with the lock held, an execution that the service says is over.
func (j *Jobs) gone(w *work, status Status) {
	if !w.running {
		return // its end is being told
	}
	w.gone = &EndedError{JobID: j.store.Current.JobID, Status: status}
	w.cancel(w.gone)
	j.o.Logger.Warn("job ended by the service", slog.String("job", w.gone.JobID), slog.String("status", string(status)))
}

// mismatch takes, with the lock held, the version that a refused update should
// have named.
func (j *Jobs) mismatch(w *work, err error) bool {
	var rejected *RejectedError
	if !errors.As(err, &rejected) || rejected.Code != CodeVersionMismatch {
		return false
	}
	if rejected.State != nil {
		w.version = rejected.State.Version
	} else {
		w.version = 0
		w.doubt = true
	}
	return true
}

// invalid says whether the same request would be refused again.
func invalid(err error) bool {
	var rejected *RejectedError
	if !errors.As(err, &rejected) {
		return false
	}
	switch rejected.Code {
	case CodeInvalidRequest, CodeInvalidJSON, CodeInvalidTopic:
		return true
	}
	return false
}

// close forgets the current job, which the service knows to be over.
func (j *Jobs) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := j.store.journal
	e := *n.Current
	e.Details = nil
	n.Current = nil
	n.Ended = append(slices.DeleteFunc(slices.Clone(n.Ended), func(o entry) bool { return o.key == e.key }), e)
	return j.leave(n)
}

// drop forgets the current job, which the service ended.
func (j *Jobs) drop(_, _ context.Context, _ *call.Line) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := j.store.journal
	n.Current = nil
	return j.leave(n)
}

// leave is ready for the next job. A journal that still has the last one makes
// the next Run tell its end again, which does no harm.
func (j *Jobs) leave(n journal) error {
	if err := j.store.save(n); err != nil {
		j.o.Logger.Error("end of a job not kept", slog.Any("error", err))
		j.store.journal = n
	}
	j.work, j.noticed, j.polled = nil, true, time.Time{}
	return nil
}
