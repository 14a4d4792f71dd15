package envloop

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source counts, in nPa, and fails every third time.
func source(n *atomic.Int64) sensor.SourceFunc[physic.Env] {
	return func(_ context.Context, r *sensor.Reading[physic.Env]) error {
		v := n.Add(1)
		r.Value.Pressure = physic.Pressure(v)
		if v%3 == 0 {
			return errors.New("boom")
		}
		return nil
	}
}

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		var l Loop
		l.Stop() // of nothing
		ch, err := l.Start(source(&n), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []physic.Pressure{1, 2, 4, 5, 7} {
			if got := (<-ch).Pressure; got != want {
				t.Errorf("received %d; want %d", got, want)
			}
		}
		time.Sleep(10 * time.Second) // a slow receiver delays nothing, and finds the newest value
		synctest.Wait()
		if got := (<-ch).Pressure; got != 17 || n.Load() != 17 {
			t.Errorf("received %d of %d; want 17 of 17", got, n.Load())
		}
		l.Stop()
		for range ch {
			t.Error("a value after Stop")
		}
		before := n.Load()
		time.Sleep(time.Minute)
		if n.Load() != before {
			t.Error("the source is read after Stop")
		}
		if _, err := l.Start(source(&n), 0); err == nil {
			t.Error("Start with no interval = nil; want an error")
		}
	})
}

// Start and Stop from everywhere, with a receiver that sometimes looks.
func TestLoopHammer(t *testing.T) {
	var n atomic.Int64
	var l Loop
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 500 {
				ch, err := l.Start(source(&n), time.Microsecond)
				if err != nil {
					t.Error(err)
				}
				if i%3 == 0 {
					<-ch
				}
				if i%5 == 0 {
					l.Stop()
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
	l.Stop()
}
