package hts221

import (
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"
)

func TestSetup(t *testing.T) {
	tests := []struct {
		name          string
		o             *Options
		avConf, ctrl1 uint8
	}{
		{"nil", nil, 0x1B, 0x87},
		{"default", &Options{}, 0x1B, 0x87},
		{"1 Hz, T64 H32", &Options{Rate: physic.Hertz, TemperatureAverage: 64, HumidityAverage: 32}, 0x2B, 0x85},
		{"7 Hz, T8 H512", &Options{Rate: 7 * physic.Hertz, TemperatureAverage: 8, HumidityAverage: 512}, 0x17, 0x86},
		{"one shot", &Options{OneShot: true}, 0x1B, 0x84},
		{"least", &Options{TemperatureAverage: 2, HumidityAverage: 4}, 0x00, 0x87},
	}
	for _, tt := range tests {
		c, err := tt.o.chip()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := c.Idle[1].Value; got != tt.avConf || c.On.Value != tt.ctrl1 {
			t.Errorf("%s: AV_CONF = %#x, CTRL_REG1 = %#x; want %#x, %#x", tt.name, got, c.On.Value, tt.avConf, tt.ctrl1)
		}
	}
}

func TestValidateReportsAll(t *testing.T) {
	err := (&Options{Rate: 5 * physic.Hertz, HumidityAverage: 3, TemperatureAverage: 512}).Validate()
	if err == nil {
		t.Fatal("Validate() = nil")
	}
	for _, want := range []string{"rate is 5Hz", "humidity average is 3", "temperature average is 512"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v; want it to say %q", err, want)
		}
	}
	if err := (&Options{OneShot: true, Rate: physic.Hertz}).Validate(); err == nil {
		t.Error("Validate() of one shot at a rate = nil; want an error")
	}
}
