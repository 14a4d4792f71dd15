package main

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net"
	"strings"
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// broker is the MQTT broker of the demonstration: it listens on loopback only and plays the cloud. The recorder
// sits in its publish path, before the acknowledgement.
type broker struct {
	server *mochi.Server
	url    string

	mu    sync.Mutex
	subID int
}

func startBroker(r *recorder, log *slog.Logger) (*broker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: log})
	err = errors.Join(
		s.AddHook(new(auth.AllowHook), nil),
		s.AddHook(&recorderHook{recorder: r}, nil),
		s.AddListener(listeners.NewNet("loopback", l)),
	)
	if err == nil {
		err = s.Serve()
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &broker{server: s, url: "tcp://" + l.Addr().String()}, nil
}

func (b *broker) close() error { return b.server.Close() }

// recorderHook lets the recorder see every message before its sender gets the acknowledgement.
type recorderHook struct {
	mochi.HookBase
	recorder *recorder
}

func (h *recorderHook) ID() string { return "recorder" }

func (h *recorderHook) Provides(b byte) bool { return b == mochi.OnPublish }

func (h *recorderHook) OnPublish(_ *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if !strings.HasPrefix(pk.TopicName, strings.TrimSuffix(h.recorder.topics, "#")) {
		return pk, nil
	}
	if err := h.recorder.note(pk.Payload); err != nil {
		h.recorder.failed.Store(&err)
		return pk, packets.ErrRejectPacket // no acknowledgement for what could not be noted
	}
	return pk, nil
}

// cloudConn is the connection of the shadow service that lives beside the embedded broker; it has the shape of
// shadow.Conn and never loses its link.
type cloudConn struct{ *broker }

func (c cloudConn) Publish(_ context.Context, topic string, payload []byte) error {
	return c.server.Publish(topic, payload, false, 1)
}

func (c cloudConn) Subscribe(_ context.Context, topics []string, h func(string, []byte)) (func(), error) {
	c.mu.Lock()
	c.subID++
	sub := c.subID
	c.mu.Unlock()
	cancel := func() {
		for _, t := range topics {
			// An unsubscribe fails only for filters that the server never accepted.
			_ = c.server.Unsubscribe(t, sub)
		}
	}
	for _, t := range topics {
		err := c.server.Subscribe(t, sub, func(_ *mochi.Client, _ packets.Subscription, pk packets.Packet) {
			h(pk.TopicName, pk.Payload)
		})
		if err != nil {
			cancel()
			return nil, err
		}
	}
	return cancel, nil
}

func (c cloudConn) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) { yield(ctx) }
}
