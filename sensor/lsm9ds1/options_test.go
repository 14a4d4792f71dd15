package lsm9ds1

import (
	"slices"
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor/internal/regs"
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
		{"low power", &Options{LowPower: true}, 0x69, 0x78, 0x94, 0x00},
		{"bandwidth", &Options{AccelBandwidth: 105 * physic.Hertz}, 0x69, 0x7E, 0xF4, 0x00},
		{"fast field", &Options{MagRate: 155 * physic.Hertz}, 0x69, 0x78, 0xE2, 0x00},
		{"fastest field", &Options{MagRate: 1000 * physic.Hertz}, 0x69, 0x78, 0x82, 0x00},
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

// What is written besides: to the accelerometer and gyroscope after everything that is the same always.
func TestSetupOn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      Options
		want   []regs.Set
		settle int
	}{
		{"default", Options{}, []regs.Set{{Reg: 0x10, Value: 0x69}, {Reg: 0x20, Value: 0x78}}, 3},
		{"no gyroscope, slowest", Options{GyroOff: true, Rate: 10 * physic.Hertz}, []regs.Set{{Reg: 0x20, Value: 0x38}}, 0},
		{"no gyroscope, 50 Hz", Options{GyroOff: true, Rate: 50 * physic.Hertz}, []regs.Set{{Reg: 0x20, Value: 0x58}}, 0},
		{"no gyroscope, fastest", Options{GyroOff: true, Rate: 952 * physic.Hertz, AccelBandwidth: 50 * physic.Hertz}, []regs.Set{{Reg: 0x20, Value: 0xDF}}, 14},
		{
			"FIFO",
			Options{FIFO: 5, Rate: 952 * physic.Hertz},
			[]regs.Set{{Reg: 0x23, Value: 0x02}, {Reg: 0x2E, Value: 0xC5}, {Reg: 0x10, Value: 0xC9}, {Reg: 0x20, Value: 0xD8}},
			8,
		},
		{
			"FIFO, no gyroscope",
			Options{FIFO: 31, GyroOff: true, Rate: 10 * physic.Hertz},
			[]regs.Set{{Reg: 0x23, Value: 0x02}, {Reg: 0x2E, Value: 0xDF}, {Reg: 0x20, Value: 0x38}},
			1,
		},
	} {
		s, err := tt.o.setup()
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !slices.Equal(s.on, tt.want) || s.settle != tt.settle || !slices.Contains(s.on, s.mark) {
			t.Errorf("%s: written %#v, %d conversions dropped, mark %v; want %#v, %d, and one of them", tt.name, s.on, s.settle, s.mark, tt.want, tt.settle)
		}
	}
}

// Each rate and range, of which there are 240 together with those of the field, is one that the chip has.
func TestAllRatesAndRanges(t *testing.T) {
	for _, gyroOff := range []bool{false, true} {
		list := rates
		if gyroOff {
			list = accelRates
		}
		for i, rate := range list {
			for _, accel := range []int{2, 4, 8, 16} {
				for _, gyro := range []int{245, 500, 2000} {
					o := Options{Rate: rate, GyroOff: gyroOff, AccelRange: accel, GyroRange: gyro}
					s, err := o.setup()
					if err != nil {
						t.Fatal(err)
					}
					if got := int(s.mark.Value >> 5); got != i+1 || s.period != rate.Period() {
						t.Errorf("rate %v has code %d; want %d", rate, got, i+1)
					}
				}
			}
		}
	}
	for _, mag := range []int{4, 8, 12, 16} {
		for i, rate := range slices.Concat(magRates, fastMagRates) {
			s, err := (&Options{MagRate: rate, MagRange: mag}).setup()
			if err != nil {
				t.Fatal(err)
			}
			ctrl1, ctrl4 := s.idleMag[1].Value, s.idleMag[3].Value
			if fast := i >= len(magRates); fast != (ctrl1&0x02 != 0) || ctrl1>>5&3 != ctrl4>>2 || !fast && int(ctrl1>>2&7) != i {
				t.Errorf("field at %v: CTRL_REG1_M %#x, CTRL_REG4_M %#x", rate, ctrl1, ctrl4)
			}
		}
	}
}

func TestValidateReportsAll(t *testing.T) {
	o := &Options{
		Addr: 0x10, MagAddr: 0x1D, Rate: 100 * physic.Hertz, AccelRange: 6,
		GyroRange: -1, MagRate: physic.Hertz, MagRange: 5, AccelBandwidth: physic.Hertz, FIFO: 32,
	}
	err := o.Validate()
	if err == nil {
		t.Fatal("Validate() = nil")
	}
	for _, want := range []string{
		"address is 0x10", "magnetometer address is 0x1d", "rate is 100Hz", "accelerometer range is 6",
		"gyroscope range is -1", "magnetometer rate is 1Hz", "magnetometer range is 5",
		"accelerometer bandwidth is 1Hz", "FIFO is 32",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v; want it to say %q", err, want)
		}
	}
	for _, o := range []*Options{
		{GyroOff: true, Rate: 14900 * physic.MilliHertz},
		{Rate: 10 * physic.Hertz},
		{FIFO: -1},
	} {
		if o.Validate() == nil {
			t.Errorf("Validate of %+v = nil; want an error", *o)
		}
	}
}
