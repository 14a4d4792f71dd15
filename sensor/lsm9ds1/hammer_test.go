package lsm9ds1_test

import (
	"sync"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// Everything from everywhere, for the race detector.
func TestHammer(t *testing.T) {
	for _, o := range []*lsm9ds1.Options{nil, {FIFO: 16, Rate: 952 * physic.Hertz}} {
		d, err := lsm9ds1.New(board(), o)
		if err != nil {
			t.Fatal(err)
		}
		thermometer := d.Temperature()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				var m sensor.Reading[sensor.Motion]
				var c sensor.Reading[physic.Temperature]
				var rs [8]sensor.Reading[sensor.Motion]
				for n := range 300 {
					// Errors are those of a part that is halted all the time.
					_ = d.Read(t.Context(), &m)
					_ = thermometer.Read(t.Context(), &c)
					_, _ = d.ReadBatch(t.Context(), rs[:])
					if i == 0 && n%20 == 0 {
						_ = d.Halt()
					}
				}
			})
		}
		wg.Wait()
		if err := d.Halt(); err != nil {
			t.Error(err)
		}
	}
}
