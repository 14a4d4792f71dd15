package edge

import (
	"errors"
	"strings"
	"time"
)

const (
	// logAgain is how long an identical failure is only counted, not logged.
	logAgain = time.Minute
	// progressLog is the time between two log records about some progress.
	progressLog = 10 * time.Second
	// maxReason bounds the texts kept of errors and warnings, in bytes.
	maxReason = 500
)

// record is what can be seen of a component from outside.
type record struct {
	state    State
	since    time.Time // of the state
	run      *run      // nil between runs
	began    time.Time // the latest run
	starts   int
	failures int       // in a row, without a healthy run between
	err      error     // the latest failure
	errAt    time.Time // of that
	told     bool      // that failure is among the reasons why the app stops
	next     time.Time // of the start after a backoff
	warning  string

	work       ProgressStatus
	workLogged time.Time

	logged   string // the latest failure that was logged
	loggedAt time.Time
	muted    int // times it came again since
}

func (s *record) enter(state State) {
	if s.state != state {
		s.state, s.since = state, time.Now()
	}
}

// enter moves the component to a state.
func (r *runner) enter(state State) {
	r.mu.Lock()
	r.seen.enter(state)
	r.mu.Unlock()
	r.log.Debug("component " + string(state))
}

// begin notes the start of the run u and decides when it is ready.
func (r *runner) begin(u *run) {
	select {
	case <-r.kick: // whoever asked before gets this start
	default:
	}
	r.sign()
	_, oneShot := r.component.(once)
	byBeat := !oneShot && (r.o.Heartbeat > 0 || r.o.ReadyOnBeat)

	r.mu.Lock()
	r.seen.run = u
	r.seen.began = time.Now()
	r.seen.starts++
	r.seen.next = time.Time{}
	if byBeat {
		r.seen.enter(Starting)
	} else {
		r.seen.enter(Running)
	}
	r.unready.Store(byBeat)
	r.mu.Unlock()
	if !byBeat && !oneShot {
		r.announce()
	}
}

// end notes that the run is over.
func (r *runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unready.Store(false)
	r.seen.run = nil
	r.seen.warning = ""
	r.seen.work = ProgressStatus{}
}

// forgive forgets the failures in a row.
func (r *runner) forgive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.failures = 0
}

// backOff notes that the next start is a wait away.
func (r *runner) backOff(wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.enter(Backoff)
	r.seen.next = time.Now().Add(wait)
}

// note keeps a failure, logs it unless it was logged within the last minute,
// and returns the number of failures in a row.
func (r *runner) note(err error) int {
	now, text := time.Now(), shorten(err.Error())
	r.mu.Lock()
	s := &r.seen
	if now.Sub(s.began) >= r.o.Restart.Healthy {
		s.failures = 0
	}
	s.failures++
	s.err, s.errAt = err, now
	failures, muted := s.failures, s.muted
	mute := text == s.logged && now.Sub(s.loggedAt) < logAgain
	if mute {
		s.muted++
	} else {
		s.logged, s.loggedAt, s.muted = text, now, 0
	}
	r.mu.Unlock()

	if !mute {
		attrs := []any{"err", err, "failures", failures}
		if muted > 0 {
			attrs = append(attrs, "unlogged", muted)
		}
		if p, ok := errors.AsType[*PanicError](err); ok {
			attrs = append(attrs, "stack", string(p.Stack))
		}
		r.log.Error("component failed", attrs...)
	}
	return failures
}

// progress keeps how far the work of [Progress] has come.
func (r *runner) progress(done, total int64, what string) {
	now := time.Now()
	r.mu.Lock()
	w := &r.seen.work
	if w.What != what || done < w.Done {
		*w = ProgressStatus{What: what, Started: now, first: done}
		r.seen.workLogged = now
	}
	w.Done, w.Total, w.Updated = done, total, now
	rate := w.rate()
	due := now.Sub(r.seen.workLogged) >= progressLog
	if due {
		r.seen.workLogged = now
	}
	if total > 0 && done >= total {
		*w = ProgressStatus{}
	}
	r.mu.Unlock()
	if due {
		r.log.Info("progress", "what", what, "done", done, "total", total, "per_second", rate)
	}
}

// warn keeps the reason of [Warn].
func (r *runner) warn(reason string) {
	reason = shorten(reason)
	r.mu.Lock()
	changed := reason != r.seen.warning
	r.seen.warning = reason
	r.mu.Unlock()
	if changed && reason != "" {
		r.log.Warn("component degraded", "reason", reason)
	}
}

// shorten bounds a text that is kept.
func shorten(s string) string {
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + "…"
}
