package emulator

import "time"

// Addresses of the parts of a Sense HAT.
const (
	HTS221     uint16 = 0x5F // humidity and temperature
	LPS25H     uint16 = 0x5C // pressure and temperature
	LSM9DS1    uint16 = 0x6A // accelerometer and gyroscope
	LSM9DS1Mag uint16 = 0x1C // magnetometer
	LEDMatrix  uint16 = 0x46 // LED matrix and joystick

	ColorSensor uint16 = 0x29 // where Options.Color asks for one
)

// models lists the parts. A new one needs a file of its own and a line here.
func models() []model {
	return []model{
		{addr: HTS221, name: "hts221", id: whoAmI, calibration: htsCalibrationPoints, new: newHTS221},
		{addr: LPS25H, name: "lps25h", id: whoAmI, new: newLPS25H},
		{addr: LSM9DS1, name: "lsm9ds1", id: whoAmI, new: newInertial},
		{addr: LSM9DS1Mag, name: "lsm9ds1 magnetometer", id: whoAmI, new: newMagnetometer},
		{addr: LEDMatrix, name: "led matrix", id: ledID, new: newLEDMatrix},
	}
}

// model describes a kind of part.
type model struct {
	addr uint16
	name string
	// id is the register that says what the part is.
	id byte
	// calibration tells the registers that read 0 when the part's calibration
	// is lost; nil when the part has none.
	calibration func(reg byte) bool
	new         func(*slot) chip
}

// chip is one part as its registers show it. Registers come as they were
// sent, with an increment bit where the part has one.
//
// The board calls advance before each series of read, write and next, and
// never two methods at once.
type chip interface {
	// reset gives the registers their values after power-on.
	reset(now time.Time)
	// advance carries out what is due up to now.
	advance(now time.Time)
	// read returns a register's value, with the side effects of reading it.
	read(reg byte) byte
	write(reg, v byte)
	// next is where the register pointer goes after an access at reg.
	next(reg byte) byte
	// plain is the register that reg addresses, without an increment bit.
	plain(reg byte) byte
}

// commander is a chip whose register byte can be a command of its own.
type commander interface {
	command(b byte)
}

// whoAmI is the identity register of all ST parts.
const whoAmI = 0x0F

// increment is the bit of a register's address that makes ST's environmental
// and magnetic sensors go on to the next register after each byte.
const increment = 0x80

// nextMarked is the pointer rule of those parts.
func nextMarked(reg byte) byte {
	if reg&increment == 0 {
		return reg
	}
	return increment | (reg+1)&^increment
}
