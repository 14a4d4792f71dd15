package edge

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// Topic carries values of one type from any number of publishers to any number
// of subscribers within the process. Each subscriber has its own bounded queue
// and its own rule for when that is full, so that a slow one harms nobody else
// unless it asks to. All methods are safe for concurrent use.
//
// A value is copied as by assignment: what it points to is shared by all who
// receive it and must not be changed any more by anyone.
type Topic[T any] struct {
	name   string
	retain bool

	published atomic.Uint64
	subs      atomic.Pointer[[]*Sub[T]] // replaced, never changed

	mu      sync.Mutex // held to replace subs, and to keep last in step
	counter int        // subscriptions so far
	last    T
	hasLast bool
}

// TopicOptions are the optional choices of [NewTopic].
type TopicOptions struct {
	// Retain keeps the latest value for [Topic.Last] and for new
	// subscribers, who receive it first. With several publishers it is the
	// latest of one of them.
	Retain bool
}

// NewTopic returns a topic of the app. Its name is for people; only one topic
// of the app may bear it, which [App.Run] checks. NewTopic panics once Run was
// called. The app may be nil: such a topic works, and no status shows it.
func NewTopic[T any](a *App, name string, o *TopicOptions) *Topic[T] {
	t := &Topic[T]{name: name}
	if o != nil {
		t.retain = o.Retain
	}
	t.subs.Store(new([]*Sub[T]))
	if a != nil {
		a.addTopic(name, t)
	}
	return t
}

// addTopic makes a topic part of the status.
func (a *App) addTopic(name string, t topicWatcher) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.phase != declaring {
		panic(fmt.Sprintf("edge: NewTopic(%q) after Run", name))
	}
	if name == "" {
		a.wrong = append(a.wrong, fmt.Errorf("topic %q: name is empty", name))
	}
	for _, other := range a.topics {
		if other.status().Name == name {
			a.wrong = append(a.wrong, fmt.Errorf("topic %q: name is taken", name))
		}
	}
	a.topics = append(a.topics, t)
}

// Name returns the name given to [NewTopic].
func (t *Topic[T]) Name() string { return t.name }

// Publish gives v to all subscribers. Those who have room, or drop, receive it
// first; then Publish waits for the full queues under [Block], one after the
// other. Values of one publisher arrive at each subscriber in the order of its
// calls. Without subscribers, v is counted and gone.
//
// The error is that of ctx, and only if it ended while waiting: the subscribers
// waited for have not received v, all others have. Publish allocates nothing, as
// long as no more than eight queues are full at once.
func (t *Topic[T]) Publish(ctx context.Context, v T) error {
	t.published.Add(1)
	var subs []*Sub[T]
	if t.retain {
		// A subscriber that comes now finds v in last or is in subs, not both.
		t.mu.Lock()
		t.last, t.hasLast = v, true
		subs = *t.subs.Load()
		t.mu.Unlock()
	} else {
		subs = *t.subs.Load()
	}
	var few [8]*Sub[T]
	full := few[:0]
	for _, s := range subs {
		if !s.offer(v) {
			full = append(full, s)
		}
	}
	if len(full) == 0 {
		return nil
	}
	u := runOf(ctx)
	u.block()
	defer u.unblock()
	var err error
	for _, s := range full {
		if e := s.push(ctx, v); e != nil {
			err = e
		}
	}
	return err
}

// Subscribe returns a new subscription, which receives what is published from
// now on. Nil options are the defaults. Subscribe once, where the app is put
// together, and range over [Sub.All] in the component: the queue outlives its
// restarts.
func (t *Topic[T]) Subscribe(o *SubOptions) *Sub[T] {
	if o == nil {
		o = &SubOptions{}
	}
	size := o.Size
	switch {
	case o.Keep == Latest:
		size = 1
	case size <= 0:
		size = defaultSubSize
	}
	s := &Sub[T]{
		topic:  t,
		name:   o.Name,
		keep:   o.Keep,
		ring:   make([]T, size),
		filled: make(chan struct{}, 1),
		space:  make(chan struct{}, 1),
		closed: make(chan struct{}),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counter++
	if s.name == "" {
		s.name = "#" + strconv.Itoa(t.counter)
	}
	if t.hasLast {
		s.offer(t.last)
	}
	subs := append(slices.Clone(*t.subs.Load()), s)
	t.subs.Store(&subs)
	return s
}

// Last returns the latest value of a topic that retains it, and whether there
// is one.
func (t *Topic[T]) Last() (T, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.hasLast
}

// remove takes a subscription out of the list.
func (t *Topic[T]) remove(s *Sub[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	subs := slices.DeleteFunc(slices.Clone(*t.subs.Load()), func(o *Sub[T]) bool { return o == s })
	t.subs.Store(&subs)
}

func (t *Topic[T]) status() TopicStatus {
	subs := *t.subs.Load()
	st := TopicStatus{
		Name:        t.name,
		Published:   t.published.Load(),
		Subscribers: make([]SubStatus, 0, len(subs)),
	}
	for _, s := range subs {
		st.Subscribers = append(st.Subscribers, s.status())
	}
	return st
}
