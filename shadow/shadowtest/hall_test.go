package shadowtest_test

import (
	"context"
	"iter"
	"strings"
	"sync"
)

// hall is the least of a broker: whoever subscribed hears what is published,
// before Publish returns. It has no clock, so that days pass at once.
type hall struct {
	mu   sync.Mutex
	subs map[*listener]struct{}
}

type listener struct {
	filters []string
	h       func(string, []byte)
}

func (b *hall) Publish(_ context.Context, topic string, payload []byte) error {
	b.mu.Lock()
	var hear []*listener
	for l := range b.subs {
		for _, f := range l.filters {
			if fits(f, topic) {
				hear = append(hear, l)
			}
		}
	}
	b.mu.Unlock()
	for _, l := range hear {
		l.h(topic, payload)
	}
	return nil
}

func fits(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	if len(f) != len(t) {
		return false
	}
	for i := range f {
		if f[i] != "+" && f[i] != t[i] {
			return false
		}
	}
	return true
}

func (b *hall) Subscribe(_ context.Context, topics []string, h func(string, []byte)) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[*listener]struct{}{}
	}
	l := &listener{topics, h}
	b.subs[l] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, l)
	}, nil
}

func (b *hall) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		if yield(ctx) {
			<-ctx.Done()
		}
	}
}
