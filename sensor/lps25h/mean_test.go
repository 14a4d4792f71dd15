package lps25h_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lps25h"
)

// With RunningMean a step of the pressure comes through bit by bit, over as many periods.
func TestRunningMean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := lps25h.New(board, &lps25h.Options{RunningMean: 4})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + 20*time.Millisecond)
		for i := range 6 {
			var r sensor.Reading[physic.Env]
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != 0 {
				t.Fatalf("Read = %v, %v", r.Quality, err)
			}
			want := 101325*physic.Pascal + physic.Pressure(min(i, 4))*100*physic.Pascal
			if off := r.Value.Pressure - want; max(off, -off) > 30*physic.MilliPascal {
				t.Errorf("%d periods after the step the pressure is %v; want %v", i, r.Value.Pressure, want)
			}
			up := emulator.Room()
			up.Env.Pressure += 400 * physic.Pascal
			board.Set(up)
			time.Sleep(40 * time.Millisecond)
		}
		if err := board.Misuse(); err != nil {
			t.Error(err)
		}
	})
}
