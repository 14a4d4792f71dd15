package edge

import "iter"

// pump ranges over a sequence on a goroutine of its own, so that its values can
// be waited for beside a timer.
type pump[T any] struct {
	values chan T // closed at the end
	over   chan struct{}
	failed *PanicError // set before values is closed
}

func startPump[T any](seq iter.Seq[T]) *pump[T] {
	p := &pump[T]{values: make(chan T), over: make(chan struct{})}
	go func() {
		defer close(p.values)
		defer func() {
			if v := recover(); v != nil {
				p.failed = asPanic(v)
			}
		}()
		for v := range seq {
			select {
			case p.values <- v:
			case <-p.over:
				return
			}
		}
	}()
	return p
}

// stop lets the goroutine end at the next value.
func (p *pump[T]) stop() { close(p.over) }

// check panics on the caller's goroutine if the sequence did on its own. Call it
// when values is closed.
func (p *pump[T]) check() {
	if p.failed != nil {
		panic(p.failed)
	}
}
