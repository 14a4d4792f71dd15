package sensehat

import (
	"context"
	"errors"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/lps25h"
)

// Env returns a source that takes humidity and temperature from one sensor and pressure from the other, in two bus
// transactions. The temperature is that of the humidity sensor, as with python-sense-hat; quality flags of both are
// joined. Without one of the sensors Env returns why it is missing, and a read fails when one of the two fails.
func (h *HAT) Env() (sensor.Source[physic.Env], error) {
	humidity, herr := h.Humidity()
	pressure, perr := h.Pressure()
	if err := errors.Join(herr, perr); err != nil {
		return nil, err
	}
	return &env{humidity, pressure}, nil
}

type env struct {
	humidity *hts221.Dev
	pressure *lps25h.Dev
}

func (e *env) Read(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	var p sensor.Reading[physic.Env]
	perr := e.pressure.Read(ctx, &p)
	herr := e.humidity.Read(ctx, r)
	r.Value.Pressure = p.Value.Pressure
	r.Quality |= p.Quality
	if herr != nil {
		return herr
	}
	return perr
}
