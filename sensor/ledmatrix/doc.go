// Package ledmatrix drives the SenseHAT's 8×8 RGB matrix, over I²C or through the kernel's frame buffer.
//
//	dev, err := ledmatrix.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Halt() // dark
//	err = dev.Draw(dev.Bounds(), image.NewUniform(color.RGBA{G: 160, A: 255}), image.Point{})
//
// The frame is kept here with 8 bits a channel, so that what was set is what [Dev.At] and [Dev.Image] give back. The matrix
// shows 5 bits a channel: of a linear curve these are the upper five. A frame is one bus transaction of 193 bytes, 17.5 ms
// at 100 kHz, and is only sent when it differs from the one the matrix shows.
//
// Dev is a periph display.Drawer, and a draw.Image for the standard library. What is named Set or Flip waits for Show;
// Draw, Clear, Load, ShowLetter and Scroll show what they have drawn. [Dev.Scroll] lets a text pass until its context ends.
//
// # Through the kernel
//
// Where the kernel's rpisense driver has the matrix, [OpenFramebuffer] shows the same frames through it, one write of 128
// bytes each:
//
//	dev, err := ledmatrix.OpenFramebuffer("", nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Close()
//
// New works there too, since the bus device takes transactions to an address that a driver has; the driver then draws over
// the frame when another program writes to it.
//
// The microcontroller behind the matrix is described at
// https://github.com/raspberrypi/rpi-sense (registers), and by the kernel's rpisense driver.
package ledmatrix
