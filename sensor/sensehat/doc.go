// Package sensehat opens a Raspberry Pi SenseHAT: its sensors and its LED matrix, each by the driver of its own package.
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
// On a Raspberry Pi the bus is periph's: host.Init of periph.io/x/host/v3, then i2creg.Open("1"). It opens while drivers
// of the kernel hold the addresses; two programs that set up the same part disturb each other all the same. Without a
// board, package emulator is the bus.
package sensehat
