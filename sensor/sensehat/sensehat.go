package sensehat

import (
	"errors"
	"sync"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/tcs3400"
)

// Options are those of the parts. The zero value is the default of each. Those of Joystick and Color count when these are
// called for the first time.
type Options struct {
	Humidity hts221.Options
	Pressure lps25h.Options
	Motion   lsm9ds1.Options
	Matrix   ledmatrix.Options
	Joystick joystick.Options
	Color    tcs3400.Options
	// Kernel, of [NewKernel], takes matrix and joystick from the kernel's devices, each where there is one, and from the bus
	// where not. nil takes both from the bus, also while the kernel's driver is loaded.
	Kernel *Kernel
}

// HAT is a SenseHAT, whole or in part. All methods may be called from any goroutine.
type HAT struct {
	bus  i2c.Bus
	opts Options

	mu       sync.Mutex
	humidity part[*hts221.Dev]
	pressure part[*lps25h.Dev]
	motion   part[*lsm9ds1.Dev]
	matrix   part[*ledmatrix.Dev]
	joystick *part[Stick] // nil as long as nobody has asked for it
	color    *part[*tcs3400.Dev]
	parts    []prober // those that Open has probed, and those that were asked for
}

// Open probes the sensors and the matrix, and starts those that are there. It fails when none is, with the errors of all of
// them, and when options are bad, with all problems together and before the bus is touched. The bus stays the caller's.
func Open(bus i2c.Bus, o *Options) (*HAT, error) {
	h := &HAT{bus: bus}
	if o != nil {
		h.opts = *o // the caller may change the original
	}
	opts := &h.opts
	err := errors.Join(
		opts.Humidity.Validate(), opts.Pressure.Validate(), opts.Motion.Validate(), opts.Matrix.Validate())
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: sensehat: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	h.humidity.open = func() (*hts221.Dev, error) { return hts221.New(bus, &opts.Humidity) }
	h.pressure.open = func() (*lps25h.Dev, error) { return lps25h.New(bus, &opts.Pressure) }
	h.motion.open = func() (*lsm9ds1.Dev, error) { return lsm9ds1.New(bus, &opts.Motion) }
	h.matrix.open = func() (*ledmatrix.Dev, error) { return openMatrix(bus, opts.Kernel, &opts.Matrix) }
	h.parts = []prober{&h.humidity, &h.pressure, &h.motion, &h.matrix}
	missing := h.Probe()
	for _, p := range h.parts {
		if p.works() {
			return h, nil
		}
	}
	return nil, errors.Join(missing...)
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

// Joystick returns the joystick, or why it is not there. It is opened by the first call, and by calls after that as long as
// it is missing: programs that do not call Joystick do not link it.
func (h *HAT) Joystick() (Stick, error) {
	return demand(h, &h.joystick, func() (Stick, error) { return openStick(h.bus, h.opts.Kernel, &h.opts.Joystick) })
}

// Color returns the colour sensor, which the second version of the board has, or why it is not there. It is opened as the
// joystick is.
func (h *HAT) Color() (*tcs3400.Dev, error) {
	return demand(h, &h.color, func() (*tcs3400.Dev, error) { return tcs3400.New(h.bus, &h.opts.Color) })
}

// Missing returns an error for each part that is not there: a *sensor.NotPresentError if it does not answer or another
// chip does, a *sensor.CalibrationError or *sensor.BusError if it answered and could not be started. Joystick and colour
// sensor are among them once they were asked for. Missing does not touch the bus.
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
	for _, p := range h.parts {
		p.probe()
	}
	return h.missing()
}

// Halt halts all parts: the sensors are powered down and the matrix is dark. It goes on after an error and joins them.
func (h *HAT) Halt() error { return h.each(prober.halt) }

// Close halts all parts, and closes the kernel's devices that Open has opened; what is done with them after that returns
// os.ErrClosed. The bus stays the caller's. It goes on after an error and joins them.
func (h *HAT) Close() error { return errors.Join(h.each(prober.halt), h.each(prober.close)) }

// each does the same with all parts, and joins their errors.
func (h *HAT) each(do func(prober) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, p := range h.parts {
		errs = append(errs, do(p))
	}
	return errors.Join(errs...)
}

func (h *HAT) missing() []error {
	var errs []error
	for _, p := range h.parts {
		if err := p.missing(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

var _ conn.Resource = (*HAT)(nil)
