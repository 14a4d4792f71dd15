package tcs3400_test

import (
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/tcs3400"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// near reports whether c is the light of the emulator's usual room: 300 lux of 4000 K.
func near(c tcs3400.Color) bool {
	return math.Abs(c.Lux()-300) < 2 && math.Abs(c.ColorTemperature()-4000) < 50
}

// eachKind runs a test in simulated time for both families.
func eachKind(t *testing.T, f func(t *testing.T, board *emulator.Board)) {
	for name, kind := range map[string]*emulator.ColorKind{"tcs34725": emulator.TCS34725, "tcs3400": emulator.TCS3400} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, emulator.New(&emulator.Options{Color: kind}))
			})
		})
	}
}

func open(t *testing.T, board *emulator.Board, o *tcs3400.Options) *tcs3400.Dev {
	t.Helper()
	d, err := tcs3400.New(board, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantQuality(t *testing.T, src sensor.Source[tcs3400.Color], want sensor.Quality) tcs3400.Color {
	t.Helper()
	var r sensor.Reading[tcs3400.Color]
	err := src.Read(t.Context(), &r)
	if want == sensor.NotReady {
		if !errors.Is(err, sensor.ErrNotReady) || r.Quality != want {
			t.Errorf("Read = %+v, %v; want %v", r, err, sensor.ErrNotReady)
		}
	} else if err != nil || r.Quality != want {
		t.Errorf("Read = %+v, %v; want a value with quality %v", r, err, want)
	}
	return r.Value
}

func TestFirstIntegration(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(d.Period())
		wantQuality(t, d, sensor.NotReady) // the oscillator takes 2.4 ms before
		time.Sleep(2400 * time.Microsecond)
		if c := wantQuality(t, d, 0); !near(c) {
			t.Errorf("first value is %+v; want the room", c)
		}
		// Light that does not change is not new before it was measured again.
		wantQuality(t, d, sensor.Stale)
		time.Sleep(d.Period() - 1)
		wantQuality(t, d, sensor.Stale)
		time.Sleep(time.Nanosecond)
		wantQuality(t, d, 0)
		if err := errors.Join(d.Halt(), board.Misuse()); err != nil {
			t.Error(err)
		}
		// After Halt the first read starts the part.
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(2 * d.Period())
		wantQuality(t, d, 0)
	})
}

// A transaction that fails, each of those that New and Read make in turn, is an error with the bus's own inside; trying
// again works.
func TestNACKAtEachTransaction(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		open(t, board, &tcs3400.Options{Addr: tcs3400.Addr})
		inNew := board.Transactions(tcs3400.Addr)
		for n := range inNew + 2 {
			board.PowerCycle(tcs3400.Addr)
			board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: tcs3400.Addr, After: n, Count: 1})
			d, err := tcs3400.New(board, &tcs3400.Options{Addr: tcs3400.Addr})
			if n < inNew {
				if !errors.Is(err, emulator.ErrNACK) || !sensor.Temporary(err) {
					t.Errorf("New with NACK %d = %v; want a temporary error with %v", n, err, emulator.ErrNACK)
				}
				if _, ok := errors.AsType[*sensor.NotPresentError](err); ok != (n <= 1) {
					t.Errorf("New with NACK %d = %v; a NotPresentError is for the identity", n, err)
				}
				d = open(t, board, nil)
			} else if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if n >= inNew {
				want := map[int]sensor.BusError{inNew: {Reg: 0x93, Op: "read"}, inNew + 1: {Reg: 0xE6, Op: "write"}}[n]
				var r sensor.Reading[tcs3400.Color]
				err := d.Read(t.Context(), &r)
				if e, ok := errors.AsType[*sensor.BusError](err); !ok || e.Reg != want.Reg || e.Op != want.Op {
					t.Errorf("Read with NACK %d = %v; want a BusError of %+v", n, err, want)
				}
			}
			// The value was not taken, so it is new.
			if c := wantQuality(t, d, 0); !near(c) {
				t.Errorf("value after NACK %d = %+v; want the room", n, c)
			}
			wantQuality(t, d, sensor.Stale)
		}
	})
}

