package joystick

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// pin is an input whose edges a test makes.
type pin struct {
	gpio.PinIO // INVALID: what is not overridden fails

	edges chan struct{}
	err   error
	pull  gpio.Pull
	edge  gpio.Edge
}

func (p *pin) In(pull gpio.Pull, edge gpio.Edge) error {
	p.pull, p.edge = pull, edge
	return p.err
}

func (p *pin) WaitForEdge(timeout time.Duration) bool {
	select {
	case <-p.edges:
		return true
	case <-time.After(timeout):
		return false
	}
}

func TestForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pin{PinIO: gpio.INVALID, edges: make(chan struct{})}
		edges := make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- Forward(ctx, p, edges) }()
		synctest.Wait()
		if p.edge != gpio.RisingEdge || p.pull != gpio.PullDown {
			t.Errorf("pin waits for %v with %v; want rising edges, pulled down", p.edge, p.pull)
		}
		time.Sleep(time.Second)
		select {
		case <-edges:
			t.Error("an edge that was none")
		default:
		}
		for range 3 {
			p.edges <- struct{}{} // nobody takes them: one stands for all
		}
		synctest.Wait()
		<-edges
		select {
		case <-edges:
			t.Error("a second value for edges that nobody took")
		default:
		}
		time.Sleep(time.Millisecond)
		start := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || time.Since(start) > 50*time.Millisecond {
			t.Errorf("Forward = %v after %v; want %v within 50ms", err, time.Since(start), context.Canceled)
		}
	})
}

func TestForwardErrors(t *testing.T) {
	broken := errors.New("no edges here")
	err := Forward(t.Context(), &pin{PinIO: gpio.INVALID, err: broken}, make(chan struct{}, 1))
	if e, ok := errors.AsType[*PinError](err); !ok || e.Pin != "INVALID" || !errors.Is(err, broken) {
		t.Errorf("Forward with a pin that fails = %v; want a PinError around %v", err, broken)
	}
	if err := Forward(t.Context(), nil, make(chan struct{}, 1)); err == nil {
		t.Error("Forward without a pin = nil; want an error")
	}
	if err := Forward(t.Context(), gpio.INVALID, make(chan struct{})); err == nil {
		t.Error("Forward to a channel without room = nil; want an error")
	}
}
