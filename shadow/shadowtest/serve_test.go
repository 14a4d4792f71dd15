package shadowtest_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// brokerConn is a client inside an embedded broker.
type brokerConn struct {
	broker *mqtt.Server
	next   *atomic.Int64
}

func (b brokerConn) Publish(_ context.Context, topic string, payload []byte) error {
	return b.broker.Publish(topic, payload, false, 1)
}

func (b brokerConn) Subscribe(_ context.Context, topics []string, h func(string, []byte)) (func(), error) {
	id := int(b.next.Add(1))
	for _, t := range topics {
		if err := b.broker.Subscribe(t, id, func(_ *mqtt.Client, _ packets.Subscription, p packets.Packet) {
			h(p.TopicName, p.Payload)
		}); err != nil {
			return nil, err
		}
	}
	return func() {
		for _, t := range topics {
			_ = b.broker.Unsubscribe(t, id)
		}
	}, nil
}

func (b brokerConn) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		if yield(ctx) {
			<-ctx.Done()
		}
	}
}

// embedded starts a broker inside the test.
func embedded(t *testing.T) (conn brokerConn, stop func()) {
	t.Helper()
	broker := mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := broker.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	if err := broker.Serve(); err != nil {
		t.Fatal(err)
	}
	return brokerConn{broker, new(atomic.Int64)}, func() { broker.Close() }
}

// A device and the service meet on a real broker.
func TestServeOnABroker(t *testing.T) {
	conn, stop := embedded(t)
	defer stop()
	svc := shadowtest.New(nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- svc.Serve(ctx, conn) }()

	type state map[string]int
	s, err := shadow.Bind(conn, "hub", &shadow.Options[state, state]{
		Name:           "cfg",
		RequestTimeout: 200 * time.Millisecond, // the service may come up later
		OnDelta:        func(context.Context, shadow.Change[state]) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { done <- s.Run(ctx) }()
	if err := s.Report(ctx, func(r *state) error { *r = state{"temp": 20}; return nil }); err != nil {
		t.Fatal(err)
	}
	limit, end := context.WithTimeout(ctx, 10*time.Second)
	defer end()
	if err := s.Desire(limit, func(d *state) error { *d = state{"rate": 5}; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := svc.SetDesired("hub", "cfg", raw(`{"mode":2}`)); err != nil {
		t.Fatal(err)
	}
	const want = `{"mode":2,"rate":5,"temp":20}`
	for {
		doc, _ := svc.Document("hub", "cfg")
		if string(doc.Reported) == want {
			break
		}
		if limit.Err() != nil {
			t.Fatalf("reported = %s; want %s", doc.Reported, want)
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	for range 2 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve or Run = %v; want context.Canceled", err)
		}
	}
}
