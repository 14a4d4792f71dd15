package ledmatrix

// Registers of the ATtiny88 on the SenseHAT.
const (
	regFrame = 0x00 // 192 bytes: for each row from the top, 8 red, 8 green and 8 blue levels of 5 bits
	regWhoAm = 0xF0 // 's'

	whoAmI = 's'
	// readMask drops the top bit of what is read: the Raspberry Pi's controller can set it when the ATtiny stretches the
	// clock (rpisense-core.c).
	readMask = 0x7F

	size     = 8
	rowBytes = 3 * size
	levels   = rowBytes * size
)
