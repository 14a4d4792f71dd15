// Package envloop is the continuous half of periph's physic.SenseEnv, for the drivers that offer it.
package envloop

import (
	"context"
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// Loop is one goroutine that reads a source at an interval. The zero value is ready. Its methods may be called from any
// goroutine, but not while holding a lock that the source's Read takes: Start and Stop wait for the goroutine.
type Loop struct {
	mu     sync.Mutex // serialises Start and Stop; the goroutine never takes it
	cancel context.CancelFunc
	done   chan struct{}
}

// Start ends the loop before, if any, and starts one that sends to the channel it returns. The channel holds the newest
// value only: a slow receiver misses values, but delays none. It carries no error, so failed reads are left out. Stop
// closes it.
func (l *Loop) Start(src sensor.Source[physic.Env], interval time.Duration) (<-chan physic.Env, error) {
	s, err := sensor.NewSampler(src, interval, nil)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
	ctx, cancel := context.WithCancel(context.Background())
	ch, done := make(chan physic.Env, 1), make(chan struct{})
	l.cancel, l.done = cancel, done
	go func() {
		defer close(done)
		defer close(ch)
		for r, err := range s.All(ctx) {
			if err == nil {
				replace(ch, r.Value)
			}
		}
	}()
	return ch, nil
}

// Stop ends the loop and waits until its goroutine is gone. Without a loop it does nothing.
func (l *Loop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
}

func (l *Loop) stop() {
	if l.cancel == nil {
		return
	}
	l.cancel()
	<-l.done
	l.cancel, l.done = nil, nil
}

// replace puts v into ch, which has room for one value and no other sender.
func replace(ch chan physic.Env, v physic.Env) {
	select {
	case ch <- v:
		return
	default:
	}
	select {
	case <-ch: // the old value, unless the receiver has just taken it
	default:
	}
	ch <- v
}

// Sense reads src once. While it is not ready, Sense asks again for up to two periods.
func Sense(src sensor.Source[physic.Env], period time.Duration) (physic.Env, error) {
	var r sensor.Reading[physic.Env]
	deadline := time.Now().Add(2 * period)
	for {
		err := src.Read(context.Background(), &r)
		if err == nil || !errors.Is(err, sensor.ErrNotReady) || !time.Now().Before(deadline) {
			return r.Value, err
		}
		time.Sleep(period / 8)
	}
}
