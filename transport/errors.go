package transport

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// What a caller may branch on with errors.Is.
var (
	// ErrLane reports a message for a lane that the outbox does not have.
	ErrLane = errors.New("transport: no such lane")
	// ErrRunning reports a second Run while one is going on.
	ErrRunning = errors.New("transport: already running")
	// ErrFull reports a message refused by a full lane, or by a full disk.
	ErrFull = errors.New("transport: lane is full")
	// ErrClosed reports a call on a closed outbox.
	ErrClosed = errors.New("transport: closed")
	// ErrNoLink reports that there is no connection, or that it ended before
	// the answer came.
	ErrNoLink = errors.New("transport: no link")
	// ErrDropped reports a message that its lane's rules gave up: full, too
	// old, expired, or damaged on disk. It will not be delivered.
	ErrDropped = errors.New("transport: message dropped")
	// ErrUnknown reports a message that is settled, but so long ago that it is
	// not remembered how.
	ErrUnknown = errors.New("transport: message settled, outcome not remembered")
)

// TopicError reports a topic or filter that MQTT does not allow.
type TopicError struct {
	Topic  string
	Reason string
}

func (e *TopicError) Error() string {
	t := e.Topic
	if len(t) > 64 {
		t = t[:64] + "..."
	}
	return fmt.Sprintf("transport: topic %q: %s", t, e.Reason)
}

// SizeError reports a payload above Options.MaxPayload, counted as it would be
// sent, in its envelope and as a batch of one. Sizes are in bytes.
type SizeError struct {
	Size, Limit int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("transport: payload of %d bytes; the limit is %d", e.Size, e.Limit)
}

// PayloadError reports a payload that its lane's batches cannot hold.
type PayloadError struct {
	Lane string
}

func (e *PayloadError) Error() string {
	return fmt.Sprintf("transport: lane %q batches JSON and the payload is not valid JSON", e.Lane)
}

// SubscribeError reports a subscription that the broker did not grant.
type SubscribeError struct {
	Filter string
	Err    error
}

func (e *SubscribeError) Error() string {
	return fmt.Sprintf("transport: subscribe %q: %v", e.Filter, e.Err)
}

func (e *SubscribeError) Unwrap() error { return e.Err }

// DrainError reports what was left when Drain gave up.
type DrainError struct {
	Left map[string]int // messages by lane, lanes with none left out
	Err  error          // why it gave up
}

func (e *DrainError) Error() string {
	n := 0
	for _, k := range e.Left {
		n += k
	}
	return fmt.Sprintf("transport: drain: %d messages left in %q: %v", n, slices.Sorted(maps.Keys(e.Left)), e.Err)
}

func (e *DrainError) Unwrap() error { return e.Err }
