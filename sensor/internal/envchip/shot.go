package envchip

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// shoot asks for one conversion, waits for as long as that takes, and reads it. Of several reads one is served after the
// other. What a read that ctx ended left behind is dropped by the next.
func (d *Dev) shoot(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := d.timer.Wait(ctx, time.Until(d.until)); err != nil {
		return err
	}
	if err := d.trigger(r); err != nil {
		return err
	}
	d.until = time.Now().Add(d.chip.Period)
	if err := d.timer.Wait(ctx, d.chip.Period); err != nil {
		return err
	}
	deadline := time.Now().Add(d.chip.Period) // for a chip that is slower than it should be
	for {
		err := d.collect(r)
		if err == nil || !errors.Is(err, sensor.ErrNotReady) || !time.Now().Before(deadline) {
			return err
		}
		if err := d.timer.Wait(ctx, d.chip.Period/8); err != nil {
			*r = sensor.Reading[physic.Env]{}
			return err
		}
	}
}

// trigger begins a conversion.
func (d *Dev) trigger(r *sensor.Reading[physic.Env]) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused {
		return d.unready(r)
	}
	if err := d.ensure(); err != nil {
		return err
	}
	if d.unread {
		if err := d.drop(); err != nil {
			d.life.Doubt()
			return err
		}
	}
	d.unread = true
	d.seen, d.sure = 0, d.chip.Fresh
	if err := d.bank.WriteAll(d.chip.Shot); err != nil {
		d.life.Doubt()
		return err
	}
	return nil
}

// collect reads the conversion if it is there.
func (d *Dev) collect(r *sensor.Reading[physic.Env]) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused || !d.life.On() { // halted while this read waited
		return d.unready(r)
	}
	return d.take(r)
}

// ShotTime is the longest that one conversion takes when it averages so many internal samples, over all values together:
// 62 µs each and 975 µs, to 3 % (ST, AN4450, 6.2).
func ShotTime(samples int) time.Duration {
	typical := 62*time.Duration(samples)*time.Microsecond + 975*time.Microsecond
	return typical + typical*3/100
}
