package emulator

// Light is what falls on the colour sensor, by bands.
//
// The unit is the lux of ams' design note DN40: light without an infrared part
// has 0.136·Red + Green - 0.444·Blue lux, and each band adds to the counts of
// its own channel and of the clear one; Infrared adds to all four. The zero
// Light is darkness. Negative values and NaN are 0.
type Light struct {
	Red, Green, Blue, Infrared float64
}

// WhiteLight is light of the given illuminance in lux and colour temperature in
// kelvin, as DN40 has it: Blue/Red is (kelvin-1391)/3810, and Green lies half
// way between the two. From 1391 K down there is no blue in it.
func WhiteLight(lux, kelvin float64) Light {
	blue := max(0, (kelvin-1391)/3810) // to a red of 1
	green := (1 + blue) / 2
	red := lux / (0.136 + green - 0.444*blue)
	return Light{Red: red, Green: green * red, Blue: blue * red}
}
