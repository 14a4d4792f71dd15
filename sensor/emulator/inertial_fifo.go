package emulator

import "math"

// fifoSlots is the depth of the LSM9DS1's FIFO.
const fifoSlots = 32

// Bits and codes of the FIFO's registers (sections 3.5, 7.26 and 7.33).
const (
	agFIFOEn    = 1 << 1 // CTRL_REG9 FIFO_EN
	agStopOnFTH = 1 << 0 // CTRL_REG9 STOP_ON_FTH

	fifoModeFIFO             = 1 // FIFO_CTRL FMODE: full, it takes nothing more
	fifoModeContinuousToFIFO = 3
	fifoModeContinuous       = 6 // full, it drops the oldest sample
)

// fifoSample is what one slot of the FIFO holds.
type fifoSample struct{ gyro, accel [3]int16 }

// inertialFIFO is the FIFO of accelerometer and gyroscope. A zero inertialFIFO
// is off.
//
// The two modes that depend on the interrupt generator, which is not modelled,
// behave as long as there is no interrupt: continuous-to-FIFO is continuous,
// and bypass-to-continuous is bypass.
type inertialFIFO struct {
	mode      byte
	on        bool
	depth     int
	threshold int

	slots   [fifoSlots]fifoSample
	head, n int
	last    fifoSample // the one read before the FIFO became empty
	overrun bool
}

// set takes over what CTRL_REG9 and FIFO_CTRL ask for. Off and bypass empty
// the FIFO.
func (f *inertialFIFO) set(ctrl9, fifoCtrl byte) {
	mode := fifoCtrl >> 5
	on := ctrl9&agFIFOEn != 0 && (mode == fifoModeFIFO || mode == fifoModeContinuousToFIFO || mode == fifoModeContinuous)
	if !on {
		*f = inertialFIFO{}
		return
	}
	f.mode, f.on = mode, true
	f.threshold, f.depth = int(fifoCtrl&0x1F), fifoSlots
	if ctrl9&agStopOnFTH != 0 {
		f.depth = f.threshold + 1
	}
}

// keeps is how many of the newest conversions leave a trace.
func (f *inertialFIFO) keeps() int64 {
	switch {
	case !f.on:
		return 2
	case f.mode == fifoModeFIFO: // the first ones fill it
		return math.MaxInt64
	}
	return fifoSlots + 1 // one more than fits, which is an overrun
}

func (f *inertialFIFO) full() bool { return f.on && f.n >= f.depth }

func (f *inertialFIFO) push(s fifoSample) {
	if !f.on {
		return
	}
	if f.full() {
		if f.mode == fifoModeFIFO {
			return
		}
		f.drop()
		f.overrun = true
	}
	f.slots[(f.head+f.n)%fifoSlots] = s
	f.n++
}

func (f *inertialFIFO) drop() {
	f.last = f.slots[f.head]
	f.head = (f.head + 1) % fifoSlots
	f.n--
}

// read returns the byte of the oldest sample that an output register shows
// while the FIFO is on. The last byte of the acceleration takes the sample out.
func (f *inertialFIFO) read(reg byte) (v byte, ok bool) {
	if !f.on {
		return 0, false
	}
	s := &f.last
	if f.n > 0 {
		s = &f.slots[f.head]
	}
	var axes *[3]int16
	switch {
	case reg >= agGyro && reg < agGyro+6:
		axes, reg = &s.gyro, reg-agGyro
	case reg >= agAccel && reg < agAccel+6:
		axes, reg = &s.accel, reg-agAccel
	default:
		return 0, false
	}
	v = byte(axes[reg/2] >> (8 * (reg % 2)))
	if axes == &s.accel && reg == 5 && f.n > 0 {
		f.drop()
		f.overrun = false
	}
	return v, true
}

// source is FIFO_SRC.
func (f *inertialFIFO) source() byte {
	return byte(f.n) | flag(f.overrun, 6) | flag(f.threshold > 0 && f.n >= f.threshold, 7)
}
