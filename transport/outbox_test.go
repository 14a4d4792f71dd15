package transport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// rig is a broker in memory and a dialer to it.
func rig(t testing.TB, mo *mqtt.Options) (*transporttest.Broker, *mqtt.Dialer) {
	t.Helper()
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v := b.Stats().Violations; len(v) > 0 {
			t.Errorf("protocol violations: %q", v)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	var o mqtt.Options
	if mo != nil {
		o = *mo
	}
	o.Broker, o.ClientID, o.Dial = "tcp://memory", "test", b.Dial
	d, err := mqtt.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	return b, d
}

func payloads(ms []transporttest.Message) []string {
	var s []string
	for _, m := range ms {
		s = append(s, string(m.Payload))
	}
	return s
}

// noDialer is for outboxes that never connect.
type noDialer struct{}

func (noDialer) Dial(ctx context.Context) (transport.Session, error) {
	return nil, errors.New("no network")
}

func TestPublishAndDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, nil)
		var last transport.Receipt
		for i := range 50 {
			last = mustPublish(t, out, transport.Message{Topic: "t/data", Payload: fmt.Append(nil, i)})
		}
		if last.Acknowledged() {
			t.Error("Acknowledged() before Run = true; want false")
		}
		run(t, out)
		if err := last.Delivered(t.Context()); err != nil {
			t.Fatalf("Delivered = %v; want nil", err)
		}
		drain(t, out)
		if !last.Acknowledged() || last.Lane() != transport.DefaultLane || last.Seq() != 50 || last.Epoch() != 1 {
			t.Errorf("receipt: %v, %q, %d, %d; want true, telemetry, 50, 1",
				last.Acknowledged(), last.Lane(), last.Seq(), last.Epoch())
		}
		for i, m := range b.Messages() {
			if string(m.Payload) != fmt.Sprint(i) || m.QoS != 1 || m.Topic != "t/data" {
				t.Fatalf("message %d = %+v", i, m)
			}
		}
		if n := b.Stats().MaxInFlight; n > 20 {
			t.Errorf("%d in flight; want at most 20", n)
		}
		s := out.Stats()
		if l := s.Lane(transport.DefaultLane); l.Acknowledged != 50 || l.Pending != 0 || l.Bytes != 0 {
			t.Errorf("lane: %+v; want 50 acknowledged, none pending", l)
		}
		if !s.Link.Up || s.Link.Connects != 1 || s.Link.Reconnects() != 0 {
			t.Errorf("link: %+v; want up, one connection", s.Link)
		}
	})
}

func TestRestartKeepsWhatIsPending(t *testing.T) {
	dir := t.TempDir()
	out := mustOpen(t, dir, noDialer{}, nil)
	first := out.Epoch()
	for i := range 30 {
		mustPublish(t, out, transport.Message{Topic: "t", Payload: fmt.Append(nil, i)})
	}
	mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("alarm"), Lane: "alarm", Retain: true})
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	b, d := rig(t, nil)
	out = mustOpen(t, dir, d, nil)
	if e := out.Epoch(); e != first+1 {
		t.Errorf("Epoch() = %d after %d; want one more", e, first)
	}
	run(t, out)
	drain(t, out)
	got := b.Messages()
	if len(got) != 31 || string(got[0].Payload) != "alarm" || !got[0].Retain {
		t.Fatalf("%d messages, first %q; want 31, the retained alarm first", len(got), got[0].Payload)
	}
	for i, m := range got[1:] {
		if string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d = %q; want %d", i, m.Payload, i)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	// A clean restart sends nothing again.
	out = mustOpen(t, dir, d, nil)
	if l := out.Stats().Lane(transport.DefaultLane); l.Pending != 0 || l.Accepted != 0 {
		t.Errorf("after a clean restart: %+v; want nothing pending", l)
	}
}

