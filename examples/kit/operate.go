package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
)

// operate is the device: it measures until ctx ends or -duration is over, and then delivers what it can.
func operate(ctx context.Context, o options, stdout io.Writer, log *slog.Logger) (err error) {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	b, err := openBoard(o.i2c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	d, err := dialer(o)
	if err != nil {
		return err
	}
	out, err := transport.Open(o.state, d, &transport.Options{Lanes: lanes(o.interval), Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	up := &uplink{out: out, id: o.id, began: time.Now(), seq: map[string]uint64{}, log: log}
	if o.print {
		up.print = stdout
	}
	k := newKit(b, up, o, log)
	log.Info("the kit begins", "id", o.id, "epoch", out.Epoch(), "pending", pending(out), "clock", clockSynced())

	// Asked for before there is a connection, so that a broker's refusal is logged and does not end the device.
	if _, err := out.Subscribe(ctx, topic(o.id, "set"), 1, k.obey); err != nil {
		return err
	}
	// What sends goes on when ctx has ended: it is needed for the goodbye.
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() {
		if err := out.Run(sending); sending.Err() == nil {
			log.Error("sending has ended", "err", err)
		}
	})

	if err := k.sense(ctx); err != nil {
		return err
	}
	return goodbye(sending, up, o.drain)
}

// goodbye delivers what is left, for a while. What is not delivered then is on the disk, and the next start's first work.
func goodbye(ctx context.Context, up *uplink, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if up.out.Stats().Link.Up { // without a link the will has said it, or will
		// Not stored: delivered late, it would belie the birth of the next connection.
		if _, err := up.out.Publish(ctx, transport.Message{
			Topic: topic(up.id, "status"), Payload: presence(up.id, false), Lane: "alarm", Retain: true, AtMostOnce: true,
		}); err != nil {
			up.log.Warn("no goodbye", "err", err)
		}
	}
	err := up.out.Drain(ctx)
	if left, ok := errors.AsType[*transport.DrainError](err); ok {
		up.log.Warn("the kit ends before everything is delivered", "left", left.Left)
		return nil
	}
	up.log.Info("the kit ends")
	return err
}

// pending is how many messages wait.
func pending(out *transport.Outbox) (n int) {
	for _, l := range out.Stats().Lanes {
		n += l.Pending
	}
	return n
}
