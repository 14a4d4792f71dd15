package transport_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// subscriber is somebody else's client with a session that the broker keeps.
func subscriber(t *testing.T, m *mosquitto, box *inbox) paho.Client {
	t.Helper()
	o := paho.NewClientOptions().AddBroker(m.url("tcp")).SetClientID("subscriber").SetCleanSession(false).
		SetAutoReconnect(false).SetProtocolVersion(4)
	o.SetDefaultPublishHandler(func(_ paho.Client, p paho.Message) {
		box.handler(t.Context(), transport.Inbound{Topic: p.Topic(), Payload: p.Payload()})
	})
	c := paho.NewClient(o)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	if token := c.Subscribe("plant/#", 1, nil); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	return c
}

// A broker that is restarted. What the outbox promises ends at the PUBACK, and
// holds each time; what becomes of it then is the broker's affair: one with
// persistence that is stopped in order keeps all, one without keeps nothing for
// who is away.
func TestMosquittoRestart(t *testing.T) {
	const n = 200
	for _, tc := range []struct {
		name, config string
		signal       os.Signal
		kept         int // -1: any number
	}{
		{"with persistence, stopped", "persistence true\npersistence_location DIR/\nmax_queued_messages 0\n", syscall.SIGTERM, n},
		{"with persistence, killed", "persistence true\npersistence_location DIR/\nmax_queued_messages 0\n", os.Kill, -1},
		{"without persistence, stopped", "max_queued_messages 0\n", syscall.SIGTERM, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMosquitto(t, tc.config)
			var box inbox
			c := subscriber(t, m, &box)
			c.Disconnect(100) // and is away
			out := mustOpen(t, filepath.Join(t.TempDir(), "outbox"), must(mqtt.New(&mqtt.Options{Broker: m.url("tcp"), ClientID: "device"}))(t),
				&transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
			run(t, out)
			publish := func(from, to int) {
				for i := from; i < to; i++ {
					mustPublish(t, out, transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, i)})
				}
			}
			publish(0, n)
			drain(t, out)
			m.stop(tc.signal)
			m.start()
			kept := 0
			c = subscriber(t, m, &box)
			defer func() { c.Disconnect(100) }()
			if tc.kept > 0 {
				checkArrival(t, &box, "plant/line", tc.kept)
				kept = tc.kept
			} else {
				time.Sleep(300 * time.Millisecond)
				kept = len(box.take())
			}
			t.Logf("of %d acknowledged messages the broker kept %d", n, kept)
			if tc.kept == 0 && kept != 0 {
				t.Errorf("the broker kept %d; want none without persistence", kept)
			}
			// From here on somebody listens. What is published while the broker
			// is away waits in the outbox.
			m.stop(tc.signal)
			eventually(t, "the loss is noticed", func() bool { return !out.Stats().Link.Up })
			publish(n, 2*n)
			if s := out.Stats().Lane(transport.DefaultLane); s.Pending != n || s.Acknowledged != n {
				t.Errorf("%d pending, %d acknowledged without a broker; want %d and %d", s.Pending, s.Acknowledged, n, n)
			}
			c.Disconnect(100)
			box.take()
			m.start()
			c = subscriber(t, m, &box)
			drain(t, out)
			if s := out.Stats().Lane(transport.DefaultLane); s.Acknowledged != 2*n || s.TotalDropped() != 0 {
				t.Errorf("lane %+v; want %d acknowledged and none dropped", s, 2*n)
			}
		})
	}
}

// A broker with persistence is stopped in order and started again, under way,
// some times. Everything accepted arrives, in order but for repetitions.
func TestMosquittoRestartUnderWay(t *testing.T) {
	m := newMosquitto(t, "persistence true\npersistence_location DIR/\nmax_queued_messages 0\n")
	var box inbox
	subscriber(t, m, &box).Disconnect(100)
	out := mustOpen(t, filepath.Join(t.TempDir(), "outbox"), must(mqtt.New(&mqtt.Options{Broker: m.url("tcp"), ClientID: "device"}))(t),
		&transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond})
	run(t, out)
	n := 0
	for range 3 {
		for until := time.Now().Add(200 * time.Millisecond); time.Now().Before(until); n++ {
			mustPublish(t, out, transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, n)})
		}
		m.stop(syscall.SIGTERM)
		m.start()
	}
	drain(t, out)
	c := subscriber(t, m, &box)
	defer c.Disconnect(100)
	checkArrival(t, &box, "plant/line", n)
	t.Logf("%d messages over %d connections", n, out.Stats().Link.Connects)
}
