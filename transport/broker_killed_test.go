package transport_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/verdict"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// A broker is killed again and again and comes back on the same port, while two
// producers publish: nothing is lost, a kill repeats at most the window, and
// each connection sees its messages in order.
//
//	BRINK_LONG=1 go test -count=1 -v -run '^TestBrokerKilled$' ./transport
func TestBrokerKilled(t *testing.T) {
	lives, life := 16, 250*time.Millisecond
	if long() {
		lives, life = 30, 2*time.Second
	}
	dir := t.TempDir()
	oracle, addr := filepath.Join(dir, "oracle"), freeAddr(t)
	startBroker := func() *process {
		b := startChild(t, "broker", "BRINK_ORACLE="+oracle, "BRINK_ADDR="+addr)
		b.line() // it listens
		return b
	}
	b := startBroker()
	out := mustOpen(t, filepath.Join(dir, "outbox"), &renaming{url: "tcp://" + addr}, &transport.Options{
		BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond,
		Lanes: []transport.Lane{
			{Name: "alarm", Priority: 10, MaxCount: 500},
			{Name: transport.DefaultLane, MaxCount: 1000},
		},
	})
	run(t, out)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var (
		mu       sync.Mutex
		accepted []string
		wg       sync.WaitGroup
	)
	wg.Go(func() {
		produce(ctx, out, 2, func(id string) error {
			mu.Lock()
			defer mu.Unlock()
			accepted = append(accepted, id)
			return nil
		})
	})
	kills := 0
	for range lives {
		time.Sleep(life)
		b.kill()
		kills++
		b = startBroker()
	}
	stop()
	wg.Wait()
	drain(t, out)
	if v := b.record().Violations; len(v) > 0 {
		t.Errorf("violations: %q", v)
	}

	arrived, err := transporttest.ReadOracle(oracle)
	if err != nil {
		t.Fatal(err)
	}
	// Each connection is a client of its own name here, because a new broker
	// begins to count connections anew: the end of a client is the loss of a
	// connection, and nothing is unstored.
	v := verdict.Judge(accepted, arrived)
	holds(t, v, 20, 0)
	if links := out.Stats().Link.Connects; links < uint64(kills)/2 || v.Accepted < 100*kills {
		t.Errorf("%d connections and %d messages for %d kills; the test tests nothing", links, v.Accepted, kills)
	}
	t.Logf("%d kills of the broker: %v", kills, v)
}

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// renaming is a dialer that takes another client identifier each time.
type renaming struct {
	url string
	n   int // belongs to Run
}

func (d *renaming) Dial(ctx context.Context) (transport.Session, error) {
	d.n++
	m, err := mqtt.New(&mqtt.Options{
		Broker: d.url, ClientID: fmt.Sprintf("publisher-%d", d.n),
		// The end of Run waits that long for a lost connection's client library.
		WriteTimeout: time.Second,
	})
	if err != nil {
		return nil, err
	}
	return m.Dial(ctx)
}
