package lsm9ds1

// Registers of the accelerometer and gyroscope, by the names of the datasheet's table 21.
const (
	regWhoAmI   = 0x0F // WHO_AM_I, in both chips
	regCtrl1G   = 0x10 // CTRL_REG1_G: ODR_G 7:5, FS_G 4:3, BW_G 1:0
	regCtrl2G   = 0x11 // CTRL_REG2_G: output and interrupt selection
	regCtrl3G   = 0x12 // CTRL_REG3_G: low power, high-pass filter
	regOrientG  = 0x13 // ORIENT_CFG_G: signs and orientation
	regStatus   = 0x17 // STATUS_REG, followed by OUT_X_G, OUT_Y_G, OUT_Z_G, low byte first
	regCtrl4    = 0x1E // CTRL_REG4: gyroscope axes
	regCtrl5XL  = 0x1F // CTRL_REG5_XL: accelerometer axes, decimation
	regCtrl6XL  = 0x20 // CTRL_REG6_XL: ODR_XL 7:5, FS_XL 4:3, bandwidth
	regCtrl7XL  = 0x21 // CTRL_REG7_XL: high resolution, filters
	regCtrl8    = 0x22 // CTRL_REG8: BOOT, BDU, IF_ADD_INC, SW_RESET
	regCtrl9    = 0x23 // CTRL_REG9: sleep, FIFO
	regOutXL    = 0x28 // OUT_X_XL, OUT_Y_XL, OUT_Z_XL, low byte first
	regFIFOCtrl = 0x2E // FIFO_CTRL: 0 is bypass
	whoAmI      = 0x68
	allAxes     = 0x38 // Xen, Yen, Zen in CTRL_REG4 and CTRL_REG5_XL
	ctrl8       = 0x44 // block data update; registers auto-increment in a burst, without bit 7 of the sub-address
	bandwidthG  = 0x01
	statusXL    = 0x01 // XLDA: new acceleration
	statusG     = 0x02 // GDA: new rate
)

// Registers of the magnetometer, table 22.
const (
	regOffsetM   = 0x05 // OFFSET_X_REG_L_M to OFFSET_Z_REG_H_M: subtracted by the chip
	offsetsM     = 6
	regCtrl1M    = 0x20 // CTRL_REG1_M: TEMP_COMP, OM 6:5, DO 4:2, FAST_ODR, ST
	regCtrl2M    = 0x21 // CTRL_REG2_M: FS 6:5, REBOOT, SOFT_RST
	regCtrl3M    = 0x22 // CTRL_REG3_M: I2C_DISABLE, LP, MD 1:0
	regCtrl4M    = 0x23 // CTRL_REG4_M: OMZ 3:2
	regCtrl5M    = 0x24 // CTRL_REG5_M: BDU
	regStatusM   = 0x27 // STATUS_REG_M, followed by OUT_X_M, OUT_Y_M, OUT_Z_M, low byte first
	autoIncM     = 0x80 // bit 7 of the sub-address
	whoAmIM      = 0x3D
	ctrl1MUltra  = 0xE0 // TEMP_COMP, and OM = ultra-high performance for x and y
	ctrl3MOn     = 0x00 // continuous conversion
	ctrl3MOff    = 0x03 // power-down
	ctrl4MUltra  = 0x0C // OMZ = ultra-high performance
	ctrl5MBDU    = 0x40
	statusMagXYZ = 0x08 // ZYXDA: a new set
)
