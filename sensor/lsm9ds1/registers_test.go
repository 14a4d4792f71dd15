package lsm9ds1

import "testing"

// The register values of rocketproplab's LSM9DS1 tests: each sets one field, from all zeros or all ones.
func TestFields(t *testing.T) {
	for _, tt := range []struct {
		name           string
		field          field
		reg, v, result uint8
	}{
		{"119 Hz", odrG, 0x00, 3, 0x60},
		{"952 Hz", odrG, 0xFF, 6, 0xDF},
		{"2000 dps", fsG, 0x00, 3, 0x18},
		{"245 dps", fsG, 0xFF, 0, 0xE7},
		{"4 g", fsXL, 0xFF, 2, 0xF7},
		{"FIFO on", fifoEn, 0x00, 1, 0x02},
		{"FIFO off", fifoEn, 0xFF, 0, 0xFD},
		{"continuous", fMode, 0x00, fifoContinuous, 0xC0},
		{"continuous to FIFO", fMode, 0xFF, 3, 0x7F},
		{"threshold", fth, 0x00, 5, 0x05},
	} {
		if got := tt.field.put(tt.reg, tt.v); got != tt.result {
			t.Errorf("%s: %#x with %d = %#x; want %#x", tt.name, tt.reg, tt.v, got, tt.result)
		}
	}
	for _, tt := range []struct {
		src     fifoSource
		samples int
		overrun bool
	}{{0x95, 21, false}, {0x40, 0, true}, {0x80, 0, false}, {0xE0, 32, true}} {
		if tt.src.samples() != tt.samples || tt.src.overrun() != tt.overrun {
			t.Errorf("FIFO_SRC %#x says %d samples, overrun %v; want %d, %v", uint8(tt.src), tt.src.samples(), tt.src.overrun(), tt.samples, tt.overrun)
		}
	}
}
