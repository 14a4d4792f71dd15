// Sensorinference reads a Sense HAT's motion and judges windows of it with an ONNX model.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		slog.Error("firmware", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string) error {
	hat, err := sensehat.Open(emulator.New(nil), nil)
	if err != nil {
		return err
	}
	motion, err := hat.Motion()
	if err != nil {
		return err
	}
	model, err := inference.Open(path, nil)
	if err != nil {
		return err
	}
	session, err := model.NewSession(nil)
	if err != nil {
		return err
	}
	defer session.Close()
	b, err := session.Bind(map[string][]int{"x": {1, 64, 3}})
	if err != nil {
		return err
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		return err
	}
	score, err := inference.Output[float32](b, "score")
	if err != nil {
		return err
	}
	s, err := sensor.NewSampler[sensor.Motion](motion, 10*time.Millisecond, nil)
	if err != nil {
		return err
	}
	n := 0
	for r, err := range s.All(ctx) {
		if err != nil {
			slog.Warn("motion", "err", err)
			continue
		}
		for _, a := range r.Value.Accel {
			x[n] = float32(a)
			n = (n + 1) % len(x)
		}
		if n != 0 {
			continue
		}
		if err := b.Run(ctx); err != nil {
			return err
		}
		slog.Info("window", "score", score[0])
	}
	return nil
}
