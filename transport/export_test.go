package transport

import "time"

// OpenFS is Open on a file system of the test's choice.
var OpenFS = open

// SetWall makes an outbox that is not running go by another wall clock.
func (o *Outbox) SetWall(wall func() time.Time) { o.wall = wall }

// SplitUntil makes a lane's messages up to that number travel alone.
func (o *Outbox) SplitUntil(lane string, seq uint64) { o.lanes[lane].splitUntil(seq) }
