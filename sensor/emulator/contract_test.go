package emulator_test

import (
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/lps25h"
	"github.com/brinkml/brink/sensor/lsm9ds1"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/tcs3400"
)

func TestDriverContracts(t *testing.T) {
	t.Run("hts221", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Env] {
			return must(hts221.New(emulator.New(nil), nil))(t)
		}, &sensortest.Contract{Period: 80 * time.Millisecond})
	})
	t.Run("lps25h", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Env] {
			return must(lps25h.New(emulator.New(nil), nil))(t)
		}, &sensortest.Contract{Period: 40 * time.Millisecond})
	})
	t.Run("lsm9ds1", func(t *testing.T) {
		sensortest.TestSource(t, func(t *testing.T) sensor.Source[sensor.Motion] {
			return must(lsm9ds1.New(emulator.New(nil), nil))(t)
		}, &sensortest.Contract{Period: 50 * time.Millisecond})
	})
	for kind, name := range map[*emulator.ColorKind]string{emulator.TCS34725: "tcs34725", emulator.TCS3400: "tcs3400"} {
		t.Run(name, func(t *testing.T) {
			sensortest.TestSource(t, func(t *testing.T) sensor.Source[tcs3400.Color] {
				return must(tcs3400.New(emulator.New(&emulator.Options{Color: kind}), nil))(t)
			}, &sensortest.Contract{Period: 190 * time.Millisecond})
		})
	}
}

// TestHammer uses a board from many goroutines in real time.
func TestHammer(t *testing.T) {
	b := emulator.New(&emulator.Options{Noise: 1})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			w, r := []byte{0x27 | 0x80}, make([]byte, 6)
			for range 500 {
				for _, addr := range []uint16{emulator.HTS221, emulator.LPS25H, emulator.LSM9DS1, emulator.LSM9DS1Mag, emulator.LEDMatrix} {
					_ = b.Tx(addr, w, r) // fails while a fault is on
				}
			}
		})
		wg.Go(func() {
			for n := range 500 {
				end := b.Fault(emulator.Fault{Kind: emulator.FaultKind(n%8 + 1), Hold: -1, Count: i + 1, For: time.Millisecond})
				b.Set(emulator.Room())
				b.Pixels()
				b.PowerCycle(emulator.LPS25H)
				end()
			}
		})
	}
	wg.Wait()
	b.ClearFaults()
	if got := read(t, b, emulator.HTS221, 0x0F, 1)[0]; got != 0xBC {
		t.Errorf("identity afterwards = %#x; want 0xbc", got)
	}
}
