package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/brinkml/brink/transport/internal/seglog"
)

// Options configure an outbox. The zero value, like nil, is the defaults.
type Options struct {
	// Lanes; none means "alarm" before "telemetry", both SyncAlways, without
	// batches, alarm with a Reserve of one file. Names must differ. A lane left
	// out later keeps its folder and its messages, unsent, until it is named
	// again.
	Lanes []Lane
	// Window is how many PUBLISH packets may wait for their acknowledgement at
	// once; 0 means 20, at most 100, and at most what the dialer's [Profile]
	// takes. One place is closed to all but the highest priority, so that
	// telemetry that nobody acknowledges cannot hold up an alarm.
	Window int
	// MaxPayload is the longest payload that Publish takes, in bytes; 0 means
	// 128 KiB, the limit of AWS IoT Core; at most 64 MiB, and at most what the
	// dialer's [Profile] takes.
	MaxPayload int
	// AckTimeout ends a connection on which a packet has waited that long for
	// its acknowledgement; 0 means 30 s.
	AckTimeout time.Duration
	// BackoffMin and BackoffMax bound the wait between attempts to connect.
	// The wait is random between 0 and a ceiling, which starts at BackoffMin, 0
	// meaning 1 s, doubles with each failure up to BackoffMax, 0 meaning 1 min,
	// and starts anew when a connection acknowledged something or lasted for
	// BackoffMax.
	BackoffMin, BackoffMax time.Duration
	// SegmentBytes is the size of one file of a lane; 0 means 1 MiB; at least
	// 4 KiB.
	SegmentBytes int64
	// MaxAside bounds what [Outbox.Aside] keeps, in bytes: the oldest make room.
	// 0 means 1 MiB.
	MaxAside int64
	// Keys, when set, encrypt what is stored on disk; nil stores it as it is.
	Keys *KeyRing
	// InboundQueue is how many messages wait for one subscription's handler; 0
	// means 256.
	InboundQueue int
	// Device names this device in envelopes ([Lane.Envelope]), which other
	// lanes do not need: up to 256 bytes of UTF-8 without control characters.
	Device string
	// Location is where days begin and windows open; nil means time.Local.
	Location *time.Location
	// Logger gets connections, their ends, drops and trouble with the disk;
	// nil discards.
	Logger *slog.Logger
}

// complete returns a copy with defaults filled in, and all problems. p may be nil.
func (o *Options) complete(p *Profile) (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	errs := []error{p.Check()}
	number := func(name string, v *int, def, least, most int) {
		if *v == 0 {
			*v = def
		}
		if *v < least || *v > most {
			errs = append(errs, fmt.Errorf("transport: %s is %d; it must be %d to %d", name, *v, least, most))
		}
	}
	duration := func(name string, v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
		if *v < 0 {
			errs = append(errs, fmt.Errorf("transport: %s is negative: %v", name, *v))
		}
	}
	window, payload := 100, 64<<20
	if p != nil && p.MaxWindow > 0 {
		window = min(window, p.MaxWindow)
	}
	if p != nil && p.MaxPayload > 0 {
		payload = min(payload, p.MaxPayload)
	}
	number("Window", &c.Window, min(20, window), 1, window)
	number("MaxPayload", &c.MaxPayload, min(128<<10, payload), 1, payload)
	number("InboundQueue", &c.InboundQueue, 256, 1, 1<<16)
	duration("AckTimeout", &c.AckTimeout, 30*time.Second)
	duration("BackoffMin", &c.BackoffMin, time.Second)
	duration("BackoffMax", &c.BackoffMax, max(time.Minute, c.BackoffMin))
	if c.BackoffMax < c.BackoffMin {
		errs = append(errs, fmt.Errorf("transport: BackoffMax %v is less than BackoffMin %v", c.BackoffMax, c.BackoffMin))
	}
	if c.MaxAside == 0 {
		c.MaxAside = 1 << 20
	}
	if c.MaxAside < 0 {
		errs = append(errs, fmt.Errorf("transport: MaxAside is negative: %d", c.MaxAside))
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = seglog.DefaultSegment
	}
	if c.SegmentBytes < 4<<10 || c.SegmentBytes > 1<<30 {
		errs = append(errs, fmt.Errorf("transport: SegmentBytes is %d; it must be 4 KiB to 1 GiB", c.SegmentBytes))
	}
	errs = append(errs, c.Keys.problems())
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Location == nil {
		c.Location = time.Local
	}
	if !validDevice(c.Device) {
		errs = append(errs, fmt.Errorf("transport: Device %.64q is not up to 256 bytes of UTF-8 without control characters", c.Device))
	}
	if len(c.Lanes) == 0 {
		c.Lanes = defaultLanes(c.SegmentBytes)
	}
	c.Lanes = append([]Lane(nil), c.Lanes...)
	seen := make(map[string]bool)
	for i := range c.Lanes {
		l := &c.Lanes[i]
		errs = append(errs, l.complete(&c))
		if seen[l.Name] {
			errs = append(errs, fmt.Errorf("transport: two lanes are named %q", l.Name))
		}
		if l.Reserve > 1024*c.SegmentBytes {
			errs = append(errs, fmt.Errorf("transport: lane %q: Reserve is %d bytes; it must be at most 1024 files of %d", l.Name, l.Reserve, c.SegmentBytes))
		}
		seen[l.Name] = true
	}
	return c, errors.Join(errs...)
}
