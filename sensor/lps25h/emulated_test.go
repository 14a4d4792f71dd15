package lps25h_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lps25h"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// near reports whether env is the emulator's usual room, to one step of the part.
func near(env physic.Env) bool {
	room := emulator.Room().Env
	dt, dp := env.Temperature-room.Temperature, env.Pressure-room.Pressure
	return max(dt, -dt) < 3*physic.MilliKelvin && max(dp, -dp) < 30*physic.MilliPascal
}

func TestFirstConversion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := lps25h.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		var r sensor.Reading[physic.Env]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
			t.Errorf("Read at once = %v; want %v", err, sensor.ErrNotReady)
		}
		time.Sleep(40 * time.Millisecond)
		for _, want := range []sensor.Quality{0, sensor.Stale} {
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != want || !near(r.Value) {
				t.Errorf("Read = %+v, %v; want the room with quality %v", r, err, want)
			}
		}
		if err := errors.Join(d.Halt(), board.Misuse()); err != nil {
			t.Error(err)
		}
	})
}

// A transaction that fails, each of those that New and Read make in turn, is an error with the bus's own inside; trying
// again works.
func TestNACKAtEachTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const inNew = 7
		for n := range inNew + 1 {
			board := emulator.New(nil)
			board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: lps25h.Addr, After: n, Count: 1})
			d, err := lps25h.New(board, nil)
			if n < inNew {
				if !errors.Is(err, emulator.ErrNACK) || !sensor.Temporary(err) {
					t.Errorf("New with NACK %d = %v; want a temporary error with %v", n, err, emulator.ErrNACK)
				}
				if _, ok := errors.AsType[*sensor.NotPresentError](err); ok != (n == 0) {
					t.Errorf("New with NACK %d = %v; a NotPresentError is for the first transaction", n, err)
				}
				d, err = lps25h.New(board, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			var r sensor.Reading[physic.Env]
			if n == inNew {
				err := d.Read(t.Context(), &r)
				if e, ok := errors.AsType[*sensor.BusError](err); !ok || e.Reg != 0x27 || e.Op != "read" {
					t.Errorf("Read with NACK = %v; want a BusError for 0x27", err)
				}
			}
			if err := d.Read(t.Context(), &r); err != nil || !near(r.Value) {
				t.Errorf("Read after NACK %d = %+v, %v; want the room", n, r, err)
			}
		}
	})
}

// A part that lost its power goes on answering; it is set up again, and nothing false is read in between.
func TestPowerLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := lps25h.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sensor.NewSampler(d, 100*time.Millisecond, nil)
		if err != nil {
			t.Fatal(err)
		}
		var notReady, fresh int
		for r, err := range s.All(t.Context()) {
			switch {
			case errors.Is(err, sensor.ErrNotReady):
				notReady++
			case err != nil:
				t.Fatal(err)
			case !near(r.Value):
				t.Errorf("reading %d = %+v; want the room", r.Seq, r)
			case r.Quality == 0:
				fresh++
			}
			switch r.Seq {
			case 10, 20:
				board.PowerCycle(lps25h.Addr)
			case 30:
				if notReady != 3 || fresh != 27 {
					t.Errorf("%d readings not ready, %d fresh; want 3 and 27", notReady, fresh)
				}
				return
			}
		}
	})
}

func TestSense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := emulator.New(nil)
		d, err := lps25h.New(board, nil)
		if err != nil {
			t.Fatal(err)
		}
		env := physic.Env{Humidity: 7}
		if err := d.Sense(&env); err != nil || !near(env) || env.Humidity != 7 {
			t.Errorf("Sense = %+v, %v; want the room, and the humidity left alone", env, err)
		}
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		if err := d.Sense(&env); err != nil || !near(env) {
			t.Errorf("Sense after Halt = %+v, %v; want the room", env, err)
		}
		board.Fault(emulator.Fault{Kind: emulator.Stalled, Addr: lps25h.Addr})
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := d.Sense(&env); !errors.Is(err, sensor.ErrNotReady) || time.Since(start) > 200*time.Millisecond {
			t.Errorf("Sense of a stalled part = %v after %v; want %v within two periods", err, time.Since(start), sensor.ErrNotReady)
		}
	})
}

func TestSenseContinuous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := lps25h.New(emulator.New(nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.SenseContinuous(0); err == nil {
			t.Error("SenseContinuous(0) = nil; want an error")
		}
		first, err := d.SenseContinuous(time.Second)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for i := range 3 {
			if env := <-first; !near(env) || time.Since(start) != time.Duration(i+1)*time.Second {
				t.Errorf("value %d = %+v after %v; want the room each second", i, env, time.Since(start))
			}
		}
		second, err := d.SenseContinuous(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := <-first; ok {
			t.Error("the first channel is open after SenseContinuous was called again")
		}
		time.Sleep(10 * time.Minute) // a receiver that does not come
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for range second {
			n++
		}
		if n > 1 {
			t.Errorf("%d values waited in the channel; want the newest only", n)
		}
	})
}

// Halt waits for the goroutine while that is using the part: periph's bmxx80 deadlocks here.
func TestStartHaltManyTimes(t *testing.T) {
	d, err := lps25h.New(emulator.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 100_000 {
		if _, err := d.SenseContinuous(time.Microsecond); err != nil {
			t.Fatal(err)
		}
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	d, err := lps25h.New(emulator.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the part's own time
	var r sensor.Reading[physic.Env]
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Read(ctx, &r); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Read makes %v allocations; want none", n)
	}
}
