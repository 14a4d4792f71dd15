package awsiottest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/defender"
	"github.com/brinkml/brink/transport/awsiot/streams"
	"github.com/brinkml/brink/transport/awsiot/tunnel"
	"github.com/brinkml/brink/transport/mqtt"
)

// realBroker starts Debian's broker on the loopback and returns its address.
func realBroker(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	conf := filepath.Join(t.TempDir(), "conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n", l.Addr().(*net.TCPAddr).Port)
	if os.Geteuid() == 0 {
		text += "user root\n"
	}
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return addr
		}
		if time.Now().After(deadline) {
			t.Fatalf("mosquitto does not listen: %v", err)
		}
	}
}

// shears is a link that is cut, once for each entry, when that many bytes went
// to the device since the last cut.
type shears struct {
	target string
	mu     sync.Mutex
	after  []int64
	cuts   int
}

// listen returns the address of the link.
func (s *shears) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", s.target)
			if err != nil {
				down.Close()
				continue
			}
			stop := context.AfterFunc(ctx, func() { up.Close(); down.Close() })
			wg.Go(func() {
				io.Copy(up, down)
				up.Close()
			})
			wg.Go(func() {
				defer stop()
				s.toDevice(down, up)
				up.Close()
				down.Close()
			})
		}
	})
	return l.Addr().String()
}

func (s *shears) toDevice(down, up net.Conn) {
	s.mu.Lock()
	limit := int64(1) << 40
	if s.cuts < len(s.after) {
		limit = s.after[s.cuts]
	}
	s.mu.Unlock()
	if n, _ := io.CopyN(down, up, limit); n == limit {
		s.mu.Lock()
		s.cuts++
		s.mu.Unlock()
	}
}

// outbox opens a connection to a broker and runs it until the test ends.
func outbox(t *testing.T, addr, id string) *transport.Outbox {
	t.Helper()
	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://" + addr, ClientID: id})
	if err != nil {
		t.Fatal(err)
	}
	o, err := transport.Open(t.TempDir(), d, &transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(context.Background())
	}()
	t.Cleanup(func() {
		o.Close()
		<-done
	})
	return o
}

// play runs a service until the test ends, and returns when it hears requests.
func play(t *testing.T, serve func(context.Context) error, ready func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	wait, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	if err := ready(wait); err != nil {
		t.Fatal(err)
	}
}

// A file of 3 MB arrives over a real broker, on a link that is cut three times
// in the middle of blocks.
func TestStreamOverCutLinks(t *testing.T) {
	addr := realBroker(t)
	cloud := awsiottest.NewStreams()
	serving := outbox(t, addr, "cloud")
	play(t, func(ctx context.Context) error { return cloud.Serve(ctx, serving.Conn()) }, cloud.Ready)
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 3_000_001)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	cloud.Put("model", "", map[int][]byte{0: data})

	link := &shears{target: addr, after: []int64{500_000, 1_000_000, 1_500_000}}
	device := outbox(t, link.listen(t), "hub-7")
	c, err := streams.New(device.Conn(), "hub-7", nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model")
	sum := sha256.Sum256(data)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := time.Now()
	if err := c.Fetch(ctx, streams.File{Stream: "model", Size: int64(len(data)), SHA256: sum[:]}, path); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("the file differs: %v", err)
	}
	link.mu.Lock()
	defer link.mu.Unlock()
	if link.cuts != 3 {
		t.Errorf("the link was cut %d times; want 3", link.cuts)
	}
	st := cloud.Stats()
	if most := int64(len(data)) + 3*2*128<<10; st.Bytes > most {
		t.Errorf("%d bytes were sent; want what was under way at each cut twice at most, %d", st.Bytes, most)
	}
	t.Logf("%.1f MB in %v with 3 cuts: %d requests, %d blocks, %d bytes sent", float64(len(data))/1e6, took.Round(time.Millisecond), st.Gets, st.Blocks, st.Bytes)
}

// A report and a notice over a real broker.
func TestDefenderAndTunnelOverBroker(t *testing.T) {
	addr := realBroker(t)
	reports, tunnels := awsiottest.NewDefender(), awsiottest.NewTunnels()
	serving := outbox(t, addr, "cloud")
	play(t, func(ctx context.Context) error { return reports.Serve(ctx, serving.Conn()) }, reports.Ready)
	play(t, func(ctx context.Context) error { return tunnels.Serve(ctx, serving.Conn()) }, tunnels.Ready)
	device := outbox(t, addr, "hub-7")

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	reported := make(chan error, 1)
	r, err := defender.New(device.Conn(), "hub-7", &defender.Options{
		Dir: t.TempDir(),
		Custom: func(context.Context) (map[string]defender.Value, error) {
			return map[string]defender.Value{"n": defender.Number(1)}, nil
		},
		OnReport: func(_ int64, err error) { reported <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan tunnel.Notice, 1)
	l, err := tunnel.New(device.Conn(), "hub-7", func(_ context.Context, n tunnel.Notice) { heard <- n }, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for _, run := range []func(context.Context) error{r.Run, l.Run} {
		wg.Go(func() {
			if err := run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v", err)
			}
		})
	}
	if err := <-reported; err != nil || len(reports.Reports()) != 1 || reports.Reports()[0].Thing != "hub-7" {
		t.Errorf("the report ended with %v; the service has %v", err, reports.Reports())
	}
	for {
		tunnels.Notify("hub-7", awsiottest.TunnelNotice{Token: "AQGA", Mode: "destination", Region: "eu-central-1", Services: []string{"SSH"}})
		select {
		case n := <-heard:
			if n.Token.Reveal() != "AQGA" || n.Region != "eu-central-1" {
				t.Errorf("notice %+v", n)
			}
			return
		case <-time.After(50 * time.Millisecond): // the subscription may not be there yet
		case <-ctx.Done():
			t.Fatal("no notice arrived")
		}
	}
}
