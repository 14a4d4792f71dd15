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

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// models are the detectors, one an appliance, trained by models_test.go.
//
//go:embed models/*.onnx
var models embed.FS

// simulation is a house with a kit on each appliance and the hub's own board, all emulated at register level.
type simulation struct {
	house *house
	room  *room
	here  climateReader
	kits  map[string]*kit
	heads map[string]*model
}

// openSimulation puts the boards into the house and the models onto the kits.
func openSimulation(h *hub, house *house) (*simulation, error) {
	s := &simulation{house: house, room: new(room), kits: map[string]*kit{}, heads: map[string]*model{}}
	own := house.board("hub", h.seed)
	if err := s.here.open(own); err != nil {
		return nil, err
	}
	var err error
	if h.matrix, err = ledmatrix.New(own, nil); err != nil {
		return nil, err
	}
	h.pixels = own.Pixels
	for i, name := range house.names {
		if s.kits[name], err = newKit(house.board(name, h.seed+uint64(i)+1), s.room); err != nil {
			return nil, err
		}
		if s.heads[name], err = loadModel(name); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

// board makes an emulated Sense HAT that stands at a place of the house.
func (h *house) board(place string, seed uint64) *emulator.Board {
	b := emulator.New(&emulator.Options{Noise: 1, Seed: seed})
	b.SetFunc(h.worldOf(place))
	return b
}

// open starts the two climate chips of a board.
func (c *climateReader) open(bus i2c.Bus) error {
	h, err := hts221.New(bus, nil)
	if err != nil {
		return err
	}
	b, err := lps25h.New(bus, nil)
	if err != nil {
		return err
	}
	c.humidity, c.barometer = h, b
	return nil
}

// newKit starts the chips of a kit's board.
func newKit(bus i2c.Bus, r *room) (*kit, error) {
	m, err := lsm9ds1.New(bus, nil)
	if err != nil {
		return nil, err
	}
	k := &kit{motion: m, room: r}
	return k, k.climate.open(bus)
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
	return errors.Join(errs...)
}

// components declares, for each appliance, a sampler and a detector with a topic between them.
func (s *simulation) components(h *hub, after []string) error {
	h.app.Go("room", edge.Every(100*time.Millisecond, func(ctx context.Context) error {
		c, err := s.here.read(ctx)
		if errors.Is(err, sensor.ErrNotReady) {
			return nil
		}
		if err == nil {
			s.room.p.Store(&c)
		}
		return err
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
