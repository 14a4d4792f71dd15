package shadow_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// counting counts the filters that are subscribed on a connection.
type counting struct {
	shadow.Conn
	mu     sync.Mutex
	active map[string]int
	most   int
}

func (c *counting) Subscribe(ctx context.Context, topics []string, h func(string, []byte)) (func(), error) {
	cancel, err := c.Conn.Subscribe(ctx, topics, h)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range topics {
		c.active[t]++
	}
	c.most = max(c.most, len(c.active))
	return func() {
		cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, t := range topics {
			if c.active[t]--; c.active[t] == 0 {
				delete(c.active, t)
			}
		}
	}, nil
}

func (c *counting) filters() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.active)
}

// A hundred shadows of ten things over one connection: few subscriptions, never
// more than eight requests under way, none refused, and each shadow its own.
func TestManyShadowsOverOneConnection(t *testing.T) {
	for _, anyThing := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			svc := shadowtest.New(&shadowtest.Options{Latency: 200 * time.Millisecond})
			conn := &counting{Conn: svc.Conn("dev"), active: map[string]int{}}
			mux, err := shadow.NewMux(conn, &shadow.MuxOptions{AnyThing: anyThing})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			type of struct{ thing, name string }
			shadows := map[of]*shadow.Shadow[wanted, said]{}
			for i := range 100 {
				id := of{fmt.Sprint("thing", i%10), fmt.Sprint("part", i/10)}
				if i < 10 {
					id.name = ""
				}
				if err := svc.SetDesired(id.thing, id.name, fmt.Appendf(nil, `{"mode":"%s-%s"}`, id.thing, id.name)); err != nil {
					t.Fatal(err)
				}
				s, err := shadow.Bind(mux, id.thing, &options{
					Name:    id.name,
					OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				shadows[id] = s
				wg.Go(func() { _ = s.Run(ctx) })
			}
			check := func(when string) {
				t.Helper()
				settle(time.Minute)
				for id := range shadows {
					doc, _ := svc.Document(id.thing, id.name)
					if want := fmt.Sprintf(`{"mode":"%s-%s","temp":0}`, id.thing, id.name); string(doc.Reported) != want {
						t.Errorf("%s: %v reported %s; want %s", when, id, doc.Reported, want)
					}
					if s := svc.Stats(id.thing, id.name); s.Rejected > 0 {
						t.Errorf("%s: %v: %+v; want nothing refused", when, id, s)
					}
				}
			}
			for _, s := range shadows {
				if err := s.Report(ctx, func(*said) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			check("at first")
			if want := map[bool]int{false: 10 * 14, true: 14}[anyThing]; conn.most != want {
				t.Errorf("%d filters; want %d", conn.most, want)
			}
			svc.Disconnect("dev")
			settle(time.Second)
			svc.Connect("dev")
			for id := range shadows {
				if err := svc.SetReported(id.thing, id.name, raw(`null`)); err != nil {
					t.Fatal(err)
				}
			}
			check("on the next connection")
			cancel()
			wg.Wait()
			if n := conn.filters(); n > 0 {
				t.Errorf("%d filters after all Runs ended; want none", n)
			}
		})
	}
}

// One shadow that stops does not take the subscription from the others, nor the
// making of it.
func TestMuxOutlivesItsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		conn := &counting{Conn: svc.Conn("dev"), active: map[string]int{}}
		mux, err := shadow.NewMux(conn, nil)
		if err != nil {
			t.Fatal(err)
		}
		var stops []func()
		for _, name := range []string{"a", "b", "c"} {
			s, err := shadow.Bind(mux, "thing", &options{Name: name, OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); _ = s.Run(ctx) }()
			stops = append(stops, func() { cancel(); <-done })
			settle(time.Second)
		}
		stops[0]()
		if conn.filters() != 7 {
			t.Errorf("%d filters; want 7", conn.filters())
		}
		if err := svc.SetDesired("thing", "b", raw(`{"mode":"on"}`)); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		if doc, _ := svc.Document("thing", "b"); !strings.Contains(string(doc.Reported), `"mode":"on"`) {
			t.Errorf("b reported %s; want its delta applied", doc.Reported)
		}
		stops[1]()
		stops[2]()
		if conn.filters() != 0 {
			t.Errorf("%d filters; want none", conn.filters())
		}
	})
}

func TestNewMuxReportsMistakes(t *testing.T) {
	if _, err := shadow.NewMux(nil, &shadow.MuxOptions{InFlight: -1}); err == nil ||
		!strings.Contains(err.Error(), "connection") || !strings.Contains(err.Error(), "InFlight is -1") {
		t.Errorf("NewMux = %v; want both mistakes", err)
	}
}
