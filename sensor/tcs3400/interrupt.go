package tcs3400

import "errors"

// ErrNoInterrupt is returned where thresholds are asked for that Options.Interrupt has not enabled.
var ErrNoInterrupt = errors.New("sensor: tcs3400: interrupt is not enabled in the options")

// Interrupt reports whether the clear channel has been out of the thresholds, for as long as Options.Persistence asks,
// since the last ClearInterrupt. The INT pin is low as long as it has. Errors are ErrNoInterrupt, and those of Read: a part
// that lost its power is only noticed, and its thresholds set again, by Read.
func (d *Dev) Interrupt() (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.set.interrupt {
		return false, ErrNoInterrupt
	}
	if err := d.ensure(); err != nil {
		return false, err
	}
	p, err := d.bank.Read(regStatus, 1)
	if err != nil {
		d.life.Doubt()
		return false, err
	}
	return p[0]&statusInterrupt != 0, nil
}

// ClearInterrupt clears the interrupt. It comes again with the next integration that is out of the thresholds for long
// enough. Errors are ErrNoInterrupt, and those of Read.
func (d *Dev) ClearInterrupt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.set.interrupt {
		return ErrNoInterrupt
	}
	if err := d.ensure(); err != nil {
		return err
	}
	if err := d.clear(); err != nil {
		d.life.Doubt()
		return err
	}
	return nil
}

// SetThresholds changes the limits of the clear channel, in counts; low must not be above high. An interrupt that has come
// stays until it is cleared. Errors are bad limits, which change nothing; ErrNoInterrupt; and those of Read, after which the
// next Read writes the limits.
func (d *Dev) SetThresholds(low, high uint16) error {
	if err := checkThresholds(low, high); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.set.interrupt {
		return ErrNoInterrupt
	}
	d.set.low, d.set.high = low, high
	if d.halted {
		return nil
	}
	if err := d.ensure(); err != nil {
		return err
	}
	if err := d.bank.WriteAll(d.set.thresholds()...); err != nil {
		d.life.Halted() // some are written: all is set up again
		return err
	}
	return nil
}
