// Sensoronly is the smallest useful firmware: it reads a Sense HAT and logs what it reads.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
)

func main() {
	var bus i2c.Bus = emulator.New(nil)
	dev, err := hts221.New(bus, nil)
	if err != nil {
		slog.Error("humidity", "err", err)
		os.Exit(1)
	}
	s, err := sensor.NewSampler(dev, time.Second, nil)
	if err != nil {
		slog.Error("sampler", "err", err)
		os.Exit(1)
	}
	for r, err := range s.All(context.Background()) {
		if err != nil {
			slog.Warn("humidity", "err", err)
			continue
		}
		slog.Info("air", "temperature", r.Value.Temperature.String(), "humidity", r.Value.Humidity.String(), "quality", r.Quality.String())
	}
}
