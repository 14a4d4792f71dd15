package sensehat_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/sensehat"
)

// TestRecover locks the bus under a driver, for parts that wait for one clock to nine.
func TestRecover(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			board := emulator.New(&emulator.Options{Seed: seed})
			hat, err := sensehat.Open(board, nil)
			if err != nil {
				t.Fatal(err)
			}
			pressure, err := hat.Pressure()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			board.Fault(emulator.Fault{Kind: emulator.BusLock, Addr: hts221.Addr, After: 1})
			var r sensor.Reading[physic.Env]
			if err := pressure.Read(t.Context(), &r); err != nil {
				t.Fatalf("Read before the part has locked the bus = %v", err)
			}
			for _, want := range []error{nil, emulator.ErrTimeout} {
				if err := board.Tx(hts221.Addr, []byte{0x0F}, make([]byte, 1)); !errors.Is(err, want) {
					t.Fatalf("Tx with the part = %v; want %v", err, want)
				}
			}
			if err := pressure.Read(t.Context(), &r); !errors.Is(err, emulator.ErrTimeout) {
				t.Fatalf("Read on a locked bus = %v; want %v", err, emulator.ErrTimeout)
			}
			start := time.Now()
			if err := sensehat.Recover(board); err != nil {
				t.Fatalf("Recover = %v; want nil", err)
			}
			if d := time.Since(start); d > time.Millisecond {
				t.Errorf("Recover took %v; want less than 1 ms", d)
			}
			time.Sleep(time.Second)
			if err := pressure.Read(t.Context(), &r); err != nil || r.Quality != 0 {
				t.Errorf("Read of a bus that was freed = %v, %v; want a fresh value", r.Quality, err)
			}
			if err := sensehat.Recover(board); err != nil {
				t.Errorf("Recover of a free bus = %v; want nil", err)
			}
			if err := pressure.Read(t.Context(), &r); err != nil {
				t.Errorf("Read after that = %v; want nil", err)
			}
		})
	}
}

// pins is a bus with any pins.
type pins struct {
	i2c.Bus
	scl, sda gpio.PinIO
}

func (p pins) SCL() gpio.PinIO { return p.scl }
func (p pins) SDA() gpio.PinIO { return p.sda }

func TestRecoverUnsupported(t *testing.T) {
	for name, bus := range map[string]i2c.Bus{
		"no pins":      new(i2ctest.Playback),
		"unknown pins": pins{scl: gpio.INVALID, sda: gpio.INVALID},
		"nil pins":     pins{},
		"plain pins":   pins{scl: plain{}, sda: plain{}},
	} {
		if err := sensehat.Recover(bus); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: Recover = %v; want errors.ErrUnsupported", name, err)
		}
	}
}

// plain is a pin that cannot change its function.
type plain struct{ gpio.PinIO }

func (plain) Name() string { return "plain" }

// stuck is a pin whose line is short-circuited.
type stuck struct {
	gpio.PinIO
	f pin.Func
}

func (s *stuck) In(gpio.Pull, gpio.Edge) error { s.f = gpio.IN; return nil }
func (s *stuck) Out(gpio.Level) error          { s.f = gpio.OUT; return nil }
func (s *stuck) Read() gpio.Level              { return gpio.Low }
func (s *stuck) Func() pin.Func                { return s.f }
func (s *stuck) SupportedFuncs() []pin.Func    { return nil }
func (s *stuck) SetFunc(f pin.Func) error      { s.f = f; return nil }

func TestRecoverInVain(t *testing.T) {
	scl, sda := &stuck{f: "I2C1_SCL"}, &stuck{f: "I2C1_SDA"}
	if err := sensehat.Recover(pins{scl: scl, sda: sda}); !errors.Is(err, sensehat.ErrLocked) {
		t.Errorf("Recover = %v; want %v", err, sensehat.ErrLocked)
	}
	if scl.f != "I2C1_SCL" || sda.f != "I2C1_SDA" {
		t.Errorf("functions of the pins afterwards = %s, %s; want those from before", scl.f, sda.f)
	}
}

// A part that locked the bus lets go of it when its power is taken.
func TestLockEndsWithPower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		board.Fault(emulator.Fault{Kind: emulator.BusLock, Addr: hts221.Addr})
		if _, err := sensehat.Open(board, nil); !errors.Is(err, emulator.ErrTimeout) {
			t.Errorf("Open on a bus that locks = %v; want %v", err, emulator.ErrTimeout)
		}
		board.PowerCycle(lps25h.Addr)
		if _, err := lps25h.New(board, nil); !errors.Is(err, emulator.ErrTimeout) {
			t.Errorf("New after another part was without power = %v; want %v", err, emulator.ErrTimeout)
		}
		board.PowerCycle(hts221.Addr)
		if _, err := lps25h.New(board, nil); err != nil {
			t.Errorf("New after the part was without power = %v; want nil", err)
		}
	})
}
