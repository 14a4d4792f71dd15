package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// mosquitto starts Debian's broker on a free port of the loopback, or skips the test where there is none.
func mosquitto(t *testing.T) (url string) {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("mosquitto is not installed")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n", l.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", conf)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return "tcp://" + addr
		}
		if time.Now().After(deadline) {
			t.Fatalf("mosquitto does not listen: %v\n%s", err, &out)
		}
	}
}

// TestAtMosquitto has a broker that is not of this module for the cloud, with the shadow service as one more client of it.
func TestAtMosquitto(t *testing.T) {
	t.Parallel()
	url := mosquitto(t)
	d, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: "cloud"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := transport.Open(t.TempDir(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	service := shadowtest.New(nil)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() { _ = out.Run(ctx) })
	wg.Go(func() { _ = service.Serve(ctx, out.Conn()) })
	var mu sync.Mutex
	batches := 0
	_, err = out.Subscribe(ctx, "hbs/stream", 1, func(_ context.Context, m transport.Inbound) {
		mu.Lock()
		defer mu.Unlock()
		if eachOf(m.Payload, func([]byte) {}) == nil {
			batches++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := gatewayRun(t, "-broker", url, "-state", t.TempDir(), "-duration", "4s", "-pace", "20", "-link", "1s-2s", "-json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Witnessed || s.Pending != 0 || !s.Leaf.Synced || s.Leaf.Accepted < 1 || s.Links < 2 {
		t.Errorf("summary %+v; want nothing pending, the leaf answered, and its shadow in step", s)
	}
	for _, r := range s.Topics[:3] {
		if r.Sent == 0 || r.Arrived != r.Sent {
			t.Errorf("%+v; want each acknowledged", r)
		}
	}
	var last string
	if s.Leaf.Temperature != nil {
		b, err := number(*s.Leaf.Temperature).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		last = string(b)
	}
	if doc, _ := service.Document("localdevice", ""); string(doc.Reported) != `{"temperature":`+last+`}` {
		t.Errorf("the cloud has %s of the leaf; want %s", doc.Reported, last)
	}
	mu.Lock()
	defer mu.Unlock()
	if batches == 0 {
		t.Error("no batch of the stream arrived")
	}
}
