package main

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"periph.io/x/devices/v3/videosink"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/edge/page"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// drainFor is how long the end of a run waits for a broker that has answered before.
const drainFor = 10 * time.Second

// hub is one run of the program.
type hub struct {
	options
	stdout io.Writer
	log    *slog.Logger
	start  time.Time
	dir    string // of the state
	temp   bool   // dir is ours to remove

	app      *edge.App
	verdicts *edge.Topic[verdict]
	tally    tally
	page     *page.Page
	matrix   *ledmatrix.Dev // nil where no board has one
	pixels   func() [64]color.NRGBA
	mirror   *videosink.Display

	recorder *recorder
	broker   *broker // nil with -broker
	outbox   *transport.Outbox
	uplink   *uplink
	twin     *twin
	wire     *link
	resumed  int
}

// source is where readings come from: the simulator or a recording.
type source interface {
	// names of what is watched, in the order of the lamp's bars.
	names() []string
	// components declares what measures and judges, and publishes to h.verdicts; each needs what after says.
	components(h *hub, after []string) error
	// truth returns the faults that there were, nil when nobody knows.
	truth() []fault
	// close gives back what the source holds.
	close() error
}

func operate(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	h := &hub{options: o, stdout: stdout, log: slog.New(slog.DiscardHandler), start: time.Now()}
	if o.verbose {
		h.log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	if err := h.openState(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.duration)
		defer cancel()
	}
	ctx, finish := context.WithCancel(ctx)
	defer finish()

	h.app = edge.New(o.thing, &edge.Options{Logger: h.log})
	h.verdicts = edge.NewTopic[verdict](h.app, "verdicts", nil)
	src, err := h.open(ctx, finish)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	if err := h.openUplink(); err != nil {
		return err
	}
	if err := h.openPage(); err != nil {
		return err
	}
	h.outward()
	h.showing(src.names())
	if err := src.components(h, []string{"uplink", "lamp", "console"}); err != nil {
		return err
	}

	fmt.Fprintf(stdout, "page   %s\n", h.page.URL())
	if h.resumed > 0 {
		fmt.Fprintf(stdout, "outbox %d messages are left from before and go out first\n", h.resumed)
	}
	if h.cut.to > 0 {
		h.app.Go("link", h.wire, nil)
	}
	if err := h.app.Run(ctx); err != nil {
		return err
	}
	s, err := h.summary(src)
	if err != nil {
		return err
	}
	return s.print(stdout, h.json)
}

// open makes the source that the options ask for. finish ends the run.
func (h *hub) open(ctx context.Context, finish func()) (source, error) {
	if h.replay != "" {
		return openReplay(ctx, h.options, finish)
	}
	until := time.Time{}
	if h.duration > 0 {
		until = h.start.Add(h.duration)
	}
	return openSimulation(h, newHouse(h.seed, h.start, until))
}

// openState makes the folder of outbox and shadow.
func (h *hub) openState() (err error) {
	h.dir = h.state
	if h.dir == "" {
		h.temp = true
		if h.dir, err = os.MkdirTemp("", "brink-hub-"); err != nil {
			return err
		}
		return nil
	}
	return os.MkdirAll(h.dir, 0o755)
}

// openUplink opens recorder, broker, outbox and shadow.
func (h *hub) openUplink() error {
	received, err := openIDs(filepath.Join(h.dir, "received.log"))
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	h.recorder = &recorder{topics: "brink/" + h.thing + "/#", received: received}
	accepted, err := openIDs(filepath.Join(h.dir, "accepted.log"))
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	h.uplink = &uplink{thing: h.thing, accepted: accepted}
	url := h.options.broker
	if url == "" {
		if h.broker, err = startBroker(h.recorder, h.log); err != nil {
			return err
		}
		url = h.broker.url
	}
	h.wire = newLink(h.start, h.cut, h.recorder.online)
	dialer, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: h.thing, Dial: h.wire.dial})
	if err != nil {
		return err
	}
	if h.broker == nil {
		h.recorder.subscribe(url, h.thing+"-recorder")
	}
	h.outbox, err = transport.Open(filepath.Join(h.dir, "outbox"), dialer, &transport.Options{
		Lanes: lanes(), Logger: h.log, BackoffMin: 250 * time.Millisecond, BackoffMax: 2 * time.Second,
	})
	if err != nil {
		return err
	}
	h.uplink.outbox = h.outbox
	h.resumed = h.pending()
	h.twin, err = openTwin(h)
	return err
}

