package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// drainFor is how long the end of a run waits for a cloud that has answered before.
const drainFor = 10 * time.Second

// gateway is one run of the program.
type gateway struct {
	options
	stdout io.Writer
	log    *slog.Logger
	start  time.Time
	dir    string // of the state
	temp   bool   // dir is ours to remove

	app        *edge.App
	board      *board
	classifier *classifier
	appliances appliances
	latest     atomic.Pointer[reading]
	readings   *edge.Topic[reading]
	texts      *edge.Topic[string]
	screen     *screen

	ledger  *ledger
	outbox  *transport.Outbox
	up      *uplink
	twin    *twin
	bridge  *bridge
	local   *broker
	leaf    *leaf // nil when one outside is expected
	wire    *link
	resumed int

	cloud   *broker             // of the demonstration; nil with -broker
	service *shadowtest.Service // the same
}

// operate opens everything, runs it, and says what came of it. The time that it runs begins when all is open.
func operate(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelInfo
	}
	g := &gateway{
		options: o, stdout: stdout, ledger: newLedger(o.demo),
		log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})),
	}
	defer func() { err = errors.Join(err, g.close()) }()
	g.app = edge.New(o.id, &edge.Options{Logger: g.log})
	g.readings = edge.NewTopic[reading](g.app, "readings", nil)
	g.texts = edge.NewTopic[string](g.app, "texts", nil)
	for _, open := range []func() error{g.openState, g.openCloud, g.openUplink, g.openLocal, g.openBoard} {
		if err := open(); err != nil {
			return err
		}
	}
	if err := g.subscribe(ctx); err != nil {
		return err
	}
	g.components()
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	g.start = time.Now()
	g.wire.start = g.start
	fmt.Fprintf(stdout, "local  %s\n", g.local.url)
	if g.resumed > 0 {
		fmt.Fprintf(stdout, "outbox %d messages are left from before and go out first\n", g.resumed)
	}
	if err := g.app.Run(ctx); err != nil {
		return err
	}
	return g.summary().print(stdout, o.json)
}

// openState makes the folder of outbox and shadow.
func (g *gateway) openState() (err error) {
	if g.dir = g.state; g.dir != "" {
		return os.MkdirAll(g.dir, 0o755)
	}
	g.temp = true
	g.dir, err = os.MkdirTemp("", "brink-gateway-")
	return err
}

// openCloud starts the cloud of a demonstration: a broker, and the shadow service behind it.
func (g *gateway) openCloud() (err error) {
	if !g.demo {
		return nil
	}
	everything := func(string, string, bool) bool { return true }
	g.cloud, err = startBroker("127.0.0.1:0", nil, &rules{take: g.ledger.witness(&g.options), may: everything}, quiet())
	g.service = shadowtest.New(nil)
	return err
}

// openUplink opens outbox and shadow.
func (g *gateway) openUplink() (err error) {
	m := mqtt.Options{Broker: g.broker, Fast: true}
	switch {
	case g.demo:
		m.Broker = g.cloud.url
	case strings.HasPrefix(g.broker, "tls://"):
		m.Profile = transport.AWSIoTCore()
	}
	g.wire = newLink(g.cut)
	m.Dial = g.wire.dial
	log := g.log
	if g.demo && !g.verbose {
		log = quiet() // of the cut, which is on purpose
	}
	g.outbox, err = openOutbox(filepath.Join(g.dir, "outbox"), &g.options, m, &transport.Options{Logger: log})
	if err != nil {
		return err
	}
	g.up = &uplink{out: g.outbox, ledger: g.ledger}
	g.resumed = g.up.pending()
	if g.twin, err = openTwin(g.thing, g.dir, g.outbox.Conn(), g.log); err != nil {
		return err
	}
	g.twin.met = func() bool { return g.outbox.Stats().Link.Connects > 0 }
	return nil
}

// openLocal starts the broker that devices and components around speak to.
func (g *gateway) openLocal() (err error) {
	g.bridge = &bridge{up: g.up, twin: g.twin, readings: g.readings, texts: g.texts, stream: g.stream, log: g.log}
	addr := g.listen
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var secure *tls.Config
	if g.localCert != "" {
		if secure, err = localTLS(g.localCert, g.localKey, g.localCA); err != nil {
			return err
		}
	}
	kept, err := openSessions(filepath.Join(g.dir, "sessions.json"), g.log)
	if err != nil {
		return err
	}
	if g.local, err = startBroker(addr, secure, &rules{take: g.bridge.take, may: may}, quiet(), kept); err != nil {
		return err
	}
	g.twin.down = func(topic string, payload []byte) error {
		return g.local.Publish(context.Background(), topic, payload)
	}
	if g.listen == "" {
		g.leaf = &leaf{url: g.local.url, thing: g.thing, every: g.often(leafEvery), rng: rand.New(rand.NewPCG(g.seed, 2))}
	}
	return nil
}

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// openBoard opens what measures, judges and shows.
func (g *gateway) openBoard() (err error) {
	if g.board, err = openBoard(&g.options); err != nil {
		return err
	}
	g.screen = newScreen(g.board.matrix, g.often(stepEvery))
	g.appliances.rng = rand.New(rand.NewPCG(g.seed, 1))
	onnx, err := buildModel()
	if err != nil {
		return err
	}
	g.classifier, err = openClassifier(onnx)
	return err
}

