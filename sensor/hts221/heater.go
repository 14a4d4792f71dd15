package hts221

import (
	"context"
	"errors"
	"time"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// Heat dries the part after condensation: it switches the heater on, waits, and switches it off again, also when ctx
// ends first, in which case it returns ctx.Err(). The heater takes 33 mA at 3.3 V.
//
// What the part gives while it is heated must not be used (datasheet, CTRL_REG2), so reads meanwhile return
// sensor.ErrNotReady, and afterwards until both values have been converted anew. Temperature and humidity then are still
// those of a warm part: it takes minutes to be at the room's again.
//
// Errors are those of New. After one, the next Read writes all settings, among them that of the heater.
func (d *Dev) Heat(ctx context.Context, on time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.base.Pause(regs.Set{Reg: regCtrl2, Value: ctrl2Heater}); err != nil {
		return err
	}
	var timer regs.Waiter
	err := timer.Wait(ctx, on)
	return errors.Join(err, d.base.Resume())
}
