package envchip_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensortest"
)

// In one-shot mode a read has the part convert, and waits for as long as that takes at most.
func TestOneShot(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.oneShot(board))
		for i := range 3 {
			time.Sleep(time.Hour)
			before, start := board.Transactions(p.addr), time.Now()
			var r sensor.Reading[physic.Env]
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != 0 || !p.near(r.Value) || r.Seq != uint64(i+1) || !r.At.Equal(time.Now()) {
				t.Errorf("Read = %+v, %v; want the room", r, err)
			}
			if took := time.Since(start); took < p.shot || took > p.shot+p.shot/20 {
				t.Errorf("Read took %v; want %v and 3 %%", took, p.shot)
			}
			if got := board.Transactions(p.addr) - before; got != 2 {
				t.Errorf("Read took %d transactions; want 2", got)
			}
		}
		if err := errors.Join(d.Halt(), board.Misuse()); err != nil {
			t.Error(err)
		}
	})
}

// The value is that of the read, not one that was converted before.
func TestOneShotIsNew(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.oneShot(board))
		cold := emulator.Room()
		cold.Env.Temperature -= 20 * physic.Kelvin
		cold.Env.Pressure -= 10 * physic.KiloPascal
		cold.Env.Humidity -= 20 * physic.PercentRH
		board.Set(cold)
		ctx, cancel := context.WithTimeout(t.Context(), p.shot/2)
		defer cancel()
		start := time.Now()
		var r sensor.Reading[physic.Env]
		if err := d.Read(ctx, &r); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != p.shot/2 {
			t.Errorf("Read = %v after %v; want the end of its context", err, time.Since(start))
		}
		for _, pause := range []time.Duration{0, time.Second} { // the conversion left behind runs, or lies there
			time.Sleep(p.shot)
			board.Set(emulator.Room())
			if err := d.Read(t.Context(), &r); err != nil || !p.near(r.Value) {
				t.Errorf("Read = %+v, %v; want the room as it is now", r, err)
			}
			board.Set(cold)
			ctx, cancel := context.WithTimeout(t.Context(), p.shot/2)
			_ = d.Read(ctx, &r)
			cancel()
			time.Sleep(pause)
		}
	})
}

func TestOneShotTakesTurns(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		d := must(t)(p.oneShot(emulator.New(nil)))
		var wg sync.WaitGroup
		start := time.Now()
		for range 5 {
			wg.Go(func() {
				var r sensor.Reading[physic.Env]
				if err := d.Read(t.Context(), &r); err != nil || !p.near(r.Value) || r.Quality != 0 {
					t.Errorf("Read = %+v, %v; want the room", r, err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), p.shot/2)
		defer cancel()
		if err := d.Read(ctx, new(sensor.Reading[physic.Env])); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read in a queue = %v; want the end of its context", err)
		}
		wg.Wait()
		if took := time.Since(start); took < 5*p.shot || took > 7*p.shot {
			t.Errorf("5 reads took %v; want five times %v", took, p.shot)
		}
	})
}

// Halt does not wait for a read, which then has nothing; and a part that does not convert is no endless wait.
func TestOneShotWithoutValue(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.oneShot(board))
		done := make(chan error)
		go func() { done <- d.Read(t.Context(), new(sensor.Reading[physic.Env])) }()
		time.Sleep(p.shot / 2)
		start := time.Now()
		if err := d.Halt(); err != nil || time.Since(start) != 0 {
			t.Errorf("Halt during a read = %v after %v; want nil at once", err, time.Since(start))
		}
		if err := <-done; !errors.Is(err, sensor.ErrNotReady) {
			t.Errorf("Read that was halted = %v; want %v", err, sensor.ErrNotReady)
		}
		end := board.Fault(emulator.Fault{Kind: emulator.Stalled, Addr: p.addr})
		start = time.Now()
		var r sensor.Reading[physic.Env]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || r.Quality != sensor.NotReady || time.Since(start) > 3*p.shot {
			t.Errorf("Read of a part that does not convert = %v, %v after %v; want %v", r.Quality, err, time.Since(start), sensor.ErrNotReady)
		}
		end()
		if err := d.Read(t.Context(), &r); err != nil || !p.near(r.Value) {
			t.Errorf("Read afterwards = %+v, %v; want the room", r, err)
		}
	})
}

// A part that has lost its power gives no value until it is set up again.
func TestOneShotPowerLoss(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.oneShot(board))
		failed := 0
		for i := range 20 {
			if i%5 == 4 {
				board.PowerCycle(p.addr)
			}
			var r sensor.Reading[physic.Env]
			switch err := d.Read(t.Context(), &r); {
			case errors.Is(err, sensor.ErrNotReady):
				failed++
			case err != nil || r.Quality != 0 || !p.near(r.Value):
				t.Errorf("read %d = %+v, %v; want the room", i, r, err)
			}
			time.Sleep(time.Minute)
		}
		if failed != 4 {
			t.Errorf("%d reads failed; want 4, one for each loss of power", failed)
		}
	})
}

// The transactions of a one-shot read fail in turn.
func TestOneShotNACK(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		for n := range 2 {
			board := emulator.New(nil)
			d := must(t)(p.oneShot(board))
			board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: p.addr, After: n, Count: 1})
			var r sensor.Reading[physic.Env]
			if err := d.Read(t.Context(), &r); !errors.Is(err, emulator.ErrNACK) {
				t.Errorf("Read with NACK %d = %v; want %v", n, err, emulator.ErrNACK)
			}
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != 0 || !p.near(r.Value) {
				t.Errorf("Read after NACK %d = %+v, %v; want the room", n, r, err)
			}
		}
	})
}

func TestContract(t *testing.T) {
	for _, p := range parts {
		for name, open := range map[string]func(i2c.Bus) (device, error){"at its rate": p.open, "one shot": p.oneShot} {
			t.Run(p.name+" "+name, func(t *testing.T) {
				sensortest.TestSource(t, func(t *testing.T) sensor.Source[physic.Env] {
					return must(t)(open(emulator.New(nil)))
				}, &sensortest.Contract{Period: p.period})
			})
		}
	}
}
