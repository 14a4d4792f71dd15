package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// device is what runs once there is an identity.
type device struct {
	o        options
	thing    string
	out      *transport.Outbox
	shadow   *shadow.Shadow[settings, status]
	interval atomic.Int64 // time.Duration between readings
	readings atomic.Int64 // that were accepted in this run
	tell     func(what string, v any)
	log      *slog.Logger
}

// operate is the device: it gets itself an identity if it has none, and works until ctx ends or -duration is over.
func operate(ctx context.Context, o options, stdin io.Reader, stdout io.Writer, log *slog.Logger) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.duration > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	if o.stdin {
		go func() {
			_, _ = io.Copy(io.Discard, stdin) // whatever ended it, nobody is there any more
			cancel()
		}()
	}
	d := &device{o: o, tell: teller(o.print, stdout), log: log}
	d.interval.Store(int64(o.interval))

	id, err := d.identify(ctx)
	if ctx.Err() != nil {
		return nil // the next start goes on with it
	}
	if err != nil {
		return err
	}
	d.thing = id.ThingName
	keys, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: id.CertFile, KeyFile: id.KeyFile})
	if err != nil {
		return err
	}
	dialer, err := mqtt.New(&mqtt.Options{
		Broker: o.broker(), ClientID: d.thing, RootsFile: o.ca, KeyPair: keys, Profile: transport.AWSIoTCore(),
	})
	if err != nil {
		return err
	}
	d.out, err = transport.Open(filepath.Join(o.state, "outbox"), dialer, &transport.Options{Lanes: lanes(o.interval), Device: d.thing, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.out.Close()) }()
	b, err := openBoard(o.i2c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	services, err := d.services(ctx)
	if err != nil {
		return err
	}

	// The link outlives the work: what was measured last is delivered over it.
	linked, unlink := context.WithCancel(context.WithoutCancel(ctx))
	var link, work sync.WaitGroup
	defer link.Wait()
	defer unlink()
	link.Go(func() { d.until(linked, "the link", d.out.Run) })
	for what, serve := range services {
		work.Go(func() { d.until(ctx, what, serve) })
	}
	if err := d.reportModel(ctx); err != nil && ctx.Err() == nil {
		log.Warn("the model is not known", "err", err)
	}
	d.measure(ctx, b)
	work.Wait()
	return d.goodbye(linked)
}

// services are what goes on beside the measuring, each until its context ends.
func (d *device) services(ctx context.Context) (map[string]func(context.Context) error, error) {
	err1 := d.bindShadow(ctx)
	takeJobs, err2 := d.jobs()
	report, err3 := d.defender()
	listen, err4 := d.tunnels()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	return map[string]func(context.Context) error{
		"the shadow": d.shadow.Run, "jobs": takeJobs, "Device Defender": report, "tunnels": listen,
	}, nil
}

// until runs a service, whose end before its time is told and does not end the others.
func (d *device) until(ctx context.Context, what string, serve func(context.Context) error) {
	if err := serve(ctx); ctx.Err() == nil {
		d.log.Error("a service has ended", "what", what, "err", err)
	}
}

// goodbye delivers what is left, for a while. What is not delivered then is on the disk, and the next start's first work.
func (d *device) goodbye(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.o.drain)
	defer cancel()
	err := d.out.Drain(ctx)
	if left, ok := errors.AsType[*transport.DrainError](err); ok {
		d.log.Warn("the device ends before everything is delivered", "left", left.Left)
		return nil
	}
	return err
}

// model is where the file lies that jobs bring.
func (d *device) model() string { return filepath.Join(d.o.state, "model") }

// reportModel tells the shadow which model there is. The disk is asked, and not what was reported before: a job may have put another one
// in place just before the power went.
func (d *device) reportModel(ctx context.Context) error {
	sum, err := hash(d.model())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.shadow.Report(ctx, func(s *status) error { s.Model = sum; return nil })
}

// hash is the SHA-256 of a file, in hexadecimal digits.
func hash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// teller returns what prints a line for each thing that was done, if it is to.
func teller(print bool, w io.Writer) func(what string, v any) {
	if !print {
		return func(string, any) {}
	}
	var mu sync.Mutex
	return func(what string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			b = []byte(fmt.Sprintf("%q", err.Error()))
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "%s %s\n", what, b)
	}
}