// A part that lost its power goes on answering; it is set up again, and nothing false is read in between.
func TestPowerLoss(t *testing.T) {
	for _, interrupt := range []bool{false, true} {
		eachKind(t, func(t *testing.T, board *emulator.Board) {
			d := open(t, board, &tcs3400.Options{Cycles: 10, Interrupt: interrupt})
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
				case math.Abs(r.Value.Lux()-300) > 10:
					t.Errorf("reading %d = %+v; want the room", r.Seq, r)
				case r.Quality == 0:
					fresh++
				}
				switch r.Seq {
				case 10, 20:
					board.PowerCycle(tcs3400.Addr)
				case 30:
					if notReady != 3 || fresh != 27 {
						t.Errorf("%d readings not ready, %d fresh; want 3 and 27", notReady, fresh)
					}
					return
				}
			}
		})
	}
}

// Power that is lost before the first integration has ended leaves a part that never converts.
func TestPowerLossAtOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		board.PowerCycle(tcs3400.Addr)
		var r sensor.Reading[tcs3400.Color]
		for n := 0; d.Read(t.Context(), &r) != nil; n++ {
			if n == 20 {
				t.Fatalf("no value for %d periods", n)
			}
			time.Sleep(d.Period())
		}
		if !near(r.Value) {
			t.Errorf("first value is %+v; want the room", r.Value)
		}
	})
}

// A part that no longer converts is Stale for ever; one that loses its power meanwhile is started again.
func TestStalled(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		time.Sleep(time.Second)
		wantQuality(t, d, 0)
		board.Fault(emulator.Fault{Kind: emulator.Stalled, Addr: tcs3400.Addr})
		for range 30 {
			time.Sleep(d.Period())
			wantQuality(t, d, sensor.Stale)
		}
	})
}

// A bit that flips on the bus is a wrong count, not a wrong chip or a panic; whatever is read, the next reading is right.
func TestBitFlips(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		board.Fault(emulator.Fault{Kind: emulator.BitFlip, Addr: tcs3400.Addr, Count: 200})
		var r sensor.Reading[tcs3400.Color]
		for range 200 {
			time.Sleep(d.Period())
			if err := d.Read(t.Context(), &r); err != nil && !sensor.Temporary(err) {
				if _, ok := errors.AsType[*sensor.NotPresentError](err); !ok {
					t.Fatalf("Read = %v; want a typed error", err)
				}
			}
		}
		board.ClearFaults()
		for range 5 {
			time.Sleep(2 * d.Period())
			_ = d.Read(t.Context(), &r) // may set the part up again
		}
		time.Sleep(2 * d.Period())
		if c := wantQuality(t, d, 0); !near(c) {
			t.Errorf("value after the noise = %+v; want the room", c)
		}
	})
}

func TestTimeout(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		time.Sleep(time.Second)
		board.Fault(emulator.Fault{Kind: emulator.Timeout, Addr: tcs3400.Addr, Count: 1, Hold: 35 * time.Millisecond})
		start := time.Now()
		var r sensor.Reading[tcs3400.Color]
		err := d.Read(t.Context(), &r)
		if _, ok := errors.AsType[*sensor.BusError](err); !ok || !errors.Is(err, emulator.ErrTimeout) || time.Since(start) != 35*time.Millisecond {
			t.Errorf("Read = %v after %v; want a BusError with %v after 35ms", err, time.Since(start), emulator.ErrTimeout)
		}
		wantQuality(t, d, 0)
	})
}

func TestSetGainAndCycles(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		time.Sleep(time.Second)
		before := wantQuality(t, d, 0)
		if err := d.SetGain(16); err != nil {
			t.Fatal(err)
		}
		// Nothing of the integration before is taken for one with the new gain.
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(d.Period() + 2400*time.Microsecond)
		c := wantQuality(t, d, 0)
		if ratio := float64(c.Clear) / float64(before.Clear); c.Gain != 16 || !near(c) || math.Abs(ratio-4) > 0.01 {
			t.Errorf("after SetGain(16): %+v; want four times %+v", c, before)
		}
		if err := d.SetCycles(10); err != nil {
			t.Fatal(err)
		}
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(d.Period() + 2400*time.Microsecond)
		if c = wantQuality(t, d, 0); c.Max != 10240 || math.Abs(c.Lux()-300) > 10 {
			t.Errorf("after SetCycles(10): %+v; want the room, of 10240", c)
		}
		if err := errors.Join(d.SetGain(60), d.SetGain(64)); err != nil {
			t.Fatal(err)
		}
		if d.SetGain(2) == nil || d.SetCycles(0) == nil || d.SetCycles(257) == nil {
			t.Error("a setting that there is not was taken")
		}
		time.Sleep(time.Second)
		wantQuality(t, d, 0)
		// One that fails is made up for.
		board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: tcs3400.Addr, After: 5, Count: 1})
		if err := d.SetGain(1); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("SetGain with NACK = %v; want %v", err, emulator.ErrNACK)
		}
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(time.Second)
		if c := wantQuality(t, d, 0); c.Gain != 1 {
			t.Errorf("after it: %+v; want gain 1", c)
		}
		if err := board.Misuse(); err != nil {
			t.Error(err)
		}
	})
}

