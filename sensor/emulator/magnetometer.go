package emulator

import "time"

// Registers of the LSM9DS1's magnetometer (ST DocID025715 Rev 3, section 8).
const (
	magOffset   = 0x05 // OFFSET_X_REG_L_M, and so on to 0x0A
	magCtrl1    = 0x20
	magCtrl2    = 0x21
	magCtrl3    = 0x22
	magCtrl4    = 0x23
	magCtrl5    = 0x24
	magStatus   = 0x27
	magOut      = 0x28
	magIntCfg   = 0x30
	magIntThs   = 0x32 // INT_THS_L_M, H
	magIdentity = 0x3D

	magSoftReset  = 1 << 2 // CTRL_REG2_M SOFT_RST
	magReboot     = 1 << 3 // CTRL_REG2_M
	magFast       = 1 << 1 // CTRL_REG1_M FAST_ODR
	magBDU        = 1 << 6 // CTRL_REG5_M
	magContinuous = 0      // CTRL_REG3_M MD
	magSingle     = 1
	magPowerDown  = 3
)

// magnetometer is the LSM9DS1's other half.
type magnetometer struct {
	*slot
	now  time.Time
	regs [0x34]byte
	out  [3]output
	rate cadence
}

func newMagnetometer(s *slot) chip {
	return &magnetometer{slot: s}
}

func (c *magnetometer) reset(now time.Time) {
	*c = magnetometer{slot: c.slot, now: now}
	for i := range c.out {
		c.out[i] = output{first: magOut + 2*byte(i), size: 2}
	}
	c.regs[magCtrl1] = 0x10
	c.regs[magCtrl3] = magPowerDown
}

func (c *magnetometer) advance(now time.Time) {
	c.now = now
	single := c.mode() == magSingle
	first, last := c.rate.due(now, 2)
	if first > last || c.stalled() {
		return
	}
	if single {
		first, last = 1, 1
	}
	for n := first; n <= last; n++ {
		c.convert(c.rate.at(n), c.rate.serial(n))
	}
	if single {
		c.regs[magCtrl3] |= magPowerDown
		c.rate.set(now, 0)
	}
}

func (c *magnetometer) mode() byte {
	return c.regs[magCtrl3] & 3
}

func (c *magnetometer) convert(at time.Time, n int64) {
	// Steps to a gauss, of which 100 µT make one, by FS: 6842 at 4 G, and in
	// proportion. The data sheet's rounded 0.14 mG a step is 4 % off that.
	scale := 6842 / float64(1+c.regs[magCtrl2]>>5&3)
	field := c.sense(at).Motion.Mag
	field[0], field[2] = -field[0], -field[2]
	bdu := c.regs[magCtrl5]&magBDU != 0
	for i := range c.out {
		reg := magOffset + 2*i
		offset := int16(uint16(c.regs[reg]) | uint16(c.regs[reg+1])<<8)
		c.result(&c.out[i], c.digitize(field[i]/100*scale-float64(offset), 16, i, n), bdu)
	}
}

func (c *magnetometer) read(reg byte) byte {
	reg = c.plain(reg)
	for i := range c.out {
		if o := &c.out[i]; o.has(reg) {
			return o.read(reg, c.regs[magCtrl5]&magBDU != 0)
		}
	}
	switch {
	case reg == whoAmI:
		return magIdentity
	case reg == magStatus:
		var v byte
		for i := range c.out {
			v |= flag(c.out[i].ready, uint(i)) | flag(c.out[i].overrun, uint(i)+4)
		}
		return v | flag(v&0x07 != 0, 3) | flag(v&0x70 != 0, 7)
	case int(reg) < len(c.regs):
		return c.regs[reg]
	}
	return 0
}

func (c *magnetometer) write(reg, v byte) {
	reg = c.plain(reg)
	switch {
	case reg == magCtrl2 && v&magSoftReset != 0:
		c.reset(c.now)
		return
	case reg == magCtrl2:
		v &^= magReboot
	case reg >= magOffset && reg <= magOffset+5, reg == magCtrl1, reg == magCtrl3, reg == magCtrl4, reg == magCtrl5,
		reg == magIntCfg, reg == magIntThs, reg == magIntThs+1:
	default:
		c.forbid(reg, v)
		return
	}
	c.regs[reg] = v
	if reg == magCtrl1 || reg == magCtrl3 {
		c.rate.set(c.now, c.period())
	}
}

// period is what CTRL_REG1_M asks for, unless CTRL_REG3_M stops the part.
func (c *magnetometer) period() time.Duration {
	if c.mode() != magContinuous && c.mode() != magSingle {
		return 0
	}
	conf := c.regs[magCtrl1]
	if conf&magFast != 0 {
		// By OM; the rates are those of the LIS3MDL, which has the same die.
		return [4]time.Duration{hertz(1000), hertz(560), hertz(300), hertz(155)}[conf>>5&3]
	}
	return hertz(0.625 * float64(int(1)<<(conf>>2&7)))
}

func (c *magnetometer) next(reg byte) byte  { return nextMarked(reg) }
func (c *magnetometer) plain(reg byte) byte { return reg &^ increment }
