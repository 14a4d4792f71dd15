package lsm9ds1

import (
	"math"
	"math/big"
	"testing"

	"periph.io/x/conn/v3/physic"
)

// Every output against rational numbers. 0 is 25 °C, as with ST's functions.
func TestTemperatureIsExact(t *testing.T) {
	for raw := math.MinInt16; raw <= math.MaxInt16; raw++ {
		want := big.NewRat(int64(raw), 16)
		want.Add(want, big.NewRat(25_000+273_150, 1000)).Mul(want, big.NewRat(int64(physic.Kelvin), 1))
		got := temperature([]byte{byte(raw), byte(raw >> 8)})
		if want.Cmp(big.NewRat(int64(got), 1)) != 0 {
			t.Fatalf("temperature(%d) = %d; want %s", raw, got, want)
		}
	}
	if got := temperature([]byte{0, 0}); got != physic.ZeroCelsius+25*physic.Celsius {
		t.Errorf("temperature(0) = %v; want 25°C", got)
	}
}