// openPage takes the page's port.
func (h *hub) openPage() (err error) {
	h.mirror = videosink.New(&videosink.Options{Width: 8, Height: 8})
	h.page, err = page.New(h.app, &page.Options{
		Addr:     h.listen,
		Matrix:   func() [64]color.NRGBA { return h.pixels() },
		Buffer:   h.buffer,
		Handlers: map[string]http.Handler{"/matrix": h.mirror},
	})
	return err
}

// outward declares what leads out of the machine.
func (h *hub) outward() {
	h.app.Go("page", h.page, nil)
	h.app.Go("outbox", edge.Func(h.deliver), &edge.ComponentOptions{Critical: true, StopTimeout: drainFor + 5*time.Second})
	h.app.Go("link state", h.watchLink(), nil)
	needs := []string{"outbox"}
	if h.broker != nil {
		h.app.Go("cloud", edge.Func(h.twin.cloud), nil)
		needs = append(needs, "cloud")
	}
	h.app.Go("shadow", edge.Func(h.twin.run), &edge.ComponentOptions{Needs: needs})
	sub := h.verdicts.Subscribe(&edge.SubOptions{Keep: edge.Block, Size: 64})
	h.app.Go("uplink", edge.Func(func(ctx context.Context) error { return h.tell(ctx, sub) }),
		&edge.ComponentOptions{Needs: []string{"outbox", "shadow"}, StopTimeout: drainFor})
}

// deliver runs the outbox. When the hub stops it goes on until everything is delivered, or until it is plain that
// nobody answers.
func (h *hub) deliver(ctx context.Context) error {
	return linger(ctx, h.outbox.Run, func(ctx context.Context) {
		if h.pending() == 0 || h.outbox.Stats().Link.Connects == 0 { // somebody who has answered may do so again
			return
		}
		ctx, cancel := context.WithTimeout(ctx, drainFor)
		defer cancel()
		// What is not delivered by then stays in the log and is counted as pending.
		_ = h.outbox.Drain(ctx)
	})
}

// linger runs f until ctx ends, and then on until settle has returned: what was begun is brought to an end before f is.
func linger(ctx context.Context, f func(context.Context) error, settle func(context.Context)) error {
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	edge.Spawn(alive, func(context.Context) error {
		ended <- f(alive)
		return nil
	})
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	settle(alive)
	stop()
	<-ended
	return nil
}

