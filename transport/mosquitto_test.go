package transport_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// mosquitto is Debian's broker, with a folder and a port of its own.
type mosquitto struct {
	t      *testing.T
	path   string
	dir    string
	port   int
	cmd    *exec.Cmd
	exited chan struct{}
}

// newMosquitto starts a broker. config is added to a listener on the loopback
// and anonymous access; DIR in it is the broker's folder, where files are put
// first.
func newMosquitto(t *testing.T, config string, files ...string) *mosquitto {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{t: t, path: path, dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	conf := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nlog_dest file DIR/log\nlog_type all\n", m.port)
	if os.Geteuid() == 0 {
		conf += "user root\n" // it would become another who may not read the folder
	}
	conf = strings.ReplaceAll(conf+config, "DIR", m.dir)
	for i := 0; i+1 < len(files); i += 2 {
		m.put(files[i], files[i+1])
	}
	m.put("conf", conf)
	m.start()
	t.Cleanup(func() { m.stop(os.Kill) })
	return m
}

func (m *mosquitto) put(name, content string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mosquitto) url(scheme string) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, m.port)
}

func (m *mosquitto) log() string {
	b, _ := os.ReadFile(filepath.Join(m.dir, "log"))
	return string(b)
}

// start returns when this broker, and not another that has the port, listens.
func (m *mosquitto) start() {
	m.t.Helper()
	m.cmd = exec.Command(m.path, "-c", filepath.Join(m.dir, "conf"))
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	exited := make(chan struct{})
	m.exited = exited
	go func() {
		m.cmd.Wait()
		close(exited)
	}()
	eventually(m.t, "mosquitto listens", func() bool {
		select {
		case <-exited:
			m.t.Fatalf("mosquitto ended at once; its log:\n%s", m.log())
		default:
		}
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", m.port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// stop ends the broker with a signal and waits for it.
func (m *mosquitto) stop(sig os.Signal) {
	m.cmd.Process.Signal(sig)
	<-m.exited
}

// The same against a broker of the world outside, which goes away in between.
func TestMosquitto(t *testing.T) {
	dir := t.TempDir()
	m := newMosquitto(t, "")
	open := func(name string) *transport.Outbox {
		d, err := mqtt.New(&mqtt.Options{Broker: m.url("tcp"), ClientID: name})
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

	m.stop(os.Kill)
	eventually(t, "the loss is noticed", func() bool { return !sender.Stats().Link.Up && !receiver.Stats().Link.Up })
	publish()
	m.start()
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
