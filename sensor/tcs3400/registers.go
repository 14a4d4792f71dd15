package tcs3400

// Registers, by the names of the datasheets. Both families have them at the same places: the top bit is a part of the
// address in the TCS3400, and says that a command follows in the TCS3472.
const (
	regEnable  = 0x80 // ENABLE: PON, AEN, WEN, AIEN
	regATime   = 0x81 // ATIME: 256 less the integration cycles
	regWTime   = 0x83 // WTIME: 256 less the wait cycles
	regLow     = 0x84 // AILTL and AILTH: low threshold of the clear channel
	regHigh    = 0x86 // AIHTL and AIHTH
	regPers    = 0x8C // PERS: integrations out of the thresholds before the interrupt; 0 is an interrupt for each of all
	regConfig  = 0x8D // CONFIG: WLONG
	regControl = 0x8F // CONTROL: AGAIN
	regID      = 0x92 // ID
	regStatus  = 0x93 // STATUS, followed by clear, red, green and blue, low bytes first
	regIR      = 0xC0 // TCS3400: whether the clear channel's place has the infrared one's count
	regClear   = 0xE6 // clears the interrupt: a register of the TCS3400, a special function of the TCS3472

	// increment is the TYPE field of the TCS3472's command that makes it go on to the next register after each byte. The
	// TCS3400 always does, and has other registers there.
	increment = 0x20

	enableOn        = 0x03 // PON and AEN
	enablePower     = 0x01 // PON
	enableWait      = 0x08 // WEN
	enableInterrupt = 0x10 // AIEN

	configLong = 0x02 // WLONG: a wait cycle takes twelve times as long

	statusValid     = 0x01 // AVALID: an integration has ended
	statusInterrupt = 0x10 // AINT
	statusSaturated = 0x80 // ASAT, TCS3400 only
)
