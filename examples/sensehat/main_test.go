package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"

	"github.com/brinkml/brink/sensor/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call runs the program.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = run(t.Context(), args, &out, &log)
	return code, out.String(), log.String()
}

func TestEmulated(t *testing.T) {
	code, stdout, stderr := call(t, "-emulated", "-duration", "1s", "-json", "-speed", "400kHz", "-color")
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	var r report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if !r.Works || len(r.Parts) != 6 || r.MeasuredHz < 100_000 || r.MeasuredHz > 401_000 || r.Load <= 0 || r.Load > 1 {
		t.Errorf("report %+v; want six parts that work at 400 kHz", r)
	}
	for _, p := range r.Parts {
		if !p.Works || p.ID == "" || p.Transactions == 0 || p.Failed != 0 {
			t.Errorf("%+v; want it to work", p)
		}
	}
}

// TestTable looks at the report of a board in simulated time.
func TestTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{WireTime: true, Without: []uint16{emulator.LPS25H}})
		b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: emulator.LSM9DS1, After: 300, Count: 1})
		r, err := selfTest(t.Context(), options{emulated: true, duration: 2975 * time.Millisecond}, func(options) (i2c.Bus, func() error, error) {
			return b, func() error { return nil }, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := r.print(&out, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"Sense HAT on emulator, 100 kHz measured\n",
			"humidity  HTS221    0x5f       0xbc       works   45.0 %RH, 21.00 °C\n",
			"pressure  LPS25H    0x5c       -          FAILS   does not answer at 0x5c\n",
			"motion    LSM9DS1   0x6a 0x1c  0x68 0x3d  FAILS   lsm9ds1: read 0x", // whichever of its transactions it is
			"matrix    ATtiny88  0x46       0x73       works   30 frames\n",
			"joystick  ATtiny88  0x46       0x73       works   0 events\n",
			"\nnot all parts work\n",
		} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the report has no line %q:\n%s", want, out.String())
			}
		}
		if strings.Contains(out.String(), "color") {
			t.Errorf("a board of the first version misses a colour sensor:\n%s", out.String())
		}
	})
}

// TestPunctual holds what the table says of timing to what it is in simulated time, on a bus that takes no time.
func TestPunctual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := selfTest(t.Context(), options{emulated: true, duration: 9975 * time.Millisecond}, func(options) (i2c.Bus, func() error, error) {
			return emulator.New(nil), func() error { return nil }, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Works {
			t.Error("the board does not work")
		}
		for _, p := range r.Parts {
			if s := p.Timing; s != nil && (s.LateMax != 0 || s.Jitter != 0 || s.Missed != 0 || s.Drift != 0 || s.Stale != 0 || float64(s.Reads) != math.Ceil(9.975e6/s.Period)) {
				t.Errorf("%s: %+v; want a read each period, none late", p.Part, *s)
			}
		}
	})
}

func TestBadBoards(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault emulator.Fault
		want  string
	}{
		{"stopped", emulator.Fault{Kind: emulator.Stalled, Addr: emulator.HTS221, After: 30}, "has stopped converting"},
		{"never starts", emulator.Fault{Kind: emulator.Stalled, Addr: emulator.HTS221}, "gave no value"},
		{"other chip", emulator.Fault{Kind: emulator.WrongID, Addr: emulator.LPS25H, Value: 0xB1}, "LPS22HB"},
		{"calibration", emulator.Fault{Kind: emulator.DeadCalibration, Addr: emulator.HTS221}, "hts221: calibration: "},
		{"stick", emulator.Fault{Kind: emulator.NACK, Addr: emulator.LEDMatrix, After: 50}, "joystick: read 0xf2"},
		{"end", emulator.Fault{Kind: emulator.NACK, Addr: emulator.LEDMatrix, After: 50}, "could not be switched off: ledmatrix: write 0x00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := emulator.New(nil)
				b.Fault(tt.fault)
				r, err := selfTest(t.Context(), options{emulated: true, duration: 4 * time.Second}, func(options) (i2c.Bus, func() error, error) {
					return b, func() error { b.ClearFaults(); return nil }, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				if err := r.print(&out, false); err != nil {
					t.Fatal(err)
				}
				if r.Works || !strings.Contains(out.String(), tt.want) {
					t.Errorf("works = %v; want false, and %q in\n%s", r.Works, tt.want, out.String())
				}
			})
		})
	}
}

func TestNothingThere(t *testing.T) {
	all := []uint16{emulator.HTS221, emulator.LPS25H, emulator.LSM9DS1, emulator.LEDMatrix}
	_, err := selfTest(t.Context(), options{duration: time.Second}, func(options) (i2c.Bus, func() error, error) {
		return emulator.New(&emulator.Options{Without: all}), func() error { return nil }, nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "no part of a Sense HAT answers on emulator: ") {
		t.Errorf("selfTest = %v; want that nothing answers", err)
	}
}

func TestNoBus(t *testing.T) {
	if _, err := host.Init(); err != nil || len(i2creg.All()) > 0 {
		t.Skip("this computer has a bus")
	}
	code, _, stderr := call(t)
	if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "no I2C bus") {
		t.Errorf("exit code %d, %q; want 1 and one sentence", code, stderr)
	}
}

func TestBadFlags(t *testing.T) {
	code, _, stderr := call(t, "-duration", "1ms", "-emulated", "-bus", "1", "x")
	for _, want := range []string{"-duration is 1ms", "-emulated has no use", `"x"`} {
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit code %d, %q; want 1 and a line with %s", code, stderr, want)
		}
	}
	if code, _, stderr := call(t, "-h"); code != 0 || !strings.Contains(stderr, "-emulated") {
		t.Errorf("-h: exit code %d, %q; want 0 and the flags", code, stderr)
	}
}

// TestSystem reads what Linux says in /sys of a bus.
func TestSystem(t *testing.T) {
	sys := system{bus: 1, sys: fstest.MapFS{
		"class/i2c-adapter/i2c-1/of_node/clock-frequency": {Data: []byte{0, 1, 0x86, 0xA0}},
		"bus/i2c/devices/1-005c/driver":                   {Data: []byte("../../../../bus/i2c/drivers/st-press-i2c"), Mode: fs.ModeSymlink},
	}}
	if got, want := hertz(sys.speed()), 100e3; got != want {
		t.Errorf("speed = %v; want %v", got, want)
	}
	if got, want := sys.drivers(0x5F, 0x5C), "st-press-i2c"; got != want {
		t.Errorf("drivers = %q; want %q", got, want)
	}
	sys.bus = -1
	if got := sys.drivers(0x5C); got != "" || sys.speed() != 0 {
		t.Errorf("of no bus: drivers %q, speed %v; want none", got, sys.speed())
	}
	for name, want := range map[string]int{"I2C1": 1, "/dev/i2c-22": 22, "emulator": -1, "": -1} {
		if got := number(name); got != want {
			t.Errorf("number(%q) = %d; want %d", name, got, want)
		}
	}
}
