package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // the proxy's toxics log to a logger that cannot be set
	// The proxy leaves goroutines behind whose toxic was taken away while they had something to say.
	const proxy = "github.com/Shopify/toxiproxy/v2"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(proxy+"/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction(proxy+".(*ToxicLink).read"),
		goleak.IgnoreAnyFunction(proxy+".(*ToxicLink).write"))
}

func long() bool { return os.Getenv("BRINK_LONG") != "" }

// seeded returns random numbers whose seed the test prints, and takes from BRINK_SEED to run again.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BRINK_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BRINK_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// newBroker returns a recording broker on a TCP port.
func newBroker(t testing.TB) (b *transporttest.Broker, url string) {
	t.Helper()
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v := b.Stats().Violations; len(v) > 0 {
			t.Errorf("violations: %q", v)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if url, err = b.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return b, url
}

// open returns an outbox that runs until the test ends.
func open(t testing.TB, d transport.Dialer, o *transport.Options) *transport.Outbox {
	t.Helper()
	out, err := transport.Open(t.TempDir(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- out.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := out.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Run = %v; want ErrClosed", err)
		}
		for _, l := range out.Stats().Lanes {
			if l.Accepted != l.Acknowledged+uint64(l.Pending)+l.TotalDropped() {
				t.Errorf("lane %q does not balance: %+v", l.Name, l)
			}
		}
	})
	return out
}

func drain(t testing.TB, out *transport.Outbox) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := out.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// publishing publishes numbered messages, one in ten to the lane alarm, every pause with each of several producers. The
// function that it returns ends that and gives what was accepted.
func publishing(t testing.TB, out *transport.Outbox, producers int, pause time.Duration) (stop func() []string) {
	ctx, cancel := context.WithCancel(context.Background())
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		accepted []string
	)
	for p := range producers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				lane := transport.DefaultLane
				if n%10 == 9 {
					lane = "alarm"
				}
				m := transport.Message{Topic: fmt.Sprintf("%s/%d", lane, p), Lane: lane}
				id := fmt.Sprintf("%s %09d %s", m.Topic, n, strings.Repeat(".", n%500))
				m.Payload = []byte(id)
				if _, err := out.Publish(ctx, m); err != nil {
					if ctx.Err() == nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				accepted = append(accepted, id)
				mu.Unlock()
				time.Sleep(pause)
			}
		})
	}
	stopped := false
	stop = func() []string {
		if !stopped {
			stopped = true
			cancel()
			wg.Wait()
		}
		return accepted
	}
	t.Cleanup(func() { stop() })
	return stop
}

// TestTable measures all stores for a moment: of those that sync, none is as fast as the outbox, and none writes less.
func TestTable(t *testing.T) {
	rows, err := compare(t.Context(), t.TempDir(), stores, []int{1, 16, 64}, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := print(&out, rows); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	ours := make(map[int]row)
	for _, r := range rows {
		switch r.store {
		case "outbox":
			ours[r.producers] = r
		case "bbolt", "file queue, synced":
			o := ours[r.producers]
			if r.rate() >= o.rate() {
				t.Errorf("%d producers: %s takes %.0f messages/s and the outbox %.0f/s", r.producers, r.store, r.rate(), o.rate())
			}
			// A sync writes whole pages: with one producer no store writes less than one a message, and the outbox's 312
			// bytes lie on two of them now and then. What the file system adds for names and sizes shows on the device only.
			if limit := r.bytesWritten() + 2*rawRecord; o.bytesWritten() > limit {
				t.Errorf("%d producers: %s writes %.0f bytes a message and the outbox %.0f", r.producers, r.store, r.bytesWritten(), o.bytesWritten())
			}
			if r.producers == 1 && o.device > 0 && o.bytesDevice() >= r.bytesDevice() {
				t.Errorf("%s makes the device write %.0f bytes a message and the outbox %.0f", r.store, r.bytesDevice(), o.bytesDevice())
			}
		}
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	args := []string{"-time", "10ms", "-producers", "1,3", "-dir", t.TempDir(), "outbox", "file queue", "bbolt"}
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 7 {
		t.Errorf("run prints %d lines; want a head and six rows:\n%s", got, &out)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{{"unknown"}, {"-producers", "0"}, {"-producers", "many"}, {"-dir", "/nowhere", "bbolt"}} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil {
			t.Errorf("run(%q) succeeds", args)
		}
	}
}

// BenchmarkStores times each store alone.
func BenchmarkStores(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		for _, k := range stores {
			b.Run(fmt.Sprintf("%s/producers=%d", strings.ReplaceAll(k.name, ", ", "-"), producers), func(b *testing.B) {
				s, err := k.open(b.TempDir(), producers)
				if err != nil {
					b.Fatal(err)
				}
				defer s.close()
				payload := make([]byte, 256)
				wrote := written()
				b.ResetTimer()
				left := make(chan struct{}, producers)
				var wg sync.WaitGroup
				for range producers {
					wg.Go(func() {
						for range left {
							if err := s.put(payload); err != nil {
								b.Error(err)
							}
						}
					})
				}
				for range b.N {
					left <- struct{}{}
				}
				close(left)
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
				b.ReportMetric(float64(written()-wrote)/float64(b.N), "written/op")
			})
		}
	}
}
