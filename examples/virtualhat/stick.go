package main

import (
	"context"

	"github.com/brinkml/brink/sensor/joystick"
)

// watchStick passes on what the stick asks for: another picture, or the temperature. It is read through its driver, like
// everything else.
func (h *hat) watchStick(ctx context.Context, chosen chan<- int, said chan<- struct{}) error {
	stick, err := h.Joystick()
	if err != nil {
		return err
	}
	for e, err := range stick.Events(ctx) {
		h.count(err)
		if err != nil || e.Action != joystick.Pressed {
			continue
		}
		switch e.Direction {
		case joystick.Left:
			send(ctx, chosen, -1)
		case joystick.Right:
			send(ctx, chosen, 1)
		case joystick.Middle:
			send(ctx, said, struct{}{})
		}
	}
	return nil
}

// send waits for who draws: while a text passes, that lasts.
func send[T any](ctx context.Context, to chan<- T, v T) {
	select {
	case to <- v:
	case <-ctx.Done():
	}
}