// The gain follows the light over six powers of ten, and settles.
func TestAutoGain(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		src := d.AutoGain()
		for _, lux := range []float64{300, 15_000, 0.5, 18_000, 1000, 1, 5000} {
			w := emulator.Room()
			w.Light = emulator.WhiteLight(lux, 5000)
			board.Set(w)
			var r sensor.Reading[tcs3400.Color]
			steps := 0
			for n := range 40 {
				time.Sleep(2 * d.Period())
				gain := d.Gain()
				if err := src.Read(t.Context(), &r); err != nil && !errors.Is(err, sensor.ErrNotReady) {
					t.Fatal(err)
				}
				if d.Gain() != gain {
					steps++
					if n > 20 {
						t.Errorf("at %v lux the gain still changes, from %d to %d", lux, gain, d.Gain())
					}
				}
			}
			if r.Quality != 0 || math.Abs(r.Value.Lux()-lux) > max(0.01*lux, 0.1) {
				t.Errorf("at %v lux: %+v of %v lux after %d changes; want the light", lux, r, r.Value.Lux(), steps)
			}
			if steps > 3 {
				t.Errorf("at %v lux the gain changed %d times; want 3 at most", lux, steps)
			}
		}
	})
}

// The gain is that which the light of the room calls for: it stays.
func TestAutoGainContract(t *testing.T) {
	sensortest.TestSource(t, func(t *testing.T) sensor.Source[tcs3400.Color] {
		return open(t, emulator.New(&emulator.Options{Color: emulator.TCS3400}), &tcs3400.Options{Gain: 64}).AutoGain()
	}, &sensortest.Contract{Period: 190 * time.Millisecond})
}

// Thresholds that were written in part are written again by the next read.
func TestSetThresholdsFails(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, &tcs3400.Options{Cycles: 10, Interrupt: true})
		time.Sleep(time.Second)
		board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: tcs3400.Addr, After: 2, Count: 1})
		if err := d.SetThresholds(0x1000, 0x1001); !errors.Is(err, emulator.ErrNACK) {
			t.Errorf("SetThresholds with NACK = %v; want %v", err, emulator.ErrNACK)
		}
		wantQuality(t, d, sensor.NotReady)
		time.Sleep(time.Second)
		wantQuality(t, d, 0)
		if on, err := d.Interrupt(); err != nil || !on {
			t.Errorf("Interrupt() = %v, %v; want true, below the thresholds", on, err)
		}
		// An interrupt that cannot be asked for is an error, not a no.
		board.Fault(emulator.Fault{Kind: emulator.NACK, Addr: tcs3400.Addr, Count: 2})
		if on, err := d.Interrupt(); err == nil || on {
			t.Errorf("Interrupt() with NACK = %v, %v; want false and an error", on, err)
		}
		if err := d.ClearInterrupt(); err == nil {
			t.Error("ClearInterrupt() with NACK = nil; want an error")
		}
		if err := d.ClearInterrupt(); err != nil {
			t.Errorf("ClearInterrupt() = %v; want nil", err)
		}
	})
}

