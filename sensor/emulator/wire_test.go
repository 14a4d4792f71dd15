package emulator_test

import (
	"image/color"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensehat"
	"github.com/brinkml/brink/sensor/tcs3400"
)

func TestWireBits(t *testing.T) {
	for _, tt := range []struct{ w, r, want int }{
		{193, 0, 1748},         // a frame of the matrix
		{1, 5, 75}, {1, 6, 84}, // humidity, pressure
		{1, 7, 93}, {0, 1, 20}, {2, 0, 29}, // status and three axes; a byte; a register
	} {
		if got := emulator.WireBits(tt.w, tt.r); got != tt.want {
			t.Errorf("WireBits(%d, %d) = %d; want %d", tt.w, tt.r, got, tt.want)
		}
	}
}

// TestBusTimes holds the drivers to the clocks on the wire that docs/sensor.md tells, and to the load of all at once.
func TestBusTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{WireTime: true, Color: emulator.TCS3400})
		hat := must(sensehat.Open(b, nil))(t)
		motion, env, light := must(hat.Motion())(t), must(hat.Env())(t), must(hat.Color())(t)
		humidity, pressure := must(hat.Humidity())(t), must(hat.Pressure())(t)
		matrix := must(hat.Matrix())(t)
		ink := uint8(0)
		load := 0.0
		for _, tt := range []struct {
			name   string
			clocks int
			rate   float64 // Hz, of all at once
			use    func() error
		}{
			{"nine axes", 270, 119, func() error { return motion.Read(t.Context(), new(sensor.Reading[sensor.Motion])) }},
			{"humidity", 75, 12.5, func() error { return humidity.Read(t.Context(), new(sensor.Reading[physic.Env])) }},
			{"pressure", 84, 25, func() error { return pressure.Read(t.Context(), new(sensor.Reading[physic.Env])) }},
			{"both", 159, 0, func() error { return env.Read(t.Context(), new(sensor.Reading[physic.Env])) }},
			{"colour", 140, 5, func() error { return light.Read(t.Context(), new(sensor.Reading[tcs3400.Color])) }},
			{"a frame", 1748, 25, func() error {
				ink += 8
				matrix.Set(0, 0, color.Gray{Y: ink})
				return matrix.Show()
			}},
			{"the same frame", 0, 0, matrix.Show},
		} {
			for _, speed := range []physic.Frequency{100 * physic.KiloHertz, 400 * physic.KiloHertz} {
				if err := b.SetSpeed(speed); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second) // there is a new value
				start := time.Now()
				err := tt.use()
				if got, want := time.Since(start), time.Duration(tt.clocks)*speed.Period(); err != nil || got != want {
					t.Errorf("%s at %v took %v, %v; want %v", tt.name, speed, got, err, want)
				}
			}
			load += tt.rate * float64(tt.clocks)
		}
		load += 50 * float64(emulator.WireBits(1, 1)) // looks at the stick
		if math.Abs(load-81_500) > 50 {
			t.Errorf("all at once is %v clocks a second; want 81,500", load)
		}
	})
}

// TestWireIsShared has transactions wait for each other.
func TestWireIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := emulator.New(&emulator.Options{WireTime: true})
		start := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := b.Tx(emulator.HTS221, []byte{0x0F}, make([]byte, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, want := time.Since(start), 10*39*10*time.Microsecond; got != want {
			t.Errorf("ten transactions of 39 clocks at 100 kHz took %v; want %v", got, want)
		}
	})
}
