package exec

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parts is a kernel that does its parts by calling a function.
type parts func(part int) error

func (f parts) Run(*ops.Ctx) error                    { return f(0) }
func (f parts) Parts(threads int) int                 { return threads }
func (f parts) RunPart(_ *ops.Ctx, part, _ int) error { return f(part) }

// procs sets GOMAXPROCS for the time of a test.
func procs(t testing.TB, n int) {
	t.Helper()
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// TestPoolDoesEveryPartOnce shares kernels among several runs at once, more than the pool has room for.
func TestPoolDoesEveryPartOnce(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		procs(t, n)
		p := NewPool(3)
		var wg sync.WaitGroup
		for range maxOffers + 2 {
			wg.Go(func() {
				f := fork{rouse: true} // one per frame
				for n := range 200 {
					if p.begin(wakeFor) {
						defer p.end()
					}
					done := make([]atomic.Int32, n%7+2)
					err := f.run(p, parts(func(part int) error { done[part].Add(1); return nil }), make([]ops.Ctx, 3), len(done))
					if err != nil {
						t.Error(err)
					}
					for i := range done {
						if got := done[i].Load(); got != 1 {
							t.Errorf("part %d of %d was done %d times", i, len(done), got)
						}
					}
				}
			})
		}
		wg.Wait()
		p.Close()
	}
}

// keeper is a kernel of parts that leave something behind.
type keeper struct{ t *testing.T }

func (keeper) Run(*ops.Ctx) error { return nil }
func (keeper) Parts(int) int      { return 5 }

func (k keeper) RunPart(c *ops.Ctx, _, _ int) error {
	if before := int(c.Scratch[0]); c.Kept != 0 && c.Kept != before {
		k.t.Errorf("a part finds %d kept and %d in its scratch memory", c.Kept, before)
	}
	c.Kept++
	c.Scratch[0] = byte(c.Kept)
	return nil
}

// TestPoolKeeps checks that each goroutine has scratch memory of its own, and finds what it left there, in the same run.
func TestPoolKeeps(t *testing.T) {
	procs(t, 2)
	p := NewPool(2)
	defer p.Close()
	p.begin(wakeFor)
	defer p.end()
	f := fork{rouse: true}
	ctxs := []ops.Ctx{{Scratch: make([]byte, 1)}, {Scratch: make([]byte, 1)}}
	for range 200 {
		if err := f.run(p, keeper{t}, ctxs, 5); err != nil {
			t.Fatal(err)
		}
		if got := ctxs[0].Kept + ctxs[1].Kept; got != 5 {
			t.Fatalf("%d parts kept something; want 5", got)
		}
	}
}

// TestPoolHelps has two parts wait for each other, so that they end only when two goroutines do them. One of the runs
// starts when the helper sleeps, and another one has a part that takes longer than anybody looks for the end of it.
func TestPoolHelps(t *testing.T) {
	procs(t, 2)
	p := NewPool(2)
	defer p.Close()
	f := fork{rouse: true}
	for range 5 {
		if !p.begin(wakeFor) {
			t.Fatal("begin = false; want true on two processors")
		}
		for range 20 {
			var met sync.WaitGroup
			met.Add(2)
			if err := f.run(p, parts(func(int) error { met.Done(); p.rouse(1); met.Wait(); return nil }), make([]ops.Ctx, 2), 2); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.run(p, parts(func(int) error { time.Sleep(2 * joinLook); return nil }), make([]ops.Ctx, 2), 3); err != nil {
			t.Fatal(err)
		}
		p.end()
		for p.sleeping.Load() == 0 {
			time.Sleep(lookAfter)
		}
	}
}

// TestPoolRests checks that helpers who were woken in vain are left alone for a while by short runs.
func TestPoolRests(t *testing.T) {
	procs(t, 2)
	p := NewPool(2)
	defer p.Close()
	asleep := func() {
		for p.sleeping.Load() == 0 {
			time.Sleep(lookAfter)
		}
	}
	for range 2 { // the first time, helpers have only begun
		if !p.begin(wakeFor) {
			t.Fatal("begin = false; want true")
		}
		p.end()
		asleep()
	}
	if p.rest.Load() == 0 {
		t.Fatal("a helper that was woken in vain does not rest")
	}
	p.rest.Store(math.MaxInt64)
	p.ended.Store(int64(time.Since(p.born)))
	p.begin(0)
	p.end()
	if p.sleeping.Load() == 0 {
		t.Error("a helper that rests was woken")
	}
}

func TestPoolReportsErrorsAndPanics(t *testing.T) {
	procs(t, 2)
	p := NewPool(2)
	defer p.Close()
	p.begin(wakeFor)
	defer p.end()
	var f fork
	broken := errors.New("broken")
	if err := f.run(p, parts(func(part int) error {
		if part == 2 {
			return broken
		}
		return nil
	}), make([]ops.Ctx, 2), 4); !errors.Is(err, broken) {
		t.Errorf("run = %v; want %v", err, broken)
	}
	if err := f.run(p, parts(func(int) error { panic("lost") }), make([]ops.Ctx, 2), 4); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("run of a panicking kernel = %v; want the panic as an error", err)
	}
	if err := f.run(p, parts(func(int) error { return nil }), make([]ops.Ctx, 2), 4); err != nil {
		t.Errorf("run after that = %v", err)
	}
}

