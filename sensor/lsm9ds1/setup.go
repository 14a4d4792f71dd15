package lsm9ds1

import (
	"slices"
	"time"

	"github.com/brinkml/brink/sensor/internal/regs"
)

// setup is what the options come to.
type setup struct {
	addr, magAddr     uint16
	idle, on          []regs.Set // on starts conversions
	mark              regs.Set   // the one of on by which a chip that has lost its power is known
	idleMag, onMag    []regs.Set
	period, magPeriod time.Duration
	settle            int // conversions after the start that are to be dropped
	accel, gyro, mag  scale
	gyroOff, magOff   bool
	fifo              int // samples to wait for; 0: no FIFO
}

func (o *Options) setup() (setup, error) {
	if err := o.Validate(); err != nil {
		return setup{}, err
	}
	v := o.withDefaults()
	s := setup{
		addr: v.Addr, magAddr: v.MagAddr, period: v.Rate.Period(), magPeriod: v.MagRate.Period(),
		gyroOff: v.GyroOff, magOff: v.MagOff, fifo: v.FIFO,
	}
	accel, gyro, mag := slices.Index(accelRanges, v.AccelRange), slices.Index(gyroRanges, v.GyroRange), slices.Index(magRanges, v.MagRange)
	s.accel, s.gyro, s.mag = accelScales[accel], gyroScales[gyro], magScales[mag]
	if !v.ChipAxes {
		s.accel.signs, s.gyro.signs, s.mag.signs = boardAccel, boardGyro, boardMag
	}
	s.setMotion(&v, uint8(accel), uint8(gyro))
	s.setMag(&v, uint8(mag))
	return s, nil
}

func (s *setup) setMotion(v *Options, accel, gyro uint8) {
	rate := slices.Index(rates, v.Rate)
	if v.GyroOff {
		rate = slices.Index(accelRates, v.Rate)
	}
	odr := uint8(rate + 1)
	ctrl6 := fsXL.put(odrXL.put(0, odr), accel)
	if v.AccelBandwidth != 0 {
		ctrl6 = bwXL.put(bwScalODR.put(ctrl6, 1), uint8(slices.Index(accelBandwidths, v.AccelBandwidth)))
	}
	var ctrl3 uint8
	if v.LowPower {
		ctrl3 = lowPowerG
	}
	s.idle = []regs.Set{
		{Reg: regCtrl8, Value: ctrl8}, // first: bursts depend on it
		{Reg: regCtrl1G, Value: 0},
		{Reg: regCtrl6XL, Value: 0},
		{Reg: regCtrl2G, Value: 0},
		{Reg: regCtrl3G, Value: ctrl3},
		{Reg: regOrientG, Value: 0},
		{Reg: regCtrl4, Value: allAxes},
		{Reg: regCtrl5XL, Value: allAxes},
		{Reg: regCtrl7XL, Value: 0},
		{Reg: regCtrl9, Value: 0},
		{Reg: regFIFOCtrl, Value: fMode.put(0, fifoBypass)},
	}
	if v.FIFO > 0 {
		s.on = append(s.on,
			regs.Set{Reg: regCtrl9, Value: fifoEn.put(0, 1)},
			regs.Set{Reg: regFIFOCtrl, Value: fth.put(fMode.put(0, fifoContinuous), uint8(v.FIFO))})
	}
	s.mark = regs.Set{Reg: regCtrl6XL, Value: ctrl6}
	if !v.GyroOff {
		s.mark = regs.Set{Reg: regCtrl1G, Value: bwG.put(fsG.put(odrG.put(0, odr), gyro), 1)}
		s.on = append(s.on, s.mark)
	}
	s.on = append(s.on, regs.Set{Reg: regCtrl6XL, Value: ctrl6})
	s.settle = turnOn(rate, v)
}

// Conversions to drop after the start, by rate: of the gyroscope with its first filter (datasheet, table 12), and of the
// accelerometer for each of accelBandwidths (table 11).
var (
	gyroTurnOn  = [6]int{2, 3, 3, 4, 5, 8}
	accelTurnOn = [4][6]int{
		{0, 0, 1, 1, 1, 2},
		{0, 0, 1, 1, 2, 4},
		{0, 0, 1, 2, 4, 7},
		{0, 0, 2, 4, 7, 14},
	}
	ownBandwidth = [6]int{0, 0, 3, 2, 1, 0} // of the accelerometer, by rate, unless another is set
)

func turnOn(rate int, v *Options) int {
	bandwidth := ownBandwidth[rate]
	if v.AccelBandwidth != 0 {
		bandwidth = slices.Index(accelBandwidths, v.AccelBandwidth)
	}
	n := accelTurnOn[bandwidth][rate]
	if !v.GyroOff {
		n = max(n, gyroTurnOn[rate])
	}
	if v.FIFO > 0 {
		n = max(n, 1) // the first one after the FIFO was switched on (3.5)
	}
	return n
}

func (s *setup) setMag(v *Options, mag uint8) {
	performance := uint8(ultraM)
	if v.LowPower {
		performance = lowPowerM
	}
	ctrl1 := tempComp.put(0, 1)
	if do := slices.Index(magRates, v.MagRate); do >= 0 {
		ctrl1 = doM.put(ctrl1, uint8(do))
	} else {
		ctrl1 = fastODR.put(ctrl1, 1)
		performance = uint8(slices.Index(fastMagRates, v.MagRate))
	}
	s.idleMag = []regs.Set{
		{Reg: regCtrl3M, Value: ctrl3MOff},
		{Reg: regCtrl1M, Value: omXY.put(ctrl1, performance)},
		{Reg: regCtrl2M, Value: mag << 5},
		{Reg: regCtrl4M, Value: omZ.put(0, performance)},
		{Reg: regCtrl5M, Value: ctrl5MBDU},
	}
	for i := range uint8(offsetsM) {
		s.idleMag = append(s.idleMag, regs.Set{Reg: regOffsetM + i, Value: 0})
	}
	s.onMag = []regs.Set{{Reg: regCtrl3M, Value: ctrl3MOn}}
}
