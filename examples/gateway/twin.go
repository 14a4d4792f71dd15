package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/shadow"
)

// sections are the desired and the reported state of a leaf, of which the gateway knows nothing.
type sections map[string]any

// twin is the shadow of a leaf device, kept for it. What the leaf reports is merged here, and the cloud is told the outcome: at once while
// there is a link, and after an outage in one update with what is true then. An update is never queued.
type twin struct {
	thing  string
	shadow *shadow.Shadow[sections, sections]
	conn   shadow.Conn                              // to the cloud
	down   func(topic string, payload []byte) error // to the leaf
	met    func() bool                              // the cloud was reached once, and may be again
	log    *slog.Logger

	taken  atomic.Int64
	direct chan update // requests for the service itself
	wake   chan struct{}

	mu      sync.Mutex
	waiting []update // requests that the gateway is to answer
}

// maxWaiting is how many requests may wait for their answer; older ones stay without, as if the answer was lost.
const maxWaiting = 16

func openTwin(thing, dir string, conn shadow.Conn, log *slog.Logger) (t *twin, err error) {
	t = &twin{thing: thing, conn: conn, log: log, direct: make(chan update, maxWaiting), wake: make(chan struct{}, 1)}
	t.shadow, err = shadow.Bind(conn, thing, &shadow.Options[sections, sections]{
		Dir: filepath.Join(dir, "shadow"), Logger: log, SaveEvery: 5 * time.Second,
	})
	return t, err
}

// take is given each update that the leaf publishes. The error says why it is refused; the leaf is told, too.
func (t *twin) take(payload []byte) error {
	t.taken.Add(1)
	u, err := decodeUpdate(payload)
	if err != nil {
		t.reject(u, 400, err.Error())
		return err
	}
	if !u.alone {
		select {
		case t.direct <- u:
		default:
			t.reject(u, 429, "Too many requests")
		}
		return nil
	}
	changed, err := t.merge(u.reported)
	if err != nil {
		code := 400
		if errors.Is(err, shadow.ErrSize) {
			code = 413
		}
		t.reject(u, code, err.Error())
		return err
	}
	if u.token != nil || !changed {
		t.mu.Lock()
		if t.waiting = append(t.waiting, u); len(t.waiting) > maxWaiting {
			t.waiting = append([]update(nil), t.waiting[1:]...)
		}
		t.mu.Unlock()
		t.nudge()
	}
	return nil
}

// nudge has answer look soon whether there is something to answer.
func (t *twin) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// merge makes a part of the reported state what the leaf says.
func (t *twin) merge(patch json.RawMessage) (changed bool, err error) {
	err = t.shadow.Report(context.Background(), func(r *sections) error {
		if *r == nil {
			*r = sections{}
		}
		before, err := json.Marshal(*r)
		if err != nil {
			return err
		}
		after, err := shadow.Merge(before, patch)
		if err != nil {
			return err
		}
		diff, err := shadow.Diff(before, after)
		if err != nil {
			return err
		}
		changed = string(diff) != "{}"
		next := sections{}
		if after != nil { // reported was null: nothing is left
			d := json.NewDecoder(bytes.NewReader(after))
			d.UseNumber()
			if err := d.Decode(&next); err != nil {
				return err
			}
		}
		*r = next
		return nil
	})
	return changed, err
}

// answer gives the leaf the answers that are the gateway's: to requests that carried a token, which the cloud never saw, and to those that
// changed nothing, which the cloud is not told. They come when the cloud knows all that was reported; until then a request has no
// answer, as with a service that is out of reach.
func (t *twin) answer(ctx context.Context) error {
	const soonest, latest = 20 * time.Millisecond, time.Second
	look := soonest
	for {
		t.mu.Lock()
		idle := len(t.waiting) == 0
		t.mu.Unlock()
		var ready <-chan time.Time
		if !idle {
			ready = time.After(look)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.wake:
			look = soonest
		case <-ready:
			look = min(2*look, latest)
		case u := <-t.direct:
			if err := t.conn.Publish(ctx, shadowTopic(t.thing), u.request); err != nil {
				t.reject(u, 500, "Internal service failure")
			}
			continue
		}
		t.settle()
	}
}

// settle answers what can be answered now.
func (t *twin) settle() {
	t.mu.Lock()
	waiting := t.waiting
	// Looked at with the lock held: what has come since is not in waiting.
	d, f := t.shadow.State()
	if f.Pending || !f.Synced || d.Version == 0 {
		t.mu.Unlock()
		return
	}
	t.waiting = nil
	t.mu.Unlock()
	for _, u := range waiting {
		t.tell("accepted", struct {
			State     json.RawMessage `json:"state"`
			Version   int64           `json:"version"`
			Timestamp int64           `json:"timestamp"`
			Token     json.RawMessage `json:"clientToken,omitempty"`
		}{u.state, d.Version, time.Now().Unix(), u.token})
	}
}

// reject tells the leaf what the service would tell it.
func (t *twin) reject(u update, code int, message string) {
	t.tell("rejected", struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Time    int64           `json:"timestamp"`
		Token   json.RawMessage `json:"clientToken,omitempty"`
	}{code, message, time.Now().Unix(), u.token})
}

func (t *twin) tell(outcome string, v any) {
	payload, err := json.Marshal(v)
	if err == nil {
		err = t.down(shadowTopic(t.thing)+"/"+outcome, payload)
	}
	if err != nil {
		t.log.Warn("the leaf was not answered", "err", err)
	}
}

// accepted passes on what the service has accepted for this thing, from whomever, as the book's bridge does.
func (t *twin) accepted(ctx context.Context) error {
	topic := shadowTopic(t.thing) + "/accepted"
	cancel := func() {}
	defer func() { cancel() }()
	for link := range t.conn.Links(ctx) {
		stop, err := t.conn.Subscribe(link, []string{topic}, func(topic string, payload []byte) {
			t.nudge()
			if err := t.down(topic, payload); err != nil {
				t.log.Warn("the leaf was not told what was accepted", "err", err)
			}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", topic, err) // again, after a while
		}
		cancel = stop // the one before ended with its link
	}
	return ctx.Err()
}

// strangeFor is how long the end of a run waits for a cloud that may have no shadow service, drainFor for one that has answered. What it has not
// heard by then is kept, and told on the next connection.
const strangeFor = 2 * time.Second

// run keeps the shadow in step, and at the end waits until nothing is outstanding and the leaf has had all its messages taken.
func (t *twin) run(ctx context.Context, all func() bool) error {
	return linger(ctx, t.shadow.Run, func(context.Context) {
		for begin := time.Now(); time.Since(begin) < drainFor; time.Sleep(10 * time.Millisecond) {
			d, f := t.shadow.State()
			strange := d.Version == 0 && time.Since(begin) > strangeFor
			if strange || all() && (!f.Pending || !t.met()) {
				return
			}
		}
	})
}
