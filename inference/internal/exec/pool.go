package exec

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/brinkml/brink/inference/internal/ops"
)

// Pool is a set of goroutines that help with large kernels. They start with the first kernel that is worth sharing
// and sleep whenever there is none.
type Pool struct {
	helpers int
	start   sync.Once
	work    chan *fork
	done    sync.WaitGroup
}

// NewPool returns a pool for runs on at most threads goroutines, the caller's included.
func NewPool(threads int) *Pool {
	return &Pool{helpers: threads - 1, work: make(chan *fork, threads-1)}
}

// Close waits for the helpers to end. No run may go on or begin.
func (p *Pool) Close() {
	close(p.work)
	p.done.Wait()
}

func (p *Pool) launch() {
	for range p.helpers {
		p.done.Go(func() {
			for f := range p.work {
				f.help()
				f.joined.Done()
			}
		})
	}
}

// fork is one kernel whose parts are being done by several goroutines. It is part of a frame, so that sharing a kernel
// allocates nothing.
type fork struct {
	kernel ops.Splitter
	ctx    *ops.Ctx
	parts  int
	next   atomic.Int32
	joined sync.WaitGroup
	mu     sync.Mutex
	err    error
}

// run does all parts of a kernel, with as much help as there is, and returns the first error.
func (f *fork) run(p *Pool, k ops.Splitter, c *ops.Ctx, parts int) error {
	p.start.Do(p.launch)
	f.kernel, f.ctx, f.parts, f.err = k, c, parts, nil
	f.next.Store(0)
	for range min(p.helpers, parts-1) {
		f.joined.Add(1)
		select {
		case p.work <- f:
		default: // everybody is busy with other runs
			f.joined.Done()
		}
	}
	f.help()
	f.joined.Wait()
	return f.err
}

// help does parts until there are none left.
func (f *fork) help() {
	for {
		part := int(f.next.Add(1)) - 1
		if part >= f.parts {
			return
		}
		if err := f.part(part); err != nil {
			f.mu.Lock()
			if f.err == nil {
				f.err = err
			}
			f.mu.Unlock()
			f.next.Store(int32(f.parts))
		}
	}
}

func (f *fork) part(part int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal fault: %v", r)
		}
	}()
	return f.kernel.RunPart(f.ctx, part, f.parts)
}
