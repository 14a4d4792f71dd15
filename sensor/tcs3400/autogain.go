package tcs3400

import (
	"context"

	"github.com/brinkml/brink/sensor"
)

// AutoGain returns a source that reads d and changes its gain by one step when a reading calls for it: down when the
// reading is sensor.Clipped or its highest count is above 7/8 of the maximum, up when all are below 1/8 of it. A step is a
// factor of four, so the gain settles. The reading itself is returned as it was taken, and the reads that follow are
// sensor.ErrNotReady until an integration with the new gain has ended.
//
// The source may be used from any goroutine. It is of no use together with thresholds, which are counts.
func (d *Dev) AutoGain() sensor.Source[Color] { return autoGain{d} }

type autoGain struct{ d *Dev }

func (a autoGain) Read(ctx context.Context, r *sensor.Reading[Color]) error {
	if err := a.d.Read(ctx, r); err != nil {
		return err
	}
	if r.Quality.Has(sensor.Stale) {
		return nil
	}
	c := &r.Value
	peak := max(c.Clear, c.Red, c.Green, c.Blue)
	gain := c.Gain
	switch {
	case r.Quality.Has(sensor.Clipped) || peak > c.Max-c.Max/8:
		gain = nextGain(gain, -1)
	case peak < c.Max/8:
		gain = nextGain(gain, 1)
	}
	if gain != c.Gain {
		_ = a.d.SetGain(gain) // what fails here, the next read tries again and reports
	}
	return nil
}

// nextGain is the gain one step up or down, or the same at the end.
func nextGain(gain, step int) int {
	code, err := gainCode(gain)
	if err != nil {
		return gain
	}
	steps := [...]int{1, 4, 16, 64}
	i := int(code) + step
	if i < 0 || i >= len(steps) {
		return gain
	}
	return steps[i]
}
