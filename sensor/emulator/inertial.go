package emulator

import (
	"math"
	"time"
)

// Registers of the LSM9DS1's accelerometer and gyroscope (ST DocID025715
// Rev 3, sections 6 and 7).
const (
	agActThs     = 0x04 // first of the activity and interrupt settings
	agInt2Ctrl   = 0x0D // last of them
	agCtrl1G     = 0x10
	agOrient     = 0x13
	agTemp       = 0x15
	agStatus1    = 0x17
	agGyro       = 0x18
	agCtrl4      = 0x1E
	agCtrl5XL    = 0x1F
	agCtrl6XL    = 0x20
	agCtrl8      = 0x22
	agCtrl10     = 0x24
	agStatus2    = 0x27
	agAccel      = 0x28
	agCtrl9      = 0x23
	agFIFOCtrl   = 0x2E
	agFIFOSrc    = 0x2F
	agIntGenCfgG = 0x30
	agIntGenDurG = 0x37

	agIdentity = 0x68

	agBoot    = 1 << 7 // CTRL_REG8
	agBDU     = 1 << 6 // CTRL_REG8
	agAddInc  = 1 << 2 // CTRL_REG8 IF_ADD_INC
	agSWReset = 1 << 0 // CTRL_REG8
)

// inertial is the LSM9DS1's half with the accelerometer and the gyroscope.
type inertial struct {
	*slot
	now   time.Time
	regs  [0x38]byte
	gyro  [3]output
	accel [3]output
	temp  output
	fifo  inertialFIFO
	// While the gyroscope runs, the accelerometer converts with it.
	gyroRate, accelRate cadence
}

func newInertial(s *slot) chip {
	return &inertial{slot: s}
}

func (c *inertial) reset(now time.Time) {
	*c = inertial{slot: c.slot, now: now, temp: output{first: agTemp, size: 2}}
	for i := range 3 {
		c.gyro[i] = output{first: agGyro + 2*byte(i), size: 2}
		c.accel[i] = output{first: agAccel + 2*byte(i), size: 2}
	}
	c.regs[agCtrl4] = 0x38
	c.regs[agCtrl5XL] = 0x38
	c.regs[agCtrl8] = agAddInc
}

func (c *inertial) advance(now time.Time) {
	c.now = now
	c.run(&c.gyroRate, true)
	c.run(&c.accelRate, false)
}

// run carries out the conversions that are due at a rate, as far as they leave
// a trace in the outputs or in the FIFO.
func (c *inertial) run(rate *cadence, withGyro bool) {
	first, last := rate.due(c.now, c.fifo.keeps())
	if c.stalled() {
		return
	}
	for n := first; n <= last; n++ {
		if c.fifo.full() && c.fifo.mode == fifoModeFIFO {
			n = max(n, last-1)
		}
		serial := rate.serial(n)
		if !withGyro {
			serial = -serial
		}
		c.convert(rate.at(n), serial, withGyro)
	}
}

func (c *inertial) convert(at time.Time, n int64, withGyro bool) {
	w := c.sense(at)
	bdu := c.regs[agCtrl8]&agBDU != 0
	var sample fifoSample
	if withGyro {
		// Degrees a second to a step (table 3), by FS_G.
		lsb := [4]float64{0.00875, 0.0175, 0.0175, 0.07}[c.regs[agCtrl1G]>>3&3]
		rate := w.Motion.Gyro
		rate[2] = -rate[2]
		sample.gyro = c.axes(&c.gyro, rate, lsb*math.Pi/180, c.regs[agCtrl4]>>3, 0, n, bdu)
	}
	// g to a step (table 3), by FS_XL.
	lsb := [4]float64{0.061e-3, 0.732e-3, 0.122e-3, 0.244e-3}[c.regs[agCtrl6XL]>>3&3]
	accel := w.Motion.Accel
	accel[0], accel[1] = -accel[0], -accel[1]
	sample.accel = c.axes(&c.accel, accel, lsb*9.80665, c.regs[agCtrl5XL]>>3, 3, n, bdu)
	c.fifo.push(sample)
	c.result(&c.temp, c.digitize((w.Env.Temperature.Celsius()-25)*16, 16, 6, n), bdu)
}