// tell sends alarms at once and telemetry once a second for each appliance.
func (h *hub) tell(ctx context.Context, sub *edge.Sub[verdict]) error {
	last := map[string]time.Time{}
	one := func(ctx context.Context, v verdict) error {
		if v.Changed {
			if err := h.uplink.publish(ctx, "alarm", v); err != nil {
				return err
			}
			if err := h.twin.verdict(ctx, v); err != nil {
				return err
			}
		}
		if v.At.Sub(last[v.Appliance]) < time.Second {
			return nil
		}
		last[v.Appliance] = v.At
		return h.uplink.publish(ctx, "telemetry", v)
	}
	for v := range sub.All(ctx) {
		if err := one(context.WithoutCancel(ctx), v); err != nil {
			return err
		}
	}
	for v := range sub.Drain() { // judged before the end, told after it
		if err := one(context.WithoutCancel(ctx), v); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// watchLink says on the console when the uplink comes and goes.
func (h *hub) watchLink() edge.Component {
	told, since := true, time.Now() // a link is expected, and given a moment
	return edge.Every(100*time.Millisecond, func(context.Context) error {
		l := h.outbox.Stats().Link
		if l.Up == told {
			since = time.Now()
			return nil
		}
		if time.Since(since) < time.Second {
			return nil
		}
		told = l.Up
		if l.Up {
			fmt.Fprintf(h.stdout, "%s  uplink is back; %d messages wait\n", time.Now().Format("15:04:05.000"), h.pending())
		} else {
			fmt.Fprintf(h.stdout, "%s  no uplink (%v); messages are kept\n", time.Now().Format("15:04:05.000"), l.LastError)
		}
		return nil
	})
}

// showing declares what people see: lamp, page, console.
func (h *hub) showing(names []string) {
	lampSub := h.verdicts.Subscribe(&edge.SubOptions{Keep: edge.DropOldest, Size: 2 * len(names)})
	lamp := newLamp(names)
	h.app.Go("lamp", edge.Func(func(ctx context.Context) error {
		for v := range lampSub.All(ctx) {
			frame := lamp.show(v)
			if err := h.mirror.Draw(frame.Rect, frame, frame.Rect.Min); err != nil {
				return err
			}
			if h.matrix == nil {
				continue
			}
			if err := h.matrix.Draw(frame.Rect, frame, frame.Rect.Min); err != nil {
				return err
			}
		}
		return ctx.Err()
	}), nil)
	if h.pixels == nil {
		h.pixels = lamp.pixels
	}
	sub := h.verdicts.Subscribe(&edge.SubOptions{Keep: edge.Block, Size: 64})
	h.app.Go("console", edge.Func(func(ctx context.Context) error {
		one := func(v verdict) {
			h.page.Score(page.Score{Series: v.Appliance, Value: v.Score, Threshold: v.Threshold, At: v.At, Verdict: v.word(), Level: v.level()})
			h.tally.window(v)
			if v.Changed {
				fmt.Fprintf(h.stdout, "%s  %-10s %-8s score %.2f, threshold %.2f\n",
					v.At.Format("15:04:05.000"), v.Appliance, v.word(), v.Score, v.Threshold)
			}
		}
		for v := range sub.All(ctx) {
			one(v)
		}
		for v := range sub.Drain() { // judged before the end, told after it
			one(v)
		}
		return ctx.Err()
	}), nil)
}

// level is how much the page makes of a verdict.
func (v verdict) level() page.Level {
	if v.Anomalous {
		return page.Alarm
	}
	return page.Normal
}

// buffer tells the page how full the outbox is.
func (h *hub) buffer() page.Buffer {
	s := h.outbox.Stats()
	b := page.Buffer{Link: "down", Since: s.Link.Since}
	if s.Link.Up {
		b.Link = "up"
	}
	for _, l := range s.Lanes {
		b.Lanes = append(b.Lanes, page.Lane{Name: l.Name, Depth: l.Pending, Bytes: l.Bytes, MaxBytes: l.MaxBytes, OldestAge: l.OldestAge})
		b.Delivered += l.Acknowledged
		b.Lost += l.TotalDropped()
	}
	return b
}

func (h *hub) pending() int {
	n := 0
	for _, l := range h.outbox.Stats().Lanes {
		n += l.Pending
	}
	return n
}

// summary settles the run: what is lost is what the outbox accepted and no longer holds, and the recorder at the
// broker never saw.
func (h *hub) summary(src source) (*summary, error) {
	s := &summary{Page: h.page.URL(), Published: h.uplink.published(), Resumed: h.resumed}
	document, freshness := h.twin.shadow.State()
	s.Shadow, s.Synced = document.Version, !freshness.Pending
	missing := func() int { return max(h.uplink.accepted.missing(h.recorder.received)-h.pending(), 0) }
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := h.recorder.settle(ctx, missing)
	s.Pending = h.pending()
	s.Delivered, s.Duplicates = int(h.recorder.fresh.Load()), int(h.recorder.duplicate.Load())
	if err == nil || h.recorder.online() {
		s.Lost = missing()
	} else {
		s.Unverified = missing()
	}
	h.tally.settle(s, src.truth(), time.Now())
	if s.Pending > 0 {
		h.temp = false
		fmt.Fprintf(h.stdout, "%d messages wait in %s; -state %s goes on with them\n", s.Pending, h.dir, h.dir)
	}
	return s, nil
}

// close gives everything back, in the reverse order of opening.
func (h *hub) close() error {
	var errs []error
	if h.app != nil {
		errs = append(errs, h.app.Close())
	}
	if h.page != nil {
		errs = append(errs, h.page.Close())
	}
	if h.outbox != nil {
		errs = append(errs, h.outbox.Close())
	}
	if h.recorder != nil {
		errs = append(errs, h.recorder.close())
	}
	if h.broker != nil {
		errs = append(errs, h.broker.close())
	}
	if h.uplink != nil {
		errs = append(errs, h.uplink.accepted.close())
	}
	if h.temp && strings.Contains(h.dir, "brink-hub-") {
		errs = append(errs, os.RemoveAll(h.dir))
	}
	return errors.Join(errs...)
}
