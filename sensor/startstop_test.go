package sensor_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/hts221"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cycles is how often something is started and stopped.
func cycles() int {
	if testing.Short() {
		return 2_000
	}
	return 100_000
}

// hurry fails the test when f hangs, with the goroutines that do.
func hurry(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		panic("deadlock") // with the stacks of all goroutines
	}
}

// A sampler's loop is started and stopped 100,000 times, at every stage of its life: before its first read, in a read, in a
// wait, by its context and by its consumer. No goroutine is left, which TestMain sees to.
func TestSamplerStartStop100000(t *testing.T) {
	hurry(t, func() {
		s := sampler(t, counter(), 2*time.Microsecond, sensor.Skip)
		for i := range cycles() {
			ctx, cancel := context.WithCancel(t.Context())
			started, done := make(chan struct{}, 1), make(chan struct{})
			go func() {
				defer close(done)
				for r, err := range s.All(ctx) {
					if err != nil {
						t.Error(err)
					}
					select {
					case started <- struct{}{}:
					default:
					}
					if i%4 == 3 && r.Value%3 == 0 {
						return
					}
				}
			}()
			if i%2 == 1 {
				<-started
			}
			cancel()
			<-done
		}
	})
}

// A driver's SenseContinuous and Halt, 100,000 times over a whole emulated part: this is where drivers hang that wait for
// their goroutine while they hold a lock it needs.
func TestDriverStartStop100000(t *testing.T) {
	hurry(t, func() {
		dev, err := hts221.New(emulator.New(nil), nil)
		if err != nil {
			t.Error(err)
			return
		}
		var ch <-chan physic.Env
		for i := range cycles() {
			if ch, err = dev.SenseContinuous(time.Microsecond); err != nil {
				t.Error(err)
				return
			}
			if i%5 != 0 { // else it is started again while it runs
				if err := dev.Halt(); err != nil {
					t.Error(err)
					return
				}
			}
		}
		if err := dev.Halt(); err != nil {
			t.Error(err)
		}
		for range ch { // closed, after a last value perhaps
		}
	})
}
