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

var world = sensor.Motion{
	Accel: [3]float64{1, -2, 9.5},
	Gyro:  [3]float64{0.5, -1, 2},
	Mag:   [3]float64{-21, 4, 43},
}

// near reports whether m is world, to one step of the part in its default ranges.
func near(m sensor.Motion) bool {
	for i := range 3 {
		if math.Abs(m.Accel[i]-world.Accel[i]) > 2.4e-3 || math.Abs(m.Gyro[i]-world.Gyro[i]) > 3.1e-4 || math.Abs(m.Mag[i]-world.Mag[i]) > 0.015 {
			return false
		}
	}
	return true
}

func board() *emulator.Board {
	b := emulator.New(nil)
	b.Set(emulator.World{Env: emulator.Room().Env, Motion: world})
	return b
}

func TestReadTheWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board()
		d, err := lsm9ds1.New(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		var r sensor.Reading[sensor.Motion]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
			t.Errorf("Read at once = %v; want %v", err, sensor.ErrNotReady)
		}
		time.Sleep(60 * time.Millisecond)
		for _, want := range []sensor.Quality{0, sensor.Stale} {
			if err := d.Read(t.Context(), &r); err != nil || r.Quality != want || !near(r.Value) {
				t.Errorf("Read = %+v, %v; want the world with quality %v", r, err, want)
			}
		}
		before := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr)
		time.Sleep(60 * time.Millisecond)
		if err := d.Read(t.Context(), &r); err != nil {
			t.Error(err)
		}
		if n := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr) - before; n != 3 {
			t.Errorf("Read takes %d transactions; want 3", n)
		}
		if err := errors.Join(d.Halt(), b.Misuse()); err != nil {
			t.Error(err)
		}
	})
}

// Sampled faster than the field is converted, no reading is stale; a magnetometer that stops is noticed.
func TestStaleMagnetometer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board()
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{Rate: 238 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		s, err := sensor.NewSampler(d, 10*time.Millisecond, nil)
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range s.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if stalled := r.Seq > 110; r.Quality.Has(sensor.Stale) != stalled && (r.Seq <= 100 || stalled) {
				t.Errorf("reading %d has quality %v", r.Seq, r.Quality)
			}
			if r.Seq == 100 {
				b.Fault(emulator.Fault{Kind: emulator.Stalled, Addr: lsm9ds1.MagAddr})
			}
			if r.Seq == 200 {
				return
			}
		}
	})
}

// A transaction that fails, each of those that New and Read make in turn, is an error with the bus's own inside; trying
// again works.
func TestNACKAtEachTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, addr := range []uint16{lsm9ds1.Addr, lsm9ds1.MagAddr} {
			whole := board()
			if _, err := lsm9ds1.New(whole, nil); err != nil {
				t.Fatal(err)
			}
			inNew := whole.Transactions(addr)
			inRead := map[uint16]int{lsm9ds1.Addr: 2, lsm9ds1.MagAddr: 1}[addr]
			for n := range inNew + inRead {
				b := board()
				b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: addr, After: n, Count: 1})
				d, err := lsm9ds1.New(b, nil)
				if n < inNew {
					if !errors.Is(err, emulator.ErrNACK) || !sensor.Temporary(err) {
						t.Errorf("New with NACK %d of %#x = %v; want a temporary error with %v", n, addr, err, emulator.ErrNACK)
					}
					d, err = lsm9ds1.New(b, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				var r sensor.Reading[sensor.Motion]
				if n >= inNew {
					err := d.Read(t.Context(), &r)
					if _, ok := errors.AsType[*sensor.BusError](err); !ok {
						t.Errorf("Read with NACK %d of %#x = %v; want a BusError", n, addr, err)
					}
				}
				if err := d.Read(t.Context(), &r); err != nil || !near(r.Value) {
					t.Errorf("Read after NACK %d of %#x = %+v, %v; want the world", n, addr, r, err)
				}
			}
		}
	})
}

// Either chip may lose its power and is set up again; nothing false is read in between.
func TestPowerLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board()
		d, err := lsm9ds1.New(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sensor.NewSampler(d, 20*time.Millisecond, nil)
		if err != nil {
			t.Fatal(err)
		}
		notReady := 0
		for r, err := range s.All(t.Context()) {
			switch {
			case errors.Is(err, sensor.ErrNotReady):
				notReady++
			case err != nil:
				t.Fatal(err)
			case !near(r.Value):
				t.Errorf("reading %d = %+v; want the world", r.Seq, r)
			}
			switch r.Seq {
			case 30:
				b.PowerCycle(lsm9ds1.Addr)
			case 60:
				b.PowerCycle(lsm9ds1.MagAddr)
			case 100:
				if r.Quality != 0 || notReady < 3 || notReady > 8 {
					t.Errorf("at the end quality %v, and %d readings were not ready; want OK and a few", r.Quality, notReady)
				}
				return
			}
		}
	})
}

func TestReadAfterHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := lsm9ds1.New(board(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		var r sensor.Reading[sensor.Motion]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) {
			t.Errorf("first Read after Halt = %v; want %v", err, sensor.ErrNotReady)
		}
		time.Sleep(100 * time.Millisecond)
		if err := d.Read(t.Context(), &r); err != nil || !near(r.Value) || r.Quality != 0 {
			t.Errorf("Read = %+v, %v; want the world", r, err)
		}
	})
}

func TestReadAllocatesNothing(t *testing.T) {
	d, err := lsm9ds1.New(board(), nil)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(60 * time.Millisecond) // the part's own time
	var r sensor.Reading[sensor.Motion]
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Read(ctx, &r); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Read makes %v allocations; want none", n)
	}
}

// BenchmarkRead includes the emulator's work.
func BenchmarkRead(b *testing.B) {
	d, err := lsm9ds1.New(board(), nil)
	if err != nil {
		b.Fatal(err)
	}
	time.Sleep(60 * time.Millisecond)
	var r sensor.Reading[sensor.Motion]
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Read(b.Context(), &r); err != nil {
			b.Fatal(err)
		}
	}
}