// TestPoolStartsLate checks that a pool which nobody needed has no goroutines, and that closing it works then too.
func TestPoolStartsLate(t *testing.T) {
	p := NewPool(8)
	before := runtime.NumGoroutine()
	f := New(chain(100), p, 0)
	if err := f.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := runtime.NumGoroutine(); got != before {
		t.Errorf("%d goroutines after a run without kernels to share; want %d", got, before)
	}
	p.Close()
}

// TestPoolSleeps checks that helpers sleep soon after the last run, and meanwhile where none could run beside the caller.
func TestPoolSleeps(t *testing.T) {
	procs(t, 2)
	p := NewPool(4)
	defer p.Close()
	if !p.begin(wakeFor) {
		t.Fatal("begin = false; want true")
	}
	p.end()
	for deadline := time.Now().Add(10 * time.Second); int(p.sleeping.Load()) != p.helpers; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d helpers sleep 10 s after the last run", p.sleeping.Load(), p.helpers)
		}
	}
	procs(t, 1)
	if p.begin(wakeFor) {
		t.Error("begin on one processor = true; want false")
	}
	if got := int(p.sleeping.Load()); got != p.helpers {
		t.Errorf("%d of %d helpers sleep on one processor", got, p.helpers)
	}
}

// nothing is a kernel that does nothing.
type nothing struct{}

func (nothing) Run(*ops.Ctx) error               { return nil }
func (nothing) Parts(threads int) int            { return threads }
func (nothing) RunPart(*ops.Ctx, int, int) error { return nil }

// chain is a plan of n kernels that do nothing.
func chain(n int) *plan.Plan {
	p := &plan.Plan{Steps: make([]plan.Step, n)}
	for i := range p.Steps {
		p.Steps[i] = plan.Step{Kernel: nothing{}, Parts: 1}
	}
	return p
}

// BenchmarkSteps measures what a step costs beyond its kernel.
func BenchmarkSteps(b *testing.B) {
	const n = 1000
	cancelled, cancel := context.WithCancel(b.Context())
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancellable": cancelled} {
		b.Run(name, func(b *testing.B) {
			f := New(chain(n), nil, 0)
			for b.Loop() {
				if err := f.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/step")
		})
	}
}

// BenchmarkFork measures what it costs to share a kernel between two goroutines.
func BenchmarkFork(b *testing.B) {
	procs(b, 2)
	p := NewPool(2)
	defer p.Close()
	p.begin(wakeFor)
	defer p.end()
	f := fork{rouse: true}
	ctxs := make([]ops.Ctx, 2)
	for b.Loop() {
		if err := f.run(p, nothing{}, ctxs, 2); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWake measures what it costs the caller to wake a helper that sleeps, and how long it takes the helper to be
// there.
func BenchmarkWake(b *testing.B) {
	procs(b, 2)
	p := NewPool(2)
	defer p.Close()
	p.begin(wakeFor)
	p.end()
	var caller, helper time.Duration
	for range b.N {
		for p.sleeping.Load() == 0 {
			time.Sleep(lookAfter)
		}
		time.Sleep(time.Millisecond)
		start := time.Now()
		p.begin(wakeFor)
		caller += time.Since(start)
		f := fork{}
		var late time.Duration
		var met atomic.Int32
		_ = f.run(p, parts(func(int) error {
			if met.Add(1) == 2 {
				late = time.Since(start)
			}
			for met.Load() < 2 {
				p.rouse(1)
			}
			return nil
		}), make([]ops.Ctx, 2), 2)
		p.end()
		helper += late
	}
	b.ReportMetric(float64(caller.Nanoseconds())/float64(b.N), "ns/caller")
	b.ReportMetric(float64(helper.Nanoseconds())/float64(b.N), "ns/helper")
}
