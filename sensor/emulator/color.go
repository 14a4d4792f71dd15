package emulator

import (
	"math"
	"time"
)

// ColorKind is a kind of colour sensor that a board can have. A program that
// names none does not link any.
type ColorKind struct {
	name     string
	new      func(*slot, *ColorKind) chip
	identity byte
	config   byte // CONFIG after power-on
	gains    [4]float64
	cycle    time.Duration
	commands bool // the address byte is a command
}

var (
	// TCS34725 is the colour sensor of the Astro Pis on the ISS.
	TCS34725 = &ColorKind{
		name: "tcs34725", new: newColorSensor,
		identity: 0x44, gains: [4]float64{1, 4, 16, 60}, cycle: 2400 * time.Microsecond, commands: true,
	}
	// TCS3400 is that of the second Sense HAT, a TCS34003.
	TCS3400 = &ColorKind{
		name: "tcs3400", new: newColorSensor,
		identity: 0x93, config: 0x40, gains: [4]float64{1, 4, 16, 64}, cycle: 2780 * time.Microsecond,
	}
)

func newColorSensor(s *slot, k *ColorKind) chip { return &colorSensor{slot: s, kind: k} }

// colorModels returns the colour sensor that o asks for.
func colorModels(o *Options) []model {
	if o.Color == nil {
		return nil
	}
	kind := o.Color
	m := model{addr: o.ColorAddr, name: kind.name, id: tcsID, new: func(s *slot) chip { return kind.new(s, kind) }}
	if m.addr == 0 {
		m.addr = ColorSensor
	}
	return []model{m}
}

// Registers of both families, with the top bit that is the TCS3472's command
// bit and a part of the TCS3400's addresses (ams TCS3472 v1-02, figure 24;
// TCS3400 v1-01, figure 18).
const (
	tcsEnable   = 0x80
	tcsATime    = 0x81
	tcsWTime    = 0x83
	tcsLow      = 0x84 // AILTL, AILTH
	tcsHigh     = 0x86 // AIHTL, AIHTH
	tcsPers     = 0x8C
	tcsConfig   = 0x8D
	tcsControl  = 0x8F
	tcsAux      = 0x90 // TCS3400
	tcsID       = 0x92
	tcsStatus   = 0x93
	tcsData     = 0x94 // clear, red, green, blue, low bytes first
	tcsDataEnd  = 0x9B
	tcsIR       = 0xC0 // TCS3400
	tcsForce    = 0xE4 // TCS3400
	tcsClear    = 0xE6 // clears the interrupt
	tcsClearAll = 0xE7 // TCS3400

	// The TYPE field of the TCS3472's command.
	tcsType          = 0x60
	tcsAutoIncrement = 0x20
	tcsSpecial       = 0x60

	tcsPower   = 1 << 0 // ENABLE PON
	tcsConvert = 1 << 1 // ENABLE AEN
	tcsWait    = 1 << 3 // ENABLE WEN
	tcsLong    = 1 << 1 // CONFIG WLONG

	tcsWarmUp = 2400 * time.Microsecond // from PON to the first wait or integration
)

// tcsPersistence are the integrations that PERS asks for.
var tcsPersistence = [16]int{0, 1, 2, 3, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60}

// colorSensor is either colour sensor.
type colorSensor struct {
	*slot
	kind      *ColorKind
	now       time.Time
	regs      [0x20]byte // from 0x80 on
	ir        byte
	counts    [4]uint16 // clear, red, green, blue
	infrared  uint16
	latch     byte // high byte that goes with the low byte read last
	valid     bool
	interrupt bool
	saturated bool
	outside   int // integrations in a row out of the thresholds
	rate      cadence
	warm      time.Time // when the oscillator is ready
}

func (c *colorSensor) reset(now time.Time) {
	*c = colorSensor{slot: c.slot, kind: c.kind, now: now}
	c.set(tcsATime, 0xFF)
	c.set(tcsWTime, 0xFF)
	c.set(tcsConfig, c.kind.config)
}

func (c *colorSensor) set(reg, v byte)      { c.regs[reg&0x1F] = v }
func (c *colorSensor) get(reg byte) byte    { return c.regs[reg&0x1F] }
func (c *colorSensor) pair(reg byte) uint16 { return uint16(c.get(reg)) | uint16(c.get(reg+1))<<8 }

func (c *colorSensor) advance(now time.Time) {
	c.now = now
	// The persistence filter counts every integration, so none is left out.
	if first, last := c.rate.due(now, 64); first <= last && !c.stalled() {
		for n := first; n <= last; n++ {
			c.convert(c.rate.at(n), c.rate.serial(n))
		}
	}
}

// cycles is the length of an integration.
func (c *colorSensor) cycles() int { return 256 - int(c.get(tcsATime)) }

