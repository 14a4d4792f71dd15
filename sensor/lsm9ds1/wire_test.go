package lsm9ds1_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// On a bus that takes its time for every bit, all samples come through at rates that it carries, and at one that it does
// not, every gap is marked.
func TestSamplesOnAWire(t *testing.T) {
	for _, tt := range []struct {
		bus, rate physic.Frequency
		fifo      int
		gaps      bool
	}{
		{100 * physic.KiloHertz, 119 * physic.Hertz, 16, false},
		{100 * physic.KiloHertz, 476 * physic.Hertz, 16, false},
		{400 * physic.KiloHertz, 952 * physic.Hertz, 16, false},
		{100 * physic.KiloHertz, 952 * physic.Hertz, 16, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := stampedBoard(tt.rate, &emulator.Options{WireTime: true})
			if err := b.SetSpeed(tt.bus); err != nil {
				t.Fatal(err)
			}
			d, err := lsm9ds1.New(b, &lsm9ds1.Options{Rate: tt.rate, FIFO: tt.fifo})
			if err != nil {
				t.Fatal(err)
			}
			last, n, gaps := -1, 0, 0
			var earliest, latest time.Duration // error of the times, from the start of the conversions on
			for r, err := range d.Samples(t.Context()) {
				if err != nil {
					if !errors.Is(err, sensor.ErrNotReady) {
						t.Fatal(err)
					}
					continue
				}
				number := int(math.Round(r.Value.Accel[0] / accelLSB))
				if last >= 0 && number != (last+1)%cycle {
					if gaps++; !r.Quality.Has(sensor.Overrun) {
						t.Fatalf("%v on %v: conversion %d after %d, with quality %v", tt.rate, tt.bus, number, last, r.Quality)
					}
				}
				last = number
				off := r.At.Sub(b.start) - time.Duration(number)*b.period
				off -= off.Round(cycle * b.period)
				if n++; n <= 500 {
					earliest, latest = off, off
				}
				earliest, latest = min(earliest, off), max(latest, off)
				if n == 20_000 {
					break
				}
			}
			if (gaps > 0) != tt.gaps || !tt.gaps && latest-earliest > b.period/3 {
				t.Errorf("%v on %v: %d gaps, times within %v; want gaps %v, and a third of %v", tt.rate, tt.bus, gaps, latest-earliest, tt.gaps, b.period)
			}
		})
	}
}