// axes converts the enabled ones of three axes, and returns what goes into the
// FIFO.
func (c *inertial) axes(out *[3]output, v [3]float64, lsb float64, enabled byte, channel int, n int64, bdu bool) (values [3]int16) {
	frozen := c.board.suffers(c.addr, FrozenOutput)
	for i := range out {
		if enabled>>i&1 == 0 {
			continue
		}
		raw := c.digitize(v[i]/lsb, 16, channel+i, n)
		if frozen {
			raw = out[i].shown
		}
		out[i].convert(raw, bdu)
		values[i] = int16(raw)
	}
	return values
}

func (c *inertial) read(reg byte) byte {
	reg = c.plain(reg)
	if v, ok := c.fifo.read(reg); ok {
		return v
	}
	bdu := c.regs[agCtrl8]&agBDU != 0
	for _, group := range [...]*[3]output{&c.gyro, &c.accel} {
		for i := range group {
			if o := &group[i]; o.has(reg) {
				v := o.read(reg, bdu)
				if !o.ready {
					// The high byte of any axis clears the group's mark.
					group[0].ready, group[1].ready, group[2].ready = false, false, false
				}
				return v
			}
		}
	}
	if c.temp.has(reg) {
		return c.temp.read(reg, bdu)
	}
	switch {
	case reg == whoAmI:
		return agIdentity
	case reg == agStatus1, reg == agStatus2:
		return flag(anyReady(&c.accel), 0) | flag(anyReady(&c.gyro), 1) | flag(c.temp.ready, 2)
	case reg == agFIFOSrc:
		return c.fifo.source()
	case int(reg) < len(c.regs):
		return c.regs[reg]
	}
	return 0
}

func anyReady(axes *[3]output) bool {
	return axes[0].ready || axes[1].ready || axes[2].ready
}

func (c *inertial) write(reg, v byte) {
	reg = c.plain(reg)
	switch {
	case reg == agCtrl8:
		if v&agSWReset != 0 {
			c.reset(c.now)
			return
		}
		c.regs[reg] = v &^ agBoot
	case reg >= agActThs && reg <= agInt2Ctrl,
		reg >= agCtrl1G && reg <= agOrient,
		reg >= agCtrl4 && reg <= agCtrl10,
		reg == agFIFOCtrl,
		reg >= agIntGenCfgG && reg <= agIntGenDurG:
		c.regs[reg] = v
		c.schedule()
		c.fifo.set(c.regs[agCtrl9], c.regs[agFIFOCtrl])
	default:
		c.forbid(reg, v)
	}
}

// schedule sets the rates that CTRL_REG1_G and CTRL_REG6_XL ask for (tables 46
// and 68).
func (c *inertial) schedule() {
	gyro := [8]time.Duration{1: hertz(14.9), 2: hertz(59.5), 3: hertz(119), 4: hertz(238), 5: hertz(476), 6: hertz(952)}[c.regs[agCtrl1G]>>5]
	accel := [8]time.Duration{1: hertz(10), 2: hertz(50), 3: hertz(119), 4: hertz(238), 5: hertz(476), 6: hertz(952)}[c.regs[agCtrl6XL]>>5]
	if gyro != 0 {
		accel = 0
	}
	c.gyroRate.set(c.now, gyro)
	c.accelRate.set(c.now, accel)
}

// next goes on to the next register unless IF_ADD_INC is off. While sensors
// run, a burst goes through the outputs of all of them again and again
// (section 3.3).
func (c *inertial) next(reg byte) byte {
	if c.regs[agCtrl8]&agAddInc == 0 {
		return reg
	}
	switch gyro := c.gyroRate.period != 0; {
	case gyro && c.plain(reg) == agGyro+5:
		return agAccel
	case gyro && c.plain(reg) == agAccel+5:
		return agGyro
	case c.accelRate.period != 0 && c.plain(reg) == agAccel+5:
		return agAccel
	}
	return (reg + 1) &^ increment
}

func (c *inertial) plain(reg byte) byte { return reg &^ increment }
