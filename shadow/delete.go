package shadow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// delete is [Shadow.Delete].
func (c *client) delete(ctx context.Context) error {
	done, err := c.ask(ctx, deleteTopic)
	if err != nil {
		return err
	}
	defer done()
	c.mu.Lock()
	c.deleting = true
	before := c.local
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.deleting = false
		c.touch()
		c.mu.Unlock()
	}()
	var retry backoff
	for uncertain := false; ; uncertain = true {
		link, err := c.waitLink(ctx, deleteTopic)
		if err != nil {
			return err
		}
		err = c.tryDelete(ctx, link, uncertain)
		var rejected *RejectedError
		switch {
		case err == nil:
			return c.forget(before)
		case ctx.Err() != nil:
			return fmt.Errorf("shadow: delete: %w", ctx.Err())
		case errors.As(err, &rejected) && !rejected.Temporary():
			return err
		}
		retry.wait(ctx)
	}
}

// tryDelete asks first whether an earlier attempt, whose answer did not come,
// was carried out.
func (c *client) tryDelete(ctx, link context.Context, uncertain bool) error {
	ctx, cancel := during(ctx, link)
	defer cancel()
	if uncertain {
		if err := c.get(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		gone := !c.cloud.exists && !c.cloud.stale
		c.mu.Unlock()
		if gone {
			return nil
		}
	}
	_, err := c.request(ctx, deleteTopic, getRequest)
	var rejected *RejectedError
	if errors.As(err, &rejected) && rejected.Code == 404 {
		return nil
	}
	return err
}

// forget leaves of what was reported only what was reported since before. The
// claims stay: an update that was given up may still arrive and make a shadow,
// whose fields are then the device's to delete.
func (c *client) forget(before json.RawMessage) error {
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local == nil {
		return nil
	}
	since, err := c.rules.Diff(before, c.local)
	if err != nil {
		return err
	}
	next, err := c.rules.Merge(json.RawMessage("{}"), since)
	if err != nil {
		return err
	}
	c.setLocal(next)
	return nil
}

// during is a context that ends with either of two.
func during(ctx, link context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(link, cancel)
	return ctx, func() { stop(); cancel() }
}
