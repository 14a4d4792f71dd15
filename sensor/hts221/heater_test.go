package hts221_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
)

// heating reports whether the part's heater is on.
func heating(t *testing.T, board *emulator.Board) bool {
	t.Helper()
	var r [1]byte
	if err := board.Tx(hts221.Addr, []byte{0x21}, r[:]); err != nil {
		t.Fatal(err)
	}
	return r[0]&2 != 0
}

func TestHeat(t *testing.T) {
	for _, o := range []*hts221.Options{nil, {OneShot: true}} {
		synctest.Test(t, func(t *testing.T) {
			board := emulator.New(nil)
			d, err := hts221.New(board, o)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			done := make(chan error)
			start := time.Now()
			go func() { done <- d.Heat(t.Context(), 10*time.Second) }()
			var r sensor.Reading[physic.Env]
			for time.Since(start) < 9*time.Second {
				time.Sleep(time.Second)
				if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || r.Quality != sensor.NotReady || !heating(t, board) {
					t.Errorf("Read while heated = %v, %v; want %v, and the heater on", r.Quality, err, sensor.ErrNotReady)
				}
			}
			if err := d.Heat(t.Context(), time.Second); err == nil {
				t.Error("Heat while it is heated = nil; want an error")
			}
			if err := <-done; err != nil || time.Since(start) != 10*time.Second || heating(t, board) {
				t.Errorf("Heat = %v after %v; want nil after 10s, and the heater off", err, time.Since(start))
			}
			if o == nil { // what was converted while it was hot is not given
				if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
					t.Errorf("Read at once = %v; want %v", err, sensor.ErrNotReady)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != 0 {
				t.Errorf("Read afterwards = %v, %v; want a value", r.Quality, err)
			}
			if err := board.Misuse(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whatever ends Heat early, the heater is off in the end.
func TestHeatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := hts221.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Heat(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || heating(t, board) {
			t.Errorf("Heat = %v; want the end of its context, and the heater off", err)
		}
		if err := d.Heat(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || heating(t, board) {
			t.Errorf("Heat with an ended context = %v; want that, and the heater off", err)
		}
		done := make(chan error)
		go func() { done <- d.Heat(t.Context(), time.Minute) }()
		time.Sleep(time.Second)
		if err := d.Halt(); err != nil || heating(t, board) {
			t.Errorf("Halt = %v; want nil, and the heater off", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		// The bus fails when the heater is to be switched off: the next read does it.
		go func() { done <- d.Heat(t.Context(), time.Minute) }()
		time.Sleep(time.Second)
		end := board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: hts221.Addr})
		if err := <-done; !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("Heat on a bus that fails = %v; want %v", err, emulator.ErrNACK)
		}
		end()
		if !heating(t, board) {
			t.Error("the heater is off without having been told so")
		}
		_ = d.Read(t.Context(), new(sensor.Reading[physic.Env]))
		if heating(t, board) {
			t.Error("the heater is on after a read")
		}
	})
}
