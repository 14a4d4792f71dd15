// Package sensehat opens a Raspberry Pi SenseHAT: its sensors, its LED matrix and its joystick, each by the driver of its
// own package.
//
// Every part works alone. A board with a broken or missing part, or one whose bus fails while it is opened, gives what it
// has, and an error for what it has not:
//
//	hat, err := sensehat.Open(bus, nil)
//	if err != nil {
//		return err // nothing answers
//	}
//	defer hat.Halt()
//	for _, err := range hat.Missing() {
//		log.Warn("the board is not whole", "err", err)
//	}
//	if motion, err := hat.Motion(); err == nil {
//		go watch(motion)
//	}
//
// Joystick and colour sensor, which only the second version of the board has, are opened when they are asked for.
//
// On a Raspberry Pi the bus is periph's: host.Init of periph.io/x/host/v3, then i2creg.Open("1"). It works while drivers of
// the kernel are bound to the parts: periph sends transactions by I2C_RDWR, for which the kernel, unlike for I2C_SLAVE,
// does not ask whether an address is in use. Two programs that set up the same part disturb each other all the same. Where
// the kernel shall keep the matrix and the joystick, Options.Kernel takes them from its frame buffer and its input device.
// Without a board, package emulator is the bus.
//
// A bus that a part has locked is freed by [Recover].
package sensehat
