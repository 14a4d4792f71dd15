package emulator

import (
	"time"

	"periph.io/x/conn/v3/physic"
)

// Registers of the LPS25H (ST DocID023722 Rev 6, section 8 and 9).
const (
	lpsRefP       = 0x08 // REF_P_XL, L, H
	lpsResConf    = 0x10
	lpsCtrl1      = 0x20
	lpsCtrl2      = 0x21
	lpsCtrl3      = 0x22
	lpsCtrl4      = 0x23
	lpsIntCfg     = 0x24
	lpsStatus     = 0x27
	lpsPressure   = 0x28
	lpsTemp       = 0x2B
	lpsFIFOCtrl   = 0x2E
	lpsFIFOStatus = 0x2F
	lpsThresholdP = 0x30 // THS_P_L, H
	lpsOffset     = 0x39 // RPDS_L, H

	lpsIdentity = 0xBD

	lpsPower   = 1 << 7 // CTRL_REG1 PD
	lpsBDU     = 1 << 2 // CTRL_REG1
	lpsBoot    = 1 << 7 // CTRL_REG2
	lpsFIFO    = 1 << 6 // CTRL_REG2 FIFO_EN
	lpsSWReset = 1 << 2 // CTRL_REG2
	lpsOneShot = 1 << 0 // CTRL_REG2
	lpsMean    = 6      // FIFO_CTRL F_MODE: running average
)

// lps25h is the barometer.
type lps25h struct {
	*slot
	now       time.Time
	regs      [0x40]byte // those that only keep what is written
	pressure  output
	temp      output
	rate      cadence
	shotAt    time.Time
	shotCount int64
	window    [32]int32 // the newest pressures, for the running average
	filled    int       // how many of window are in use
	head      int       // where the next goes
}

func newLPS25H(s *slot) chip {
	return &lps25h{slot: s}
}

func (c *lps25h) reset(now time.Time) {
	*c = lps25h{
		slot:     c.slot,
		now:      now,
		pressure: output{first: lpsPressure, size: 3},
		temp:     output{first: lpsTemp, size: 2},
	}
	c.regs[lpsResConf] = 0x05
}

func (c *lps25h) advance(now time.Time) {
	c.now = now
	if first, last := c.rate.due(now, int64(len(c.window))); first <= last && !c.stalled() {
		for n := first; n <= last; n++ {
			c.convert(c.rate.at(n), c.rate.serial(n))
		}
	}
	if !c.shotAt.IsZero() && !now.Before(c.shotAt) && !c.stalled() {
		c.shotCount++
		c.convert(c.shotAt, -c.shotCount)
		c.shotAt = time.Time{}
		c.regs[lpsCtrl2] &^= lpsOneShot
	}
}

func (c *lps25h) convert(at time.Time, n int64) {
	env := c.sense(at).Env
	hPa := float64(env.Pressure) / float64(100*physic.Pascal)
	p := c.average(c.digitize(hPa*4096, 24, 0, n))
	t := c.digitize((env.Temperature.Celsius()-42.5)*480, 16, 1, n)
	c.result(&c.pressure, p, c.blockUpdate())
	c.result(&c.temp, t, c.blockUpdate())
}

// average is p itself or, with the FIFO in mean mode, the mean of p and those
// before it, as many as the watermark asks for and there have been.
func (c *lps25h) average(p int32) int32 {
	mode, mark := c.regs[lpsFIFOCtrl]>>5, int(c.regs[lpsFIFOCtrl]&0x1F)
	if c.regs[lpsCtrl2]&lpsFIFO == 0 || mode != lpsMean {
		c.filled, c.head = 0, 0
		return p
	}
	c.window[c.head] = p
	c.head = (c.head + 1) % len(c.window)
	c.filled = min(c.filled+1, mark+1)
	var sum int64
	for i := range c.filled {
		sum += int64(c.window[(c.head-1-i+len(c.window))%len(c.window)])
	}
	return int32(sum / int64(c.filled))
}

func (c *lps25h) blockUpdate() bool {
	return c.regs[lpsCtrl1]&lpsBDU != 0
}

func (c *lps25h) read(reg byte) byte {
	reg = c.plain(reg)
	switch {
	case c.pressure.has(reg):
		return c.pressure.read(reg, c.blockUpdate())
	case c.temp.has(reg):
		return c.temp.read(reg, c.blockUpdate())
	}
	switch reg {
	case whoAmI:
		return lpsIdentity
	case lpsStatus:
		return flag(c.temp.ready, 0) | flag(c.pressure.ready, 1) | flag(c.temp.overrun, 4) | flag(c.pressure.overrun, 5)
	case lpsFIFOStatus:
		return flag(c.filled == 0, 5) | byte(max(c.filled-1, 0))
	}
	if int(reg) < len(c.regs) {
		return c.regs[reg]
	}
	return 0
}

func (c *lps25h) write(reg, v byte) {
	reg = c.plain(reg)
	switch reg {
	case lpsRefP, lpsRefP + 1, lpsRefP + 2, lpsResConf, lpsCtrl3, lpsCtrl4, lpsIntCfg,
		lpsThresholdP, lpsThresholdP + 1, lpsOffset, lpsOffset + 1, lpsFIFOCtrl:
		c.regs[reg] = v
	case lpsCtrl1:
		c.regs[reg] = v
		var period time.Duration
		if v&lpsPower != 0 {
			period = [8]time.Duration{1: hertz(1), 2: hertz(7), 3: hertz(12.5), 4: hertz(25)}[v>>4&7]
		}
		c.rate.set(c.now, period)
	case lpsCtrl2:
		if v&lpsSWReset != 0 {
			c.reset(c.now)
			return
		}
		c.regs[reg] = v &^ (lpsBoot | lpsOneShot)
		c.shotAt = time.Time{}
		if v&lpsOneShot != 0 && c.regs[lpsCtrl1]&lpsPower != 0 && c.rate.period == 0 {
			c.regs[reg] |= lpsOneShot
			c.shotAt = c.now.Add(c.shotTime())
		}
	default:
		c.forbid(reg, v)
	}
}

// shotTime is how long a one-shot conversion takes, typically (ST AN4450,
// section 6.2).
func (c *lps25h) shotTime() time.Duration {
	conf := c.regs[lpsResConf]
	p, t := 8<<(2*(conf&3)), 8<<(conf>>2&3)
	return time.Duration(62*(p+t)+975) * time.Microsecond
}

func (c *lps25h) next(reg byte) byte  { return nextMarked(reg) }
func (c *lps25h) plain(reg byte) byte { return reg &^ increment }
