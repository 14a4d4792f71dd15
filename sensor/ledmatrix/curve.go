package ledmatrix

import (
	"errors"
	"strconv"
)

// Curve says how bright a channel value is shown.
type Curve uint8

const (
	// Linear shows the upper five bits of a channel.
	Linear Curve = iota
	// Gamma darkens the lower values, as the kernel's frame buffer does: below 48 a channel is dark.
	Gamma
	// LowLight is the kernel's curve for dark rooms, at a third of full brightness.
	LowLight

	curves
)

// String returns "linear", "gamma" or "low light".
func (c Curve) String() string {
	switch c {
	case Linear:
		return "linear"
	case Gamma:
		return "gamma"
	case LowLight:
		return "low light"
	}
	return "Curve(" + strconv.Itoa(int(c)) + ")"
}

// Tables from five bits of a channel to five bits of the matrix. The two others are the ones of rpisense-fb.c.
var curveTables = [curves][32]uint8{
	Linear: {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	},
	Gamma: {
		0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 14, 15, 17, 18, 20, 21, 23, 25, 27, 29, 31,
	},
	LowLight: {
		0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
		3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 10,
	},
}

func unknownCurve(c Curve) error {
	return errors.New("sensor: ledmatrix: unknown curve " + c.String())
}

// SetCurve chooses how bright channels are shown, from the next Show on: LowLight for a dark room, and one of the others
// when it is light again.
func (d *Dev) SetCurve(c Curve) error {
	if c >= curves {
		return unknownCurve(c)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.curve = curveTables[c]
	return nil
}

// SetGamma shows channels through a table of the caller's, from the next Show on: from the upper five bits of a channel to
// a level of the matrix, 0 to 31. SetCurve ends it.
func (d *Dev) SetGamma(table [32]uint8) error {
	for i, v := range table {
		if v > 31 {
			return errors.New("sensor: ledmatrix: gamma of " + strconv.Itoa(i) + " is " + strconv.Itoa(int(v)) + ", want 0 to 31")
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.curve = table
	return nil
}

// Gamma returns the table through which channels are shown.
func (d *Dev) Gamma() [32]uint8 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.curve
}
