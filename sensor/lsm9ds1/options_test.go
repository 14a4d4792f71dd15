package lsm9ds1

import (
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"
)

func TestSetup(t *testing.T) {
	tests := []struct {
		name             string
		o                *Options
		g, xl, m1, scale uint8
	}{
		{"nil", nil, 0x69, 0x78, 0xF4, 0x00},
		{"slowest", &Options{Rate: 14900 * physic.MilliHertz, MagRate: 625 * physic.MilliHertz}, 0x29, 0x38, 0xE0, 0x00},
		{"fastest", &Options{Rate: 952 * physic.Hertz, MagRate: 80 * physic.Hertz}, 0xC9, 0xD8, 0xFC, 0x00},
		{"widest", &Options{AccelRange: 16, GyroRange: 2000, MagRange: 16}, 0x79, 0x68, 0xF4, 0x60},
		{"narrowest", &Options{AccelRange: 2, GyroRange: 245, MagRange: 4}, 0x61, 0x60, 0xF4, 0x00},
		{"4 g, 8 gauss", &Options{AccelRange: 4, MagRange: 8}, 0x69, 0x70, 0xF4, 0x20},
	}
	for _, tt := range tests {
		s, err := tt.o.setup()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		g, xl, m1, scale := s.on[0].Value, s.on[1].Value, s.idleMag[1].Value, s.idleMag[2].Value
		if g != tt.g || xl != tt.xl || m1 != tt.m1 || scale != tt.scale {
			t.Errorf("%s: CTRL_REG1_G %#x, CTRL_REG6_XL %#x, CTRL_REG1_M %#x, CTRL_REG2_M %#x; want %#x, %#x, %#x, %#x",
				tt.name, g, xl, m1, scale, tt.g, tt.xl, tt.m1, tt.scale)
		}
	}
}

func TestValidateReportsAll(t *testing.T) {
	o := &Options{
		Addr: 0x10, MagAddr: 0x1D, Rate: 100 * physic.Hertz, AccelRange: 6,
		GyroRange: -1, MagRate: physic.Hertz, MagRange: 5,
	}
	err := o.Validate()
	if err == nil {
		t.Fatal("Validate() = nil")
	}
	for _, want := range []string{
		"address is 0x10", "magnetometer address is 0x1d", "rate is 100Hz", "accelerometer range is 6",
		"gyroscope range is -1", "magnetometer rate is 1Hz", "magnetometer range is 5",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v; want it to say %q", err, want)
		}
	}
}
