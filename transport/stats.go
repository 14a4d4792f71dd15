package transport

import "time"

// Reason says why a message was dropped.
type Reason int

const (
	DroppedOldest  Reason = iota // the lane was full, DropOldest
	DroppedNewest                // the lane was full, DropNewest
	DroppedAge                   // it waited longer than Lane.MaxAge
	DroppedExpired               // it waited longer than its own Expiry
	DroppedDamaged               // its record on disk is damaged or missing
	DroppedUnsent                // AtMostOnce, and the link ended under it
	DroppedPoison                // the broker does not take it: it is set aside, see Outbox.Aside
	DroppedThinned               // the lane was filling up, Thin
	reasons
)

// String returns one word for logs and metrics.
func (r Reason) String() string {
	names := [...]string{"oldest", "newest", "age", "expired", "damaged", "unsent", "poison", "thinned"}
	if r < 0 || int(r) >= len(names) {
		return "unknown"
	}
	return names[r]
}

// Stats is a snapshot. Within one lane it is exact: Accepted equals
// Acknowledged + Pending + the sum of Dropped at every moment.
type Stats struct {
	Epoch uint64
	Lanes []LaneStats // by falling priority
	Link  LinkStats
	Aside int       // messages set aside, see Outbox.Aside
	Syncs Histogram // what each sync of a lane's files took, since Open
	// Problems are what is wrong and did not keep the outbox from opening, such
	// as files that others can read.
	Problems []error
	// InboundDropped counts messages from the broker whose handlers were too slow.
	InboundDropped uint64
}

// Lane returns the statistics of the lane of that name, or zeros.
func (s Stats) Lane(name string) LaneStats {
	for _, l := range s.Lanes {
		if l.Name == name {
			return l
		}
	}
	return LaneStats{}
}

// LaneStats counts messages since Open. What Open found on disk counts as
// accepted.
type LaneStats struct {
	Name         string
	Accepted     uint64
	Acknowledged uint64
	Pending      int               // accepted, neither acknowledged nor dropped
	InFlight     int               // of those, sent and not yet acknowledged
	Dropped      map[Reason]uint64 // only reasons that occurred
	Rejected     uint64            // refused with ErrFull or by the disk: never accepted
	// Resent counts messages that were in flight when a connection ended: the
	// broker may have them twice. What a crash repeats is not in it.
	Resent uint64
	Level  Level

	Bytes     int64 // what Pending takes of MaxBytes
	MaxBytes  int64
	MaxCount  int
	Segments  int   // files on disk
	DiskBytes int64 // what they take, preallocated room included
	// ReserveBytes is what is ready of Lane.Reserve, beside DiskBytes.
	ReserveBytes int64
	// Keys are the numbers of the keys that files on disk are encrypted with. One
	// that no lane names any more, nor is active, can leave the ring.
	Keys []uint32

	// SpentToday is what counts against Lane.DailyBytes; 0 without one.
	SpentToday int64

	// OldestAge is how long the oldest message that waits to be sent has
	// waited, counted like Lane.MaxAge; 0 when none waits.
	OldestAge time.Duration
}

// TotalDropped is the sum over all reasons.
func (s LaneStats) TotalDropped() uint64 {
	var n uint64
	for _, k := range s.Dropped {
		n += k
	}
	return n
}

// LinkStats tells about the connection.
type LinkStats struct {
	Up       bool
	Since    time.Time // when it came up or, if it is down, went down; zero before the first connection
	Connects uint64    // connections made since Open
	Failures uint64    // attempts that failed since Open
	// LastError is why the last attempt failed or the last connection ended;
	// nil when neither happened yet.
	LastError   error
	LastErrorAt time.Time
	InFlight    int // packets that wait for their acknowledgement
}

// Reconnects is the number of connections after the first.
func (l LinkStats) Reconnects() uint64 { return max(l.Connects, 1) - 1 }
