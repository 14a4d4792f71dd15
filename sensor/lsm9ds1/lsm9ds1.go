package lsm9ds1

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

const chip = "lsm9ds1"

var errNotReady = fmt.Errorf("sensor: lsm9ds1: %w", sensor.ErrNotReady)

// Dev is one LSM9DS1. All methods may be called from any goroutine; a lock is held for the bus transactions of a read.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	set setup

	mu     sync.Mutex
	motion half // accelerometer and gyroscope
	mag    half
	raw    outputs
	fifo   fifo
	seq    uint64

	temperature chipTemperature
}

// outputs are the output registers, as read.
type outputs struct{ accel, gyro, mag [6]byte }

// New checks that both chips of the part are there, and starts them with all of their settings written. Errors are those
// of bad options, all together and before the bus is touched; *sensor.NotPresentError; and *sensor.BusError. The bus stays
// the caller's.
func New(bus i2c.Bus, o *Options) (*Dev, error) {
	set, err := o.setup()
	if bus == nil {
		err = errors.Join(err, errors.New("sensor: lsm9ds1: bus is nil"))
	}
	if err != nil {
		return nil, err
	}
	d := &Dev{
		set: set,
		motion: half{
			bank: regs.Bank{Chip: chip, Bus: bus, Addr: set.addr}, identity: whoAmI,
			idle: set.idle, on: set.on, mark: set.mark, period: set.period,
			bursts: []burst{{regStatus, 7}, {regOutXL, 6}}, mask: statusXL | statusG,
		},
		mag: half{
			bank: regs.Bank{Chip: chip, Bus: bus, Addr: set.magAddr, Auto: autoIncM}, identity: whoAmIM,
			idle: set.idleMag, on: set.onMag, mark: set.onMag[0], period: set.magPeriod,
			bursts: []burst{{regStatusM, 7}}, mask: statusMagXYZ,
		},
	}
	if set.gyroOff {
		d.motion.bursts, d.motion.mask = []burst{{regStatusXL, 7}}, statusXL
	}
	if n := set.settle; n > 0 { // rates are exact to some percent only
		d.motion.settle = time.Duration(n)*set.period + set.period/2
	}
	d.fifo.init(bus, &set)
	steps := []func() error{d.motion.probe, d.mag.probe, d.motion.start, d.mag.start}
	if set.magOff {
		d.mag.mask = 0 // and so is ready
		steps = []func() error{d.motion.start}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// String names the part and its bus.
func (d *Dev) String() string { return "LSM9DS1{" + d.motion.bank.Bus.String() + "}" }

// Read takes all nine values in three transactions; without the gyroscope in two, and without the magnetometer in one
// less. It returns sensor.ErrNotReady until each of the sensors has converted once, those conversions left out which the
// datasheet wants dropped after the start, and *sensor.BusError when the bus fails.
//
// Quality may have Clipped for a saturated converter; OutOfRange for a value beyond the range chosen; and Stale when
// neither acceleration nor rotation is new, or when the magnetic field is older than two of its periods. That the field
// repeats in between, since it is converted less often, is not flagged.
//
// With Options.FIFO, Read gives the samples of the FIFO one after the other, as ReadBatch does, and the last of them as
// Stale when there is no other yet.
//
// After Halt, the first Read starts the part again. That, and setting up a part that lost its power, can give the errors
// of New.
func (d *Dev) Read(ctx context.Context, r *sensor.Reading[sensor.Motion]) error {
	*r = sensor.Reading[sensor.Motion]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.set.fifo > 0 {
		return d.readOne(r)
	}
	r.At = time.Now()
	if err := d.ensure(); err != nil {
		return err
	}
	if err := d.readMotion(r.At); err != nil {
		d.motion.life.Doubt()
		return err
	}
	if err := d.readMag(r.At); err != nil {
		d.mag.life.Doubt()
		return err
	}
	if !d.motion.isReady() || !d.mag.isReady() {
		r.Quality = sensor.NotReady
		return errNotReady
	}
	if !d.motion.fresh {
		r.Quality = sensor.Stale
	}
	d.convert(r)
	return nil
}

// ensure has both chips running.
func (d *Dev) ensure() error {
	if err := d.motion.ensure(); err != nil || d.set.magOff {
		return err
	}
	return d.mag.ensure()
}

// convert fills r from d.raw, and numbers it.
func (d *Dev) convert(r *sensor.Reading[sensor.Motion]) {
	r.Quality |= d.set.accel.convert(&d.raw.accel, &r.Value.Accel)
	if !d.set.gyroOff {
		r.Quality |= d.set.gyro.convert(&d.raw.gyro, &r.Value.Gyro)
	}
	if !d.set.magOff {
		r.Quality |= d.set.mag.convert(&d.raw.mag, &r.Value.Mag)
		if r.At.Sub(d.mag.news) > 2*d.set.magPeriod {
			r.Quality |= sensor.Stale
		}
	}
	d.seq++
	r.Seq = d.seq
}

// readMotion takes rotation with its status, and acceleration. The two are not in one burst, though the datasheet (3.3) has
// the register pointer go on from one to the other, because it does not say so of a burst that begins with the status.
func (d *Dev) readMotion(now time.Time) error {
	h, was := &d.motion, d.raw
	first := h.bursts[0]
	p, err := h.bank.Read(first.reg, first.n)
	if err != nil {
		return err
	}
	status := p[0]
	if d.set.gyroOff {
		copy(d.raw.accel[:], p[1:])
		return h.saw(now, status, d.raw != was)
	}
	copy(d.raw.gyro[:], p[1:])
	if p, err = h.bank.Read(regOutXL, 6); err != nil {
		_ = h.saw(now, status, false) // that read has cleared it, whatever becomes of this one
		return err
	}
	copy(d.raw.accel[:], p)
	return h.saw(now, status, d.raw != was)
}

func (d *Dev) readMag(now time.Time) error {
	if d.set.magOff {
		return nil
	}
	h, was := &d.mag, d.raw.mag
	p, err := h.bank.Read(regStatusM, 7)
	if err != nil {
		return err
	}
	copy(d.raw.mag[:], p[1:])
	return h.saw(now, p[0], d.raw.mag != was)
}

// Halt powers both chips down. What the FIFO holds is lost.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fifo.next = d.fifo.n
	err := d.motion.halt(regs.Set{Reg: regCtrl6XL}, regs.Set{Reg: regCtrl1G})
	if d.set.magOff {
		return err
	}
	return errors.Join(err, d.mag.halt(regs.Set{Reg: regCtrl3M, Value: ctrl3MOff}))
}

var (
	_ conn.Resource                = (*Dev)(nil)
	_ sensor.Source[sensor.Motion] = (*Dev)(nil)
)
