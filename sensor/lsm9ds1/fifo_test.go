package lsm9ds1_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/lsm9ds1"
)

// stamped is a board whose acceleration and rotation say when they were converted: they count the periods since it was
// made, modulo a thousand, in steps of the outputs.
type stamped struct {
	*emulator.Board
	start  time.Time
	period time.Duration
}

const (
	cycle    = 1000
	accelLSB = 0.244e-3 * 9.80665
	gyroLSB  = 17.5e-3 * math.Pi / 180
)

func stampedBoard(rate physic.Frequency, o *emulator.Options) *stamped {
	s := &stamped{emulator.New(o), time.Now(), rate.Period()}
	s.SetFunc(func(at time.Time) emulator.World {
		w := emulator.Room()
		n := float64(s.number(at))
		w.Motion = sensor.Motion{Accel: [3]float64{n * accelLSB, 0, 9.8}, Gyro: [3]float64{0, n * gyroLSB, 0}, Mag: world.Mag}
		return w
	})
	return s
}

func (s *stamped) number(at time.Time) int {
	return int((at.Sub(s.start)+s.period/2)/s.period) % cycle
}

// off returns how far a time is from that of the conversion with the number.
func (s *stamped) off(at time.Time, number int) time.Duration {
	d := at.Sub(s.start) - time.Duration(number)*s.period
	d -= d.Round(cycle * s.period)
	return max(d, -d)
}

// check returns the number of a reading, which both sensors must agree on.
func check(t *testing.T, m sensor.Motion) int {
	t.Helper()
	a, g := int(math.Round(m.Accel[0]/accelLSB)), int(math.Round(m.Gyro[1]/gyroLSB))
	if a != g || m.Accel[1] != 0 || math.Abs(m.Mag[0]-world.Mag[0]) > 0.02 {
		t.Fatalf("sample %+v is of conversion %d and of conversion %d", m, a, g)
	}
	return a
}

// Whatever the rhythm of the reads, each sample comes once, in order, and with the time at which it was converted.
func TestFIFOGivesEachSampleOnce(t *testing.T) {
	for _, rate := range []physic.Frequency{14900 * physic.MilliHertz, 119 * physic.Hertz, 952 * physic.Hertz} {
		synctest.Test(t, func(t *testing.T) {
			b := stampedBoard(rate, nil)
			d, err := lsm9ds1.New(b, &lsm9ds1.Options{Rate: rate, FIFO: 16})
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, uint64(rate)))
			var rs [32]sensor.Reading[sensor.Motion]
			var last sensor.Reading[sensor.Motion]
			lastNumber, worst := -1, time.Duration(0)
			for last.Seq < 20_000 {
				n, err := d.ReadBatch(t.Context(), rs[:1+rng.IntN(len(rs))])
				if err != nil && (last.Seq > 0 || !errors.Is(err, sensor.ErrNotReady)) {
					t.Fatal(err)
				}
				if n == 0 {
					time.Sleep(time.Duration(rng.Int64N(int64(28 * b.period))))
				}
				for _, r := range rs[:n] {
					number := check(t, r.Value)
					if lastNumber >= 0 && (number != (lastNumber+1)%cycle || r.Quality != 0) {
						t.Fatalf("conversion %d after %d, with quality %v", number, lastNumber, r.Quality)
					}
					if r.Seq != last.Seq+1 || !r.At.After(last.At) {
						t.Fatalf("reading %d at %v after %d at %v", r.Seq, r.At, last.Seq, last.At)
					}
					if r.Seq > 1000 {
						worst = max(worst, b.off(r.At, number))
					}
					last, lastNumber = r, number
				}
			}
			if worst > b.period/4 {
				t.Errorf("at %v a sample's time is off by %v; want at most %v, a quarter of a period", rate, worst, b.period/4)
			}
			t.Logf("at %v times are off by %v at most", rate, worst)
			if err := b.Misuse(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFIFOOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(119*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 16, MagRate: 80 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20*b.period + b.period/2)
		var rs [32]sensor.Reading[sensor.Motion]
		before := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr)
		n, err := d.ReadBatch(t.Context(), rs[:])
		if err != nil || n != 17 || check(t, rs[0].Value) != 4 || rs[0].Quality != 0 {
			t.Fatalf("ReadBatch after 20 periods = %d, %v, the first %+v; want 17, from conversion 4 on", n, err, rs[0])
		}
		if got := b.Transactions(lsm9ds1.Addr) + b.Transactions(lsm9ds1.MagAddr) - before; got != 3 {
			t.Errorf("ReadBatch takes %d transactions; want 3", got)
		}
		if n, err := d.ReadBatch(t.Context(), rs[:]); n != 0 || err != nil {
			t.Errorf("ReadBatch at once = %d, %v; want nothing", n, err)
		}
		time.Sleep(50 * b.period)
		n, err = d.ReadBatch(t.Context(), rs[:])
		if err != nil || n != 32 || rs[0].Quality != sensor.Overrun || rs[1].Quality != 0 || check(t, rs[0].Value) != 20+50-32+1 {
			t.Errorf("ReadBatch after 50 periods = %d, %v, the first %+v; want 32, of which the first has Overrun", n, err, rs[0])
		}
		newest := rs[31].At.Sub(b.start)
		if off := newest - 70*b.period; max(off, -off) > b.period {
			t.Errorf("the newest sample is of %v; want %v", newest, 70*b.period)
		}
	})
}

