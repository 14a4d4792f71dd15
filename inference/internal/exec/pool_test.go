package exec

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/inference/internal/ops"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parts is a kernel that does its parts by calling a function.
type parts func(part int) error

func (f parts) Run(*ops.Ctx) error                    { return f(0) }
func (f parts) Parts(threads int) int                 { return threads }
func (f parts) RunPart(_ *ops.Ctx, part, _ int) error { return f(part) }

// TestPoolDoesEveryPartOnce shares kernels among several runs at once.
func TestPoolDoesEveryPartOnce(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var f fork // one per frame
			for n := range 200 {
				done := make([]atomic.Int32, n%7+2)
				err := f.run(p, parts(func(part int) error { done[part].Add(1); return nil }), nil, len(done))
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
}

func TestPoolReportsErrorsAndPanics(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	var f fork
	broken := errors.New("broken")
	if err := f.run(p, parts(func(part int) error {
		if part == 2 {
			return broken
		}
		return nil
	}), nil, 4); !errors.Is(err, broken) {
		t.Errorf("run = %v; want %v", err, broken)
	}
	if err := f.run(p, parts(func(int) error { panic("lost") }), nil, 4); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("run of a panicking kernel = %v; want the panic as an error", err)
	}
	if err := f.run(p, parts(func(int) error { return nil }), nil, 4); err != nil {
		t.Errorf("run after that = %v", err)
	}
}

// TestPoolStartsLate checks that a pool which nobody needed has no goroutines, and that closing it works then too.
func TestPoolStartsLate(t *testing.T) {
	p := NewPool(8)
	p.Close()
}
