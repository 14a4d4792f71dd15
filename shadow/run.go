package shadow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	grace     = 50 * time.Millisecond // how long a missing message may still be on its way before the document is asked for
	retryMin  = time.Second
	retryMax  = time.Minute
	lateness  = 10                    // how many timeouts after it was given up a request may still be carried out
	conflicts = 20 * time.Millisecond // first wait of Desire after a version conflict
)

// run is [Shadow.Run].
func (c *client) run(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer c.running.Store(false)
	if err := c.openFile(); err != nil {
		return err
	}
	c.mu.Lock()
	c.uncertain = time.Now() // the last Run, or its process, may have ended with an update on its way
	c.mu.Unlock()
	inner, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { c.applyLoop(inner) })
	wg.Go(func() { c.saveLoop(inner) })
	defer func() {
		cancel()
		wg.Wait()
		c.saveChanges()
		if err := c.closeFile(); err != nil {
			c.log.Error("shadow file not closed", slog.String("file", c.file()), slog.Any("error", err))
		}
	}()
	for link := range c.conn.Links(ctx) {
		c.serve(ctx, link)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		return errors.New("shadow: the connection will not come back")
	}
	return ctx.Err()
}

// serve works on one connection until it is lost.
func (c *client) serve(run, link context.Context) {
	ctx, cancel := during(run, link)
	defer cancel()
	var retry backoff
	for ctx.Err() == nil {
		unsubscribe, err := c.conn.Subscribe(ctx, c.topics.listen(), func(topic string, payload []byte) {
			if ctx.Err() == nil {
				c.receive(topic, payload)
			}
		})
		if err == nil {
			defer unsubscribe()
			break
		}
		if ctx.Err() == nil {
			c.fail(fmt.Errorf("shadow: subscribe: %w", err))
			retry.wait(ctx)
		}
	}
	if ctx.Err() != nil {
		return
	}
	c.connected(ctx)
	defer c.disconnected()
	c.syncLoop(ctx)
}

func (c *client) connected(link context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = link
	close(c.linkUp)
	c.cloud.connected()
	c.doubt()
	c.seen, c.held = nil, nil
	c.touch()
}

func (c *client) disconnected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = nil
	c.linkUp = make(chan struct{})
	c.note()
}

// syncLoop asks for the document when it is stale and sends updates when they
// are due.
func (c *client) syncLoop(ctx context.Context) {
	var retry backoff
	for ctx.Err() == nil {
		job, due := c.next()
		if job == nil {
			sleep(ctx, due, c.toSync)
			continue
		}
		err := job(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			retry = 0
			c.fail(nil)
			continue
		}
		c.fail(err)
		var rejected *RejectedError
		if errors.As(err, &rejected) && (rejected.Code == 401 || rejected.Code == 403) {
			retry = backoff(retryMax) // nobody fixes a policy within seconds
		}
		retry.wait(ctx)
	}
}

// next is what to do now, or else how long to wait unless woken; 0 for as long
// as it takes.
func (c *client) next() (job func(context.Context) error, due time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	sooner := func(t time.Time) bool {
		d := t.Sub(now)
		if d <= 0 {
			return true
		}
		if due == 0 || d < due {
			due = d
		}
		return false
	}
	if c.cloud.stale {
		if sooner(c.since.Add(grace)) {
			return c.get, 0
		}
		return nil, due
	}
	if c.refresh > 0 && sooner(c.asked.Add(c.refresh)) {
		return c.get, 0
	}
	if c.deleting || c.dirty.IsZero() || !sooner(c.dirty.Add(c.coalesce)) {
		return nil, due
	}
	c.dirty = time.Time{}
	if c.local == nil {
		return nil, due
	}
	patch, err := c.outstanding()
	switch {
	case err != nil:
		return func(context.Context) error { return err }, 0
	case patch == nil:
		return nil, due
	case string(patch) == string(c.held) && c.cloud.changes == c.heldAt:
		return nil, due
	}
	return c.update, 0
}

// update sends one update with everything that the cloud's reported section
// lacks, or as much of it as one update may carry.
func (c *client) update(ctx context.Context) error {
	c.mu.Lock()
	patch, err := c.outstanding()
	known := c.cloud.changes
	claims, more, err2 := addClaims(c.claimed, c.local)
	part, err3 := firstPart(patch, c.limits.Size)
	err = errors.Join(err, err2, err3)
	if err == nil && more && len(claims) > claimsFactor*c.limits.Size {
		c.doubt()
		err = errClaims
	}
	if err != nil || patch == nil {
		c.mu.Unlock()
		return err
	}
	c.claimed = claims
	c.mu.Unlock()
	if more {
		// What the cloud may hold must be on disk before it holds it, or a
		// crash would forget whose it is to delete.
		c.save()
	}

	sent := time.Now()
	m, err := c.request(ctx, updateTopic, func(token string) []byte { return updateRequest(token, "reported", part, 0) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.touch()
	var rejected *RejectedError
	switch {
	case err == nil:
		if c.cloud.exists && !c.cloud.stale && c.cloud.version == m.version {
			// Nothing came between what was known and this.
			c.release(sent)
			// A service that does not keep what it accepts would be sent the
			// same patch for ever.
			c.held, c.heldAt = patch, c.cloud.changes
		}
	case !errors.As(err, &rejected):
		c.uncertain = time.Now()
		c.doubt() // carried out or not: the document tells
	case slices.Contains([]int{400, 413, 415}, rejected.Code):
		c.held, c.heldAt = patch, known // the same will be refused again
	}
	return err
}

// release gives up, with mu held, the claims of fields that the cloud, asked at
// some time, did not hold. An update that was given up may have been on its way
// and bring one after that, so all are kept until that is over.
func (c *client) release(asked time.Time) {
	if asked.Sub(c.uncertain) <= lateness*c.timeout {
		return
	}
	kept, err := keepClaims(c.claimed, c.cloud.reported)
	if err == nil && string(kept) != string(c.claimed) {
		c.claimed, c.unsaved = kept, true
		wake(c.toSave)
	}
}

// doubt makes, with mu held, the document the next thing to ask for.
func (c *client) doubt() {
	c.cloud.stale = true
	c.since = time.Now().Add(-grace)
	c.note()
}

// fail records how the last request ended.
func (c *client) fail(err error) {
	c.mu.Lock()
	c.failed = err
	c.note()
	c.mu.Unlock()
	if err != nil {
		c.log.Warn("shadow request failed", slog.String("thing", c.thing), slog.String("name", c.name), slog.Any("error", err))
	}
}

// backoff is how long the last wait was, before jitter.
type backoff time.Duration

// wait waits longer each time, with jitter, so that a fleet does not come back
// in step.
func (b *backoff) wait(ctx context.Context) {
	*b = min(max(*b*2, backoff(retryMin)), backoff(retryMax))
	sleep(ctx, jitter(time.Duration(*b)), nil)
}

// jitter is d, give or take a quarter.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}

// sleep waits for a time, 0 being for ever, unless ctx ends or wake is heard.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	var after <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-ctx.Done():
	case <-after:
	case <-wake:
	}
}
