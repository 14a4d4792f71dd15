package check

import (
	"testing"

	"periph.io/x/conn/v3/physic"
)

func TestOptions(t *testing.T) {
	good := Options{Chip: "x"}
	good.Number("average", 4, []int{2, 4}, "2 or 4")
	good.Frequency("rate", physic.Hertz, []physic.Frequency{physic.Hertz}, "1Hz")
	good.Addr("address", 0x5D, 0x5C, 0x5D)
	if err := good.Err(); err != nil {
		t.Errorf("Err() = %v; want nil", err)
	}
	bad := Options{Chip: "x"}
	bad.Number("average", 3, []int{2, 4}, "2 or 4")
	bad.Frequency("rate", 2*physic.Hertz, []physic.Frequency{physic.Hertz}, "1Hz")
	bad.Addr("address", 0x5E, 0x5C, 0x5D)
	want := "sensor: x: average is 3, want 2 or 4\nsensor: x: rate is 2Hz, want 1Hz\nsensor: x: address is 0x5e, want 0x5c or 0x5d"
	if err := bad.Err(); err == nil || err.Error() != want {
		t.Errorf("Err() = %v; want %s", err, want)
	}
}
