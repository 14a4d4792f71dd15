package sensehat

import (
	"errors"
	"sync"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// Options are those of the parts. The zero value is the default of each.
type Options struct {
	Humidity hts221.Options
	Pressure lps25h.Options
	Motion   lsm9ds1.Options
	Matrix   ledmatrix.Options
}

// HAT is a SenseHAT, whole or in part. All methods may be called from any goroutine.
type HAT struct {
	bus i2c.Bus

	mu       sync.Mutex
	humidity part[hts221.Dev]
	pressure part[lps25h.Dev]
	motion   part[lsm9ds1.Dev]
	matrix   part[ledmatrix.Dev]
}

// Open probes all parts and starts those that are there. It fails when none is, with the errors of all of them, and when
// options are bad, with all problems together and before the bus is touched. The bus stays the caller's.
func Open(bus i2c.Bus, o *Options) (*HAT, error) {
	var opts Options // kept for Probe: the caller may change the original
	if o != nil {
		opts = *o
	}
	err := errors.Join(
		opts.Humidity.Validate(), opts.Pressure.Validate(), opts.Motion.Validate(), opts.Matrix.Validate())
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: sensehat: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	h := &HAT{bus: bus}
	h.humidity.open = func() (*hts221.Dev, error) { return hts221.New(bus, &opts.Humidity) }
	h.pressure.open = func() (*lps25h.Dev, error) { return lps25h.New(bus, &opts.Pressure) }
	h.motion.open = func() (*lsm9ds1.Dev, error) { return lsm9ds1.New(bus, &opts.Motion) }
	h.matrix.open = func() (*ledmatrix.Dev, error) { return ledmatrix.New(bus, &opts.Matrix) }
	if missing := h.Probe(); len(missing) == len(h.parts()) {
		return nil, errors.Join(missing...)
	}
	return h, nil
}

// String names the board and its bus.
func (h *HAT) String() string { return "SenseHAT{" + h.bus.String() + "}" }

// Humidity returns the humidity and temperature sensor, or why it is not there.
func (h *HAT) Humidity() (*hts221.Dev, error) { return get(h, &h.humidity) }

// Pressure returns the pressure sensor, or why it is not there.
func (h *HAT) Pressure() (*lps25h.Dev, error) { return get(h, &h.pressure) }

// Motion returns the accelerometer, gyroscope and magnetometer, or why they are not there.
func (h *HAT) Motion() (*lsm9ds1.Dev, error) { return get(h, &h.motion) }

// Matrix returns the LED matrix, or why it is not there.
func (h *HAT) Matrix() (*ledmatrix.Dev, error) { return get(h, &h.matrix) }

// Missing returns an error for each part that is not there: a *sensor.NotPresentError if it does not answer or another
// chip does, a *sensor.CalibrationError or *sensor.BusError if it answered and could not be started. It does not touch the
// bus.
func (h *HAT) Missing() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.missing()
}

// Probe tries again to start the parts that are missing, and returns those that still are, as Missing does. Parts that
// work are left alone.
func (h *HAT) Probe() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.parts() {
		p.probe()
	}
	return h.missing()
}

// Halt halts all parts: the sensors are powered down and the matrix is dark. It goes on after an error and joins them.
func (h *HAT) Halt() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, p := range h.parts() {
		errs = append(errs, p.halt())
	}
	return errors.Join(errs...)
}

func (h *HAT) parts() [4]prober {
	return [4]prober{&h.humidity, &h.pressure, &h.motion, &h.matrix}
}

func (h *HAT) missing() []error {
	var errs []error
	for _, p := range h.parts() {
		if err := p.missing(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

var _ conn.Resource = (*HAT)(nil)
