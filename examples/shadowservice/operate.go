package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// operate serves until ctx ends.
func operate(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	start := time.Now()

	service, err := open(o, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	if o.broker == "" {
		b, err := startBroker(o.listen)
		if err != nil {
			return err
		}
		defer b.Close()
		o.broker = b.url
	}
	fmt.Fprintf(stdout, "broker  %s\n", o.broker)
	if err := serve(ctx, o, service, log); err != nil {
		return err
	}
	return summarize(service, time.Since(start)).print(stdout, o.json)
}

// open makes the service that the options ask for.
func open(o options, log *slog.Logger) (*shadowtest.Service, error) {
	so := &shadowtest.Options{Rate: o.rate, Latency: o.latency, Logger: log}
	if o.things != "" {
		so.Things = strings.Split(o.things, ",")
	}
	service := shadowtest.New(so)
	if o.dir != "" {
		var err error
		if service, err = shadowtest.Open(o.dir, so); err != nil {
			return nil, err
		}
	}
	if o.drop+o.duplicate+o.reorder > 0 {
		rng := rand.New(rand.NewPCG(o.seed, 0))
		service.Script(func(shadowtest.Message) (a shadowtest.Action) {
			switch x := 100 * rng.Float64(); {
			case x < o.drop:
				a.Drop = true
			case x < o.drop+o.duplicate:
				a.Duplicate = 1
			case x < o.drop+o.duplicate+o.reorder:
				a.Behind = 1
			}
			return a
		})
	}
	return service, nil
}

// serve answers at the broker until ctx ends. The outbox is there for its connection, which comes back by itself;
// nothing is ever stored in its folder, because an answer that comes late is worse than none.
func serve(ctx context.Context, o options, service *shadowtest.Service, log *slog.Logger) (err error) {
	dialer, err := dialer(o)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "shadowservice-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	outbox, err := transport.Open(dir, dialer, &transport.Options{
		Lanes:      []transport.Lane{{Name: "none", Sync: transport.InMemory}},
		BackoffMax: 5 * time.Second,
		Logger:     log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, outbox.Close()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { cancel(outbox.Run(ctx)) })
	wg.Go(func() { cancel(service.Serve(ctx, outbox.Conn())) })
	wg.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func dialer(o options) (*mqtt.Dialer, error) {
	m := &mqtt.Options{Broker: o.broker, ClientID: o.client, RootsFile: o.ca}
	if o.cert != "" {
		var err error
		if m.KeyPair, err = mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: o.cert, KeyFile: o.key}); err != nil {
			return nil, err
		}
	}
	return mqtt.New(m)
}
