package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
)

// models are the detectors, one an appliance, trained by models_test.go.
//
//go:embed models/*.onnx
var models embed.FS

// simulation is a house with a kit on each appliance and the hub's own board. The kits are emulated at register level,
// and so is the hub's board unless there is a real one.
type simulation struct {
	house *house
	room  *room
	here  sensor.Source[physic.Env]
	kits  map[string]*kit
	heads map[string]*model
	bus   i2c.BusCloser // of the real board; nil without one
}

// openSimulation puts the boards into the house and the models onto the kits.
func openSimulation(h *hub, house *house) (_ *simulation, err error) {
	s := &simulation{house: house, room: new(room), kits: map[string]*kit{}, heads: map[string]*model{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.openOwn(h); err != nil {
		return nil, err
	}
	for i, name := range house.names {
		if s.kits[name], err = newKit(house.board(name, h.seed+uint64(i)+1), s.room); err != nil {
			return nil, err
		}
		if s.heads[name], err = loadModel(name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// openOwn opens the hub's own board: it shows the verdicts, and measures the room that the kits compare with.
func (s *simulation) openOwn(h *hub) error {
	board := s.house.board("hub", h.seed)
	emulated, err := sensehat.Open(board, nil)
	if err != nil {
		return err
	}
	if s.here, err = emulated.Env(); err != nil {
		return err
	}
	if h.i2c == "" {
		h.pixels = board.Pixels
		h.matrix, err = emulated.Matrix()
		return err
	}
	if _, err := host.Init(); err != nil {
		return err
	}
	if s.bus, err = i2creg.Open(h.i2c); err != nil {
		return fmt.Errorf("-i2c: %w", err)
	}
	// Of the real board only the matrix is of use: its climate is not that of the simulated house.
	real, err := sensehat.Open(s.bus, nil)
	if err != nil {
		return err
	}
	h.matrix, err = real.Matrix()
	return err
}

// board makes an emulated Sense HAT that stands at a place of the house.
func (h *house) board(place string, seed uint64) *emulator.Board {
	b := emulator.New(&emulator.Options{Noise: 1, Seed: seed})
	b.SetFunc(h.worldOf(place))
	return b
}

// newKit starts the chips of a kit's board.
func newKit(bus i2c.Bus, r *room) (*kit, error) {
	hat, err := sensehat.Open(bus, nil)
	if err != nil {
		return nil, err
	}
	k := &kit{room: r}
	if k.motion, err = hat.Motion(); err != nil {
		return nil, err
	}
	k.env, err = hat.Env()
	return k, err
}

// loadModel binds the embedded model of an appliance.
func loadModel(name string) (*model, error) {
	b, err := models.ReadFile("models/" + name + ".onnx")
	if err != nil {
		return nil, err
	}
	m, err := inference.Load(bytes.NewReader(b), nil)
	if err != nil {
		return nil, fmt.Errorf("model of the %s: %w", name, err)
	}
	threshold, err := strconv.ParseFloat(m.Metadata().Properties["threshold"], 64)
	if err != nil {
		return nil, fmt.Errorf("model of the %s: its threshold: %w", name, err)
	}
	return bind(m, windowLen, channels, threshold)
}

func (s *simulation) names() []string { return s.house.names }

func (s *simulation) truth() []fault { return s.house.truth() }

func (s *simulation) close() error {
	var errs []error
	for _, m := range s.heads {
		errs = append(errs, m.close())
	}
	if s.bus != nil {
		errs = append(errs, s.bus.Close())
	}
	return errors.Join(errs...)
}

// components declares, for each appliance, a sampler and a detector with a topic between them.
func (s *simulation) components(h *hub, after []string) error {
	h.app.Go("room", edge.Every(100*time.Millisecond, func(ctx context.Context) error {
		return s.room.measure(ctx, s.here)
	}), nil)
	for _, name := range s.house.names {
		samples := edge.NewTopic[timed](h.app, name+" samples", nil)
		sub := samples.Subscribe(&edge.SubOptions{Keep: edge.DropOldest, Size: 4 * windowLen})
		h.app.Go(name+" detector", edge.Func(func(ctx context.Context) error {
			return s.detect(ctx, h, name, sub)
		}), &edge.ComponentOptions{Needs: after})
		sampler, err := sensor.NewSampler(s.kits[name], samplePeriod, nil)
		if err != nil {
			return err
		}
		h.app.Go(name+" kit", edge.Func(func(ctx context.Context) error {
			for r, err := range sampler.All(ctx) {
				if err := edge.Beat(ctx); err != nil {
					return err
				}
				if errors.Is(err, sensor.ErrNotReady) || r.Quality.Has(sensor.Stale) {
					continue
				}
				if err != nil {
					return err
				}
				h.tally.sample()
				if err := samples.Publish(ctx, timed{sample: r.Value, at: r.At}); err != nil {
					return err
				}
			}
			return ctx.Err()
		}), &edge.ComponentOptions{Needs: []string{name + " detector", "room"}, Heartbeat: 5 * time.Second})
	}
	return nil
}

// detect judges one appliance, window after window.
func (s *simulation) detect(ctx context.Context, h *hub, name string, sub *edge.Sub[timed]) error {
	m := s.heads[name]
	var j judge
	for w := range edge.Window(regular(sub.All(ctx)), windowLen, windowHop) {
		if !judgeable(w) {
			edge.Warn(ctx, "samples come too late to be judged")
			continue
		}
		edge.Warn(ctx, "")
		for i := range w {
			w[i].row(m.x[i*channels:])
		}
		score, err := m.run(ctx)
		if err != nil {
			return err
		}
		last := w[len(w)-1]
		threshold := m.threshold * h.twin.scale()
		v := verdict{
			Appliance: name, At: last.at, Score: score, Threshold: threshold, Label: -1,
			Flag: score > threshold, Warmer: last.Warmer, Vibration: vibration(w),
		}
		v.Anomalous, v.Changed = j.next(v.Flag)
		v.Latency = time.Since(last.at)
		if err := h.verdicts.Publish(ctx, v); err != nil {
			return err
		}
	}
	return ctx.Err()
}
