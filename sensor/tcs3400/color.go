package tcs3400

import "time"

// Color is one integration of the four channels, as counted, with what is needed to understand the counts.
type Color struct {
	// Clear is the channel without a colour filter.
	Clear, Red, Green, Blue uint16
	// Max is the highest count that there can be: 1024 for each cycle of the integration, and 65535.
	Max uint16
	// Gain is that of the converter: 1, 4, 16, 60 or 64.
	Gain int
	// Integration is how long light was collected.
	Integration time.Duration
}

// Scaled returns the channels as parts of Max: 0 to 255.
func (c Color) Scaled() (red, green, blue, clear uint8) {
	unit := max((uint32(c.Max)+255)/256, 1)
	scale := func(v uint16) uint8 { return uint8(min(uint32(v)/unit, 255)) }
	return scale(c.Red), scale(c.Green), scale(c.Blue), scale(c.Clear)
}

// Factors of DN40 for the TCS3472x in open air.
const (
	deviceFactor = 310 // lux·ms for a count, at gain 1
	redFactor    = 0.136
	greenFactor  = 1.000
	blueFactor   = -0.444
	ctFactor     = 3810
	ctOffset     = 1391
)

// Lux is the illuminance in lux, by DN40: the infrared light that all channels have counted, (R+G+B-C)/2, is taken from
// them, and the weighted sum of the rest is divided by the counts that a lux makes, Gain·Integration/(310 ms). It is 0 in
// darkness, in light without green, and for the zero Color; it is too low when the reading is sensor.Clipped.
func (c Color) Lux() float64 {
	ms := float64(c.Integration) / float64(time.Millisecond)
	if ms <= 0 || c.Gain <= 0 {
		return 0
	}
	r, g, b := c.visible()
	return max(0, redFactor*r+greenFactor*g+blueFactor*b) * deviceFactor / (ms * float64(c.Gain))
}

// ColorTemperature is the correlated colour temperature in kelvin, by DN40: 3810·B/R + 1391, where R and B are without
// infrared as for Lux. It says something about white light only: of blue sky or a coloured lamp it is a number without
// meaning. It is 0 where there is no red to compare with.
func (c Color) ColorTemperature() float64 {
	r, _, b := c.visible()
	if r <= 0 {
		return 0
	}
	return ctFactor*max(b, 0)/r + ctOffset
}

// visible returns the colours without the infrared light.
func (c Color) visible() (r, g, b float64) {
	r, g, b = float64(c.Red), float64(c.Green), float64(c.Blue)
	ir := max(0, (r+g+b-float64(c.Clear))/2)
	return r - ir, g - ir, b - ir
}
