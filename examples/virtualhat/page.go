package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/brinkml/brink/sensor/emulator/view/web"
)

// serve shows the board on a page, whose address it returns.
func serve(c *crew, addr string, w *world) (string, error) {
	p, err := web.New(w.board, &web.Options{
		Title:    "A virtual Sense HAT",
		Snapshot: w.snapshot,
		Stick:    w.stick,
		Buttons:  buttons(),
		Press:    w.press,
	})
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	c.run(p.Run)
	s := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	c.run(func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { s.Close() })()
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return "http://" + l.Addr().String(), nil
}
