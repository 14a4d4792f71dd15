package sensehat_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/joystick"
	"github.com/brinkml/brink/sensor/ledmatrix"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/sensehat"
	"github.com/brinkml/brink/sensor/tcs3400"
)

// works returns which parts of a board are there and give values, by name, and checks the others' errors.
func works(t *testing.T, hat *sensehat.HAT) []string {
	t.Helper()
	var names []string
	note := func(name string, err error, use func() error) {
		t.Helper()
		if err != nil {
			if e, ok := errors.AsType[*sensor.NotPresentError](err); !ok || e.Chip == "" {
				t.Errorf("%s: %v; want a NotPresentError", name, err)
			}
			return
		}
		if err := use(); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		names = append(names, name)
	}
	humidity, err := hat.Humidity()
	note("humidity", err, func() error { return humidity.Read(t.Context(), new(sensor.Reading[physic.Env])) })
	pressure, err := hat.Pressure()
	note("pressure", err, func() error { return pressure.Read(t.Context(), new(sensor.Reading[physic.Env])) })
	motion, err := hat.Motion()
	note("motion", err, func() error { return motion.Read(t.Context(), new(sensor.Reading[sensor.Motion])) })
	matrix, err := hat.Matrix()
	note("matrix", err, func() error {
		return matrix.Draw(matrix.Bounds(), image.NewUniform(color.White), image.Point{})
	})
	stick, err := hat.Joystick()
	note("joystick", err, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := stick.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("Wait = %w; want no event", err)
		}
		return nil
	})
	light, err := hat.Color()
	note("color", err, func() error {
		time.Sleep(time.Second) // it has been started just now
		return light.Read(t.Context(), new(sensor.Reading[tcs3400.Color]))
	})
	return names
}

