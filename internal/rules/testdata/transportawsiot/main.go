// Transportawsiot is transportonly with all that a device says to AWS IoT over its connection besides a shadow: it gets an identity, takes
// jobs that fetch files, reports to Device Defender, and hears of tunnels.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/defender"
	"github.com/brinkml/brink/transport/awsiot/jobs"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
	"github.com/brinkml/brink/transport/awsiot/streams"
	"github.com/brinkml/brink/transport/awsiot/tunnel"
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

	id, err := provisioning.Device(ctx, conn, "hubs", &provisioning.Options{
		Dir: dir + "/identity", Parameters: map[string]string{"SerialNumber": "7"},
	})
	if err != nil {
		return err
	}
	files, err := streams.New(conn, id.ThingName, nil)
	if err != nil {
		return err
	}
	takeJobs, err := jobs.New(conn, id.ThingName, &jobs.Options{
		Dir: dir + "/jobs",
		Handlers: map[string]jobs.Handler{"fetch": func(ctx context.Context, j *jobs.Job) error {
			var f streams.File
			if err := json.Unmarshal(j.Document, &f); err != nil {
				return fmt.Errorf("%w: %w", jobs.ErrReject, err)
			}
			if err := files.Fetch(ctx, f, dir+"/model"); err != nil {
				return err
			}
			return j.Progress(ctx, map[string]string{"percent": "100"})
		}},
	})
	if err != nil {
		return err
	}
	report, err := defender.New(conn, id.ThingName, &defender.Options{
		Dir: dir + "/defender",
		Custom: func(context.Context) (map[string]defender.Value, error) {
			return map[string]defender.Value{"battery": defender.Number(81)}, nil
		},
	})
	if err != nil {
		return err
	}
	listen, err := tunnel.New(conn, id.ThingName, func(_ context.Context, n tunnel.Notice) {
		slog.Info("tunnel", "notice", n)
	}, nil)
	if err != nil {
		return err
	}
	topic, err := awsiot.RuleTopic("store", "hub/here")
	if err != nil {
		return err
	}
	go takeJobs.Run(ctx)
	go report.Run(ctx)
	go listen.Run(ctx)
	for range conn.Links(ctx) {
		if err := conn.Publish(ctx, topic, []byte("hello")); err != nil {
			return err
		}
	}
	return nil
}
