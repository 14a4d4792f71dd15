package edge

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// Keep says what a subscription keeps when its queue is full.
type Keep int

// The rules for a full queue.
const (
	Block      Keep = iota // keep all: the publisher waits for room
	DropOldest             // keep the newest values: the oldest makes room
	DropNewest             // keep the oldest values: the new one is dropped
	Latest                 // keep one value: the newest, Size is not used
)

var keepNames = [...]string{"block", "drop-oldest", "drop-newest", "latest"}

// String returns the name of the rule.
func (k Keep) String() string {
	if k < 0 || int(k) >= len(keepNames) {
		return fmt.Sprintf("Keep(%d)", int(k))
	}
	return keepNames[k]
}

// MarshalText returns what String does.
func (k Keep) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Keep) UnmarshalText(text []byte) error {
	for i, name := range keepNames {
		if string(text) == name {
			*k = Keep(i)
			return nil
		}
	}
	return fmt.Errorf("edge: %.20q is no rule for a full queue", text)
}

const defaultSubSize = 64

// SubOptions are the optional choices of [Topic.Subscribe].
type SubOptions struct {
	// Name shows in the status. Empty: "#" and a number.
	Name string

	// Keep is the rule for a full queue. Zero: Block.
	Keep Keep

	// Size is the number of values the queue holds. Zero or less: 64.
	Size int
}

// Sub is one subscription of a [Topic]. Its methods are safe for concurrent
// use; several goroutines that range over All share the values among them.
type Sub[T any] struct {
	topic *Topic[T]
	name  string
	keep  Keep

	// filled and space each hold a wake-up for one of those who wait. Who
	// takes a wake-up and leaves something over passes it on.
	filled, space chan struct{}
	closed        chan struct{}

	mu        sync.Mutex
	ring      []T
	head      int // of the oldest value
	n         int // values in the ring
	consumers int // that wait for a value
	pushers   int // that wait for room
	dropped   uint64
	isClosed  bool
}

// offer puts v into the queue by its rule. It returns false if that is to wait
// for room.
func (s *Sub[T]) offer(v T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(v)
}

// put is offer with the lock held.
func (s *Sub[T]) put(v T) bool {
	if s.isClosed {
		return true
	}
	if s.n == len(s.ring) {
		switch s.keep {
		case DropOldest, Latest:
			s.dropped++
			s.take()
		case DropNewest:
			s.dropped++
			return true
		default:
			return false
		}
	}
	tail := s.head + s.n
	if tail >= len(s.ring) {
		tail -= len(s.ring)
	}
	s.ring[tail] = v
	s.n++
	s.wake()
	return true
}

// take removes the oldest value and forgets it, so that the garbage collector
// may. There has to be one.
func (s *Sub[T]) take() T {
	var zero T
	v := s.ring[s.head]
	s.ring[s.head] = zero
	s.head++
	if s.head == len(s.ring) {
		s.head = 0
	}
	s.n--
	return v
}

// wake leaves a wake-up for whoever waits for what there is.
func (s *Sub[T]) wake() {
	if s.n > 0 && s.consumers > 0 {
		notify(s.filled)
	}
	if s.n < len(s.ring) && s.pushers > 0 {
		notify(s.space)
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// push waits for room and puts v there. A closed subscription takes nothing,
// without error.
func (s *Sub[T]) push(ctx context.Context, v T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.put(v) {
		if ctx.Err() != nil {
			s.wake()
			return ctx.Err()
		}
		s.pushers++
		s.mu.Unlock()
		select {
		case <-s.space:
		case <-s.closed:
		case <-ctx.Done():
		}
		s.mu.Lock()
		s.pushers--
	}
	s.wake()
	return nil
}

// next waits for a value. It returns false when ctx has ended or s is closed.
func (s *Sub[T]) next(ctx context.Context, u *run) (v T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.isClosed || ctx.Err() != nil {
			s.wake()
			return v, false
		}
		if u.isPaused() {
			s.wake() // there may be others to take it
			s.mu.Unlock()
			u.gate(ctx)
			s.mu.Lock()
			continue
		}
		if s.n > 0 {
			v = s.take()
			s.wake()
			return v, true
		}
		s.consumers++
		s.mu.Unlock()
		u.beat()
		u.rest()
		select {
		case <-s.filled:
		case <-s.closed:
		case <-ctx.Done():
		}
		u.wake()
		s.mu.Lock()
		s.consumers--
	}
}

// All yields the values in the order of the queue, and waits for more, until
// ctx ends or s is closed. Values still queued when ctx ends stay there, for the
// next All or for Drain. In a component each value is a beat, and All a pause
// point; see the package comment.
func (s *Sub[T]) All(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		u := runOf(ctx)
		for {
			v, ok := s.next(ctx, u)
			if !ok || !yield(v) {
				return
			}
			u.beat()
		}
	}
}

// Drain yields what is queued, and ends when nothing is left: the last thing
// that a component does whose ctx has ended, if values must not stay behind.
func (s *Sub[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			s.mu.Lock()
			if s.n == 0 {
				s.mu.Unlock()
				return
			}
			v := s.take()
			s.wake()
			s.mu.Unlock()
			if !yield(v) {
				return
			}
		}
	}
}

// Dropped returns the number of values that the queue's rule has dropped.
func (s *Sub[T]) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Close ends the subscription: All ends, publishers that wait for it go on, and
// what is queued is discarded. Later calls do nothing.
func (s *Sub[T]) Close() {
	s.mu.Lock()
	was := s.isClosed
	s.isClosed = true
	clear(s.ring)
	s.head, s.n = 0, 0
	s.mu.Unlock()
	if !was {
		close(s.closed)
		s.topic.remove(s)
	}
}

func (s *Sub[T]) status() SubStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SubStatus{Name: s.name, Keep: s.keep, Depth: s.n, Size: len(s.ring), Dropped: s.dropped}
}
