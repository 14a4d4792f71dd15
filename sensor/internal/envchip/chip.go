package envchip

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// MaxOutput is the most bytes of output that a chip may have.
const MaxOutput = 5

// Chip is what one kind of chip has of its own.
type Chip struct {
	Name  string // as its package is named: "hts221"
	Title string // as its maker writes it: "HTS221"
	Addr  uint16
	Auto  uint8 // the bit of a register number that makes a burst go on to the next register; 0 if it always does

	Identity regs.Set               // the register that says what the chip is, and what it must say
	Other    func(id uint8) string  // names other chips that are found at the same address; may be nil
	Prepare  func(*regs.Bank) error // called at each start after the identity is checked; may be nil
	Idle     []regs.Set             // settings, written while the chip is powered down; the first of them does that
	On       regs.Set               // powers the chip up, in the register of Idle[0]
	Shot     regs.Set               // starts one conversion; a zero Shot is for a chip that converts at its own rate
	Period   time.Duration          // from one conversion to the next or, in one-shot mode, what one takes at most
	Status   uint8                  // first register of a burst, the status; the outputs follow it
	Outputs  int                    // bytes of output, at most MaxOutput
	Fresh    uint8                  // bits of the status: one for each value that is converted
	Convert  func(outputs []byte) (physic.Env, sensor.Quality)
}

// oneShot reports whether the chip converts when it is asked to.
func (c *Chip) oneShot() bool { return c.Shot != regs.Set{} }

// New checks that the chip is there, and starts it. setup is the error of the chip's options, joined with that of a
// missing bus; with either the bus is not touched.
func New(bus i2c.Bus, c Chip, setup error) (*Dev, error) {
	if bus == nil {
		setup = errors.Join(setup, errors.New("sensor: "+c.Name+": bus is nil"))
	}
	if setup != nil {
		return nil, setup
	}
	d := &Dev{
		chip:     c,
		bank:     regs.Bank{Chip: c.Name, Bus: bus, Addr: c.Addr, Auto: c.Auto},
		turn:     make(chan struct{}, 1),
		notReady: &notReadyError{c.Name},
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, nil
}

// notReadyError is sensor.ErrNotReady with the name of the chip, made once.
type notReadyError struct{ chip string }

func (e *notReadyError) Error() string {
	return "sensor: " + e.chip + ": " + sensor.ErrNotReady.Error()
}
func (e *notReadyError) Unwrap() error { return sensor.ErrNotReady }
