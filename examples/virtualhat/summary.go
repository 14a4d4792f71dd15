package main

import (
	"math"
	"time"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
)

// summary is what -json prints at the end.
type summary struct {
	Page     string         `json:"page,omitempty"`
	Reads    int            `json:"reads"`
	Failed   int            `json:"failed"`
	Frames   uint64         `json:"frames"`
	Keys     int            `json:"keys"`
	Readings []view.Reading `json:"readings"`
	// OffBy is the angle in degrees between the true orientation at the end and the one that was computed.
	OffBy float64 `json:"off_by_degrees"`
}

// summary says what came of a run.
func (h *hat) summary(w *world, page string) summary {
	angles, _ := h.now()
	s := w.snapshot()
	h.mu.Lock()
	defer h.mu.Unlock()
	off := w.hand.Pose(time.Now()).Attitude.Inverse().Times(emulator.Euler(angles.Roll, angles.Pitch, angles.Yaw))
	return summary{
		Page: page, Reads: h.reads, Failed: h.failed, Frames: w.board.Frames(), Keys: w.pressed, Readings: s.Readings,
		OffBy: 2 * math.Acos(min(math.Abs(off[0]), 1)) * 180 / math.Pi,
	}
}
