package transport

import (
	"errors"
	"fmt"
	"time"

	cronspec "github.com/robfig/cron/v3"
)

// wallGlance is how long the wall clock may have been set without being looked
// at.
const wallGlance = time.Minute

// Window is when a lane may send. It is the wall clock's, in Options.Location,
// which is looked at again at least every minute, so that a clock that is set
// while the lane waits or sends is followed within that time. A packet that is
// on its way when the window closes is not called back.
type Window struct {
	// Open says when it opens: five fields of cron (minute, hour, day of month,
	// month, day of week), such as "0 3 * * *" for every night at three, or a
	// descriptor such as "@daily", and optionally "CRON_TZ=Europe/Paris "
	// before it. "@every" is refused, for it has no place in the day. A time
	// that summer time skips is skipped, and one that it repeats comes twice.
	Open string
	// For is how long it stays open: at least 1 s. Longer than from one opening
	// to the next means always.
	For time.Duration
}

// parse returns the openings, or what is wrong.
func (w *Window) parse(now time.Time) (*cronspec.SpecSchedule, error) {
	var errs []error
	if w.For < time.Second {
		errs = append(errs, fmt.Errorf("Window.For is %v; it must be at least 1 s", w.For))
	}
	schedule, err := cronspec.ParseStandard(w.Open)
	opens, ok := schedule.(*cronspec.SpecSchedule)
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("Window.Open %q: %w", w.Open, err))
	case !ok:
		errs = append(errs, fmt.Errorf("Window.Open %q has no times of the day", w.Open))
	case opens.Next(now).IsZero():
		errs = append(errs, fmt.Errorf("Window.Open %q: there is no such time", w.Open))
	}
	return opens, errors.Join(errs...)
}

// shutter follows a Window by a wall clock that may jump.
type shutter struct {
	opens *cronspec.SpecSchedule
	long  time.Duration
	open  bool
	until time.Duration // on the outbox's clock: look again
}

// wait is how long until the window may be open: 0 when it is. now is the
// outbox's clock.
func (s *shutter) wait(now time.Duration, wall func() time.Time) time.Duration {
	if now >= s.until {
		t := wall()
		// The last opening that may still last.
		next := s.opens.Next(t.Add(-s.long))
		s.open = !next.IsZero() && !next.After(t)
		left := wallGlance
		switch {
		case s.open:
			left = min(left, next.Add(s.long).Sub(t))
		case !next.IsZero():
			left = min(left, next.Sub(t))
		}
		s.until = now + left
	}
	if s.open {
		return 0
	}
	return s.until - now
}
