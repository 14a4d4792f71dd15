package page

import "time"

// Buffer is the state of the buffer towards upstream, as [Options].Buffer
// returns it.
type Buffer struct {
	Lanes []Lane

	// Link is "up", "online" or "connected" while there is a connection, and
	// any other word while there is none. Empty: not known.
	Link string

	// Since is when Link took that value. Zero: not known.
	Since time.Time

	// Delivered and Lost are messages since the start: acknowledged by the
	// far end, and given up.
	Delivered, Lost uint64
}

// Lane is one queue of a [Buffer].
type Lane struct {
	Name            string
	Depth           int   // messages that wait
	Bytes, MaxBytes int64 // used, and allowed; MaxBytes zero: no limit to show
	OldestAge       time.Duration
}

// bufferJSON is a Buffer as the page reads it.
type bufferJSON struct {
	Lanes     []laneJSON `json:"lanes"`
	Link      string     `json:"link"`
	Since     time.Time  `json:"since,omitzero"`
	Delivered uint64     `json:"delivered"`
	Lost      uint64     `json:"lost"`
}

type laneJSON struct {
	Name          string `json:"name"`
	Depth         int    `json:"depth"`
	Bytes         int64  `json:"bytes"`
	MaxBytes      int64  `json:"max_bytes"`
	OldestSeconds int64  `json:"oldest_seconds"`
}

func (b *Buffer) json() bufferJSON {
	j := bufferJSON{
		Lanes:     make([]laneJSON, len(b.Lanes)),
		Link:      b.Link,
		Since:     b.Since,
		Delivered: b.Delivered,
		Lost:      b.Lost,
	}
	for i, l := range b.Lanes {
		j.Lanes[i] = laneJSON{l.Name, l.Depth, l.Bytes, l.MaxBytes, int64(l.OldestAge / time.Second)}
	}
	return j
}
