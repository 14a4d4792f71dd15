package transport_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport"
)

func TestMain(m *testing.M) {
	if os.Getenv(straceEnv) != "" {
		os.Exit(straceChild())
	}
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m)
}

// mustOpen opens an outbox that the test closes.
func mustOpen(t testing.TB, dir string, d transport.Dialer, o *transport.Options) *transport.Outbox {
	t.Helper()
	return mustOpenFS(t, dir, d, o, durable.OS{})
}

func mustOpenFS(t testing.TB, dir string, d transport.Dialer, o *transport.Options, fsys durable.FS) *transport.Outbox {
	t.Helper()
	out, err := transport.OpenFS(dir, d, o, fsys)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := out.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		balanced(t, out)
	})
	return out
}

// balanced checks that every accepted message is accounted for.
func balanced(t testing.TB, out *transport.Outbox) {
	t.Helper()
	for _, l := range out.Stats().Lanes {
		if l.Accepted != l.Acknowledged+uint64(l.Pending)+l.TotalDropped() || l.Pending < 0 || l.InFlight > l.Pending {
			t.Errorf("lane %q does not balance: %+v", l.Name, l)
		}
	}
}

// run starts Run; the returned function ends it and waits.
func run(t testing.TB, out *transport.Outbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != context.Canceled && err != transport.ErrClosed {
			t.Errorf("Run = %v; want context.Canceled or ErrClosed", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func mustPublish(t testing.TB, out *transport.Outbox, m transport.Message) transport.Receipt {
	t.Helper()
	r, err := out.Publish(context.Background(), m)
	if err != nil {
		t.Fatalf("Publish(%s): %v", m.Topic, err)
	}
	return r
}

// drain waits until nothing is pending.
func drain(t testing.TB, out *transport.Outbox) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := out.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// eventually waits for a condition that has no channel.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}
