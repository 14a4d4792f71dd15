package lps25h

// Registers, by the names of the datasheet's register map.
const (
	regWhoAmI   = 0x0F // WHO_AM_I
	regResConf  = 0x10 // RES_CONF: AVGT in bits 3:2, AVGP in bits 1:0
	regCtrl1    = 0x20 // CTRL_REG1: PD, ODR, DIFF_EN, BDU, RESET_AZ
	regCtrl2    = 0x21 // CTRL_REG2: bit 3, I2C_DIS, must never be set here
	regStatus   = 0x27 // STATUS_REG, followed by PRESS_OUT (3 bytes) and TEMP_OUT (2), low byte first
	regFIFOCtrl = 0x2E // FIFO_CTRL: 0 is bypass

	autoIncrement = 0x80 // bit 7 of the sub-address
	whoAmI        = 0xBD

	ctrl1PD  = 0x80 // power-down control: active
	ctrl1BDU = 0x04 // block data update: the bytes of a value belong together

	ctrl2FIFO    = 0x40 // FIFO_EN
	ctrl2OneShot = 0x01 // cleared by the part when the conversion is done
	fifoMean     = 0xC0 // F_MODE: the output is the mean of the last WTM_POINT+1 pressures

	statusT = 0x01 // T_DA: new temperature
	statusP = 0x02 // P_DA: new pressure
)

// otherChip names parts that are found at the same addresses.
func otherChip(identity uint8) string {
	switch identity {
	case 0xB1:
		return "an LPS22HB, as on the Sense HAT (B)"
	case 0xB3:
		return "an LPS22HH"
	case 0xBB:
		return "an LPS331AP"
	}
	return ""
}
