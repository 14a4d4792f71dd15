package lsm9ds1

// Registers of the accelerometer and gyroscope, by the names of the datasheet's table 21.
const (
	regWhoAmI   = 0x0F // WHO_AM_I, in both chips
	regCtrl1G   = 0x10 // CTRL_REG1_G
	regCtrl2G   = 0x11 // CTRL_REG2_G: output and interrupt selection
	regCtrl3G   = 0x12 // CTRL_REG3_G: low power, high-pass filter
	regOrientG  = 0x13 // ORIENT_CFG_G: signs and orientation
	regTemp     = 0x15 // OUT_TEMP, low byte first
	regStatus   = 0x17 // STATUS_REG, followed by the rotation
	regOutG     = 0x18 // OUT_X_G, OUT_Y_G, OUT_Z_G, low byte first
	regCtrl4    = 0x1E // CTRL_REG4: gyroscope axes
	regCtrl5XL  = 0x1F // CTRL_REG5_XL: accelerometer axes, decimation
	regCtrl6XL  = 0x20 // CTRL_REG6_XL
	regCtrl7XL  = 0x21 // CTRL_REG7_XL: high resolution, filters
	regCtrl8    = 0x22 // CTRL_REG8: BOOT, BDU, IF_ADD_INC, SW_RESET
	regCtrl9    = 0x23 // CTRL_REG9: sleep, FIFO
	regStatusXL = 0x27 // STATUS_REG again, followed by the acceleration
	regOutXL    = 0x28 // OUT_X_XL, OUT_Y_XL, OUT_Z_XL, low byte first
	regFIFOCtrl = 0x2E // FIFO_CTRL
	regFIFOSrc  = 0x2F // FIFO_SRC: see fifoSource

	whoAmI     = 0x68
	allAxes    = 0x38 // Xen, Yen, Zen in CTRL_REG4 and CTRL_REG5_XL
	lowPowerG  = 0x80 // LP_mode in CTRL_REG3_G
	ctrl8      = 0x44 // block data update; registers auto-increment in a burst, without bit 7 of the sub-address
	statusXL   = 0x01 // XLDA: new acceleration
	statusG    = 0x02 // GDA: new rotation
	statusTemp = 0x04 // TDA: new temperature
)

// Bit fields of these registers.
var (
	odrG      = field{5, 3} // CTRL_REG1_G: rate of both sensors, table 46
	fsG       = field{3, 2} // CTRL_REG1_G: range
	bwG       = field{0, 2} // CTRL_REG1_G: the second low-pass filter, which OUT_SEL leaves out
	odrXL     = field{5, 3} // CTRL_REG6_XL: rate of the accelerometer alone, table 68
	fsXL      = field{3, 2} // CTRL_REG6_XL: range
	bwScalODR = field{2, 1} // CTRL_REG6_XL: the bandwidth is that of bwXL, not the rate's own
	bwXL      = field{0, 2} // CTRL_REG6_XL: 408, 211, 105 or 50 Hz
	fifoEn    = field{1, 1} // CTRL_REG9
	fMode     = field{5, 3} // FIFO_CTRL
	fth       = field{0, 5} // FIFO_CTRL: samples from which on FTH of FIFO_SRC is set
)

// Codes of fMode.
const (
	fifoBypass     = 0 // off, and emptied
	fifoContinuous = 6 // full, it drops the oldest sample for a new one
)

// field is some bits of a register.
type field struct{ shift, width uint8 }

// put returns reg with the field set to v.
func (f field) put(reg, v uint8) uint8 {
	mask := uint8(1)<<f.width - 1
	return reg&^(mask<<f.shift) | v&mask<<f.shift
}

// fifoSource is what FIFO_SRC says: FTH 7, OVRN 6, FSS 5:0. FTH, as many samples as fth or more, is for who waits for it.
type fifoSource uint8

func (s fifoSource) samples() int  { return int(s & 0x3F) }
func (s fifoSource) overrun() bool { return s&0x40 != 0 } // a sample was overwritten

// Registers of the magnetometer, table 22.
const (
	regOffsetM   = 0x05 // OFFSET_X_REG_L_M to OFFSET_Z_REG_H_M: subtracted by the chip
	offsetsM     = 6
	regCtrl1M    = 0x20 // CTRL_REG1_M
	regCtrl2M    = 0x21 // CTRL_REG2_M: FS 6:5, REBOOT, SOFT_RST
	regCtrl3M    = 0x22 // CTRL_REG3_M: I2C_DISABLE, LP, MD 1:0
	regCtrl4M    = 0x23 // CTRL_REG4_M
	regCtrl5M    = 0x24 // CTRL_REG5_M: BDU
	regStatusM   = 0x27 // STATUS_REG_M, followed by OUT_X_M, OUT_Y_M, OUT_Z_M, low byte first
	autoIncM     = 0x80 // bit 7 of the sub-address
	whoAmIM      = 0x3D
	ctrl3MOn     = 0x00 // continuous conversion
	ctrl3MOff    = 0x03 // power-down
	ctrl5MBDU    = 0x40
	statusMagXYZ = 0x08 // ZYXDA: a new set
)

var (
	tempComp = field{7, 1} // CTRL_REG1_M: the field is compensated for the chip's temperature
	omXY     = field{5, 2} // CTRL_REG1_M: performance of x and y, from low power to ultra-high
	doM      = field{2, 3} // CTRL_REG1_M: rate
	fastODR  = field{1, 1} // CTRL_REG1_M: the rate is the one that omXY allows
	omZ      = field{2, 2} // CTRL_REG4_M: performance of z
)

// Codes of omXY and omZ.
const (
	lowPowerM = 0
	ultraM    = 3
)
