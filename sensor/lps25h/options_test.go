package lps25h

import (
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"
)

func TestSetup(t *testing.T) {
	tests := []struct {
		name           string
		o              *Options
		addr           uint16
		resConf, ctrl1 uint8
	}{
		{"nil", nil, 0x5C, 0x05, 0xC4},
		{"default", &Options{}, 0x5C, 0x05, 0xC4},
		{"other address, 1 Hz", &Options{Addr: AltAddr, Rate: physic.Hertz}, 0x5D, 0x05, 0x94},
		{"most precise at 12.5 Hz", &Options{Rate: 12500 * physic.MilliHertz, PressureAverage: 512, TemperatureAverage: 64}, 0x5C, 0x0F, 0xB4},
		{"one shot", &Options{OneShot: true}, 0x5C, 0x05, 0x84},
		{"least at 7 Hz", &Options{Rate: 7 * physic.Hertz, PressureAverage: 8, TemperatureAverage: 8}, 0x5C, 0x00, 0xA4},
	}
	for _, tt := range tests {
		c, err := tt.o.chip()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := c.Idle[1].Value; c.Addr != tt.addr || got != tt.resConf || c.On.Value != tt.ctrl1 {
			t.Errorf("%s: address %#x, RES_CONF = %#x, CTRL_REG1 = %#x; want %#x, %#x, %#x",
				tt.name, c.Addr, got, c.On.Value, tt.addr, tt.resConf, tt.ctrl1)
		}
	}
}

func TestValidateReportsAll(t *testing.T) {
	err := (&Options{Addr: 1, Rate: 50 * physic.Hertz, PressureAverage: 16, TemperatureAverage: 128, RunningMean: 3}).Validate()
	if err == nil {
		t.Fatal("Validate() = nil")
	}
	for _, want := range []string{"address is 0x1", "rate is 50Hz", "pressure average is 16", "temperature average is 128", "running mean is 3"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v; want it to say %q", err, want)
		}
	}
	err = (&Options{OneShot: true, Rate: physic.Hertz, RunningMean: 4}).Validate()
	if err == nil || !strings.Contains(err.Error(), "rate is 1Hz") || !strings.Contains(err.Error(), "running mean is 4") {
		t.Errorf("Validate() of one shot at a rate, with a running mean = %v; want both refused", err)
	}
}
