package senml

import (
	"sort"

	"github.com/brinkml/brink/transport/payload"
)

// Unit is a unit of the registries of SenML. Units are case sensitive.
type Unit struct {
	Symbol      string
	Description string
	// Discouraged is set for units that new senders should not use.
	Discouraged bool
	// Primary, Mul, Div and Offset are set for a secondary unit (RFC 8798): a
	// value times Mul, by Div and plus Offset is one in the Primary unit. Mul
	// and Div keep exact what a factor of 1/1000 would not.
	Primary          string
	Mul, Div, Offset float64
}

// LookupUnit finds a unit of RFC 8428, section 12.1, or RFC 8798 by its symbol.
func LookupUnit(symbol string) (Unit, bool) {
	if u := findUnit(symbol); u != nil {
		return *u, true
	}
	return Unit{}, false
}

func findUnit(symbol string) *Unit {
	i := sort.Search(len(units), func(i int) bool { return units[i].Symbol >= symbol })
	if i < len(units) && units[i].Symbol == symbol {
		return &units[i]
	}
	return nil
}

// ToPrimary is a number in the primary unit. What is no number, or has a primary
// unit already, stays as it is, and a Float32 stays one.
func (u *Unit) ToPrimary(v payload.Value) payload.Value {
	if u.Primary == "" || !v.Number() {
		return v
	}
	f := v.Float64()*u.Mul/u.Div + u.Offset
	if v.Kind() == payload.KindFloat32 {
		return payload.Float32(float32(f))
	}
	return payload.Float(f)
}

