package main

import (
	"context"
	"path/filepath"

	"github.com/brinkml/brink/transport/awsiot/defender"
	"github.com/brinkml/brink/transport/awsiot/tunnel"
)

// defender returns what reports to Device Defender: what the system shows, and how many readings there were.
func (d *device) defender() (func(context.Context) error, error) {
	r, err := defender.New(d.out.Conn(), d.thing, &defender.Options{
		Dir: filepath.Join(d.o.state, "defender"),
		Custom: func(context.Context) (map[string]defender.Value, error) {
			return map[string]defender.Value{"readings": defender.Number(float64(d.readings.Load()))}, nil
		},
		OnReport: func(id int64, err error) {
			if err == nil {
				d.tell("report", struct {
					ID int64 `json:"id"`
				}{id})
			}
		},
		Logger: d.log,
	})
	if err != nil {
		return nil, err
	}
	return r.Run, nil
}

// tunnels returns what listens for tunnels. This device has no proxy and only says that it was asked: whoever has one starts it here, on a
// goroutine of its own, with n.Token.Reveal(). The token does not show itself in what is printed and logged.
func (d *device) tunnels() (func(context.Context) error, error) {
	l, err := tunnel.New(d.out.Conn(), d.thing, func(_ context.Context, n tunnel.Notice) {
		d.log.Info("a tunnel is open", "notice", n)
		d.tell("tunnel", n)
	}, &tunnel.Options{Services: []string{"SSH"}, Logger: d.log})
	if err != nil {
		return nil, err
	}
	return l.Run, nil
}
