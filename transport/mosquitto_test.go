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

// The same against a broker of the world outside, which goes away in between.
func TestMosquitto(t *testing.T) {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	config := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		cmd := exec.Command(path, "-c", config)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "mosquitto listens", func() bool {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		return cmd
	}
	broker := start()
	defer func() {
		broker.Process.Kill()
		broker.Wait()
	}()

	open := func(name string) *transport.Outbox {
		d, err := mqtt.New(&mqtt.Options{Broker: fmt.Sprintf("tcp://127.0.0.1:%d", port), ClientID: name})
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

	broker.Process.Kill()
	broker.Wait()
	eventually(t, "the loss is noticed", func() bool { return !sender.Stats().Link.Up && !receiver.Stats().Link.Up })
	publish()
	broker = start()
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
