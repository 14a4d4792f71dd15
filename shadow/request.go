package shadow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// request waits for its answer. At most two of one Shadow are under way: one of
// the sync loop and one of Desire or Delete.
type request struct {
	op     string
	asked  cloud // what was known when it was sent
	answer chan message
}

// request sends one request and waits for the answer: ErrTimeout when there is
// none in time, ErrNoLink when the connection, whose context ctx is, is lost.
// In both cases the service may have carried it out.
func (c *client) request(ctx context.Context, op string, build func(token string) []byte) (message, error) {
	if c.slots != nil {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return message{}, fmt.Errorf("shadow: %s: %w", op, ErrNoLink)
		}
	}
	token := rand.Text() // 26 characters; the service takes 64
	r := &request{op: op, answer: make(chan message, 1)}
	c.mu.Lock()
	r.asked = c.cloud
	c.pending[token] = r
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, token)
		c.mu.Unlock()
	}()

	wait, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.conn.Publish(wait, c.topics.prefix+op, build(token))
	if err == nil {
		select {
		case m := <-r.answer:
			if strings.HasSuffix(m.topic, "/rejected") {
				return m, &RejectedError{Op: op, Code: m.code, Message: m.text}
			}
			return m, nil
		case <-wait.Done():
		}
	}
	switch {
	case ctx.Err() != nil:
		return message{}, fmt.Errorf("shadow: %s: %w", op, ErrNoLink)
	case wait.Err() != nil:
		return message{}, fmt.Errorf("shadow: %s: %w", op, ErrTimeout)
	default:
		return message{}, fmt.Errorf("shadow: %s: %w", op, err)
	}
}

// get asks for the whole document; receive takes it in. No shadow is an answer
// too.
func (c *client) get(ctx context.Context) error {
	asked := time.Now()
	m, err := c.request(ctx, getTopic, getRequest)
	var rejected *RejectedError
	switch {
	case errors.As(err, &rejected) && rejected.Code == 404:
	case err != nil:
		return err
	case !isPatch(m.state) || m.version == 0:
		return errors.New("shadow: get: answer without a state or version")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = asked
	if c.cloud.stale {
		c.since = time.Now() // overtaken while it was on its way
	} else {
		c.release(asked)
	}
	if !c.dirty.IsZero() {
		c.dirty = time.Now() // what follows from the document comes with what was waiting for it
	}
	return nil
}

// receive handles a message, on a goroutine of the Conn.
func (c *client) receive(topic string, payload []byte) {
	topic, ok := strings.CutPrefix(topic, c.topics.prefix)
	if !ok {
		return
	}
	m, err := parseMessage(topic, payload)
	if err != nil {
		c.log.Warn("shadow message not understood", slog.String("thing", c.thing), slog.String("topic", topic), slog.Any("error", err))
		m = message{topic: topic}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.pending[m.token]
	if r != nil && !strings.HasPrefix(topic, r.op+"/") {
		r = nil
	}
	c.learn(m, r)
	if r != nil && topic != updateDelta {
		select {
		case r.answer <- m:
		default: // delivered twice
		}
	}
}

// learn takes a message into what is known of the cloud, with mu held.
func (c *client) learn(m message, r *request) {
	before, stale, desired := c.cloud.changes, c.cloud.stale, c.cloud.desired
	var asked *cloud
	if r != nil {
		asked = &r.asked
	}
	switch m.topic {
	case getAccepted:
		c.cloud.document(m, asked)
	case getRejected, deleteRejected:
		if r != nil && m.code == 404 {
			c.cloud.notFound(asked)
		}
	case updateAccepted:
		c.cloud.accepted(m, asked)
		if r != nil && m.version <= asked.version {
			c.cloud.stale = true // the shadow was made anew since
		}
	case updateDelta:
		c.cloud.delta(m)
	case deleteAccepted:
		c.cloud.deleted(m)
	}
	if c.cloud.changes != before {
		c.lastSeen = time.Now()
		c.touch()
		if string(desired) != string(c.cloud.desired) {
			c.unsaved = true
			wake(c.toSave)
		}
	}
	if c.cloud.stale != stale {
		c.note()
	}
	switch {
	case !c.cloud.stale:
		c.since = time.Time{}
	case c.since.IsZero():
		c.since = time.Now()
		wake(c.toSync)
	}
}
