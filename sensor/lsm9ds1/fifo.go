package lsm9ds1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

const (
	fifoDepth  = 32
	sampleSize = 12 // of rotation and acceleration; of the latter alone, half of it
)

var (
	errNoFIFO = fmt.Errorf("sensor: lsm9ds1: the FIFO is off: %w", errors.ErrUnsupported)
	errCount  = errors.New("the FIFO holds at most 32 samples")
	errRoll   = errors.New("the part does not go on from the rotation to the acceleration")
)

// fifo holds samples that were fetched from the chip, and knows their times.
//
// One burst carries all samples, because the register pointer goes from 0x1D to 0x28 and from 0x2D to 0x18 while both
// sensors run, and from 0x2D to 0x28 while the gyroscope is off (datasheet, 3.3). Two bursts a sample would do without
// that, and take more than twice the time. A part whose pointer just counts would send its settings, in registers 0x1E to
// 0x23, in the place of the first acceleration: that is checked, and an error.
type fifo struct {
	_         [0]func() // not comparable: programs would link the comparison
	buf       [fifoDepth * sampleSize]byte
	size      int     // of a sample
	first     uint8   // register at which one begins
	burst     int     // samples that one transaction may carry
	stray     [6]byte // what a part that does not roll over sends for an acceleration
	n, next   int     // samples in buf, and of those handed out or dropped
	starts    int     // of the half whose samples these are
	unsettled int     // samples still to be dropped
	lost      bool    // before the next sample others are missing, or may be
	gap       bool    // and the clock has to be told so
	clock     clock

	counted  int       // samples in the chip
	from, at time.Time // begin and end of that count
}

func (f *fifo) init(bus i2c.Bus, s *setup) {
	f.size, f.first, f.burst = sampleSize, regOutG, fifoDepth
	if s.gyroOff {
		f.size, f.first = sampleSize/2, regOutXL
	}
	if l, ok := bus.(conn.Limits); ok && l.MaxTxSize() > 0 {
		f.burst = min(max((l.MaxTxSize()-1)/f.size, 1), fifoDepth)
	}
	for _, set := range [][]regs.Set{s.idle, s.on} {
		for _, r := range set {
			if i := int(r.Reg) - regCtrl4; i >= 0 && i < len(f.stray) {
				f.stray[i] = r.Value
			}
		}
	}
}

// fetch empties the chip's FIFO into f, which is empty. d.mu is held.
func (d *Dev) fetch() error {
	f, h := &d.fifo, &d.motion
	f.n, f.next = 0, 0
	if err := d.ensure(); err != nil {
		return err
	}
	if f.starts != h.starts {
		f.lost = f.starts > 0
		f.starts, f.unsettled = h.starts, d.set.settle
		f.clock = newClock(h.began, d.set.period)
	}
	was := f.clock
	v, err := f.count(h)
	if err == nil && v != agrees { // a bit of the count may have been lost on the way: nothing has been taken yet
		f.clock = was
		v, err = f.count(h)
	}
	if err != nil {
		h.life.Doubt()
		return err
	}
	f.lost = f.lost || f.gap || v == broken
	f.gap = false
	n, now := f.counted, f.at
	h.life.Saw(now, n > 0)
	if n == 0 {
		return nil
	}
	h.seen, h.news = h.mask, now
	if err := f.read(d, n); err != nil {
		// Nobody knows how many samples have gone, so reading again would not give the same ones.
		h.life.Doubt()
		f.lost, f.gap = true, true
		return err
	}
	// Samples that came before the burst had begun may have pushed out the oldest ones of a FIFO that was nearly full.
	if came := time.Since(f.from)/d.set.period + 1; n+int(came) > fifoDepth {
		f.lost, f.gap = true, true
	}
	f.clock.settle()
	f.n = n
	drop := min(f.unsettled, n)
	f.unsettled -= drop
	f.next = drop
	if err := d.readMag(now); err != nil {
		d.mag.life.Doubt()
		return err
	}
	return nil
}

