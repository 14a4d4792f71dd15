package transport

import "sync"

// broadcast wakes everybody who waits. The zero value is ready to use.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait returns a channel that the next notify closes.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// wakeup wakes one goroutine, which looks around for itself what there is to
// do. Wakeups while it is awake fall together.
type wakeup chan struct{}

func (w wakeup) poke() {
	select {
	case w <- struct{}{}:
	default:
	}
}
