package replay

import "math"

// Unit is one that a column of a file is written in. A field x stands for the value x·Scale + Offset.
//
// The units below are for recordings of a Sense HAT, whose values are °C, %RH, hPa, g, rad/s and µT; a program's own are
// written the same way.
type Unit struct {
	Name   string // "°F"; for people
	Scale  float64
	Offset float64
}

// Units of temperature, for values in °C.
var (
	Fahrenheit = Unit{"°F", 5.0 / 9, -32 * 5.0 / 9}
	Kelvin     = Unit{"K", 1, -273.15}
)

// Units of pressure, for values in hPa. A millibar is one.
var (
	Pascal     = Unit{"Pa", 0.01, 0}
	Kilopascal = Unit{"kPa", 10, 0}
	MmHg       = Unit{"mmHg", 1.33322387415, 0} // conventional, 13,595.1 kg/m³ under standard gravity
	InHg       = Unit{"inHg", 33.86388640341, 0}
)

// Fraction is a humidity between 0 and 1, for values in %RH.
var Fraction = Unit{"1", 100, 0}

// Units of acceleration, for values in g.
var (
	MetrePerSecond2 = Unit{"m/s²", 1 / standardGravity, 0}
	MilliG          = Unit{"mg", 0.001, 0}
)

// DegreePerSecond is one of rotation, for values in rad/s.
var DegreePerSecond = Unit{"°/s", math.Pi / 180, 0}

// Units of magnetic field, for values in µT.
var (
	Gauss      = Unit{"G", 100, 0}
	Milligauss = Unit{"mG", 0.1, 0}
	Nanotesla  = Unit{"nT", 0.001, 0}
)

// value is what a field means. A zero Unit changes nothing.
func (u *Unit) value(x float64) float64 {
	if u.plain() {
		return x
	}
	return x*u.Scale + u.Offset
}

// field is how a value is written.
func (u *Unit) field(v float64) float64 {
	if u.plain() {
		return v
	}
	return (v - u.Offset) / u.Scale
}

func (u *Unit) plain() bool { return u.Scale == 0 && u.Offset == 0 }

// good reports whether u can be converted both ways.
func (u *Unit) good() bool {
	return u.plain() || u.Scale != 0 && !math.IsNaN(u.Scale+u.Offset) && !math.IsInf(u.Scale, 0) && !math.IsInf(u.Offset, 0)
}
