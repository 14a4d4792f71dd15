package tcs3400

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// Addr and AltAddr are the two bus addresses. Either family has variants at both.
const (
	Addr    = 0x29
	AltAddr = 0x39
)

// Options are the optional settings of the part. The zero value is the default.
type Options struct {
	// Addr is [Addr] or [AltAddr]. 0 tries both, in this order.
	Addr uint16
	// Gain is 1, 4, 16, or the highest, which is 60 in the TCS3472 and 64 in the TCS3400: either number means it. 0 is 4.
	Gain int
	// Cycles of an integration: 1 to 256, of 2.4 ms (TCS3472) or 2.78 ms (TCS3400). A cycle counts to 1024, all of them to
	// 65535 at most. Multiples of 50 ms hide the flicker of lamps. 0 is 64, 154 or 178 ms, the shortest with all 16 bits.
	Cycles int
	// Wait is a pause before each integration, at low power: up to 7.37 s, rounded up to cycles, above 256 of them to
	// twelve. 0 is none.
	Wait time.Duration

	// Interrupt gives the part's interrupt to the thresholds that follow: see [Dev.Interrupt], and the package comment for
	// what it is used for otherwise. Without it they must be 0.
	Interrupt bool
	// Low and High are counts of the clear channel, below and above which the interrupt comes. High 0 is 65535: no limit.
	Low, High uint16
	// Persistence is how many integrations in a row must be out of the thresholds: 1, 2, 3, or 5 to 60 in steps of 5.
	// 0 is 1.
	Persistence int
}

const maxWait = 256 * 12 * 2400 * time.Microsecond

// persistences are the values of PERS.
var persistences = []int{0, 1, 2, 3, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60}

// Validate reports all problems of the options, or nil. New does the same.
func (o *Options) Validate() error {
	_, err := o.setup()
	return err
}

// setup is what the options come to for either family.
type setup struct {
	addrs     []uint16
	gain      uint8 // AGAIN
	cycles    int
	wait      time.Duration
	interrupt bool
	low, high uint16
	pers      uint8
}

func (o *Options) setup() (setup, error) {
	var v Options
	if o != nil {
		v = *o
	}
	var errs []error
	if v.Addr != 0 && v.Addr != Addr && v.Addr != AltAddr {
		errs = append(errs, errors.New("sensor: tcs3400: address is "+i2c.Addr(v.Addr).String()+", want 0x29, 0x39 or 0 for either"))
	}
	if v.Gain == 0 {
		v.Gain = 4
	}
	gain, err := gainCode(v.Gain)
	errs = append(errs, err)
	if v.Cycles == 0 {
		v.Cycles = 64
	}
	errs = append(errs, checkCycles(v.Cycles))
	if v.Wait < 0 || v.Wait > maxWait {
		errs = append(errs, errors.New("sensor: tcs3400: wait is "+v.Wait.String()+", want 0 to "+maxWait.String()))
	}
	pers := 0
	if v.Interrupt {
		if v.High == 0 {
			v.High = 0xFFFF
		}
		errs = append(errs, checkThresholds(v.Low, v.High))
		pers = slices.Index(persistences, max(v.Persistence, 1))
		if pers < 0 || v.Persistence < 0 {
			errs = append(errs, errors.New("sensor: tcs3400: persistence is "+strconv.Itoa(v.Persistence)+", want 1, 2, 3, or 5 to 60 in steps of 5"))
		}
	} else if v.Low != 0 || v.High != 0 || v.Persistence != 0 {
		errs = append(errs, errors.New("sensor: tcs3400: thresholds or persistence without interrupt"))
	}
	if err := errors.Join(errs...); err != nil {
		return setup{}, err
	}
	s := setup{
		addrs: []uint16{Addr, AltAddr}, gain: gain, cycles: v.Cycles, wait: v.Wait,
		interrupt: v.Interrupt, low: v.Low, high: v.High, pers: uint8(pers),
	}
	if v.Addr != 0 {
		s.addrs = []uint16{v.Addr}
	}
	return s, nil
}

func gainCode(gain int) (uint8, error) {
	switch gain {
	case 1:
		return 0, nil
	case 4:
		return 1, nil
	case 16:
		return 2, nil
	case 60, 64:
		return 3, nil
	}
	return 0, errors.New("sensor: tcs3400: gain is " + strconv.Itoa(gain) + ", want 1, 4, 16, or 60 or 64 for the highest")
}

func checkCycles(n int) error {
	if n < 1 || n > 256 {
		return errors.New("sensor: tcs3400: integration takes " + strconv.Itoa(n) + " cycles, want 1 to 256")
	}
	return nil
}

func checkThresholds(low, high uint16) error {
	if low > high {
		return errors.New("sensor: tcs3400: low threshold " + strconv.Itoa(int(low)) + " is above the high one, " + strconv.Itoa(int(high)))
	}
	return nil
}

// waitCycles returns the cycles of the pause, 0 for none, and whether they are the long ones.
func (s *setup) waitCycles(f *family) (n int, long bool) {
	n = cyclesFor(s.wait, f.cycle)
	if n <= 256 {
		return n, false
	}
	return cyclesFor(s.wait, 12*f.cycle), true
}

func cyclesFor(d, cycle time.Duration) int { return int((d + cycle - 1) / cycle) }

// period is the time from one value to the next, typically: wait, one cycle to begin with, and the integration.
func (s *setup) period(f *family) time.Duration {
	wait, long := s.waitCycles(f)
	if long {
		wait *= 12
	}
	return time.Duration(wait+1+s.cycles) * f.cycle
}

// enable is the value of ENABLE that has the part convert.
func (s *setup) enable() uint8 {
	v := uint8(enableOn | enableInterrupt)
	if s.wait > 0 {
		v |= enableWait
	}
	return v
}

// registers are written while the part does not integrate.
func (s *setup) registers(f *family) []regs.Set {
	wait, long := s.waitCycles(f)
	config := f.config
	if long {
		config |= configLong
	}
	list := []regs.Set{
		{Reg: regATime, Value: uint8(256 - s.cycles)},
		{Reg: regWTime, Value: uint8(256 - max(wait, 1))},
		{Reg: regPers, Value: s.pers},
		{Reg: regConfig, Value: config},
		{Reg: regControl, Value: s.gain},
	}
	if f == &tcs340x {
		list = append(list, regs.Set{Reg: regIR, Value: 0})
	}
	return append(list, s.thresholds()...)
}

func (s *setup) thresholds() []regs.Set {
	return []regs.Set{
		{Reg: regLow, Value: uint8(s.low)},
		{Reg: regLow + 1, Value: uint8(s.low >> 8)},
		{Reg: regHigh, Value: uint8(s.high)},
		{Reg: regHigh + 1, Value: uint8(s.high >> 8)},
	}
}
