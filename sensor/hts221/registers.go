package hts221

// Registers of the datasheet's chapter 7. Those that are not named there must never be written: the part may be damaged.
const (
	regWhoAmI  = 0x0F // WHO_AM_I
	regAvConf  = 0x10 // AV_CONF: AVGT in bits 5:3, AVGH in bits 2:0 (tables 15 and 16)
	regCtrl1   = 0x20 // CTRL_REG1
	regCtrl2   = 0x21 // CTRL_REG2: BOOT, HEATER, ONE_SHOT
	regCtrl3   = 0x22 // CTRL_REG3: the data-ready pin
	regStatus  = 0x27 // STATUS_REG, followed by HUMIDITY_OUT and TEMP_OUT, low byte first
	regCalib   = 0x30 // calibration, chapter 8: 16 bytes up to 0x3F
	calibBytes = 16

	autoIncrement = 0x80 // bit 7 of the sub-address
	whoAmI        = 0xBC

	ctrl1PD  = 0x80 // power-down control: active
	ctrl1BDU = 0x04 // block data update: a high byte belongs to the low byte read before it

	ctrl2Heater  = 0x02
	ctrl2OneShot = 0x01 // cleared by the part when the conversion is done

	statusT = 0x01 // T_DA: new temperature
	statusH = 0x02 // H_DA: new humidity
)

// Offsets into the calibration block.
const (
	calH0rHx2   = 0x00 // H0_rH_x2
	calH1rHx2   = 0x01 // H1_rH_x2
	calT0degCx8 = 0x02 // T0_degC_x8, low byte
	calT1degCx8 = 0x03 // T1_degC_x8, low byte
	calT1T0msb  = 0x05 // bits 1:0 of T0, 3:2 of T1; the upper nibble is not defined
	calH0T0out  = 0x06 // H0_T0_OUT
	calH1T0out  = 0x0A // H1_T0_OUT
	calT0out    = 0x0C // T0_OUT
	calT1out    = 0x0E // T1_OUT
)
