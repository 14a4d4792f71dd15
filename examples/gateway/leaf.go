package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// leaf is the book's leaf device, discover.py, from where it has found its hub. It knows nothing of this program but an address, and of the
// cloud nothing at all.
type leaf struct {
	url   string
	thing string
	every time.Duration
	rng   *rand.Rand

	updates  atomic.Int64
	accepted atomic.Int64

	mu          sync.Mutex
	temperature float64 // as last published
}

// run publishes heartbeat and shadow until ctx ends.
func (l *leaf) run(ctx context.Context) error {
	o := paho.NewClientOptions().AddBroker(l.url).SetClientID(l.thing).SetCleanSession(false).SetKeepAlive(30 * time.Second).
		SetProtocolVersion(4).SetAutoReconnect(true)
	c := paho.NewClient(o)
	wait := func(t paho.Token) error {
		select {
		case <-t.Done():
			return t.Error()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := wait(c.Connect()); err != nil {
		return err
	}
	defer c.Disconnect(100) // what is written is on its way
	err := wait(c.Subscribe(shadowTopic(l.thing)+"/accepted", 0, func(paho.Client, paho.Message) { l.accepted.Add(1) }))
	if err != nil {
		return err
	}
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		if err := l.publish(c, wait); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *leaf) publish(c paho.Client, wait func(paho.Token) error) error {
	beat, err := json.Marshal(heartbeat{clock(time.Now())})
	if err != nil {
		return err
	}
	if err := wait(c.Publish(heartbeatTopic(l.thing), 0, false, beat)); err != nil {
		return err
	}
	temperature := 35 + 10*l.rng.NormFloat64()
	update, err := json.Marshal(map[string]any{
		"state": map[string]any{"reported": map[string]any{"temperature": number(temperature)}},
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.temperature = temperature
	l.mu.Unlock()
	l.updates.Add(1)
	t := c.Publish(shadowTopic(l.thing), 0, false, update)
	<-t.Done() // it is counted, so it is sent even now that ctx may have ended
	return t.Error()
}

// last is the temperature that was published last.
func (l *leaf) last() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.temperature
}