func TestPublishRefuses(t *testing.T) {
	out := mustOpen(t, t.TempDir(), noDialer{}, &transport.Options{
		MaxPayload: 100,
		Lanes:      []transport.Lane{{Name: transport.DefaultLane}, {Name: "json", Batch: &transport.Batch{}}},
	})
	var (
		topic *transport.TopicError
		size  *transport.SizeError
		body  *transport.PayloadError
	)
	for _, m := range []transport.Message{
		{Topic: ""},
		{Topic: "a/+/b"},
		{Topic: "a/#"},
		{Topic: "a\x00b"},
		{Topic: "a\xffb"},
		{Topic: strings.Repeat("a", 65536)},
	} {
		if _, err := out.Publish(t.Context(), m); !errors.As(err, &topic) {
			t.Errorf("Publish(%.20q) = %v; want a *TopicError", m.Topic, err)
		}
	}
	if _, err := out.Publish(t.Context(), transport.Message{Topic: "a", Payload: make([]byte, 101)}); !errors.As(err, &size) {
		t.Errorf("Publish(101 bytes) = %v; want a *SizeError", err)
	}
	if _, err := out.Publish(t.Context(), transport.Message{Topic: "a", Lane: "json", Payload: []byte("{")}); !errors.As(err, &body) {
		t.Errorf("Publish(bad JSON) = %v; want a *PayloadError", err)
	}
	if _, err := out.Publish(t.Context(), transport.Message{Topic: "a", Lane: "nope"}); !errors.Is(err, transport.ErrLane) {
		t.Errorf("Publish(unknown lane) = %v; want ErrLane", err)
	}
	if _, err := out.Publish(t.Context(), transport.Message{Topic: "a", Expiry: -1}); err == nil {
		t.Error("Publish(negative Expiry) = nil; want an error")
	}
	if _, err := out.Publish(t.Context(), transport.Message{Topic: strings.Repeat("a", 65535)}); err != nil {
		t.Errorf("Publish(longest topic) = %v; want nil", err)
	}
	if l := out.Stats().Lane(transport.DefaultLane); l.Accepted != 1 {
		t.Errorf("%d accepted; want 1", l.Accepted)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "never made")
	_, err := transport.Open(dir, nil, &transport.Options{
		Window:     -1,
		MaxPayload: 1 << 30,
		BackoffMin: time.Hour, BackoffMax: time.Second,
		Lanes: []transport.Lane{
			{Name: "a"},
			{Name: "a"},
			{Name: "Upper", Sync: 9, OnFull: -1, MaxCount: -1},
			{Name: "b", SyncEvery: 1, Batch: &transport.Batch{MaxDelay: -1}},
		},
	})
	if err == nil {
		t.Fatal("Open = nil; want errors")
	}
	for _, want := range []string{
		"no dialer", "Window", "MaxPayload", "BackoffMax", `two lanes are named "a"`, `"Upper"`,
		"no such Sync", "no such OnFull", "bound is negative", "SyncEvery", "bound of Batch",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Stat(dir) = %v; want it untouched", err)
	}
}

func TestOpenLocksDirectory(t *testing.T) {
	dir := t.TempDir()
	out := mustOpen(t, dir, noDialer{}, nil)
	_, err := transport.Open(dir, noDialer{}, nil)
	if !errors.Is(err, durable.ErrLocked) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second Open = %v; want that the directory is in use", err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, noDialer{}, nil)
}

func TestOpenUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := transport.Open(filepath.Join(file, "outbox"), noDialer{}, nil)
	if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.HasPrefix(err.Error(), "transport: open: ") {
		t.Errorf("Open = %v; want one clear error", err)
	}
}

func TestRunTwiceAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, nil)
		stop := run(t, out)
		synctest.Wait()
		if err := out.Run(t.Context()); !errors.Is(err, transport.ErrRunning) {
			t.Errorf("second Run = %v; want ErrRunning", err)
		}
		stop()
		stop = run(t, out)
		r := mustPublish(t, out, transport.Message{Topic: "t"})
		if err := r.Delivered(t.Context()); err != nil {
			t.Errorf("Delivered in the second Run = %v; want nil", err)
		}
		if n := b.Stats().Connects; n != 2 {
			t.Errorf("%d connections; want 2", n)
		}
		b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return true }})
		r = mustPublish(t, out, transport.Message{Topic: "t"})
		go out.Close()
		if err := r.Delivered(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Delivered across Close = %v; want ErrClosed", err)
		}
		stop()
		if err := out.Run(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Run after Close = %v; want ErrClosed", err)
		}
		if _, err := out.Publish(t.Context(), transport.Message{Topic: "t"}); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Publish after Close = %v; want ErrClosed", err)
		}
		if _, err := out.Subscribe(t.Context(), "t", 0, func(context.Context, transport.Inbound) {}); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Subscribe after Close = %v; want ErrClosed", err)
		}
	})
}
