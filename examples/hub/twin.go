package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// desired is what the cloud may ask of the hub.
type desired struct {
	// ThresholdScale multiplies every threshold: below 1 the hub is quicker to call something anomalous.
	ThresholdScale *float64 `json:"threshold_scale,omitempty"`
}

// reported is what the hub says of itself.
type reported struct {
	ThresholdScale *float64          `json:"threshold_scale,omitempty"`
	Verdicts       map[string]string `json:"verdicts,omitempty"`
}

// twin is the hub's device shadow: the cloud's wishes come in, the verdicts go out.
type twin struct {
	shadow  *shadow.Shadow[desired, reported]
	service *shadowtest.Service // of the demonstration; nil with -broker
	conn    shadow.Conn
	thing   string
	online  func() bool
	factor  atomic.Uint64 // bits of the float64
}

func newTwin(thing string) *twin {
	t := &twin{thing: thing}
	t.factor.Store(math.Float64bits(1))
	return t
}

func openTwin(h *hub) (t *twin, err error) {
	t = newTwin(h.thing)
	t.online = func() bool { return h.outbox.Stats().Link.Up }
	t.shadow, err = shadow.Bind(h.outbox.Conn(), h.thing, &shadow.Options[desired, reported]{
		Dir:     filepath.Join(h.dir, "shadow"),
		OnDelta: t.apply,
		Logger:  h.log,
	})
	if err != nil {
		return nil, err
	}
	err = t.shadow.Report(context.Background(), func(r *reported) error {
		now := t.scale()
		r.ThresholdScale = &now
		return nil
	})
	if err != nil {
		return nil, err
	}
	if h.broker != nil {
		t.service = shadowtest.New(nil)
		t.conn = cloudConn{h.broker}
	}
	return t, nil
}

// apply takes over what the cloud desires, or says why not; then nothing changes.
func (t *twin) apply(_ context.Context, c shadow.Change[desired]) error {
	s := c.Desired.ThresholdScale
	if s == nil {
		return nil
	}
	if !(*s >= 0.2 && *s <= 5) {
		return fmt.Errorf("threshold_scale %v is not between 0.2 and 5", *s)
	}
	t.factor.Store(math.Float64bits(*s))
	return nil
}

// scale is the factor on every threshold now.
func (t *twin) scale() float64 { return math.Float64frombits(t.factor.Load()) }

// verdict reports a change, now or when there is a link again.
func (t *twin) verdict(ctx context.Context, v verdict) error {
	return t.shadow.Report(ctx, func(r *reported) error {
		if r.Verdicts == nil {
			r.Verdicts = map[string]string{}
		}
		r.Verdicts[v.Appliance] = v.word()
		return nil
	})
}

// settleFor is how long the end of a run waits for the cloud to hear the last verdicts. What it has not heard by then is
// kept with the shadow and told on the next connection.
const settleFor = 2 * time.Second

func (t *twin) run(ctx context.Context) error {
	return linger(ctx, t.shadow.Run, func(context.Context) {
		for deadline := time.Now().Add(settleFor); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if _, f := t.shadow.State(); !f.Pending || !t.online() {
				return
			}
		}
	})
}

// cloud plays AWS's shadow service beside the embedded broker.
func (t *twin) cloud(ctx context.Context) error {
	err := t.service.Serve(ctx, t.conn)
	return errors.Join(err, ctx.Err())
}
