package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// cloud is a broker with a shadow service that outlives the gateway, and what arrived there.
type cloud struct {
	*broker
	service *shadowtest.Service

	mu  sync.Mutex
	got []arrival
}

type arrival struct {
	client, topic, payload string
}

func startCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{service: shadowtest.New(nil)}
	take := func(client, topic string, payload []byte) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got = append(c.got, arrival{client, topic, string(payload)})
		return nil
	}
	var err error
	if c.broker, err = startBroker("127.0.0.1:0", nil, &rules{take: take, may: func(string, string, bool) bool { return true }}, quiet()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.service.Serve(ctx, c.broker); !errors.Is(err, context.Canceled) {
			t.Errorf("the service ended: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// on is what arrived on a topic, batches taken apart.
func (c *cloud) on(topic string) (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.got {
		if a.topic != topic {
			continue
		}
		if a.payload[0] != '[' {
			out = append(out, a.payload)
		} else if err := eachOf([]byte(a.payload), func(p []byte) { out = append(out, string(p)) }); err != nil {
			out = append(out, err.Error())
		}
	}
	return out
}

// topics are those on which something arrived.
func (c *cloud) topics() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.got {
		out = append(out, a.topic)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
