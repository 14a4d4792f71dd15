package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/shadow"
)

// settings are what the shadow asks of the device.
type settings struct {
	Interval string `json:"interval,omitempty"`
}

// status is what the device says of itself there.
type status struct {
	Interval string `json:"interval,omitempty"`
	Model    string `json:"model,omitempty"` // SHA-256
}

// bindShadow makes the shadow, which begins when it is run, and puts in force what was last desired. What is in force is reported at every
// start, so that the shadow never shows what is not so: where the cloud wants another, set is called.
func (d *device) bindShadow(ctx context.Context) (err error) {
	d.shadow, err = shadow.Bind(d.out.Conn(), d.thing, &shadow.Options[settings, status]{
		Dir: filepath.Join(d.o.state, "shadow"), OnDelta: d.set, Logger: d.log,
	})
	if err != nil {
		return err
	}
	interval := d.o.interval.String()
	if doc, _ := d.shadow.State(); doc.Desired.Interval != "" {
		if err := d.apply(doc.Desired.Interval); err != nil {
			d.log.Warn("what was desired is not applied", "err", err)
		} else {
			interval = doc.Desired.Interval
		}
	}
	// Also by a device that is told to end while it begins: it has something left to deliver.
	return d.shadow.Report(context.WithoutCancel(ctx), func(s *status) error { s.Interval = interval; return nil })
}

// set does what is desired. What cannot be is refused, and stays a difference that whoever asked can see.
func (d *device) set(_ context.Context, c shadow.Change[settings]) error {
	if c.Desired.Interval == "" {
		return nil
	}
	if err := d.apply(c.Desired.Interval); err != nil {
		return err
	}
	d.tell("set", c.Desired)
	return nil
}

// apply puts an interval in force.
func (d *device) apply(interval string) error {
	every, err := time.ParseDuration(interval)
	if err != nil || every < minInterval || every > maxInterval {
		return fmt.Errorf("interval %q: want %v to %v", interval, minInterval, maxInterval)
	}
	d.interval.Store(int64(every))
	return nil
}
