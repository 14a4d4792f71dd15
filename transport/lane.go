package transport

import (
	"errors"
	"fmt"
	"math"
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
	// Thin takes less and less as the lane fills, so that it covers a long
	// outage with falling resolution and without a hole: every message until
	// MaxBytes or MaxCount is half used, every 2nd of each topic until three
	// quarters, every 4th until seven eighths, and so on, and all again when
	// the link has made room. A message left out is dropped as with DropNewest.
	// When nothing fits any more, those still taken drop the oldest. Up to about
	// a thousand topics are counted each for itself; beyond, messages are taken
	// at random in the same proportion.
	Thin
)

// Lane is a queue of its own on disk, with its own priority and rules.
type Lane struct {
	// Name is how Message.Lane refers to it, and a folder's name: 1 to 64 of
	// a-z, 0-9, '-' and '_'.
	Name string
	// Priority: as long as a lane has a message that it may send, lanes with a
	// lower number wait. Equal ones share the link.
	Priority int
	// Weight is the lane's part among those of equal Priority that have
	// something to send, counted in bytes of their packets: a lane of weight 3
	// sends three times as many as one of weight 1. What a lane does not use
	// goes to the others and is not saved up. 0 means 1; at most 1000.
	Weight int
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
	// Reserve is how many bytes of disk are kept ready so that the lane still
	// takes messages when the disk is full, rounded up to whole files of
	// Options.SegmentBytes, at most 1024; 0 means none. The room comes beside MaxBytes, is
	// taken at Open if the disk has it, and taken again when it has been used
	// and the disk has room again. It holds on file systems that overwrite in
	// place, and not on those that write into a copy, as btrfs and ZFS do.
	Reserve int64
	// OnFull is the rule when MaxBytes or MaxCount is reached.
	OnFull OnFull
	// Batch, when set, sends adjacent messages of one topic as one.
	Batch *Batch
	// Rate is how many packets a second the lane may send; 0 means no limit.
	// Any second may hold one and 0.7 % more, and any ten seconds one more. What
	// the lane did not use is not saved up, but for 10 ms by which its sender
	// may be late. A batch is one packet, and AtMostOnce messages count as well.
	Rate float64
	// DailyBytes is how much the lane may send in a calendar day; 0 means no
	// limit. What counts is each PUBLISH packet with its headers, repeated ones
	// too, and not TLS and TCP below. The day is the wall clock's, in
	// Options.Location. A later date begins a new day with all of the budget; an
	// earlier one, because the device has booted without knowing the time or
	// the clock was ahead, does so only when the outbox has been open for 24
	// hours on the day before. What is spent is stored before it is sent: a
	// crash never lets the lane send more, and takes at most a 64th of the
	// budget from it. Only when the disk does not take that note is it sent
	// nevertheless. When the next packet does not fit, the lane waits for the
	// next day; one that is larger than the whole budget is sent as the first of
	// a day, and alone on it.
	DailyBytes int64
	// Window, when set, lets the lane send only while it is open.
	Window *Window
	// Envelope wraps each payload with the identity of its message, so that a
	// consumer can tell what it has seen: see [Envelope]. It needs
	// Options.Device. An empty payload with Retain, which asks the broker to
	// forget what it keeps, stays empty.
	Envelope bool
}

// DefaultLane is the lane of messages that name none.
const DefaultLane = "telemetry"

// defaultLanes is what nil Options mean. An alarm that does not fit waits;
// telemetry makes room for what is newer. When the disk is full, alarms have one
// more file.
func defaultLanes(segment int64) []Lane {
	return []Lane{
		{Name: "alarm", Priority: 10, MaxBytes: 64 << 20, Reserve: segment},
		{Name: DefaultLane, OnFull: DropOldest},
	}
}

// complete fills in defaults and returns all problems.
func (l *Lane) complete(o *Options) error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("transport: lane %q: "+format, append([]any{l.Name}, args...)...))
	}
	if !validLane(l.Name) {
		bad("the name must be 1 to 64 of a-z, 0-9, '-' and '_'")
	}
	if l.Sync < SyncAlways || l.Sync > InMemory {
		bad("no such Sync: %d", l.Sync)
	}
	if l.OnFull < Block || l.OnFull > Thin {
		bad("no such OnFull: %d", l.OnFull)
	}
	if l.SyncEvery < 0 || l.Reserve < 0 || l.MaxBytes < 0 || l.MaxCount < 0 || l.MaxAge < 0 {
		bad("a bound is negative")
	}
	if l.Weight < 0 || l.Weight > 1000 {
		bad("Weight is %d; it must be 0 to 1000", l.Weight)
	}
	if l.Weight == 0 {
		l.Weight = 1
	}
	if !(l.Rate >= 0 && l.Rate <= math.MaxInt32) {
		bad("Rate is %v; it must be 0 to %d", l.Rate, math.MaxInt32)
	}
	if l.DailyBytes < 0 || l.DailyBytes > 1<<60 {
		bad("DailyBytes is %d; it must be 0 to 2^60", l.DailyBytes)
	}
	if l.Window != nil {
		w := *l.Window // the caller's stays as it is
		l.Window = &w
		if _, err := w.parse(time.Now().In(o.Location)); err != nil {
			bad("%w", err)
		}
	}
	if l.Envelope && o.Device == "" {
		bad("Envelope needs Options.Device")
	}
	if l.SyncEvery > 0 && l.Sync != SyncInterval {
		bad("SyncEvery is set without SyncInterval")
	}
	if l.Reserve > 0 && l.Sync == InMemory {
		bad("Reserve is set with InMemory")
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
		if b.Format < BatchJSON || b.Format > BatchFrames {
			bad("no such Batch.Format: %d", b.Format)
		}
		if b.MaxMessages < 0 || b.MaxBytes < 0 || b.MaxDelay < 0 {
			bad("a bound of Batch is negative")
		}
		if b.MaxMessages == 0 {
			b.MaxMessages = 100
		}
		if b.MaxBytes == 0 {
			b.MaxBytes = min(64<<10, o.MaxPayload)
		}
		if b.MaxDelay == 0 {
			b.MaxDelay = time.Second
		}
	}
	return errors.Join(errs...)
}
