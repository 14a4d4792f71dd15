package main

import (
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
)

// TestLanesAreTheBooks holds the lanes against what the book's components are set to, and against what their messages are worth.
func TestLanesAreTheBooks(t *testing.T) {
	o := options{pace: 1}
	got := map[string]transport.Lane{}
	for _, l := range lanes(&o) {
		got[l.Name] = l
	}
	s := got[laneStream]
	if s.MaxBytes != 268435456 || s.OnFull != transport.DropOldest || s.Sync == transport.InMemory || s.Batch.MaxDelay != time.Minute || s.Priority != 0 {
		t.Errorf("the stream is %+v; want 256 MiB on disk, of which the oldest makes room, in batches of a minute, behind all others", s)
	}
	if a := got[laneAppliances]; a.Sync != transport.SyncAlways || a.Batch != nil || a.MaxAge != 0 {
		t.Errorf("appliances are %+v; want each message on the disk before it is acknowledged, and sent by itself however late", a)
	}
	if h := got[laneHeartbeat]; h.Sync != transport.InMemory || h.MaxAge != 15*time.Second || h.MaxCount == 0 {
		t.Errorf("heartbeats are %+v; want some in memory, for three intervals of the leaf's", h)
	}
	if i := got[laneInference]; i.Sync == transport.InMemory || i.Batch != nil {
		t.Errorf("inference is %+v; want it to outlive the process", i)
	}
}
