package emulator

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"
)

// Registers of the HTS221 (ST DocID026333 Rev 4, section 6 and 7).
const (
	htsAvConf   = 0x10
	htsCtrl1    = 0x20
	htsCtrl2    = 0x21
	htsCtrl3    = 0x22
	htsStatus   = 0x27
	htsHumidity = 0x28
	htsTemp     = 0x2A
	htsCalib    = 0x30

	htsIdentity = 0xBC

	htsPower   = 1 << 7 // CTRL_REG1 PD
	htsBDU     = 1 << 2 // CTRL_REG1
	htsBoot    = 1 << 7 // CTRL_REG2
	htsHeater  = 1 << 1 // CTRL_REG2
	htsOneShot = 1 << 0 // CTRL_REG2
)

// The two points of each calibration line: twice the humidity, or eight times
// the temperature, and the count that goes with it.
const (
	htsH0x2, htsH0Out = 58, 112
	htsH1x2, htsH1Out = 141, -9870
	htsT0x8, htsT0Out = 161, -6
	htsT1x8, htsT1Out = 284, 955
)

// htsCalibration is the block at 0x30. The upper half of 0x35 belongs to no
// value and is not zero on real parts either.
var htsCalibration = [16]byte{
	0x0: htsH0x2,
	0x1: htsH1x2,
	0x2: htsT0x8 & 0xFF,
	0x3: htsT1x8 & 0xFF,
	0x5: 0xC0 | htsT1x8>>8<<2 | htsT0x8>>8,
	0x6: htsH0Out & 0xFF, 0x7: htsH0Out >> 8 & 0xFF,
	0xA: htsH1Out & 0xFF, 0xB: htsH1Out >> 8 & 0xFF,
	0xC: htsT0Out & 0xFF, 0xD: htsT0Out >> 8 & 0xFF,
	0xE: htsT1Out & 0xFF, 0xF: htsT1Out >> 8 & 0xFF,
}

// htsCalibrationPoints tells the registers that hold the counts.
func htsCalibrationPoints(reg byte) bool {
	switch reg {
	case 0x36, 0x37, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F:
		return true
	}
	return false
}

// hts221 is the humidity and temperature sensor.
type hts221 struct {
	*slot
	now       time.Time
	avConf    byte
	ctrl      [3]byte // CTRL_REG1 to 3
	humidity  output
	temp      output
	rate      cadence
	shotAt    time.Time // end of the one-shot conversion; zero: none
	shotCount int64
}

func newHTS221(s *slot) chip {
	return &hts221{slot: s}
}

func (c *hts221) reset(now time.Time) {
	*c = hts221{
		slot:     c.slot,
		now:      now,
		avConf:   0x1B,
		humidity: output{first: htsHumidity, size: 2},
		temp:     output{first: htsTemp, size: 2},
	}
}

func (c *hts221) advance(now time.Time) {
	c.now = now
	if first, last := c.rate.due(now, 2); first <= last && !c.stalled() {
		for n := first; n <= last; n++ {
			c.convert(c.rate.at(n), c.rate.serial(n))
		}
	}
	if !c.shotAt.IsZero() && !now.Before(c.shotAt) && !c.stalled() {
		c.shotCount++
		c.convert(c.shotAt, -c.shotCount)
		c.shotAt = time.Time{}
		c.ctrl[1] &^= htsOneShot
	}
}

func (c *hts221) convert(at time.Time, n int64) {
	env := c.sense(at).Env
	// The inverse of the interpolation between the two points that drivers do.
	h := htsH0Out + (2*percent(env.Humidity)-htsH0x2)*(htsH1Out-htsH0Out)/(htsH1x2-htsH0x2)
	t := htsT0Out + (8*env.Temperature.Celsius()-htsT0x8)*(htsT1Out-htsT0Out)/(htsT1x8-htsT0x8)
	bdu := c.ctrl[0]&htsBDU != 0
	c.result(&c.humidity, c.digitize(h, 16, 0, n), bdu)
	c.result(&c.temp, c.digitize(t, 16, 1, n), bdu)
}

func (c *hts221) read(reg byte) byte {
	reg = c.plain(reg)
	bdu := c.ctrl[0]&htsBDU != 0
	switch {
	case c.humidity.has(reg):
		c.heated(reg)
		return c.humidity.read(reg, bdu)
	case c.temp.has(reg):
		c.heated(reg)
		return c.temp.read(reg, bdu)
	case reg >= htsCalib && reg <= htsCalib+15:
		return htsCalibration[reg-htsCalib]
	}
	switch reg {
	case whoAmI:
		return htsIdentity
	case htsAvConf:
		return c.avConf
	case htsCtrl1, htsCtrl2, htsCtrl3:
		return c.ctrl[reg-htsCtrl1]
	case htsStatus:
		return flag(c.temp.ready, 0) | flag(c.humidity.ready, 1)
	}
	return 0
}

// heated notes a read of an output while the heater is on, which has no meaning
// (section 7.4).
func (c *hts221) heated(reg byte) {
	if b := c.board; c.ctrl[1]&htsHeater != 0 && len(b.misuse) < maxMisuse {
		b.misuse = append(b.misuse, fmt.Errorf("emulator: %s: read of register %#02x while the heater is on", c.name, reg))
	}
}

func (c *hts221) write(reg, v byte) {
	reg = c.plain(reg)
	switch reg {
	case htsAvConf:
		c.avConf = v
	case htsCtrl1:
		c.ctrl[0] = v
		var period time.Duration
		if v&htsPower != 0 {
			period = [4]time.Duration{0, hertz(1), hertz(7), hertz(12.5)}[v&3]
		}
		c.rate.set(c.now, period)
	case htsCtrl2:
		c.ctrl[1] = v &^ (htsBoot | htsOneShot)
		c.shotAt = time.Time{}
		if v&htsOneShot != 0 && c.ctrl[0]&htsPower != 0 && c.rate.period == 0 {
			c.ctrl[1] |= htsOneShot
			c.shotAt = c.now.Add(c.shotTime())
		}
	case htsCtrl3:
		c.ctrl[2] = v
	default:
		c.forbid(reg, v)
	}
}

// shotTime is how long a one-shot conversion takes. ST publishes no figure for
// this part; the rule is that of the LPS25H (AN4450, section 6.2), over the
// internal averages that AV_CONF selects.
func (c *hts221) shotTime() time.Duration {
	t, h := 2<<(c.avConf>>3&7), 4<<(c.avConf&7)
	return time.Duration(62*(t+h)+975) * time.Microsecond
}

func (c *hts221) next(reg byte) byte  { return nextMarked(reg) }
func (c *hts221) plain(reg byte) byte { return reg &^ increment }

// percent is h in %RH.
func percent(h physic.RelativeHumidity) float64 {
	return float64(h) / float64(physic.PercentRH)
}

// flag is bit n, set or not.
func flag(set bool, n uint) byte {
	if set {
		return 1 << n
	}
	return 0
}