// units are the registries of RFC 8428 (table 6) and RFC 8798 (tables 1 and 2),
// sorted by symbol.
var units = [...]Unit{
	{Symbol: "%", Description: "1 (ratio, e.g., value of a switch)", Discouraged: true},
	{Symbol: "%EL", Description: "percentage (remaining battery energy level)"},
	{Symbol: "%RH", Description: "percentage (relative humidity)"},
	{Symbol: "/", Description: "1 (ratio, e.g., value of a switch)"},
	{Symbol: "/100", Description: "percent", Primary: "/", Mul: 1, Div: 100},
	{Symbol: "/1000", Description: "permille", Primary: "/", Mul: 1, Div: 1000},
	{Symbol: "1/min", Description: "1 per minute (event rate, \"rpm\")", Discouraged: true},
	{Symbol: "1/s", Description: "1 per second (event rate)"},
	{Symbol: "A", Description: "ampere"},
	{Symbol: "Ah", Description: "ampere-hour", Primary: "C", Mul: 3600, Div: 1},
	{Symbol: "B", Description: "byte (information content)"},
	{Symbol: "B/s", Description: "byte per second", Primary: "bit/s", Mul: 8, Div: 1},
	{Symbol: "Bq", Description: "becquerel"},
	{Symbol: "Bspl", Description: "bel (sound pressure level; logarithmic quantity)", Discouraged: true},
	{Symbol: "C", Description: "coulomb"},
	{Symbol: "Cel", Description: "degrees Celsius"},
	{Symbol: "EL", Description: "seconds (remaining battery energy level)"},
	{Symbol: "F", Description: "farad"},
	{Symbol: "GB", Description: "gigabyte", Primary: "B", Mul: 1e9, Div: 1},
	{Symbol: "Gy", Description: "gray"},
	{Symbol: "H", Description: "henry"},
	{Symbol: "Hz", Description: "hertz"},
	{Symbol: "J", Description: "joule"},
	{Symbol: "J/m", Description: "joule per meter (Energy per distance)"},
	{Symbol: "K", Description: "kelvin"},
	{Symbol: "KiB", Description: "kibibyte", Primary: "B", Mul: 1024, Div: 1},
	{Symbol: "MB/s", Description: "megabyte per second", Primary: "bit/s", Mul: 8000000, Div: 1},
	{Symbol: "MHz", Description: "megahertz", Primary: "Hz", Mul: 1000000, Div: 1},
	{Symbol: "Mbit/s", Description: "megabit per second", Primary: "bit/s", Mul: 1000000, Div: 1},
	{Symbol: "N", Description: "newton"},
	{Symbol: "Ohm", Description: "ohm"},
	{Symbol: "Pa", Description: "pascal"},
	{Symbol: "S", Description: "siemens"},
	{Symbol: "S/m", Description: "siemens per meter (conductivity)"},
	{Symbol: "Sv", Description: "sievert"},
	{Symbol: "T", Description: "tesla"},
	{Symbol: "V", Description: "volt"},
	{Symbol: "VA", Description: "volt-ampere (Apparent Power)"},
	{Symbol: "VAs", Description: "volt-ampere second (Apparent Energy)"},
	{Symbol: "W", Description: "watt"},
	{Symbol: "W/m2", Description: "watt per square meter (irradiance)"},
	{Symbol: "Wb", Description: "weber"},
	{Symbol: "Wh", Description: "watt-hour", Primary: "J", Mul: 3600, Div: 1},
	{Symbol: "Wh/km", Description: "watt-hour per kilometer", Primary: "J/m", Mul: 36, Div: 10},
	{Symbol: "beat/min", Description: "1 per minute (heart rate in beats per minute)", Discouraged: true},
	{Symbol: "beats", Description: "1 (cumulative number of heart beats)", Discouraged: true},
	{Symbol: "bit", Description: "bit (information content)"},
	{Symbol: "bit/s", Description: "bit per second (data rate)"},
	{Symbol: "cd", Description: "candela"},
	{Symbol: "cd/m2", Description: "candela per square meter (luminance)"},
	{Symbol: "cm", Description: "centimeter", Primary: "m", Mul: 1, Div: 100},
	{Symbol: "count", Description: "1 (counter value)"},
	{Symbol: "dB", Description: "decibel (logarithmic quantity)"},
	{Symbol: "dBW", Description: "decibel relative to 1 W (power level)"},
	{Symbol: "dBm", Description: "decibel (milliwatt)", Primary: "dBW", Mul: 1, Div: 1, Offset: -30},
	{Symbol: "deg", Description: "degree (angle)", Discouraged: true},
	{Symbol: "g", Description: "gram", Discouraged: true},
	{Symbol: "h", Description: "hour", Primary: "s", Mul: 3600, Div: 1},
	{Symbol: "hPa", Description: "hectopascal", Primary: "Pa", Mul: 100, Div: 1},
	{Symbol: "kVA", Description: "kilovolt-ampere", Primary: "VA", Mul: 1000, Div: 1},
	{Symbol: "kVAh", Description: "kilovolt-ampere-hour", Primary: "VAs", Mul: 3600000, Div: 1},
	{Symbol: "kW", Description: "kilowatt", Primary: "W", Mul: 1000, Div: 1},
	{Symbol: "kWh", Description: "kilowatt-hour", Primary: "J", Mul: 3600000, Div: 1},
	{Symbol: "kat", Description: "katal"},
	{Symbol: "kg", Description: "kilogram"},
	{Symbol: "kg/m3", Description: "kilogram per cubic meter (mass density, mass concentration)"},
	{Symbol: "km", Description: "kilometer", Primary: "m", Mul: 1000, Div: 1},
	{Symbol: "km/h", Description: "kilometer per hour", Primary: "m/s", Mul: 10, Div: 36},
	{Symbol: "kvar", Description: "kilovar", Primary: "var", Mul: 1000, Div: 1},
	{Symbol: "kvarh", Description: "kilovar-hour", Primary: "vars", Mul: 3600000, Div: 1},
	{Symbol: "l", Description: "liter (volume)", Discouraged: true},
	{Symbol: "l/s", Description: "liter per second (flow rate)", Discouraged: true},
	{Symbol: "lat", Description: "degrees latitude"},
	{Symbol: "lm", Description: "lumen"},
	{Symbol: "lon", Description: "degrees longitude"},
	{Symbol: "lx", Description: "lux"},
	{Symbol: "m", Description: "meter"},
	{Symbol: "m/h", Description: "meter per hour", Primary: "m/s", Mul: 1, Div: 3600},
	{Symbol: "m/s", Description: "meter per second (velocity)"},
	{Symbol: "m/s2", Description: "meter per square second (acceleration)"},
	{Symbol: "m2", Description: "square meter (area)"},
	{Symbol: "m3", Description: "cubic meter (volume)"},
	{Symbol: "m3/s", Description: "cubic meter per second (flow rate)"},
	{Symbol: "mA", Description: "milliampere", Primary: "A", Mul: 1, Div: 1000},
	{Symbol: "mV", Description: "millivolt", Primary: "V", Mul: 1, Div: 1000},
	{Symbol: "min", Description: "minute", Primary: "s", Mul: 60, Div: 1},
	{Symbol: "mm", Description: "millimeter", Primary: "m", Mul: 1, Div: 1000},
	{Symbol: "mm/h", Description: "millimeter per hour", Primary: "m/s", Mul: 1, Div: 3600000},
	{Symbol: "mol", Description: "mole"},
	{Symbol: "ms", Description: "millisecond", Primary: "s", Mul: 1, Div: 1000},
	{Symbol: "pH", Description: "pH value (acidity; logarithmic quantity)"},
	{Symbol: "ppm", Description: "parts per million", Primary: "/", Mul: 1, Div: 1e6},
	{Symbol: "rad", Description: "radian"},
	{Symbol: "s", Description: "second"},
	{Symbol: "sr", Description: "steradian"},
	{Symbol: "ug/m3", Description: "microgram per cubic meter", Primary: "kg/m3", Mul: 1, Div: 1e9},
	{Symbol: "var", Description: "volt-ampere reactive (Reactive Power)"},
	{Symbol: "varh", Description: "var-hour", Primary: "vars", Mul: 3600, Div: 1},
	{Symbol: "vars", Description: "volt-ampere reactive second (Reactive Energy)"},
}
