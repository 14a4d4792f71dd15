package heat

import (
	"math"

	"periph.io/x/conn/v3/physic"
)

// Coefficients of the Magnus formula for the pressure of saturated vapour over water, 6.112 hPa · exp(17.62 t/(243.12 + t))
// with t in °C, for -45 to 60 °C: D. Sonntag, Zeitschrift für Meteorologie 40 (1990), page 340; WMO-No. 8, Guide to
// Instruments and Methods of Observation, annex 4.B.
const (
	magnusB = 17.62
	magnusC = 243.12 // °C
)

// The formula is used up to where it is certainly a curve like water's; its pole is at -243 °C.
const (
	minCelsius = -80
	maxCelsius = 150
)

func magnus(celsius float64) float64 { return magnusB * celsius / (magnusC + celsius) }

func within(t physic.Temperature) bool {
	c := t.Celsius()
	return c >= minCelsius && c <= maxCelsius
}

// DewPoint returns the temperature at which air of temperature t and relative humidity rh is saturated, by the Magnus
// formula over water, also below 0 °C. It is good to 0.1 K from -45 to 60 °C. There is none for a humidity of 0 or less, nor
// for a temperature below -80 or above 150 °C: ok is false then.
func DewPoint(t physic.Temperature, rh physic.RelativeHumidity) (dew physic.Temperature, ok bool) {
	if rh <= 0 || !within(t) {
		return 0, false
	}
	g := math.Log(float64(rh)/float64(100*physic.PercentRH)) + magnus(t.Celsius())
	c := magnusC * g / (magnusB - g)
	return physic.ZeroCelsius + physic.Temperature(math.Round(c*float64(physic.Celsius))), true
}

// Humidity returns the relative humidity of air of temperature t with the given dew point, by the same formula. It is more
// than 100 %RH where t is below the dew point. Temperatures below -80 or above 150 °C have none: ok is false then.
func Humidity(t, dew physic.Temperature) (rh physic.RelativeHumidity, ok bool) {
	if !within(t) || dew.Celsius() <= -magnusC+1 || dew.Celsius() > maxCelsius {
		return 0, false
	}
	x := 100 * float64(physic.PercentRH) * math.Exp(magnus(dew.Celsius())-magnus(t.Celsius()))
	return physic.RelativeHumidity(math.Round(min(x, math.MaxInt32))), true
}
