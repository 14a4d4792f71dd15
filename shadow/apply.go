package shadow

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// applyLoop offers changes of the desired state to OnDelta, one at a time.
func (c *client) applyLoop(ctx context.Context) {
	for ctx.Err() == nil {
		w, due := c.nextChange()
		if w == nil {
			sleep(ctx, due, c.toApply)
			continue
		}
		c.settle(w, c.apply(ctx, w.desired, w.delta, w.version))
	}
}

// work is one change to apply, with what was reported when it was offered.
type work struct {
	desired, delta, local json.RawMessage
	version               int64
}

// nextChange is a change that OnDelta has not had, or else how long to wait
// unless woken; 0 for as long as it takes.
func (c *client) nextChange() (w *work, due time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.apply == nil || c.link == nil || c.cloud.stale {
		return nil, 0
	}
	delta, err := c.delta(c.cloud.desired)
	switch {
	case err != nil:
		c.refused = err
		c.note()
		return nil, 0
	case delta == nil:
		c.seen, c.refused = nil, nil
		c.note()
		return nil, 0
	case string(delta) == string(c.seen):
		if c.refused == nil || c.retry == 0 {
			return nil, 0
		}
		if due = time.Until(c.seenAt.Add(c.retry)); due > 0 {
			return nil, due
		}
	}
	return &work{c.cloud.desired, delta, c.local, c.cloud.version}, 0
}

// delta is, with mu held, what desired asks for and the device does not report;
// nil for nothing.
func (c *client) delta(desired json.RawMessage) (json.RawMessage, error) {
	target, err := c.target()
	if err != nil {
		return nil, err
	}
	d, err := c.rules.Delta(desired, target)
	return section(d), err
}

// settle records what OnDelta said.
func (c *client) settle(w *work, err error) {
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.mu.Lock()
	local := c.local
	c.mu.Unlock()
	var next json.RawMessage
	if err == nil {
		next, err = c.applied(w, local)
	}
	if err != nil {
		c.log.Warn("shadow change refused", slog.String("thing", c.thing), slog.String("name", c.name),
			slog.Int64("version", w.version), slog.Any("error", err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.setLocal(next)
	}
	// What is left of the delta now is what OnDelta refused, or reported
	// differently on purpose: it is not offered again as it is.
	c.refused, c.seenAt = err, time.Now()
	if c.seen, err = c.delta(w.desired); err != nil {
		c.refused = err
	}
	c.note()
}

// applied is local with the delta reported, except where a report changed the
// same field since the delta was offered.
func (c *client) applied(w *work, local json.RawMessage) (json.RawMessage, error) {
	before := w.local
	if string(local) != string(before) {
		// A report asserts all fields, also those that were not there before:
		// only what it changed counts.
		var err error
		if before, err = c.normal(before); err != nil {
			return nil, err
		}
	}
	next, err := c.rules.Merge(before, w.delta)
	if err != nil {
		return nil, err
	}
	if next, err = c.rules.Merge3(before, local, next); err != nil {
		return nil, err
	}
	if err := Validate(next, c.limits); err != nil {
		return nil, err
	}
	_, err = c.normal(next)
	return next, err
}
