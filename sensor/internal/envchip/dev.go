package envchip

import (
	"context"
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envloop"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// Dev is one chip. All methods may be called from any goroutine; a lock is held for the length of a bus transaction, and
// never while waiting.
//
// A chip that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	chip     Chip
	notReady error
	loop     envloop.Loop

	// Of a read in one-shot mode, held while it waits for its conversion.
	turn  chan struct{}
	timer regs.Waiter
	until time.Time // end of the newest conversion

	mu     sync.Mutex
	bank   regs.Bank
	life   regs.Life
	seen   uint8 // status bits seen since the start, or since the conversion was asked for
	sure   uint8 // status bits that a change of the outputs stands for
	unread bool  // a conversion was asked for whose outputs nobody has taken
	paused bool
	raw    [MaxOutput]byte
	seq    uint64
}

// String names the chip and its bus.
func (d *Dev) String() string { return d.chip.Title + "{" + d.bank.Bus.String() + "}" }

// start brings the chip from any state to converting, without anything left from before. d.mu is held.
func (d *Dev) start() error {
	d.life.Halted() // a start that fails is begun anew by the next read
	c := &d.chip
	if err := d.bank.Probe(c.Identity.Reg, c.Identity.Value, c.Other); err != nil {
		return err
	}
	if c.Prepare != nil {
		if err := c.Prepare(&d.bank); err != nil {
			return err
		}
	}
	if err := d.bank.WriteAll(c.Idle...); err != nil {
		return err
	}
	if err := d.drop(); err != nil { // a conversion of a former run
		return err
	}
	if err := d.bank.WriteAll(c.On); err != nil {
		return err
	}
	d.seen, d.sure, d.unread, d.paused = 0, 0, false, false
	d.life.Started(time.Now(), c.Period)
	return nil
}

// drop reads the outputs so that they are new no more.
func (d *Dev) drop() error {
	p, err := d.bank.Read(d.chip.Status, 1+d.chip.Outputs)
	if err != nil {
		return err
	}
	copy(d.raw[:], p[1:])
	return nil
}

func (d *Dev) ensure() error { return d.life.Ensure(&d.bank, d.chip.On, d.start) }

// Read takes all values of the chip in one transaction, and in one-shot mode has them converted first.
func (d *Dev) Read(ctx context.Context, r *sensor.Reading[physic.Env]) error {
	*r = sensor.Reading[physic.Env]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.chip.oneShot() {
		return d.shoot(ctx, r)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused {
		return d.unready(r)
	}
	r.At = time.Now()
	if err := d.ensure(); err != nil {
		return err
	}
	return d.take(r)
}

// take reads the outputs with their status. d.mu is held.
func (d *Dev) take(r *sensor.Reading[physic.Env]) error {
	c := &d.chip
	r.At = time.Now()
	p, err := d.bank.Read(c.Status, 1+c.Outputs)
	if err != nil {
		d.life.Doubt()
		return err
	}
	fresh, raw := p[0]&c.Fresh, d.raw
	copy(raw[:], p[1:])
	if fresh == 0 && raw != d.raw {
		// Converted after its status was sent, or reset by a loss of power.
		d.life.Doubt()
		if err := d.ensure(); err != nil {
			return err
		}
		fresh = d.sure // nothing, if it was started again
	}
	d.raw = raw
	d.seen |= fresh
	d.sure |= d.seen
	d.life.Saw(r.At, fresh != 0)
	if d.seen != c.Fresh {
		return d.unready(r)
	}
	if fresh == 0 {
		r.Quality = sensor.Stale
	}
	v, q := c.Convert(d.raw[:c.Outputs])
	r.Value = v
	r.Quality |= q
	d.unread = false
	d.seq++
	r.Seq = d.seq
	return nil
}

func (d *Dev) unready(r *sensor.Reading[physic.Env]) error {
	*r = sensor.Reading[physic.Env]{At: time.Now(), Quality: sensor.NotReady}
	return d.notReady
}

// Sense reads once. While there is no value yet, it asks again for up to two periods.
func (d *Dev) Sense() (physic.Env, error) { return envloop.Sense(d, d.chip.Period) }

// SenseContinuous reads at the interval on a goroutine of its own: see physic.SenseEnv and package envloop.
func (d *Dev) SenseContinuous(interval time.Duration) (<-chan physic.Env, error) {
	return d.loop.Start(d, interval)
}

// Locked calls f while no read runs: f may use what Prepare and Convert use.
func (d *Dev) Locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// Halt ends SenseContinuous, waits for its goroutine, and powers the chip down.
func (d *Dev) Halt() error {
	d.loop.Stop() // without d.mu: the goroutine needs it to finish
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life.Halted()
	if d.paused { // what is switched on meanwhile is one of the settings
		return d.bank.WriteAll(d.chip.Idle...)
	}
	return d.bank.WriteAll(d.chip.Idle[0])
}

// Pause starts the chip if need be, writes set, and has reads answered by sensor.ErrNotReady until Resume.
func (d *Dev) Pause(set regs.Set) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused {
		return errors.New("sensor: " + d.chip.Name + ": paused already")
	}
	if err := d.ensure(); err != nil {
		return err
	}
	if err := d.bank.WriteAll(set); err != nil {
		d.life.Halted() // it may have got through: the next read writes all settings
		return err
	}
	d.paused = true
	return nil
}

// Resume powers the chip down with its settings as they were before Pause. The next read starts it, and finds nothing that
// was converted in between.
func (d *Dev) Resume() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = false
	d.life.Halted()
	return d.bank.WriteAll(d.chip.Idle...)
}

var (
	_ conn.Resource             = (*Dev)(nil)
	_ sensor.Source[physic.Env] = (*Dev)(nil)
)
