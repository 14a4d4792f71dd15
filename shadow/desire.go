package shadow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// desire makes a change of the desired state.
func (c *client) desire(ctx context.Context, edit editor) error {
	done, err := c.ask(ctx, "desire")
	if err != nil {
		return err
	}
	defer done()
	d := desire{client: c, edit: edit}
	wait := conflicts
	for {
		link, err := c.waitLink(ctx, "desire")
		if err != nil {
			return err
		}
		err = d.try(ctx, link)
		if ctx.Err() != nil && err != nil {
			return fmt.Errorf("shadow: desire: %w", ctx.Err())
		}
		var rejected *RejectedError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &rejected) && !rejected.Temporary(), d.refused:
			return err
		case rejected != nil && rejected.Code == 429:
			wait = max(wait, retryMin) // the service has said that it is too much
		}
		sleep(ctx, jitter(wait), nil)
		wait = min(2*wait, retryMax)
	}
}

// waitLink returns the context of a connection whose topics are subscribed.
func (c *client) waitLink(ctx context.Context, op string) (context.Context, error) {
	for {
		c.mu.Lock()
		link, up := c.link, c.linkUp
		c.mu.Unlock()
		if link != nil && link.Err() == nil {
			return link, nil
		}
		select {
		case <-up:
			if link != nil { // lost, but not yet noted as such
				sleep(ctx, grace, nil)
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("shadow: %s: %w: %w", op, ErrNoLink, ctx.Err())
		}
	}
}

// desire is one call of Desire over its attempts.
type desire struct {
	*client
	edit    editor
	sent    json.RawMessage // the patch of an update whose fate is unknown
	refused bool            // the error is not the service's or the connection's: trying again is no use
}

func (d *desire) try(ctx, link context.Context) error {
	ctx, cancel := during(ctx, link)
	defer cancel()
	if err := d.get(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	known := d.cloud
	d.mu.Unlock()
	if d.sent != nil {
		if left, err := d.rules.rest(known.desired, d.sent); err == nil && left == nil {
			return nil // the update got through; only its answer did not
		}
		d.sent = nil
	}
	patch, err := d.patch(known.desired)
	if err != nil || patch == nil {
		d.refused = err != nil
		return err
	}
	version := known.version
	if !known.exists {
		version = 0
	}
	d.sent = patch
	_, err = d.request(ctx, updateTopic, func(token string) []byte { return updateRequest(token, "desired", patch, version) })
	var rejected *RejectedError
	if errors.As(err, &rejected) {
		d.sent = nil
	}
	return err
}

// patch is what is to be sent; nil when the desired state is already so.
func (d *desire) patch(desired json.RawMessage) (json.RawMessage, error) {
	before, after, err := d.edit(desired)
	if err != nil {
		return nil, err
	}
	patch, err := d.rules.Diff(before, after)
	if err != nil {
		return nil, err
	}
	next, err := d.rules.Merge(desired, patch)
	if err != nil {
		return nil, err
	}
	if err := Validate(next, d.limits); err != nil {
		return nil, err
	}
	return d.rules.rest(desired, patch)
}

// rest is the part of patch that doc does not show; nil when that is nothing.
func (r Rules) rest(doc, patch json.RawMessage) (json.RawMessage, error) {
	if doc == nil {
		doc = json.RawMessage("{}")
	}
	next, err := r.Merge(doc, patch)
	if err != nil {
		return nil, err
	}
	p, err := r.Diff(doc, next)
	return section(p), err
}
