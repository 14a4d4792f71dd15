package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// operate runs the board and everything that shows it until ctx ends, or -duration.
func operate(ctx context.Context, o options, stdin io.Reader, stdout io.Writer) (err error) {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	w := newWorld(o)
	h, err := openHat(w.board, w.set)
	if err != nil {
		return err
	}
	var page string
	c := newCrew(ctx)
	if o.listen != "" {
		if page, err = serve(c, o.listen, w); err != nil {
			return c.end(err)
		}
	}
	chosen, said := make(chan int), make(chan struct{})
	c.run(h.watchHumidity)
	c.run(h.watchPressure)
	c.run(h.watchMotion)
	c.run(func(ctx context.Context) error { return h.draw(ctx, chosen, said) })
	c.run(func(ctx context.Context) error { return h.watchStick(ctx, chosen, said) })
	c.run(func(ctx context.Context) error { return tellTruth(ctx, w) })
	c.run(func(ctx context.Context) error { o.script.play(ctx, w.press); return nil })

	in, _ := stdin.(*os.File)
	out, _ := stdout.(*os.File)
	onScreen := !o.plain && !o.json && in != nil && out != nil && isTerminal(out)
	if onScreen {
		var t *terminal
		if t, onScreen = openTerminal(in); onScreen {
			// Deferred calls run in a panic, too, and those of other goroutines come here as errors.
			defer func() { err = errors.Join(err, t.restore()) }()
			c.run(func(ctx context.Context) error { return t.read(ctx, w.press) })
		}
	}
	line := ""
	if page != "" {
		line = "page: " + page + "\n"
	}
	if onScreen {
		defer io.WriteString(stdout, leaveScreen)
		if _, err := io.WriteString(stdout, enterScreen); err != nil {
			return c.end(err)
		}
		c.run(func(ctx context.Context) error { return paint(ctx, stdout, w, line) })
	} else {
		io.WriteString(stdout, line)
		if !o.json {
			c.run(func(ctx context.Context) error { return printText(ctx, stdout, w) })
		}
	}
	if err := c.wait(); err != nil {
		return err
	}
	w.board.ClearFaults() // parts that were pulled are to be halted, too
	s := h.summary(w, page)
	if err := h.Halt(); err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(stdout).Encode(s)
	}
	return nil
}

// tellTruth shows how the hand holds the board, which no program on a real one would know.
func tellTruth(ctx context.Context, w *world) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		roll, pitch, yaw := w.hand.Pose(time.Now()).Attitude.Euler()
		w.set(rowTruth, degrees(roll, pitch, yaw), "")
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