// Every set of parts, from none to all.
func TestOpenPartial(t *testing.T) {
	parts := []struct {
		names []string
		addr  uint16
	}{
		{[]string{"humidity"}, hts221.Addr},
		{[]string{"pressure"}, lps25h.Addr},
		{[]string{"motion"}, lsm9ds1.Addr},
		{[]string{"matrix", "joystick"}, ledmatrix.Addr},
		{[]string{"color"}, tcs3400.Addr},
	}
	for set := range 1 << len(parts) {
		var without []uint16
		var want []string
		for i, p := range parts {
			if set>>i&1 == 1 {
				want = append(want, p.names...)
			} else {
				without = append(without, p.addr)
			}
		}
		t.Run(strings.Join(want, "+"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				board := emulator.New(&emulator.Options{Without: without, Color: emulator.TCS3400})
				hat, err := sensehat.Open(board, nil)
				if len(want) == 0 || slices.Equal(want, []string{"color"}) { // which Open does not look for
					for _, p := range []string{"hts221", "lps25h", "lsm9ds1", "ledmatrix"} {
						if err == nil || !strings.Contains(err.Error(), "sensor: "+p+": not present at ") {
							t.Errorf("Open without parts = %v; want it to name %s", err, p)
						}
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				if got := works(t, hat); !slices.Equal(got, want) {
					t.Errorf("%v work; want %v", got, want)
				}
				if got, want := len(hat.Missing()), 6-len(want); got != want {
					t.Errorf("%d parts are missing; want %d", got, want)
				}
				if err := errors.Join(hat.Halt(), board.Misuse()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A part that did not answer is found by Probe once it does; those that work are left alone.
func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		plug := board.Fault(emulator.Fault{Kind: emulator.Absent, Addr: lsm9ds1.MagAddr})
		hat, err := sensehat.Open(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := hat.Humidity()
		missing := hat.Missing()
		if len(missing) != 1 || !sensor.Temporary(missing[0]) {
			t.Fatalf("Missing() = %v; want the motion sensor, and that a retry makes sense", missing)
		}
		if again := hat.Probe(); len(again) != 1 {
			t.Errorf("Probe() = %v; want one error", again)
		}
		plug()
		if missing := hat.Probe(); len(missing) != 0 {
			t.Errorf("Probe() after the part was plugged in = %v; want none", missing)
		}
		if after, _ := hat.Humidity(); after != before {
			t.Error("Probe replaced a part that works")
		}
		time.Sleep(time.Second)
		if got := works(t, hat); len(got) != 5 {
			t.Errorf("%v work; want all", got)
		}
	})
}

// The colour sensor is on the second version of the board. Nobody misses it who has not asked for it.
func TestColorOnDemand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		board emulator.Options
		fault emulator.Fault
		o     sensehat.Options
		there bool
	}{
		{name: "first version"},
		{name: "second version", board: emulator.Options{Color: emulator.TCS3400}, there: true},
		{name: "Astro Pi", board: emulator.Options{Color: emulator.TCS34725, ColorAddr: tcs3400.AltAddr}, o: sensehat.Options{Color: tcs3400.Options{Gain: 4}}, there: true},
		{name: "bad options", board: emulator.Options{Color: emulator.TCS3400}, o: sensehat.Options{Color: tcs3400.Options{Gain: 5}}},
		{name: "another chip", board: emulator.Options{Color: emulator.TCS3400}, fault: emulator.Fault{Kind: emulator.WrongID, Addr: tcs3400.Addr, Value: 7}},
		{
			name: "fails after its identity", board: emulator.Options{Color: emulator.TCS3400},
			fault: emulator.Fault{Kind: emulator.NACK, Addr: tcs3400.Addr, After: 2},
		},
	} {
		board := emulator.New(&tt.board)
		clear := func() {}
		if tt.fault.Kind != 0 {
			clear = board.Fault(tt.fault)
		}
		hat, err := sensehat.Open(board, &tt.o)
		if err != nil {
			t.Errorf("%s: Open = %v; want nil", tt.name, err)
			continue
		}
		if board.Transactions(tcs3400.Addr) != 0 || len(hat.Missing()) != 0 {
			t.Errorf("%s: Open has looked for the colour sensor, and misses %v", tt.name, hat.Missing())
		}
		dev, err := hat.Color()
		if (err == nil) != tt.there {
			t.Errorf("%s: Color() = %v; want it there: %v", tt.name, err, tt.there)
		}
		if missing := hat.Missing(); (len(missing) == 0) != tt.there {
			t.Errorf("%s: Missing() = %v; want it there: %v", tt.name, missing, tt.there)
		}
		clear()
		again, err := hat.Color()
		if want := tt.there || tt.fault.Kind != 0; (err == nil) != want || tt.there && again != dev {
			t.Errorf("%s: Color() later = %v; want it there: %v, and the same as before", tt.name, err, want)
		}
	}
}

func TestDeadCalibration(t *testing.T) {
	board := emulator.New(nil)
	board.Fault(emulator.Fault{Kind: emulator.DeadCalibration, Addr: hts221.Addr})
	hat, err := sensehat.Open(board, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = hat.Humidity()
	if _, ok := errors.AsType[*sensor.CalibrationError](err); !ok {
		t.Errorf("Humidity() = %v; want a CalibrationError", err)
	}
	if _, err := hat.Env(); err == nil {
		t.Error("Env() without a humidity sensor = nil; want its error")
	}
}

func TestEnv(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		hat, err := sensehat.Open(board, &sensehat.Options{Pressure: lps25h.Options{Rate: physic.Hertz}})
		if err != nil {
			t.Fatal(err)
		}
		env, err := hat.Env()
		if err != nil {
			t.Fatal(err)
		}
		var r sensor.Reading[physic.Env]
		time.Sleep(500 * time.Millisecond) // humidity is ready, pressure is not
		if err := env.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || !r.Quality.Has(sensor.NotReady) {
			t.Errorf("Read = %v, %v; want %v", r.Quality, err, sensor.ErrNotReady)
		}
		time.Sleep(time.Second)
		before := board.Transactions(hts221.Addr) + board.Transactions(lps25h.Addr)
		if err := env.Read(t.Context(), &r); err != nil || r.Quality != 0 {
			t.Errorf("Read = %v, %v; want a fresh value", r.Quality, err)
		}
		if n := board.Transactions(hts221.Addr) + board.Transactions(lps25h.Addr) - before; n != 2 {
			t.Errorf("Read takes %d transactions; want 2", n)
		}
		room := emulator.Room().Env
		if dp := r.Value.Pressure - room.Pressure; max(dp, -dp) > 30*physic.MilliPascal {
			t.Errorf("pressure = %v; want %v", r.Value.Pressure, room.Pressure)
		}
		if dt := r.Value.Temperature - room.Temperature; max(dt, -dt) > 20*physic.MilliKelvin {
			t.Errorf("temperature = %v; want %v", r.Value.Temperature, room.Temperature)
		}
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() {
			if err := env.Read(ctx, &r); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("Read makes %v allocations; want none", n)
		}
		if r.Quality != sensor.Stale {
			t.Errorf("quality of a repetition = %v; want Stale", r.Quality)
		}
	})
}

// All bad options of the parts that Open starts are reported together, and the bus is not touched.
func TestOpenBadOptions(t *testing.T) {
	board := emulator.New(nil)
	_, err := sensehat.Open(board, &sensehat.Options{
		Humidity: hts221.Options{HumidityAverage: 5},
		Pressure: lps25h.Options{PressureAverage: 5},
		Motion:   lsm9ds1.Options{AccelRange: 5},
		Matrix:   ledmatrix.Options{Rotation: 5},
	})
	if err == nil || strings.Count(err.Error(), " is 5") != 4 {
		t.Errorf("Open with bad options = %v; want four problems", err)
	}
	for _, addr := range []uint16{hts221.Addr, lps25h.Addr, lsm9ds1.Addr, lsm9ds1.MagAddr, ledmatrix.Addr} {
		if n := board.Transactions(addr); n != 0 {
			t.Errorf("%d transactions with %#x; want none", n, addr)
		}
	}
	if _, err := sensehat.Open(nil, nil); err == nil {
		t.Error("Open without a bus = nil; want an error")
	}
	hat, err := sensehat.Open(board, &sensehat.Options{Joystick: joystick.Options{Rotation: 5}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hat.Joystick(); err == nil || !strings.Contains(err.Error(), " is 5") {
		t.Errorf("Joystick with a bad option = %v; want the problem", err)
	}
}

func TestHaltDarkensAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		hat, err := sensehat.Open(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		works(t, hat) // draws
		// A part that cannot be halted does not keep the others from it.
		board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: hts221.Addr, Count: 1})
		if err := hat.Halt(); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("Halt = %v; want %v", err, emulator.ErrNACK)
		}
		for i, p := range board.Pixels() {
			if p.R|p.G|p.B != 0 {
				t.Fatalf("pixel %d is %v after Halt", i, p)
			}
		}
		if got, want := hat.String(), "SenseHAT{emulator}"; got != want {
			t.Errorf("String() = %q; want %q", got, want)
		}
	})
}
