package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/brinkml/brink/sensor/emulator/view"
)

// ECMA-48 and xterm: the other screen without a cursor, and back.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[2J"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
)

// paint keeps the terminal up to date until ctx ends.
func paint(ctx context.Context, out io.Writer, w *world, page string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	shown := ""
	for {
		text := view.Text(w.snapshot(), &view.TextOptions{Color: true}) + "\n" + help() + page
		if text != shown {
			shown = text
			// Each line clears what the one before it there had more.
			if _, err := io.WriteString(out, "\x1b[H"+strings.ReplaceAll(text, "\n", "\x1b[K\r\n")+"\x1b[J"); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// printText writes a picture without colours once a second until ctx ends.
func printText(ctx context.Context, out io.Writer, w *world) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := io.WriteString(out, view.Text(w.snapshot(), nil)+"\n"); err != nil {
			return err
		}
	}
}
