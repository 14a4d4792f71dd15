package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Handler does one job. It runs on a goroutine that [Jobs.Run] started and waits
// for, one at a time, and may block as long as it ends with ctx. A lost
// connection does not end ctx; the end of Run does, and the end of the execution
// in the cloud, with an [*EndedError] as its cause.
//
// Nil reports SUCCEEDED, an error FAILED, and an error that wraps [ErrReject]
// REJECTED. An error after the end of Run reports nothing: the job goes on with
// the next Run.
type Handler func(ctx context.Context, job *Job) error

// Job is an execution that a handler does.
type Job struct {
	ID        string
	Number    int64  // of the execution; a retry by the service has another one
	Key       string // names this execution and no other, in 120 characters at most that may be part of a file's name
	Operation string // of the document; empty when it has none
	Document  json.RawMessage
	Attempt   int               // 1, and one more each time that the program stopped before the end
	Details   map[string]string // what earlier attempts reported
	QueuedAt  time.Time
	StartedAt time.Time

	j *Jobs
	w *work
}

// Progress reports status details, on top of those that were reported before;
// with none it only says that the job is alive. They are durable when it
// returns, and told to the service as soon as it can be reached, at most once a
// second: what is replaced within that time is not told. It fails with
// [ErrDetails] for what the service would not take (names of at most 128 of a-z,
// A-Z, 0-9, colon, underscore, hyphen; values of 1 to 1024 printable characters;
// 16 KB in all), with the cause of the execution's end, with ctx's error, and
// with trouble of the disk. It may be called from several goroutines, until the
// handler returns.
func (j *Job) Progress(ctx context.Context, details map[string]string) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return j.j.progress(j.w, details)
}

// work is the execution that is under way here. Its fields are guarded by the
// lock of Jobs, except those that never change.
type work struct {
	cancel  context.CancelCauseFunc // nil when nothing runs and nothing will
	version int64                   // 0: not known
	running bool                    // the handler has not returned
	untold  bool                    // there was progress that the service does not know
	doubt   bool                    // the service may have ended it
	gone    *EndedError             // the service did
	refused bool                    // the service did not take its details
	misses  int                     // updates in a row with a version that the service does not have
	tries   int                     // to tell the end, against what the service has
	told    time.Time               // when progress was last told
}

func (j *Jobs) progress(w *work, more map[string]string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case w.gone != nil:
		return w.gone
	case j.work != w || !w.running:
		return fmt.Errorf("jobs: progress of a job that is not under way")
	}
	e := *j.store.Current
	details, err := addDetails(e.Details, more)
	if err != nil {
		return err
	}
	if !maps.Equal(details, e.Details) {
		e.Details = details
		if err := j.keep(&e); err != nil {
			return err
		}
	}
	w.untold = true
	wake(j.woken)
	return nil
}

// keep makes e the current entry, with the lock held.
func (j *Jobs) keep(e *entry) error {
	n := j.store.journal
	n.Current = e
	return j.store.save(n)
}

// begin makes an execution the current one and starts its handler, or decides
// about it without; again is one that came to its end before.
func (j *Jobs) begin(run context.Context, x Execution) (again bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k := keyOf(x)
	if e, ok := j.store.ended(k); ok {
		j.o.Logger.Info("job ended here before, telling again", slog.String("job", x.JobID), slog.String("end", string(e.End)))
		if err := j.keep(&e); err != nil {
			return true, err
		}
		j.work = &work{version: x.Version}
		return true, nil
	}
	e := entry{key: k}
	if c := j.store.Current; c != nil && c.key == k {
		e = *c
	}
	details := maps.Clone(x.Details)
	if details == nil {
		details = map[string]string{}
	}
	maps.Copy(details, e.Details)
	e.Attempt++
	// What the service has is not ours to check, but to carry on; it is dropped
	// where there is no room.
	if all, err := addDetails(details, nil); err == nil {
		e.Details = all
	}
	op, h := j.handler(x)
	switch {
	case len(x.Document) > MaxDocument:
		j.decide(&e, fmt.Errorf("%w: document of %d bytes; the limit is %d", ErrReject, len(x.Document), MaxDocument))
	case h == nil:
		j.decide(&e, fmt.Errorf("%w: unknown operation %q", ErrReject, op))
	case j.o.Attempts > 0 && e.Attempt > j.o.Attempts:
		j.decide(&e, fmt.Errorf("begun %d times without coming to an end", j.o.Attempts))
	}
	if err := j.keep(&e); err != nil {
		return false, err
	}
	w := &work{version: x.Version}
	j.work = w
	if e.End != "" {
		return false, nil
	}
	ctx, cancel := context.WithCancelCause(run)
	w.cancel, w.running = cancel, true
	job := &Job{
		ID: x.JobID, Number: x.Number, Key: k.name(),
		Operation: op, Document: slices.Clone(x.Document), Attempt: e.Attempt, Details: details,
		QueuedAt: x.QueuedAt, StartedAt: x.StartedAt,
		j: j, w: w,
	}
	j.o.Logger.Info("job begins", slog.String("job", x.JobID), slog.Int64("execution", x.Number), slog.Int("attempt", e.Attempt))
	j.wg.Go(func() {
		defer cancel(nil)
		j.end(run, w, h(ctx, job))
	})
	return false, nil
}

func (k key) name() string { return fmt.Sprintf("%s-%d-%d", k.JobID, k.Number, k.QueuedAt) }

// handler finds who does a job.
func (j *Jobs) handler(x Execution) (op string, h Handler) {
	var d struct {
		Operation any `json:"operation"`
	}
	if len(x.Document) <= MaxDocument && json.Unmarshal(x.Document, &d) == nil {
		op, _ = d.Operation.(string)
	}
	if h := j.o.Handlers[op]; h != nil && op != "" {
		return op, h
	}
	return op, j.o.Handler
}

// end takes what a handler returned.
func (j *Jobs) end(run context.Context, w *work, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	w.running = false
	defer wake(j.woken)
	if w.gone != nil || run.Err() != nil && err != nil && !errors.Is(err, ErrReject) {
		return
	}
	e := *j.store.Current
	j.decide(&e, err)
	if err := j.keep(&e); err != nil {
		// It is told nevertheless; only a power cut before that would run the
		// job again.
		j.o.Logger.Error("end of a job not kept", slog.String("job", e.JobID), slog.Any("error", err))
		j.store.Current = &e
	}
}

// decide makes an end of what a handler returned.
func (j *Jobs) decide(e *entry, err error) {
	e.End = Succeeded
	if err != nil {
		e.End = Failed
		if errors.Is(err, ErrReject) {
			e.End = Rejected
		}
		details := maps.Clone(e.Details)
		if details == nil {
			details = map[string]string{}
		}
		details[reasonDetail] = reason(err)
		e.Details = details
	}
	j.o.Logger.Info("job ends", slog.String("job", e.JobID), slog.String("end", string(e.End)), slog.Any("error", err))
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