// What was fetched before Halt is not given after it, and what follows is marked.
func TestFIFOHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(119*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 16, MagRate: 80 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * b.period)
		var rs [32]sensor.Reading[sensor.Motion]
		if n, err := d.ReadBatch(t.Context(), rs[:5]); n != 5 || err != nil {
			t.Fatalf("ReadBatch = %d, %v; want 5", n, err)
		}
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n, err := d.ReadBatch(t.Context(), rs[:]); n != 0 || !errors.Is(err, sensor.ErrNotReady) {
			t.Errorf("ReadBatch after Halt = %d, %v; want a start", n, err)
		}
		time.Sleep(20 * b.period)
		now := time.Now()
		n, err := d.ReadBatch(t.Context(), rs[:])
		if n < 15 || err != nil || rs[0].Quality != sensor.Overrun || now.Sub(rs[n-1].At) > b.period {
			t.Errorf("ReadBatch = %d, %v, %+v; want samples up to now, the first with Overrun", n, err, rs[0])
		}
	})
}

// Read gives the same samples one by one.
func TestFIFORead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(119*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 1, MagRate: 80 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		var r sensor.Reading[sensor.Motion]
		if err := d.Read(t.Context(), &r); !errors.Is(err, sensor.ErrNotReady) || r.Quality != sensor.NotReady {
			t.Errorf("Read at once = %v, %v; want ErrNotReady", r.Quality, err)
		}
		time.Sleep(10*b.period + b.period/2)
		for want := 4; want <= 10; want++ {
			if err := d.Read(t.Context(), &r); err != nil || check(t, r.Value) != want || r.Quality != 0 {
				t.Fatalf("Read = %+v, %v; want conversion %d", r, err, want)
			}
		}
		if err := d.Read(t.Context(), &r); err != nil || check(t, r.Value) != 10 || r.Quality != sensor.Stale || !r.At.Equal(time.Now()) {
			t.Errorf("Read = %+v, %v; want the last one, Stale", r, err)
		}
	})
}

func TestSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(952*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{Rate: 952 * physic.Hertz, FIFO: 24})
		if err != nil {
			t.Fatal(err)
		}
		last, n, notReady := -1, 0, 0
		for r, err := range d.Samples(t.Context()) {
			if err != nil {
				if !errors.Is(err, sensor.ErrNotReady) || n > 0 {
					t.Fatal(err)
				}
				notReady++
				continue
			}
			number := check(t, r.Value)
			// The samples that passed while the magnetometer had nothing are no gap; there is nothing before them.
			if n > 0 && (number != (last+1)%cycle || r.Quality != 0) {
				t.Fatalf("sample %d is conversion %d after %d, with quality %v", n, number, last, r.Quality)
			}
			last = number
			if n++; n == 50_000 {
				break
			}
		}
		elapsed := time.Since(b.start)
		if want := 50_000 * b.period; elapsed < want || elapsed > want+200*b.period {
			t.Errorf("50,000 samples took %v; want %v", elapsed, want)
		}
		fetches := b.Transactions(lsm9ds1.MagAddr)
		if fetches < 50_000/32 || fetches > 50_000/23+50 {
			t.Errorf("%d fetches; want one for 24 samples", fetches)
		}
		if notReady == 0 {
			t.Error("no ErrNotReady before the first field")
		}
	})
}

// A loop that breaks leaves the samples that it has not taken to the next.
func TestSamplesGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(119*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 16, MagRate: 80 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		last := -1
		for i := range 200 {
			n := 0
			for r, err := range d.Samples(t.Context()) {
				if err != nil {
					continue
				}
				number := check(t, r.Value)
				if last >= 0 && number != (last+1)%cycle || r.Quality != 0 {
					t.Fatalf("loop %d: conversion %d after %d, with quality %v", i, number, last, r.Quality)
				}
				last = number
				if n++; n > i%23 {
					break
				}
			}
		}
	})
}

