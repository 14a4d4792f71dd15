// Transportonly stores a greeting on disk until a broker has it: what a device shadow's connection costs without the
// shadow.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

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
	for range conn.Links(ctx) {
		if err := conn.Publish(ctx, "hub/here", []byte("hello")); err != nil {
			return err
		}
	}
	return nil
}
