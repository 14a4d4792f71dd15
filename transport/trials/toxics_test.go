package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/verdict"
	"github.com/brinkml/brink/transport/mqtt"
)

// link is a proxy before a broker whose way can be made bad.
type link struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
}

func newLink(t testing.TB, url string) *link {
	t.Helper()
	s := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(s, "broker", "127.0.0.1:0", strings.TrimPrefix(url, "tcp://"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &link{t, p}
}

func (l *link) url() string { return "tcp://" + l.proxy.Listen }

// toxic is how a link is bad.
type toxic struct {
	kind       string
	upstream   bool
	attributes map[string]int64
}

func (x toxic) String() string {
	way := "downstream"
	if x.upstream {
		way = "upstream"
	}
	return fmt.Sprint(x.kind, " ", way, " ", x.attributes)
}

// add makes the link bad; the function that it returns makes it good again.
func (l *link) add(x toxic) (remove func()) {
	l.t.Helper()
	way := "downstream"
	if x.upstream {
		way = "upstream"
	}
	b, err := json.Marshal(map[string]any{"type": x.kind, "stream": way, "attributes": x.attributes})
	if err != nil {
		l.t.Fatal(err)
	}
	w, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(string(b)))
	if err != nil {
		l.t.Fatalf("%v: %v", x, err)
	}
	return func() {
		if err := l.proxy.Toxics.RemoveToxic(context.Background(), w.Name); err != nil {
			l.t.Fatalf("%v: %v", x, err)
		}
	}
}

// randomToxic is one of those that there are, in one of the directions.
func randomToxic(r *rand.Rand) toxic {
	n := func(from, to int64) int64 { return from + r.Int64N(to-from) }
	x := toxic{upstream: r.IntN(2) == 0}
	switch r.IntN(7) {
	case 0:
		x.kind, x.attributes = "bandwidth", map[string]int64{"rate": n(5, 100)} // KB/s
	case 1:
		x.kind, x.attributes = "latency", map[string]int64{"latency": n(1, 200), "jitter": n(0, 50)} // ms
	case 2:
		x.kind, x.attributes = "limit_data", map[string]int64{"bytes": n(20, 50_000)}
	case 3:
		x.kind, x.attributes = "reset_peer", map[string]int64{"timeout": n(0, 300)} // ms
	case 4:
		x.kind = "slicer"
		x.attributes = map[string]int64{"average_size": n(2, 50), "size_variation": 1, "delay": n(0, 1000)} // bytes, us
	case 5:
		x.kind, x.attributes = "slow_close", map[string]int64{"delay": n(1, 500)} // ms
	case 6:
		x.kind, x.attributes = "timeout", map[string]int64{"timeout": 0} // swallows all, closes nothing
	}
	return x
}

// The bounds of the links below. A link that has swallowed a packet is ended when that has waited for ackTimeout; one
// that was silent, when a ping after keepAlive had no answer for pingTimeout.
const (
	ackTimeout  = 2 * time.Second
	keepAlive   = time.Second
	pingTimeout = time.Second
	slack       = 700 * time.Millisecond // the client library looks every half keepAlive
)

func dialer(t testing.TB, url string) *mqtt.Dialer {
	t.Helper()
	d, err := mqtt.New(&mqtt.Options{
		Broker: url, ClientID: "trial", KeepAlive: keepAlive, PingTimeout: pingTimeout,
		WriteTimeout: ackTimeout, ConnectTimeout: ackTimeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func options() *transport.Options {
	return &transport.Options{
		AckTimeout: ackTimeout, BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond,
		Lanes: []transport.Lane{{Name: "alarm", Priority: 10}, {Name: transport.DefaultLane}},
	}
}

// noticed waits until the link that stood is noticed to be dead, and returns how long that took.
func noticed(t testing.TB, out *transport.Outbox, was transport.LinkStats, began time.Time, most time.Duration) time.Duration {
	t.Helper()
	for {
		now := out.Stats().Link
		took := time.Since(began)
		if !now.Up || now.Connects > was.Connects {
			return took
		}
		if took > 2*most {
			t.Fatalf("a half-open link is not noticed within %v", took)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// The link is bad in one way after the other, at random: nothing is lost, a connection's end repeats at most the window,
// each connection sees its messages in order, and where the link swallows everything, that is noticed within the bound.
func TestToxics(t *testing.T) {
	length := 20 * time.Second
	if long() {
		length = 2 * time.Minute
	}
	rng := seeded(t)
	b, url := newBroker(t)
	l := newLink(t, url)
	out := open(t, dialer(t, l.url()), options())
	stop := publishing(t, out, 3, 2*time.Millisecond)

	var slowest time.Duration
	counts := make(map[string]int)
	for end := time.Now().Add(length); time.Now().Before(end); {
		x := randomToxic(rng)
		counts[x.kind]++
		was, began := out.Stats().Link, time.Now()
		remove := l.add(x)
		if x.kind == "timeout" && was.Up {
			took := noticed(t, out, was, began, ackTimeout+slack)
			slowest = max(slowest, took)
			if took > ackTimeout+slack {
				t.Errorf("%v was noticed after %v; want at most %v", x, took, ackTimeout+slack)
			}
		} else {
			time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond)
		}
		remove()
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
	}
	accepted := stop()
	drain(t, out)

	v := verdict.Judge(accepted, b.Messages())
	for _, p := range v.Problems(20, 0) {
		t.Error(p)
	}
	links := out.Stats().Link
	t.Logf("%v; %d connections, %d failed attempts; half-open noticed within %v; toxics %v", v, links.Connects, links.Failures, slowest, counts)
	if len(accepted) < 1000 || links.Connects < 5 {
		t.Errorf("%d messages on %d connections; the trial tries nothing", len(accepted), links.Connects)
	}
}

// A link becomes half open, idle or busy, in either direction, and that is noticed within 15 s at most with short times,
// and 45 s without any set.
func TestHalfOpen(t *testing.T) {
	type times struct {
		name       string
		dial       mqtt.Options
		ack        time.Duration
		busy, idle time.Duration // at most
	}
	all := []times{{
		"short",
		mqtt.Options{KeepAlive: keepAlive, PingTimeout: pingTimeout, WriteTimeout: ackTimeout},
		ackTimeout, ackTimeout + slack, keepAlive + pingTimeout + slack,
	}}
	if long() {
		all = append(all, times{
			"fast",
			mqtt.Options{KeepAlive: 5 * time.Second, PingTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second},
			10 * time.Second, 15 * time.Second, 15 * time.Second,
		}, times{name: "defaults", busy: 45 * time.Second, idle: 45 * time.Second})
	}
	for _, tt := range all {
		for _, busy := range []bool{true, false} {
			for _, upstream := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/busy=%t/upstream=%t", tt.name, busy, upstream), func(t *testing.T) {
					if long() {
						t.Parallel() // most of it is waiting
					}
					b, url := newBroker(t)
					l := newLink(t, url)
					tt.dial.Broker, tt.dial.ClientID = l.url(), "trial"
					d, err := mqtt.New(&tt.dial)
					if err != nil {
						t.Fatal(err)
					}
					o := options()
					o.AckTimeout = tt.ack
					out := open(t, d, o)
					most, stop := tt.idle, func() []string { return nil }
					if busy {
						most, stop = tt.busy, publishing(t, out, 2, 5*time.Millisecond)
					}
					for !out.Stats().Link.Up {
						time.Sleep(time.Millisecond)
					}
					was, began := out.Stats().Link, time.Now()
					remove := l.add(toxic{"timeout", upstream, map[string]int64{"timeout": 0}})
					took := noticed(t, out, was, began, most)
					t.Logf("noticed after %v; at most %v", took, most)
					if took > most {
						t.Errorf("noticed after %v; want at most %v", took, most)
					}
					remove()
					accepted := stop()
					drain(t, out)
					for _, p := range verdict.Judge(accepted, b.Messages()).Problems(20, 0) {
						t.Error(p)
					}
				})
			}
		}
	}
}

// The window hides a round trip of 50 ms: what is sent is at least nine tenths of the window a round trip, which is 360
// a second. A proxy on a busy machine takes longer than it says, so the round trip is measured, one message at a time.
func TestLatency(t *testing.T) {
	const window = 20
	n := 1500
	if long() {
		n = 10_000
	}
	_, url := newBroker(t)
	l := newLink(t, url)
	for _, upstream := range []bool{true, false} {
		l.add(toxic{"latency", upstream, map[string]int64{"latency": 25, "jitter": 0}})
	}
	d, err := mqtt.New(&mqtt.Options{Broker: l.url(), ClientID: "trial"})
	if err != nil {
		t.Fatal(err)
	}
	out := open(t, d, &transport.Options{
		Window: window, Lanes: []transport.Lane{{Name: transport.DefaultLane, Sync: transport.SyncNone}},
	})
	for !out.Stats().Link.Up {
		time.Sleep(time.Millisecond)
	}
	publish := func() transport.Receipt {
		r, err := out.Publish(t.Context(), transport.Message{Topic: topic, Payload: make([]byte, 256)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var trips []time.Duration
	trip := func() {
		for range 10 {
			began := time.Now()
			if err := publish().Delivered(t.Context()); err != nil {
				t.Fatal(err)
			}
			trips = append(trips, time.Since(began))
		}
	}
	trip()
	began := time.Now()
	for range n {
		publish()
	}
	drain(t, out)
	rate := float64(n) / time.Since(began).Seconds()
	trip()
	slices.Sort(trips)
	rtt := trips[len(trips)/2]
	most := window / rtt.Seconds()
	t.Logf("%.0f messages a second over a round trip of %v, which lets through %.0f", rate, rtt, most)
	if rate < 0.9*most {
		t.Errorf("%.0f/s; want at least nine tenths of %.0f/s", rate, most)
	}
}
