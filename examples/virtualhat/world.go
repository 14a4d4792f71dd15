package main

import (
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
)

// world is the board with what surrounds it, and what is to be seen of both.
type world struct {
	board *emulator.Board
	hand  emulator.Hand

	mu      sync.Mutex
	room    emulator.World
	shown   view.Snapshot
	pressed int
}

// newWorld puts a board into a room.
func newWorld(o options) *world {
	w := &world{
		board: emulator.New(&emulator.Options{Noise: o.noise, Seed: o.seed}),
		room:  emulator.Room(),
	}
	scene := &emulator.Scene{Pose: w.hand.Pose, Room: func(time.Time) emulator.World {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.room
	}}
	w.board.SetFunc(scene.At)
	return w
}

// note says what happened last.
func (w *world) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown.Note = text
	w.pressed++
}

// set makes a row of the readings, at its place in names.
func (w *world) set(name, value, mark string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.shown.Readings {
		if r := &w.shown.Readings[i]; r.Name == name {
			r.Value, r.Mark = value, mark
			return
		}
	}
	w.shown.Readings = append(w.shown.Readings, view.Reading{Name: name, Value: value, Mark: mark})
}

// snapshot returns what there is to see.
func (w *world) snapshot() view.Snapshot {
	px := w.board.Pixels()
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.shown
	s.Pixels, s.Readings = px, slices.Clone(s.Readings)
	return s
}
