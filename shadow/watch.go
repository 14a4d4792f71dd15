package shadow

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
)

// Watch yields the document and how fresh it is: at once, then after every
// change of either, until ctx ends or the loop does. Changes that come faster
// than the loop takes them are yielded as one: the loop always sees the latest
// state, and never an old one twice. It works while Run is under way and while
// it is not; [Freshness].At alone is no change.
func (s *Shadow[D, R]) Watch(ctx context.Context) iter.Seq2[Document[D, R], Freshness] {
	return func(yield func(Document[D, R], Freshness) bool) {
		var last *view
		for ctx.Err() == nil {
			v, changed := s.c.watch()
			if last == nil || !v.same(*last) {
				last = &v
				if !yield(document[D, R](v)) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
}

// view is what State and Watch show.
type view struct {
	desired, reported json.RawMessage
	version           int64
	fresh             Freshness
}

// same leaves out when the service was last heard of.
func (v view) same(w view) bool {
	return string(v.desired) == string(w.desired) && string(v.reported) == string(w.reported) &&
		v.version == w.version && v.fresh.Synced == w.fresh.Synced && v.fresh.Pending == w.fresh.Pending &&
		sameError(v.fresh.Refused, w.fresh.Refused) && sameError(v.fresh.Err, w.fresh.Err)
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

// document gives a view its types.
func document[D, R any](v view) (Document[D, R], Freshness) {
	d, err := decode[D](v.desired)
	r, err2 := decode[R](v.reported)
	if v.fresh.Err == nil {
		v.fresh.Err = errors.Join(err, err2)
	}
	return Document[D, R]{d, r, v.version}, v.fresh
}

// watch returns what there is to see, and what is closed when that may have
// changed.
func (c *client) watch() (view, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watched == nil {
		c.watched = make(chan struct{})
	}
	return c.view(), c.watched
}

// view is called with mu held.
func (c *client) view() view {
	patch, err := c.outstanding()
	return view{c.cloud.desired, c.local, c.cloud.version, Freshness{
		Synced:  c.link != nil && !c.cloud.stale,
		At:      c.lastSeen,
		Pending: c.local != nil && patch != nil,
		Refused: c.refused,
		Err:     errors.Join(c.failed, err),
	}}
}

// note tells, with mu held, who watches that something may have changed.
func (c *client) note() {
	if c.watched != nil {
		close(c.watched)
		c.watched = nil
	}
}
