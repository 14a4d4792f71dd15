package envchip_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
	"github.com/brinkml/brink/sensor/lps25h"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// device is what every chip's Dev is.
type device interface {
	conn.Resource
	physic.SenseEnv
	sensor.Source[physic.Env]
}

// part is one chip, with its driver as it is by default and in one-shot mode.
type part struct {
	name    string
	addr    uint16
	open    func(i2c.Bus) (device, error)
	oneShot func(i2c.Bus) (device, error)
	period  time.Duration // of conversions
	shot    time.Duration // that one conversion takes, typically
	inNew   int           // transactions
	step    physic.Env    // of the output, rounded up
	others  physic.Env    // what the chip does not measure, for Sense to leave alone
}

var parts = []part{
	{
		name: "hts221", addr: hts221.Addr, period: 80 * time.Millisecond, shot: 3951 * time.Microsecond, inNew: 8,
		open:    func(b i2c.Bus) (device, error) { return hts221.New(b, nil) },
		oneShot: func(b i2c.Bus) (device, error) { return hts221.New(b, &hts221.Options{OneShot: true}) },
		step:    physic.Env{Temperature: 20 * physic.MilliKelvin, Humidity: 100 * physic.MicroRH},
		others:  physic.Env{Pressure: 7},
	},
	{
		name: "lps25h", addr: lps25h.Addr, period: 40 * time.Millisecond, shot: 3951 * time.Microsecond, inNew: 7,
		open:    func(b i2c.Bus) (device, error) { return lps25h.New(b, nil) },
		oneShot: func(b i2c.Bus) (device, error) { return lps25h.New(b, &lps25h.Options{OneShot: true}) },
		step:    physic.Env{Temperature: 3 * physic.MilliKelvin, Pressure: 30 * physic.MilliPascal},
		others:  physic.Env{Humidity: 7},
	},
}

// each runs a test for every part, in simulated time.
func each(t *testing.T, f func(t *testing.T, p *part)) {
	for i := range parts {
		p := &parts[i]
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, p) })
		})
	}
}

func must(t *testing.T) func(d device, err error) device {
	return func(d device, err error) device {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// near reports whether env is the emulator's usual room, to one step of the chip.
func (p *part) near(env physic.Env) bool {
	room := emulator.Room().Env
	dt, dp, dh := env.Temperature-room.Temperature, env.Pressure-room.Pressure, env.Humidity-room.Humidity
	return max(dt, -dt) < p.step.Temperature &&
		(p.step.Pressure == 0 || max(dp, -dp) < p.step.Pressure) &&
		(p.step.Humidity == 0 || max(dh, -dh) < p.step.Humidity)
}

func TestFirstConversion(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.open(board))
		var r sensor.Reading[physic.Env]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || r.Quality != sensor.NotReady {
			t.Errorf("Read at once = %v, %v; want %v", r.Quality, err, sensor.ErrNotReady)
		}
		time.Sleep(p.period)
		for _, want := range []sensor.Quality{0, sensor.Stale} {
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != want || !p.near(r.Value) {
				t.Errorf("Read = %+v, %v; want the room with quality %v", r, err, want)
			}
		}
		if err := errors.Join(d.Halt(), board.Misuse()); err != nil {
			t.Error(err)
		}
	})
}

// A read is one transaction; those of humidity and pressure together are two.
func TestOneTransactionARead(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		d := must(t)(p.open(board))
		time.Sleep(time.Second)
		before := board.Transactions(p.addr)
		for range 10 {
			if err := d.Read(t.Context(), new(sensor.Reading[physic.Env])); err != nil {
				t.Fatal(err)
			}
			time.Sleep(p.period)
		}
		if got := board.Transactions(p.addr) - before; got != 10 {
			t.Errorf("10 reads take %d transactions; want 10", got)
		}
	})
}

// A transaction that fails, each of those that New and Read make in turn, is an error with the bus's own inside; trying
// again works.
func TestNACKAtEachTransaction(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		for n := range p.inNew + 1 {
			board := emulator.New(nil)
			board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: p.addr, After: n, Count: 1})
			d, err := p.open(board)
			if n < p.inNew {
				if !errors.Is(err, emulator.ErrNACK) || !sensor.Temporary(err) {
					t.Errorf("New with NACK %d = %v; want a temporary error with %v", n, err, emulator.ErrNACK)
				}
				if _, ok := errors.AsType[*sensor.NotPresentError](err); ok != (n == 0) {
					t.Errorf("New with NACK %d = %v; a NotPresentError is for the first transaction", n, err)
				}
				d, err = p.open(board)
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			var r sensor.Reading[physic.Env]
			if n == p.inNew {
				err := d.Read(t.Context(), &r)
				if e, ok := errors.AsType[*sensor.BusError](err); !ok || e.Reg != 0x27 || e.Op != "read" || e.Chip != p.name {
					t.Errorf("Read with NACK = %v; want a BusError of %s for 0x27", err, p.name)
				}
			}
			if err := d.Read(t.Context(), &r); err != nil || !p.near(r.Value) {
				t.Errorf("Read after NACK %d = %+v, %v; want the room", n, r, err)
			}
		}
	})
}

