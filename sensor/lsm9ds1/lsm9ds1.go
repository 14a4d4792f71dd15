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

// Dev is one LSM9DS1. All methods may be called from any goroutine; a lock is held for the three bus transactions of a
// read.
//
// A part that has lost its power, or whose bus failed, is set up again by the read that follows.
type Dev struct {
	set setup

	mu     sync.Mutex
	motion half // accelerometer and gyroscope
	mag    half
	raw    outputs
	seq    uint64
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
			idle: set.idle, on: set.on, period: set.period,
			bursts: []burst{{regStatus, 7}, {regOutXL, 6}}, mask: statusXL | statusG,
		},
		mag: half{
			bank: regs.Bank{Chip: chip, Bus: bus, Addr: set.magAddr, Auto: autoIncM}, identity: whoAmIM,
			idle: set.idleMag, on: set.onMag, period: set.magPeriod,
			bursts: []burst{{regStatusM, 7}}, mask: statusMagXYZ,
		},
	}
	for _, step := range []func() error{d.motion.probe, d.mag.probe, d.motion.start, d.mag.start} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// String names the part and its bus.
func (d *Dev) String() string { return "LSM9DS1{" + d.motion.bank.Bus.String() + "}" }

// Read takes all nine values in three transactions. It returns sensor.ErrNotReady until each of the three sensors has
// converted once, and *sensor.BusError when the bus fails.
//
// Quality may have Clipped for a saturated converter; OutOfRange for a value beyond the range chosen; and Stale when
// neither acceleration nor rotation is new, or when the magnetic field is older than two of its periods. That the field
// repeats in between, since it is converted less often, is not flagged.
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
	r.At = time.Now()
	if err := d.motion.ensure(); err != nil {
		return err
	}
	if err := d.mag.ensure(); err != nil {
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
	if !d.motion.fresh || r.At.Sub(d.mag.news) > 2*d.set.magPeriod {
		r.Quality = sensor.Stale
	}
	r.Quality |= d.set.accel.convert(&d.raw.accel, &r.Value.Accel)
	r.Quality |= d.set.gyro.convert(&d.raw.gyro, &r.Value.Gyro)
	r.Quality |= d.set.mag.convert(&d.raw.mag, &r.Value.Mag)
	d.seq++
	r.Seq = d.seq
	return nil
}

// readMotion takes rotation with its status, and acceleration. The two are not in one burst: that the register pointer
// goes on from one to the other is only known for the FIFO.
func (d *Dev) readMotion(now time.Time) error {
	h, was := &d.motion, d.raw
	p, err := h.bank.Read(regStatus, 7)
	if err != nil {
		return err
	}
	status := p[0]
	h.seen |= status & h.mask // this read has cleared it, whatever becomes of the next
	copy(d.raw.gyro[:], p[1:])
	if p, err = h.bank.Read(regOutXL, 6); err != nil {
		return err
	}
	copy(d.raw.accel[:], p)
	return h.saw(now, status, d.raw != was)
}

func (d *Dev) readMag(now time.Time) error {
	h, was := &d.mag, d.raw.mag
	p, err := h.bank.Read(regStatusM, 7)
	if err != nil {
		return err
	}
	copy(d.raw.mag[:], p[1:])
	return h.saw(now, p[0], d.raw.mag != was)
}

// Halt powers both chips down.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.motion.life.Halted()
	d.mag.life.Halted()
	return errors.Join(
		d.motion.bank.Write(regCtrl6XL, 0),
		d.motion.bank.Write(regCtrl1G, 0),
		d.mag.bank.Write(regCtrl3M, ctrl3MOff),
	)
}

var (
	_ conn.Resource                = (*Dev)(nil)
	_ sensor.Source[sensor.Motion] = (*Dev)(nil)
)
