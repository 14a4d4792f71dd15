package mqtt5_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/verdict"
	"github.com/brinkml/brink/transport/mqtt5"
	"github.com/brinkml/brink/transport/transporttest"
)

// recorder notes what a mochi broker takes, before it acknowledges, and lets
// nobody write to "forbidden".
type recorder struct {
	mochi.HookBase
	mu       sync.Mutex
	conns    map[*mochi.Client]int
	messages []transporttest.Message
}

func (r *recorder) ID() string { return "recorder" }

func (r *recorder) Provides(b byte) bool {
	return b == mochi.OnPublish || b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

func (r *recorder) OnConnectAuthenticate(c *mochi.Client, _ packets.Packet) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c] = len(r.conns) + 1
	return true
}

func (r *recorder) OnACLCheck(_ *mochi.Client, topic string, _ bool) bool {
	return topic != "forbidden"
}

func (r *recorder) OnPublish(c *mochi.Client, p packets.Packet) (packets.Packet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, transporttest.Message{
		Conn: r.conns[c], Client: c.ID, Topic: p.TopicName, Payload: slices.Clone(p.Payload), QoS: p.FixedHeader.Qos,
	})
	return p, nil
}

func startMochi(t testing.TB, addr string, r *recorder) *mochi.Server {
	t.Helper()
	o := &mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Capabilities: mochi.NewDefaultServerCapabilities()}
	o.Capabilities.ReceiveMaximum = 10
	o.Capabilities.MaximumPacketSize = 4096
	s := mochi.New(o)
	if err := s.AddHook(r, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: addr})); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	return s
}

// gate keeps new connections from a broker that is about to be closed: mochi
// must not be given one while it is (its wait group would begin anew).
type gate struct {
	r *recorder

	mu    sync.Mutex
	down  bool
	dials int
}

func (g *gate) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down {
		return nil, errors.New("the broker is down")
	}
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		g.dials++
	}
	return c, err
}

// shut returns when the broker knows all connections that there are.
func (g *gate) shut(t testing.TB) {
	g.mu.Lock()
	g.down = true
	dials := g.dials
	g.mu.Unlock()
	eventually(t, "all connections are known", func() bool {
		g.r.mu.Lock()
		defer g.r.mu.Unlock()
		return len(g.r.conns) == dials
	})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = false
}

// A broker of another house goes away and comes back while messages are
// published: nothing is lost, the end of a connection repeats at most what the
// broker takes at once, each connection sees its messages in order, and the
// refused ones are set aside.
func TestMochi(t *testing.T) {
	lives, life := 4, 300*time.Millisecond
	if long() {
		lives, life = 30, 2*time.Second
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	r := &recorder{conns: make(map[*mochi.Client]int)}
	s := startMochi(t, addr, r)
	g := &gate{r: r}
	out := open(t, dialer(t, mqtt5.Options{
		Broker: "tcp://" + addr, ClientID: "trial", WriteTimeout: time.Second, Dial: g.dial,
	}), &quick)
	var mu sync.Mutex
	var accepted []string
	refused := 0
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for p := range 3 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				m := transport.Message{Topic: fmt.Sprintf("t/%d", p)}
				id := fmt.Sprintf("%s %09d %s", m.Topic, n, strings.Repeat(".", n%500))
				m.Payload = []byte(id)
				bad := n%100 == 7
				if bad {
					m.Topic = "forbidden"
				}
				if n == 17 && p == 0 {
					// Its limit for packets it keeps to itself, and resets the connection.
					m.Payload, bad = make([]byte, 5000), true
				}
				mustPublish(t, out, m)
				mu.Lock()
				if bad {
					refused++
				} else {
					accepted = append(accepted, id)
				}
				mu.Unlock()
			}
		})
	}
	for range lives {
		time.Sleep(life)
		g.shut(t)
		s.Close()
		s = startMochi(t, addr, r)
		g.open()
	}
	close(stop)
	wg.Wait()
	drain(t, out)
	g.shut(t)
	s.Close()
	v := verdict.Judge(accepted, r.messages)
	for _, p := range v.Problems(10, 0) {
		t.Error(p)
	}
	links := out.Stats().Link
	t.Logf("%d restarts, %d connections, %d refused: %v", lives, links.Connects, refused, v)
	if aside := len(asides(t, out)); aside != refused || refused == 0 {
		t.Errorf("%d messages aside; want %d", aside, refused)
	}
	if len(accepted) < 20*lives || links.Connects < uint64(lives) {
		t.Errorf("%d messages on %d connections; the trial tries nothing", len(accepted), links.Connects)
	}
}

// A broker that is stopped, and one that is given the same name twice, say so,
// and no message is to blame.
func TestMochiLeaves(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	r := &recorder{conns: make(map[*mochi.Client]int)}
	m := startMochi(t, addr, r)
	s := mustDial(t, mqtt5.Options{Broker: "tcp://" + addr, ClientID: "device"})
	next := mustDial(t, mqtt5.Options{Broker: "tcp://" + addr, ClientID: "device"})
	<-s.Done()
	r.mu.Lock()
	known := len(r.conns)
	r.mu.Unlock()
	if known != 2 {
		t.Errorf("the broker knows %d connections; want both", known)
	}
	m.Close()
	<-next.Done()
	for _, tc := range []struct {
		err  error
		code byte
	}{{s.Err(), 0x8e}, {next.Err(), 0x8b}} {
		var r *mqtt5.ReasonError
		if !errors.As(tc.err, &r) || r.Code != tc.code || errors.Is(tc.err, transport.ErrPeerClosed) {
			t.Errorf("Err() = %v; want a *ReasonError of code %#x", tc.err, tc.code)
		}
	}
}
