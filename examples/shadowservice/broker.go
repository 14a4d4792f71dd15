package main

import (
	"errors"
	"log/slog"
	"net"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// broker is the one inside this program. Everyone who reaches its address may do everything.
type broker struct {
	*mochi.Server
	url string
}

func startBroker(address string) (*broker, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	err = errors.Join(
		s.AddHook(new(auth.AllowHook), nil),
		s.AddListener(listeners.NewNet("inside", l)),
	)
	if err == nil {
		err = s.Serve()
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &broker{s, "tcp://" + l.Addr().String()}, nil
}