// The accelerometer alone fills the FIFO too.
func TestSamplesOfAcceleration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stampedBoard(10*physic.Hertz, nil)
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{Rate: 10 * physic.Hertz, GyroOff: true, MagOff: true, FIFO: 4})
		if err != nil {
			t.Fatal(err)
		}
		before, last, n := b.Transactions(lsm9ds1.Addr), -1, 0
		for r, err := range d.Samples(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			number := int(math.Round(r.Value.Accel[0] / accelLSB))
			if last >= 0 && number != (last+1)%cycle || r.Quality != 0 || r.Value.Gyro != [3]float64{} || r.Value.Mag != [3]float64{} {
				t.Fatalf("conversion %d after %d: %+v", number, last, r)
			}
			last = number
			if off := b.off(r.At, number); n > 200 && off > b.period/10 {
				t.Errorf("conversion %d is off by %v; want a tenth of a period at most", number, off)
			}
			if n++; n == 2000 {
				break
			}
		}
		if got := b.Transactions(lsm9ds1.Addr) - before; got > 2*2000/3+20 {
			t.Errorf("2000 samples take %d transactions; want two for three or four", got)
		}
	})
}

func TestSamplesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := lsm9ds1.New(board(), &lsm9ds1.Options{FIFO: 16})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		for _, err := range d.Samples(ctx) {
			if err != nil && !errors.Is(err, sensor.ErrNotReady) {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("Samples ended after %v; want the end of its context, 1s", took)
		}
		plain, err := lsm9ds1.New(board(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range plain.Samples(t.Context()) {
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Samples without FIFO yields %v; want %v", err, errors.ErrUnsupported)
			}
		}
		if _, err := plain.ReadBatch(t.Context(), nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("ReadBatch without FIFO = %v; want %v", err, errors.ErrUnsupported)
		}
	})
}

// Each transaction in turn fails once, and the part loses its power: no sample comes twice, and none is missing without
// Overrun on the one after the gap.
func TestFIFOFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, addr := range []uint16{lsm9ds1.Addr, lsm9ds1.MagAddr} {
			for after := range 6 {
				b := stampedBoard(119*physic.Hertz, nil)
				d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 8})
				if err != nil {
					t.Fatal(err)
				}
				last, failed := -1, 0
				n := 0
				for r, err := range d.Samples(t.Context()) {
					if err != nil {
						if n > 0 {
							failed++
						}
						continue
					}
					number := check(t, r.Value)
					if gap := last >= 0 && number != (last+1)%cycle; gap && !r.Quality.Has(sensor.Overrun) {
						t.Errorf("fault %d at %#x: conversion %d after %d, with quality %v", after, addr, number, last, r.Quality)
					}
					last = number
					switch n++; n {
					case 100:
						b.Fault(emulator.Fault{Kind: emulator.NACK, Addr: addr, After: after, Count: 1})
					case 300:
						b.PowerCycle(addr)
					}
					if n == 500 {
						break
					}
				}
				if failed == 0 {
					t.Errorf("fault %d at %#x: no error was seen", after, addr)
				}
			}
		}
	})
}

// A count of samples that comes with a wrong bit is noticed by the time that has passed, and made again. One sample more or
// less can be the truth just then, so the lowest bit is not among these.
func TestFIFOWrongCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, mask := range []byte{0x02, 0x04, 0x08, 0x10, 0x40} {
			b := stampedBoard(119*physic.Hertz, nil)
			d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 12})
			if err != nil {
				t.Fatal(err)
			}
			last, n := -1, 0
			var rs [32]sensor.Reading[sensor.Motion]
			for n < 3000 {
				time.Sleep(100 * time.Millisecond)
				if n > 1000 && n%5 == 0 {
					b.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: lsm9ds1.Addr, Register: 0x2F, Mask: mask, Count: 1})
				}
				got, _ := d.ReadBatch(t.Context(), rs[:])
				for _, r := range rs[:got] {
					number := check(t, r.Value)
					if last >= 0 && number != (last+1)%cycle || r.Quality.Has(sensor.Overrun) && mask != 0x40 {
						t.Fatalf("bit %#x: conversion %d after %d, with quality %v", mask, number, last, r.Quality)
					}
					last = number
					n++
				}
			}
		}
	})
}

func TestReadBatchAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board()
		d, err := lsm9ds1.New(b, &lsm9ds1.Options{FIFO: 16})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var rs [32]sensor.Reading[sensor.Motion]
		ctx, got := t.Context(), 0
		if n := testing.AllocsPerRun(100, func() {
			time.Sleep(100 * time.Millisecond)
			n, err := d.ReadBatch(ctx, rs[:])
			if err != nil {
				t.Error(err)
			}
			got += n
		}); n != 0 {
			t.Errorf("ReadBatch makes %v allocations; want none", n)
		}
		if got < 1000 {
			t.Errorf("%d samples; want 12 for each of 100 reads", got)
		}
	})
}

// Starting a loop costs a few allocations; samples must not add to them.
func TestSamplesAllocateNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := lsm9ds1.New(board(), &lsm9ds1.Options{FIFO: 16, MagRate: 80 * physic.Hertz})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		if n := testing.AllocsPerRun(5, func() {
			left := 5000
			for _, err := range d.Samples(t.Context()) {
				if err != nil {
					t.Error(err)
				}
				if left--; left == 0 {
					break
				}
			}
		}); n > 20 {
			t.Errorf("a loop of 5000 samples makes %v allocations; want none a sample", n)
		}
	})
}