// All methods from many goroutines at once, on a bus with noise.
func TestHammer(t *testing.T) {
	board := emulator.New(&emulator.Options{Color: emulator.TCS3400, Noise: 5})
	d := open(t, board, &tcs3400.Options{Cycles: 1, Interrupt: true})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			var r sensor.Reading[tcs3400.Color]
			for n := range 500 {
				end := board.Fault(emulator.Fault{Kind: emulator.FaultKind(n%8 + 1), Addr: tcs3400.Addr, Hold: -1, Count: i + 1, For: time.Millisecond})
				_ = d.Read(t.Context(), &r) // each of these may fail, and none may leave the part in a state that it does not leave
				_, _ = d.Interrupt()
				_, _, _ = d.ClearInterrupt(), d.SetThresholds(uint16(n), 0xFFF), d.SetGain([]int{1, 4, 16, 64}[n%4])
				_, _, _ = d.Gain(), d.Cycles(), d.Period()
				if n%50 == 0 {
					_ = d.Halt()
				}
				end()
			}
		})
	}
	wg.Wait()
	board.ClearFaults()
	deadline := time.Now().Add(10 * time.Second)
	var r sensor.Reading[tcs3400.Color]
	for d.Read(t.Context(), &r) != nil {
		if time.Now().After(deadline) {
			t.Fatalf("Read = %v; want a value within 10 s", d.Read(t.Context(), &r))
		}
		time.Sleep(time.Millisecond)
	}
	if err := board.Misuse(); err != nil {
		t.Error(err)
	}
}

// FuzzRead gives the driver a chip that answers anything: it returns typed errors or values, and does not panic.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x44})
	f.Add([]byte{0x93, 0x93, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x00})
	f.Fuzz(func(t *testing.T, answers []byte) {
		d, err := tcs3400.New(&parrot{answers: answers}, nil)
		for range 5 {
			if err == nil {
				var r sensor.Reading[tcs3400.Color]
				if err = d.Read(t.Context(), &r); err == nil && (r.Value.Lux() < 0 || r.Value.ColorTemperature() < 0) {
					t.Errorf("%+v of %v lux, %v K", r, r.Value.Lux(), r.Value.ColorTemperature())
				}
			}
			if _, ok := errors.AsType[*sensor.NotPresentError](err); err != nil && !ok && !errors.Is(err, sensor.ErrNotReady) {
				t.Errorf("error %v; want a typed one", err)
			}
			if d == nil {
				return
			}
			err = nil
		}
	})
}

// parrot is a bus with a part whose registers read as the answers given, over and over.
type parrot struct {
	i2c.Bus

	answers []byte
	n       int
}

func (p *parrot) Tx(_ uint16, _, r []byte) error {
	for i := range r {
		if len(p.answers) > 0 {
			r[i] = p.answers[p.n%len(p.answers)]
			p.n++
		}
	}
	return nil
}

// Neither a start nor a halt leaves anything behind.
func TestStartHaltManyTimes(t *testing.T) {
	board := emulator.New(&emulator.Options{Color: emulator.TCS3400})
	d := open(t, board, nil)
	n := 100_000
	if testing.Short() {
		n /= 100
	}
	var r sensor.Reading[tcs3400.Color]
	for range n {
		if err := d.Read(t.Context(), &r); err != nil && !errors.Is(err, sensor.ErrNotReady) {
			t.Fatal(err)
		}
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		var r sensor.Reading[tcs3400.Color]
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() {
			time.Sleep(2 * d.Period()) // each is fresh, with its second transaction
			if err := d.Read(ctx, &r); err != nil || r.Quality != 0 {
				t.Error(err, r.Quality)
			}
		}); n != 0 {
			t.Errorf("Read makes %v allocations; want none", n)
		}
	})
}

func TestTransactions(t *testing.T) {
	eachKind(t, func(t *testing.T, board *emulator.Board) {
		d := open(t, board, nil)
		time.Sleep(time.Second)
		for _, want := range []int{2, 1} { // fresh, then stale
			before := board.Transactions(tcs3400.Addr)
			var r sensor.Reading[tcs3400.Color]
			if err := d.Read(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
			if got := board.Transactions(tcs3400.Addr) - before; got != want {
				t.Errorf("a %v reading takes %d transactions; want %d", r.Quality, got, want)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	d, err := tcs3400.New(emulator.New(&emulator.Options{Color: emulator.TCS3400}), &tcs3400.Options{Cycles: 1})
	if err != nil {
		b.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the part's own time
	var r sensor.Reading[tcs3400.Color]
	for b.Loop() {
		if err := d.Read(b.Context(), &r); err != nil {
			b.Fatal(err)
		}
	}
}