// period is the time from one value to the next: wait, one cycle to begin
// with, and the integration.
func (c *colorSensor) period() time.Duration {
	n := 1 + c.cycles()
	if c.get(tcsEnable)&tcsWait != 0 {
		wait := 256 - int(c.get(tcsWTime))
		if c.get(tcsConfig)&tcsLong != 0 {
			wait *= 12
		}
		n += wait
	}
	return time.Duration(n) * c.kind.cycle
}

func (c *colorSensor) convert(at time.Time, n int64) {
	light := c.sense(at).Light
	// What a lux of a band counts (ams DN40).
	ms := float64(c.cycles()) * c.kind.cycle.Seconds() * 1000
	scale := ms * c.kind.gains[c.get(tcsControl)&3] / 310
	top := int32(min(1024*c.cycles(), math.MaxUint16))
	r, g, b, ir := positive(light.Red), positive(light.Green), positive(light.Blue), positive(light.Infrared)
	count := func(x float64, channel int) uint16 {
		v := min(max(c.digitize(x*scale, 18, channel, n), 0), top)
		c.saturated = c.saturated || v == top
		return uint16(v)
	}
	c.saturated = false
	counts := [4]uint16{count(r+g+b+ir, 0), count(r+ir, 1), count(g+ir, 2), count(b+ir, 3)}
	infrared := count(ir, 4)
	if !c.board.suffers(c.addr, FrozenOutput) {
		c.counts, c.infrared = counts, infrared
	}
	c.valid = true
	c.judge(c.counts[0])
}

// judge applies the thresholds and the persistence filter.
func (c *colorSensor) judge(clear uint16) {
	want := tcsPersistence[c.get(tcsPers)&0x0F]
	if clear < c.pair(tcsLow) || clear > c.pair(tcsHigh) {
		c.outside++
	} else {
		c.outside = 0
	}
	if want == 0 || c.outside >= want {
		c.interrupt = true
	}
}

// positive is x, or 0 for what cannot be a brightness.
func positive(x float64) float64 {
	if x > 0 {
		return x
	}
	return 0
}

func (c *colorSensor) read(reg byte) byte {
	reg = c.plain(reg)
	switch {
	case reg >= tcsData && reg <= tcsDataEnd:
		return c.data(reg - tcsData)
	case reg == tcsID:
		return c.kind.identity
	case reg == tcsStatus:
		return flag(c.valid, 0) | flag(c.interrupt, 4) | flag(c.saturated && !c.kind.commands, 7)
	case reg >= tcsEnable && reg < tcsStatus:
		return c.get(reg)
	case reg == tcsIR && !c.kind.commands:
		return c.ir
	}
	return 0
}

// data returns a byte of a channel. The low one keeps the high one that
// belongs to it for the read that follows.
func (c *colorSensor) data(i byte) byte {
	if i%2 == 1 {
		return c.latch
	}
	v := c.counts[i/2]
	if i == 0 && c.ir != 0 {
		v = c.infrared
	}
	c.latch = byte(v >> 8)
	return byte(v)
}

func (c *colorSensor) write(reg, v byte) {
	if !c.kind.commands {
		switch reg {
		case tcsAux:
			c.set(reg, v)
			return
		case tcsIR:
			c.ir = v & 0x80
			return
		case tcsForce:
			c.interrupt = true
			return
		case tcsClear, tcsClearAll:
			c.interrupt = false
			return
		}
	} else if reg == tcsClear {
		return // the command has done it
	}
	switch reg = c.plain(reg); reg {
	case tcsLow, tcsLow + 1, tcsHigh, tcsHigh + 1, tcsPers, tcsControl:
		c.set(reg, v)
	case tcsEnable:
		c.enable(v)
	case tcsATime, tcsWTime, tcsConfig:
		c.set(reg, v)
		if c.rate.period != 0 {
			c.rate.set(c.now, c.period())
		}
	default:
		c.forbid(reg, v)
	}
}

// enable starts and stops integrating.
func (c *colorSensor) enable(v byte) {
	const on = tcsPower | tcsConvert
	if v&tcsPower != 0 && c.get(tcsEnable)&tcsPower == 0 {
		c.warm = c.now.Add(tcsWarmUp)
	}
	c.set(tcsEnable, v)
	if v&on != on {
		c.valid, c.outside = false, 0
		c.rate.set(c.now, 0)
		return
	}
	start := c.now
	if c.warm.After(start) {
		start = c.warm
	}
	c.rate.set(start, c.period())
}

// command carries out what the TCS3472's command byte says by itself.
func (c *colorSensor) command(b byte) {
	if c.kind.commands && b == tcsClear {
		c.interrupt = false
	}
}

func (c *colorSensor) next(reg byte) byte {
	switch {
	case !c.kind.commands:
		return reg + 1
	case reg&tcsType == tcsAutoIncrement:
		return reg&^0x1F | (reg+1)&0x1F
	}
	return reg
}

func (c *colorSensor) plain(reg byte) byte {
	if c.kind.commands && reg&tcsType == tcsAutoIncrement {
		return reg &^ tcsAutoIncrement
	}
	return reg
}
