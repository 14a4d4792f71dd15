package lsm9ds1

import (
	"context"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Temperature returns the thermometer of the accelerometer's and gyroscope's chip. It is there to judge their drift: it has
// 16 steps a degree, no accuracy is specified, and it measures the chip.
//
// A read is two transactions at most, and takes nothing from those of the Dev. It returns sensor.ErrNotReady before the first
// conversion, and the errors of Dev.Read; Quality may have Stale.
func (d *Dev) Temperature() sensor.Source[physic.Temperature] { return thermometer{d} }

// thermometer is one more sensor of a Dev's motion half. What it remembers lies in the Dev, which has no thermometer, so that
// programs that do not ask for one do not link it.
type thermometer struct{ dev *Dev }

// chipTemperature is what a thermometer has read.
type chipTemperature struct {
	seen  int // start of the half since which there is a value; 0: none
	value physic.Temperature
	seq   uint64
}

// Read implements sensor.Source.
func (t thermometer) Read(ctx context.Context, r *sensor.Reading[physic.Temperature]) error {
	*r = sensor.Reading[physic.Temperature]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	d, last := t.dev, &t.dev.temperature
	d.mu.Lock()
	defer d.mu.Unlock()
	r.At = time.Now()
	h := &d.motion
	if err := h.ensure(); err != nil {
		return err
	}
	p, err := h.bank.Read(regStatus, 1)
	if err != nil {
		h.life.Doubt()
		return err
	}
	fresh := p[0]&statusTemp != 0
	h.life.Saw(r.At, fresh)
	switch {
	case fresh:
		if p, err = h.bank.Read(regTemp, 2); err != nil {
			h.life.Doubt()
			return err
		}
		last.seen, last.value = h.starts, temperature(p)
	case last.seen != h.starts:
		r.Quality = sensor.NotReady
		return errNotReady
	default:
		r.Quality = sensor.Stale
	}
	r.Value = last.value
	last.seq++
	r.Seq = last.seq
	return nil
}

// temperature converts the output, 16 counts a degree around 25 °C, to nK: a count is 10^9/16, which is 62500000.
func temperature(p []byte) physic.Temperature {
	return physic.ZeroCelsius + 25*physic.Celsius + physic.Temperature(regs.Int16(p))*62_500_000
}
