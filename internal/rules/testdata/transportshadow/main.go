// Transportshadow is transportonly with two device shadows over its connection.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

type settings struct {
	SampleMS  int     `json:"sampleMs,omitempty"`
	Threshold float64 `json:"threshold,omitempty"`
}

type status struct {
	SampleMS  int     `json:"sampleMs"`
	Threshold float64 `json:"threshold"`
	Health    string  `json:"health"`
}

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		slog.Error("firmware", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, broker, dir string) error {
	d, err := mqtt.New(&mqtt.Options{Broker: broker, ClientID: "hub"})
	if err != nil {
		return err
	}
	out, err := transport.Open(dir, d, nil)
	if err != nil {
		return err
	}
	defer out.Close()
	go out.Run(ctx)
	conn := out.Conn()
	cancel, err := conn.Subscribe(ctx, []string{"hub/command"}, func(topic string, payload []byte) {
		slog.Info("command", "topic", topic, "payload", string(payload))
	})
	if err != nil {
		return err
	}
	defer cancel()

	classic, err := shadow.Bind[settings, status](conn, "hub", nil)
	if err != nil {
		return err
	}
	named, err := shadow.Bind(conn, "hub", &shadow.Options[settings, status]{
		Name: "tuning",
		Dir:  dir + "/shadow",
		OnDelta: func(ctx context.Context, c shadow.Change[settings]) error {
			slog.Info("change", "version", c.Version, "threshold", c.Desired.Threshold)
			return nil
		},
	})
	if err != nil {
		return err
	}
	go classic.Run(ctx)
	go named.Run(ctx)
	for range conn.Links(ctx) {
		if err := named.Report(ctx, func(s *status) error { s.Health = "ok"; return nil }); err != nil {
			return err
		}
		if err := classic.Desire(ctx, func(s *settings) error { s.SampleMS = 50; return nil }); err != nil {
			return err
		}
		doc, fresh := named.State()
		slog.Info("state", "health", doc.Reported.Health, "synced", fresh.Synced)
		if err := conn.Publish(ctx, "hub/here", []byte("hello")); err != nil {
			return err
		}
	}
	return nil
}
