package tcs3400

import (
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/sensor/internal/regs"
)

func TestSetup(t *testing.T) {
	type values struct{ atime, wtime, pers, config, control, enable uint8 }
	tests := []struct {
		name   string
		o      *Options
		family *family
		want   values
		period time.Duration
	}{
		{"nil", nil, &tcs3472, values{0xC0, 0xFF, 0, 0, 1, 0x13}, 65 * 2400 * time.Microsecond},
		// 9.6 ms and gain 4: SwiftIO's TCS34725Tests write 252 to 129 and 1 to 143.
		{"swiftio", &Options{Cycles: 4, Gain: 4}, &tcs3472, values{252, 0xFF, 0, 0, 1, 0x13}, 5 * 2400 * time.Microsecond},
		{"highest gain", &Options{Cycles: 256, Gain: 60}, &tcs340x, values{0, 0xFF, 0, 0x40, 3, 0x13}, 257 * 2780 * time.Microsecond},
		{"the same", &Options{Cycles: 256, Gain: 64}, &tcs3472, values{0, 0xFF, 0, 0, 3, 0x13}, 257 * 2400 * time.Microsecond},
		{"wait", &Options{Gain: 1, Cycles: 1, Wait: 204 * time.Millisecond}, &tcs3472, values{0xFF, 0xAB, 0, 0, 0, 0x1B}, 87 * 2400 * time.Microsecond},
		{"all of the short wait", &Options{Gain: 16, Wait: 614400 * time.Microsecond}, &tcs3472, values{0xC0, 0x00, 0, 0, 2, 0x1B}, 321 * 2400 * time.Microsecond},
		{"long wait", &Options{Gain: 16, Wait: 614401 * time.Microsecond}, &tcs3472, values{0xC0, 0xEA, 0, 2, 2, 0x1B}, (65 + 12*22) * 2400 * time.Microsecond},
		{"all of the long wait", &Options{Wait: maxWait}, &tcs3472, values{0xC0, 0x00, 0, 2, 1, 0x1B}, (65 + 12*256) * 2400 * time.Microsecond},
		{"long wait, tcs3400", &Options{Wait: time.Second}, &tcs340x, values{0xC0, 0xE2, 0, 0x42, 1, 0x1B}, (65 + 12*30) * 2780 * time.Microsecond},
		{"persistence", &Options{Interrupt: true, Persistence: 60}, &tcs3472, values{0xC0, 0xFF, 15, 0, 1, 0x13}, 65 * 2400 * time.Microsecond},
		{"persistence 1", &Options{Interrupt: true}, &tcs3472, values{0xC0, 0xFF, 1, 0, 1, 0x13}, 65 * 2400 * time.Microsecond},
	}
	for _, tt := range tests {
		s, err := tt.o.setup()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		list := s.registers(tt.family)
		get := func(reg uint8) uint8 {
			for _, r := range list {
				if r.Reg == reg {
					return r.Value
				}
			}
			t.Errorf("%s: register %#x is not written", tt.name, reg)
			return 0
		}
		got := values{get(regATime), get(regWTime), get(regPers), get(regConfig), get(regControl), s.enable()}
		if got != tt.want || s.period(tt.family) != tt.period {
			t.Errorf("%s: %#v, period %v; want %#v, %v", tt.name, got, s.period(tt.family), tt.want, tt.period)
		}
	}
}

func TestSetupThresholds(t *testing.T) {
	s, err := (&Options{Interrupt: true, Low: 0x1234}).setup()
	if err != nil {
		t.Fatal(err)
	}
	want := [4]regs.Set{{Reg: 0x84, Value: 0x34}, {Reg: 0x85, Value: 0x12}, {Reg: 0x86, Value: 0xFF}, {Reg: 0x87, Value: 0xFF}}
	if got := [4]regs.Set(s.thresholds()); got != want {
		t.Errorf("thresholds() = %#v; want %#v", got, want)
	}
}

func TestValidateReportsAll(t *testing.T) {
	err := (&Options{Addr: 1, Gain: 2, Cycles: 257, Wait: 8 * time.Second, Interrupt: true, Low: 2, High: 1, Persistence: 4}).Validate()
	if err == nil {
		t.Fatal("Validate() = nil")
	}
	for _, want := range []string{"address is 0x1", "gain is 2", "257 cycles", "wait is 8s", "low threshold 2", "persistence is 4"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v; want it to say %q", err, want)
		}
	}
	for _, o := range []*Options{{Low: 1}, {High: 1}, {Persistence: 1}, {Cycles: -1}, {Wait: -1}, {Interrupt: true, Persistence: -1}} {
		if o.Validate() == nil {
			t.Errorf("Validate() of %+v = nil; want an error", *o)
		}
	}
}
