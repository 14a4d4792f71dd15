package transport_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// mosquitto is a broker of the world outside.
type mosquitto struct {
	addr string
	conf string
	cmd  *exec.Cmd
}

// newMosquitto starts one on a free port, with these lines of configuration.
func newMosquitto(t *testing.T, lines string) *mosquitto {
	t.Helper()
	if _, err := exec.LookPath("mosquitto"); err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	m := &mosquitto{addr: fmt.Sprintf("127.0.0.1:%d", port), conf: filepath.Join(t.TempDir(), "mosquitto.conf")}
	if err := os.WriteFile(m.conf, fmt.Appendf(nil, "user root\nlistener %d 127.0.0.1\n%s", port, lines), 0o644); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	t.Cleanup(m.kill)
	return m
}

func (m *mosquitto) start(t *testing.T) {
	t.Helper()
	m.cmd = exec.Command("mosquitto", "-c", m.conf)
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (m *mosquitto) kill() {
	m.cmd.Process.Kill()
	m.cmd.Wait()
}

// The same against a broker of the world outside, which goes away in between.
func TestMosquitto(t *testing.T) {
	broker := newMosquitto(t, "allow_anonymous true\n")
	dir := t.TempDir()
	open := func(name string) *transport.Outbox {
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://" + broker.addr, ClientID: name})
		if err != nil {
			t.Fatal(err)
		}
		return mustOpen(t, filepath.Join(dir, name), d, &transport.Options{
			BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond,
		})
	}
	receiver := open("receiver")
	var box inbox
	sub, err := receiver.Subscribe(t.Context(), "plant/#", 1, box.handler)
	if err != nil {
		t.Fatal(err)
	}
	run(t, receiver)
	if err := sub.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	sender := open("sender")
	run(t, sender)
	const n = 300
	publish := func() {
		for i := range n {
			mustPublish(t, sender, transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, i)})
		}
	}
	publish()
	drain(t, sender)
	var got []string
	eventually(t, "all arrive", func() bool { got = append(got, box.take()...); return len(got) >= n })
	for i, g := range got {
		if g != fmt.Sprintf("plant/line=%d", i) {
			t.Fatalf("message %d is %s", i, g)
		}
	}

	broker.kill()
	eventually(t, "the loss is noticed", func() bool { return !sender.Stats().Link.Up && !receiver.Stats().Link.Up })
	publish()
	broker.start(t)
	eventually(t, "the subscription is renewed", func() bool { return receiver.Stats().Link.Up })
	if err := sub.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, sender, transport.Message{Topic: "plant/line", Payload: []byte("last")})
	drain(t, sender)
	eventually(t, "the last one arrives", func() bool {
		for _, g := range box.take() {
			if g == "plant/line=last" {
				return true
			}
		}
		return false
	})
	if s := sender.Stats(); s.Link.Reconnects() < 1 || s.Lane(transport.DefaultLane).Acknowledged != 2*n+1 {
		t.Errorf("stats %+v; want %d acknowledged", s, 2*n+1)
	}
}
