package edge

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// every is the component of [Every].
type every struct {
	period time.Duration
	f      Func
}

// Every returns a component that calls f at once and then each period, on
// deadlines counted from its start so that it does not drift. A call that
// outlasts the period skips the ticks it missed: they are counted in
// [ComponentStatus.Missed], never made up for. An error of f ends the run and
// is a failure. Waiting for the next tick is a beat and a pause point.
func Every(period time.Duration, f func(ctx context.Context) error) Component {
	return every{period, f}
}

func (e every) check() error {
	var errs []error
	if e.period <= 0 {
		errs = append(errs, fmt.Errorf("Every has a period of %v, which is not above zero", e.period))
	}
	if e.f == nil {
		errs = append(errs, errors.New("Every has no function"))
	}
	return errors.Join(errs...)
}

func (e every) Run(ctx context.Context) error {
	if err := e.check(); err != nil {
		return Fatal(err)
	}
	u := runOf(ctx)
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for tick := time.Duration(0); ; {
		if !u.await(ctx, timer.C) {
			return ctx.Err()
		}
		if err := e.f(ctx); err != nil {
			return err
		}
		u.beat()
		elapsed := time.Since(start)
		tick++
		if next := (elapsed + e.period - 1) / e.period; next > tick {
			u.miss(uint64(next - tick))
			tick = next
		}
		timer.Reset(tick*e.period - elapsed)
	}
}
