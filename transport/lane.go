package transport

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sync says when a published message is on the disk.
type Sync int

const (
	// SyncAlways: when Publish returns. Producers that publish at the same
	// time share one write and one sync.
	SyncAlways Sync = iota
	// SyncInterval: at most Lane.SyncEvery later. A power cut may take the
	// messages of that interval; a crash of the process takes none.
	SyncInterval
	// SyncNone: when the operating system likes. A power cut may take many
	// seconds of messages; a crash of the process takes none.
	SyncNone
	// InMemory: never. Messages end with the outbox.
	InMemory
)

// OnFull is what a full lane does with one more message. Every drop is counted.
type OnFull int

const (
	// Block waits for room, until the context of Publish ends.
	Block OnFull = iota
	// Reject returns ErrFull.
	Reject
	// DropOldest drops messages from the front, except those already sent and
	// waiting for their acknowledgement.
	DropOldest
	// DropNewest drops the message that is being published: Publish returns
	// nil, and Delivered ErrDropped.
	DropNewest
)

// Lane is a queue of its own on disk, with its own priority and rules.
type Lane struct {
	// Name is how Message.Lane refers to it, and a folder's name: 1 to 64 of
	// a-z, 0-9, '-' and '_'.
	Name string
	// Priority: as long as a lane has a message to send, lanes with a lower
	// number wait. Equal ones take turns.
	Priority int
	// Sync says when messages are durable.
	Sync Sync
	// SyncEvery is the interval of SyncInterval; 0 means 1 s.
	SyncEvery time.Duration
	// MaxBytes bounds what waits, headers included: 0 means 512 MiB, or 16 MiB
	// in memory. On disk, add one segment.
	MaxBytes int64
	// MaxCount bounds the number of messages that wait; 0 means no bound but
	// MaxBytes.
	MaxCount int
	// MaxAge drops what has waited longer; 0 means no bound. The time counts
	// while the outbox is open, on the monotonic clock: a step of the wall
	// clock changes nothing, and time without power does not count, because a
	// device without a battery clock cannot know it.
	MaxAge time.Duration
	// OnFull is the rule when MaxBytes or MaxCount is reached.
	OnFull OnFull
	// Batch, when set, sends adjacent messages of one topic as one.
	Batch *Batch
}

// Batch joins adjacent messages of the same topic and retain flag into one
// PUBLISH, whose payload is the JSON array of theirs, and which is acknowledged
// as a unit. A single message travels as an array too. Payloads must be JSON,
// which Publish checks.
type Batch struct {
	// MaxMessages closes a batch; 0 means 100.
	MaxMessages int
	// MaxBytes bounds the array; 0 means 64 KiB. A longer message goes alone.
	MaxBytes int
	// MaxDelay is how long the first message of a batch waits for more; 0
	// means 1 s.
	MaxDelay time.Duration
}

// DefaultLane is the lane of messages that name none.
const DefaultLane = "telemetry"

// defaultLanes is what nil Options mean. An alarm that does not fit waits;
// telemetry makes room for what is newer.
func defaultLanes() []Lane {
	return []Lane{
		{Name: "alarm", Priority: 10, MaxBytes: 64 << 20},
		{Name: DefaultLane, OnFull: DropOldest},
	}
}

// complete fills in defaults and returns all problems.
func (l *Lane) complete(maxPayload int) error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("transport: lane %q: "+format, append([]any{l.Name}, args...)...))
	}
	if l.Name == "" || len(l.Name) > 64 || strings.Trim(l.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		bad("the name must be 1 to 64 of a-z, 0-9, '-' and '_'")
	}
	if l.Sync < SyncAlways || l.Sync > InMemory {
		bad("no such Sync: %d", l.Sync)
	}
	if l.OnFull < Block || l.OnFull > DropNewest {
		bad("no such OnFull: %d", l.OnFull)
	}
	if l.SyncEvery < 0 || l.MaxBytes < 0 || l.MaxCount < 0 || l.MaxAge < 0 {
		bad("a bound is negative")
	}
	if l.SyncEvery > 0 && l.Sync != SyncInterval {
		bad("SyncEvery is set without SyncInterval")
	}
	if l.SyncEvery == 0 {
		l.SyncEvery = time.Second
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = 512 << 20
		if l.Sync == InMemory {
			l.MaxBytes = 16 << 20
		}
	}
	if l.Batch != nil {
		b := *l.Batch // the caller's stays as it is
		l.Batch = &b
		if b.MaxMessages < 0 || b.MaxBytes < 0 || b.MaxDelay < 0 {
			bad("a bound of Batch is negative")
		}
		if b.MaxMessages == 0 {
			b.MaxMessages = 100
		}
		if b.MaxBytes == 0 {
			b.MaxBytes = min(64<<10, maxPayload)
		}
		if b.MaxDelay == 0 {
			b.MaxDelay = time.Second
		}
	}
	return errors.Join(errs...)
}
