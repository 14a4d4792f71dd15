package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/verdict"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// recorder notes what a mochi broker takes, before it acknowledges.
type recorder struct {
	mochi.HookBase
	mu       sync.Mutex
	messages []transporttest.Message
}

func (r *recorder) ID() string { return "recorder" }

func (r *recorder) Provides(b byte) bool { return b == mochi.OnPublish }

func (r *recorder) OnPublish(c *mochi.Client, p packets.Packet) (packets.Packet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, transporttest.Message{
		Client: c.ID, Topic: p.TopicName, Payload: append([]byte(nil), p.Payload...), QoS: p.FixedHeader.Qos,
	})
	return p, nil
}

func startMochi(t testing.TB, addr string, r *recorder) *mochi.Server {
	t.Helper()
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for _, h := range []mochi.Hook{new(auth.AllowHook), r} {
		if err := s.AddHook(h, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: addr})); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	return s
}

// renaming takes another client identifier each time, by which the broker's record tells connections apart.
type renaming struct {
	url string
	n   int // belongs to Run
}

func (d *renaming) Dial(ctx context.Context) (transport.Session, error) {
	d.n++
	m, err := mqtt.New(&mqtt.Options{Broker: d.url, ClientID: fmt.Sprintf("trial-%d", d.n), WriteTimeout: time.Second})
	if err != nil {
		return nil, err
	}
	return m.Dial(ctx)
}

// A broker of another house goes away and comes back while messages are published: nothing is lost, the end of a
// connection repeats at most the window, and each connection sees its messages in order.
func TestMochi(t *testing.T) {
	lives, life := 8, 500*time.Millisecond
	if long() {
		lives, life = 30, 2*time.Second
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()

	r := new(recorder)
	s := startMochi(t, addr, r)
	out := open(t, &renaming{url: "tcp://" + addr}, options())
	stop := publishing(t, out, 3, 0)
	for range lives {
		time.Sleep(life)
		s.Close()
		s = startMochi(t, addr, r)
	}
	accepted := stop()
	drain(t, out)
	s.Close()

	v := verdict.Judge(accepted, r.messages)
	for _, p := range v.Problems(20, 0) {
		t.Error(p)
	}
	links := out.Stats().Link
	t.Logf("%d restarts, %d connections: %v", lives, links.Connects, v)
	if len(accepted) < 100*lives || links.Connects < uint64(lives) {
		t.Errorf("%d messages on %d connections; the trial tries nothing", len(accepted), links.Connects)
	}
}