// A part that lost its power goes on answering; it is set up again, and nothing false is read in between.
func TestPowerLoss(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		board := emulator.New(nil)
		s, err := sensor.NewSampler(must(t)(p.open(board)), 100*time.Millisecond, nil)
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
			case !p.near(r.Value):
				t.Errorf("reading %d = %+v; want the room", r.Seq, r)
			case r.Quality == 0:
				fresh++
			}
			switch r.Seq {
			case 10, 20:
				board.PowerCycle(p.addr)
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
	each(t, func(t *testing.T, p *part) {
		for _, open := range []func(i2c.Bus) (device, error){p.open, p.oneShot} {
			board := emulator.New(nil)
			d := must(t)(open(board))
			env := p.others
			if err := d.Sense(&env); err != nil || !p.near(env) || env.Pressure*p.others.Pressure != 49*(p.others.Pressure/7) ||
				env.Humidity*p.others.Humidity != 49*(p.others.Humidity/7) {
				t.Errorf("Sense = %+v, %v; want the room, and what the chip does not measure left alone", env, err)
			}
			if err := d.Halt(); err != nil {
				t.Fatal(err)
			}
			if err := d.Sense(&env); err != nil || !p.near(env) {
				t.Errorf("Sense after Halt = %+v, %v; want the room", env, err)
			}
			board.Fault(emulator.Fault{Kind: emulator.Stalled, Addr: p.addr})
			if err := d.Halt(); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := d.Sense(&env); !errors.Is(err, sensor.ErrNotReady) || time.Since(start) > 200*time.Millisecond {
				t.Errorf("Sense of a stalled part = %v after %v; want %v within two periods", err, time.Since(start), sensor.ErrNotReady)
			}
		}
	})
}

func TestSenseContinuous(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		d := must(t)(p.open(emulator.New(nil)))
		if _, err := d.SenseContinuous(0); err == nil {
			t.Error("SenseContinuous(0) = nil; want an error")
		}
		first, err := d.SenseContinuous(time.Second)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for i := range 3 {
			if env := <-first; !p.near(env) || time.Since(start) != time.Duration(i+1)*time.Second {
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
	cycles := 100_000
	if testing.Short() {
		cycles /= 50
	}
	for _, p := range parts {
		for name, open := range map[string]func(i2c.Bus) (device, error){"at its rate": p.open, "one shot": p.oneShot} {
			t.Run(p.name+" "+name, func(t *testing.T) {
				d := must(t)(open(emulator.New(nil)))
				for range cycles {
					if _, err := d.SenseContinuous(time.Microsecond); err != nil {
						t.Fatal(err)
					}
					if err := d.Halt(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	each(t, func(t *testing.T, p *part) {
		for name, open := range map[string]func(i2c.Bus) (device, error){"at its rate": p.open, "one shot": p.oneShot} {
			d := must(t)(open(emulator.New(nil)))
			time.Sleep(time.Second)
			var r sensor.Reading[physic.Env]
			ctx := t.Context()
			if n := testing.AllocsPerRun(100, func() {
				if err := d.Read(ctx, &r); err != nil {
					t.Error(err)
				}
			}); n != 0 {
				t.Errorf("Read %s makes %v allocations; want none", name, n)
			}
		}
	})
}

// BenchmarkRead is a read besides its bus, which answers at once.
func BenchmarkRead(b *testing.B) {
	for _, p := range parts {
		b.Run(p.name, func(b *testing.B) {
			bus := &ready{Board: emulator.New(nil)}
			d, err := p.open(bus)
			if err != nil {
				b.Fatal(err)
			}
			bus.answers = true
			var r sensor.Reading[physic.Env]
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Read(ctx, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// ready is a bus on which, after the start, everything has just been converted.
type ready struct {
	*emulator.Board
	answers bool
}

func (r *ready) Tx(addr uint16, w, p []byte) error {
	if !r.answers {
		return r.Board.Tx(addr, w, p)
	}
	for i := range p {
		p[i] = 0x3F
	}
	return nil
}