// count reads how many samples there are, and whether that agrees with the time since the last count.
func (f *fifo) count(h *half) (verdict, error) {
	f.from = time.Now()
	p, err := h.bank.Read(regFIFOSrc, 1)
	if err != nil {
		return broken, err
	}
	f.at = time.Now()
	src := fifoSource(p[0])
	if f.counted = src.samples(); f.counted > fifoDepth {
		return broken, &sensor.BusError{Chip: chip, Reg: regFIFOSrc, Op: "read", Err: errCount}
	}
	f.gap = f.gap || src.overrun()
	return f.clock.count(f.from, f.at, f.counted, f.gap), nil
}

// read takes n samples in as few bursts as the bus allows.
func (f *fifo) read(d *Dev, n int) error {
	for i := 0; i < n; i += f.burst {
		p := f.buf[i*f.size : min(i+f.burst, n)*f.size]
		if err := d.motion.bank.ReadInto(f.first, p); err != nil {
			return err
		}
	}
	if f.size == sampleSize && bytes.Equal(f.buf[6:12], f.stray[:]) {
		return &sensor.BusError{Chip: chip, Reg: regOutG, Op: "read", Err: errRoll}
	}
	return nil
}

// pop hands out the next sample, if there is one.
func (d *Dev) pop(r *sensor.Reading[sensor.Motion]) bool {
	f := &d.fifo
	if f.next == f.n {
		return false
	}
	p := f.buf[f.next*f.size:]
	if !d.set.gyroOff {
		copy(d.raw.gyro[:], p)
		p = p[6:]
	}
	copy(d.raw.accel[:], p)
	*r = sensor.Reading[sensor.Motion]{At: f.clock.stamp(f.n - 1 - f.next)}
	f.next++
	if f.lost {
		r.Quality, f.lost = sensor.Overrun, false
	}
	d.convert(r)
	return true
}

// fill fetches if nothing is left from before. It returns errNotReady while there is no value of a sensor yet.
func (d *Dev) fill() error {
	if d.fifo.next == d.fifo.n {
		if err := d.fetch(); err != nil {
			return err
		}
	}
	if !d.mag.isReady() { // samples without a field are none
		d.fifo.next, d.fifo.lost = d.fifo.n, d.seq > 0
		return errNotReady
	}
	return nil
}

// readOne is Read with the FIFO on.
func (d *Dev) readOne(r *sensor.Reading[sensor.Motion]) error {
	r.At = time.Now()
	if err := d.fill(); err != nil {
		if errors.Is(err, sensor.ErrNotReady) {
			r.Quality = sensor.NotReady
		}
		return err
	}
	if d.pop(r) {
		return nil
	}
	if d.seq == 0 || d.fifo.unsettled > 0 {
		r.Quality = sensor.NotReady
		return errNotReady
	}
	r.Quality = sensor.Stale
	d.convert(r)
	return nil
}

// ReadBatch takes what the FIFO holds, without waiting: up to 32 samples, oldest first, in three transactions, of which one
// carries all of them. It returns their number, which is 0 when no sample is new.
//
// Every sample is given once, in the order of their conversion and with the time of it in At: see the package comment.
// Overrun on a sample says that others before it are missing, or may be: the FIFO was full, or a transaction failed that
// had begun to empty it. The times of that batch may be off by as many periods. Samples that do not fit in rs are kept for
// the next call. The magnetic field, which has no FIFO, is read once for all samples of a batch.
//
// Errors are those of Read, and errors.ErrUnsupported without Options.FIFO. An error does not lose the samples that were
// fetched before it.
func (d *Dev) ReadBatch(ctx context.Context, rs []sensor.Reading[sensor.Motion]) (int, error) {
	if d.set.fifo == 0 {
		return 0, errNoFIFO
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fill(); err != nil {
		return 0, err
	}
	n := 0
	for n < len(rs) && d.pop(&rs[n]) {
		n++
	}
	return n, nil
}
