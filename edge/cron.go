package edge

import (
	"context"
	"errors"
	"fmt"
	"time"

	cronspec "github.com/robfig/cron/v3"
)

const (
	// cronGlance is how often a waiting Cron looks at the wall clock, which
	// may have been set meanwhile.
	cronGlance = time.Minute
	// cronLate is how late a call may be and still be made.
	cronLate = time.Hour
)

// cron is the component of [Cron].
type cron struct {
	schedule cronspec.Schedule
	err      error
	f        Func
}

// Cron returns a component that calls f at the times of spec: five fields
// (minute, hour, day of month, month, day of week), a descriptor such as
// "@daily" or "@every 90m", and optionally "CRON_TZ=Europe/Paris " before it.
// Without a zone the times are in time.Local. [App.Run] reports a bad spec.
//
// The times are the wall clock's, which on a small device may be wrong at boot
// and set later. A time that passed less than an hour ago is called late, once;
// a longer gap is skipped and counts one in [ComponentStatus.Missed]. After a
// step back of more than an hour the schedule is followed from the new time;
// after a smaller one no call is repeated. An error of f ends the run and is a failure; the next
// run waits for the next time.
func Cron(spec string, f func(ctx context.Context) error) Component {
	c := cron{f: f}
	c.schedule, c.err = cronspec.ParseStandard(spec)
	switch {
	case c.err != nil:
		c.err = fmt.Errorf("Cron %q: %w", spec, c.err)
	case c.schedule.Next(time.Now()).IsZero():
		c.err = fmt.Errorf("Cron %q: there is no such time", spec)
	}
	if f == nil {
		c.err = errors.Join(c.err, errors.New("Cron has no function"))
	}
	return c
}

func (c cron) check() error { return c.err }

func (c cron) Run(ctx context.Context) error {
	if c.err != nil {
		return Fatal(c.err)
	}
	u := runOf(ctx)
	now := wallClock()
	plan := cronPlan{schedule: c.schedule, seen: now, next: c.schedule.Next(now)}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if !u.await(ctx, timer.C) {
			return ctx.Err()
		}
		due, missed := plan.look(wallClock())
		u.miss(missed)
		if due {
			if err := c.f(ctx); err != nil {
				return err
			}
			u.beat()
		}
		timer.Reset(plan.wait(wallClock()))
	}
}

// wallClock returns the time without its monotonic part, so that differences
// show what was done to the clock.
func wallClock() time.Time { return time.Now().Round(0) }

// cronPlan follows a schedule by a wall clock that may jump.
type cronPlan struct {
	schedule cronspec.Schedule
	seen     time.Time // the latest look at the clock
	next     time.Time // when to call next; zero: never again
}

// look says if a call is due at now and how many times went by unserved, and
// moves to the next time.
func (p *cronPlan) look(now time.Time) (due bool, missed uint64) {
	back := now.Before(p.seen.Add(-cronLate))
	p.seen = now
	switch {
	case back:
		p.next = p.schedule.Next(now)
	case p.next.IsZero() || now.Before(p.next):
	case now.Sub(p.next) < cronLate:
		// Several times may lie between; the call stands for all of them.
		due = true
		p.next = p.schedule.Next(now)
	default:
		missed = 1
		p.next = p.schedule.Next(now)
	}
	return due, missed
}

// wait returns how long to sleep at now before the next look.
func (p *cronPlan) wait(now time.Time) time.Duration {
	if p.next.IsZero() {
		return cronGlance
	}
	return min(max(p.next.Sub(now), 0), cronGlance)
}