// subscribe asks for the texts of the cloud, as ScrollMessage does; on every connection, and whether or not there is one now.
func (g *gateway) subscribe(ctx context.Context) error {
	_, err := g.outbox.Subscribe(ctx, inferenceTopic, 0, g.bridge.fromCloud)
	return err
}

// publish is how the components of this program speak: through the bridge, as everybody does, and to all who have subscribed around.
func (g *gateway) publish(topic string, message any) error {
	payload, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if err := g.bridge.take(g.id, topic, payload); err != nil {
		return err
	}
	return g.local.Publish(context.Background(), topic, payload)
}

// components declares what runs, and in which order it stops: first what speaks, then what passes on, then what sends.
func (g *gateway) components() {
	g.app.Go("outbox", edge.Func(g.deliver), &edge.ComponentOptions{Critical: true, StopTimeout: drainFor + 5*time.Second})
	needs := []string{"outbox"}
	if g.demo {
		g.app.Go("cloud", edge.Func(func(ctx context.Context) error { return g.service.Serve(ctx, g.cloud) }), nil)
		needs = append(needs, "cloud")
	}
	if g.cut.to > g.cut.from {
		g.app.Go("link", g.wire, nil)
	}
	g.app.Go("shadow", edge.Func(func(ctx context.Context) error { return g.twin.run(ctx, g.heard) }),
		&edge.ComponentOptions{Needs: needs, StopTimeout: drainFor + 5*time.Second})
	g.app.Go("answers", edge.Func(g.twin.answer), &edge.ComponentOptions{Needs: needs})
	g.app.Go("accepted", edge.Func(g.twin.accepted), &edge.ComponentOptions{Needs: needs})

	readings := g.readings.Subscribe(&edge.SubOptions{Keep: edge.Latest})
	texts := g.texts.Subscribe(&edge.SubOptions{Keep: edge.Latest})
	g.app.Go("measurements", edge.Func(func(ctx context.Context) error { return g.screen.writeReadings(ctx, readings) }), nil)
	g.app.Go("messages", edge.Func(func(ctx context.Context) error { return g.screen.scrollMessages(ctx, texts) }), nil)

	speaks := &edge.ComponentOptions{Needs: []string{"outbox", "measurements", "messages"}}
	g.app.Go("climate", edge.Every(g.often(readEvery), g.measure), speaks)
	g.app.Go("inference", edge.Every(g.often(inferEvery), g.infer), speaks)
	g.app.Go("appliances", edge.Every(g.often(applianceEvery), g.tell), speaks)
	if g.leaf != nil {
		g.app.Go("leaf", edge.Func(g.leaf.run), &edge.ComponentOptions{Needs: []string{"shadow", "answers", "accepted"}})
	}
	g.app.Go("link state", g.watchLink(), nil)
}

// heard tells whether all that the leaf has published has passed the bridge.
func (g *gateway) heard() bool { return g.leaf == nil || g.twin.taken.Load() >= g.leaf.updates.Load() }

// deliver runs the outbox. When the gateway stops it goes on until everything is delivered, or until it is plain that nobody answers.
func (g *gateway) deliver(ctx context.Context) error {
	return linger(ctx, g.outbox.Run, func(ctx context.Context) {
		if g.up.pending() == 0 || g.outbox.Stats().Link.Connects == 0 { // somebody who has answered may do so again
			return
		}
		ctx, cancel := context.WithTimeout(ctx, drainFor)
		defer cancel()
		// What is not delivered by then stays on the disk and is counted as pending.
		_ = g.outbox.Drain(ctx)
	})
}

// watchLink says on the console when the uplink comes and goes.
func (g *gateway) watchLink() edge.Component {
	told, since := true, time.Now() // a link is expected, and given a moment
	waited := 0
	return edge.Every(100*time.Millisecond, func(context.Context) error {
		l := g.outbox.Stats().Link
		if !l.Up {
			waited = g.up.pending()
		}
		if l.Up == told {
			since = time.Now()
			return nil
		}
		if time.Since(since) < 500*time.Millisecond {
			return nil
		}
		told = l.Up
		at := time.Since(g.start).Round(100 * time.Millisecond)
		if l.Up {
			fmt.Fprintf(g.stdout, "%6v  the uplink is back; %d messages have waited for it\n", at, waited)
		} else {
			fmt.Fprintf(g.stdout, "%6v  no uplink (%v); messages are kept\n", at, l.LastError)
		}
		return nil
	})
}

// close gives everything back, in the reverse order of opening.
func (g *gateway) close() error {
	var errs []error
	if g.app != nil {
		errs = append(errs, g.app.Close())
	}
	if g.classifier != nil {
		errs = append(errs, g.classifier.close())
	}
	if g.board != nil {
		errs = append(errs, g.board.close())
	}
	if g.local != nil {
		errs = append(errs, g.local.close())
	}
	if g.outbox != nil {
		errs = append(errs, g.outbox.Close())
	}
	if g.cloud != nil {
		errs = append(errs, g.cloud.close())
	}
	if g.temp && g.dir != "" {
		errs = append(errs, os.RemoveAll(g.dir))
	}
	return errors.Join(errs...)
}
