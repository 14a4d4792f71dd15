package transport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// inbox collects what handlers get.
type inbox struct {
	mu  sync.Mutex
	got []string
}

func (b *inbox) add(topic string, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, topic+"="+string(payload))
}

func (b *inbox) handler(_ context.Context, m transport.Inbound) { b.add(m.Topic, m.Payload) }

func (b *inbox) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.got
	b.got = nil
	return got
}

func TestSubscribeSurvivesReconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Publish("cmd/mode", []byte("eco"), true)
		out := mustOpen(t, t.TempDir(), d, nil)
		var box inbox
		sub, err := out.Subscribe(t.Context(), "cmd/+", 1, box.handler)
		if err != nil {
			t.Fatalf("Subscribe without a link = %v; want nil", err)
		}
		run(t, out)
		if err := sub.Ready(t.Context()); err != nil {
			t.Fatalf("Ready = %v; want nil", err)
		}
		synctest.Wait()
		if got := box.take(); !slices.Equal(got, []string{"cmd/mode=eco"}) {
			t.Errorf("got %q; want the retained message", got)
		}
		for i := range 3 {
			b.Publish("cmd/x", fmt.Append(nil, i), false)
			b.Publish("other", nil, false)
		}
		synctest.Wait()
		if got := box.take(); !slices.Equal(got, []string{"cmd/x=0", "cmd/x=1", "cmd/x=2"}) {
			t.Errorf("got %q; want three in order", got)
		}
		b.HangUp()
		time.Sleep(2 * time.Second)
		if err := sub.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Publish("cmd/x", []byte("again"), false)
		synctest.Wait()
		if got := box.take(); !slices.Contains(got, "cmd/x=again") {
			t.Errorf("got %q; want the subscription on the new connection", got)
		}
		if err := sub.Close(); err != nil {
			t.Fatal(err)
		}
		if f := b.Subscriptions(); len(f) != 0 {
			t.Errorf("subscriptions %q after Close; want none", f)
		}
		b.Publish("cmd/x", []byte("late"), false)
		synctest.Wait()
		if got := box.take(); len(got) != 0 {
			t.Errorf("got %q after Close; want nothing", got)
		}
		if err := sub.Ready(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Ready after Close = %v; want ErrClosed", err)
		}
	})
}

func TestSubackFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		b.Script(transporttest.Script{Suback: func(f string, q byte) byte {
			if strings.HasPrefix(f, "secret") {
				return 0x80
			}
			return q
		}})
		out := mustOpen(t, t.TempDir(), d, nil)
		var box inbox
		early, err := out.Subscribe(t.Context(), "secret/early", 0, box.handler)
		if err != nil {
			t.Fatal(err)
		}
		run(t, out)
		var refused *transport.SubscribeError
		if err := early.Ready(t.Context()); !errors.As(err, &refused) || refused.Filter != "secret/early" {
			t.Errorf("Ready = %v; want a *SubscribeError", err)
		}
		if _, err := out.Subscribe(t.Context(), "secret/#", 0, box.handler); !errors.As(err, &refused) || errors.Is(err, transport.ErrNoLink) {
			t.Errorf("Subscribe = %v; want a *SubscribeError", err)
		}
		if _, err := out.Conn().Subscribe(t.Context(), []string{"open", "secret"}, box.add); !errors.As(err, &refused) {
			t.Errorf("Conn.Subscribe = %v; want a *SubscribeError", err)
		}
		synctest.Wait()
		if f := b.Subscriptions(); len(f) != 0 {
			t.Errorf("subscriptions %q; want none left of the refused", f)
		}
		if !out.Stats().Link.Up {
			t.Error("link is down; want a refusal to leave it up")
		}
	})
}

func TestSubscribeRefuses(t *testing.T) {
	out := mustOpen(t, t.TempDir(), noDialer{}, nil)
	h := func(context.Context, transport.Inbound) {}
	for _, f := range []string{"", "a/#/b", "a/b#", "a+/b", "a\x00", "a\xff", "$share/x", "$share//a", strings.Repeat("x", 65536)} {
		var topic *transport.TopicError
		if _, err := out.Subscribe(t.Context(), f, 0, h); !errors.As(err, &topic) {
			t.Errorf("Subscribe(%.20q) = %v; want a *TopicError", f, err)
		}
	}
	for _, f := range []string{"#", "+", "a/+/#", "/", "$share/g/a/#"} {
		if _, err := out.Subscribe(t.Context(), f, 1, h); err != nil {
			t.Errorf("Subscribe(%q) = %v; want nil", f, err)
		}
	}
	if _, err := out.Subscribe(t.Context(), "a", 2, h); err == nil {
		t.Error("Subscribe with QoS 2 = nil; want an error")
	}
	if _, err := out.Subscribe(t.Context(), "a", 0, nil); err == nil {
		t.Error("Subscribe without a handler = nil; want an error")
	}
}

// A handler that blocks holds up neither acknowledgements nor other handlers;
// what it cannot take is dropped and counted.
func TestSlowHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{InboundQueue: 10})
		release := make(chan struct{})
		var slow, fast inbox
		for filter, h := range map[string]transport.Handler{
			"x":   func(ctx context.Context, m transport.Inbound) { <-release; slow.handler(ctx, m) },
			"x/#": fast.handler,
		} {
			if _, err := out.Subscribe(t.Context(), filter, 0, h); err != nil {
				t.Fatal(err)
			}
		}
		run(t, out)
		synctest.Wait()
		for i := range 30 {
			b.Publish("x", fmt.Append(nil, i), false)
			synctest.Wait()
		}
		r := mustPublish(t, out, transport.Message{Topic: "t"})
		if err := r.Delivered(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(release)
		synctest.Wait()
		if n := len(fast.take()); n != 30 {
			t.Errorf("the fast handler got %d; want 30", n)
		}
		if n := len(slow.take()); n != 11 {
			t.Errorf("the slow handler got %d; want the one it was busy with and 10", n)
		}
		if n := out.Stats().InboundDropped; n != 19 {
			t.Errorf("%d dropped; want 19", n)
		}
	})
}

// shadowConn is what package shadow asks of a connection.
type shadowConn interface {
	Publish(ctx context.Context, topic string, payload []byte) error
	Subscribe(ctx context.Context, topics []string, h func(topic string, payload []byte)) (cancel func(), err error)
	Links(ctx context.Context) iter.Seq[context.Context]
}

var _ shadowConn = transport.Conn{}

func TestConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, nil)
		c := out.Conn()
		if err := c.Publish(t.Context(), "q", nil); !errors.Is(err, transport.ErrNoLink) {
			t.Errorf("Publish without a link = %v; want ErrNoLink", err)
		}
		var box inbox
		if _, err := c.Subscribe(t.Context(), []string{"a"}, box.add); !errors.Is(err, transport.ErrNoLink) {
			t.Errorf("Subscribe without a link = %v; want ErrNoLink", err)
		}
		run(t, out)
		n := 0
		for link := range c.Links(t.Context()) {
			n++
			cancel, err := c.Subscribe(link, []string{"answer/a", "answer/+"}, box.add)
			if err != nil {
				t.Fatal(err)
			}
			before := len(b.Messages())
			if err := c.Publish(link, "question", []byte("?")); err != nil {
				t.Fatal(err)
			}
			if got := len(b.Messages()) - before; got != 1 {
				t.Errorf("%d messages when Publish returns; want 1", got)
			}
			b.Publish("answer/b", []byte("!"), false)
			synctest.Wait()
			if got := box.take(); !slices.Equal(got, []string{"answer/b=!"}) {
				t.Errorf("link %d: got %q; want the answer", n, got)
			}
			if n == 3 {
				cancel()
				cancel()
				if f := b.Subscriptions(); len(f) != 0 {
					t.Errorf("subscriptions %q after cancel; want none", f)
				}
				break
			}
			// The link ends under a Publish.
			b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return true }})
			lost := make(chan error)
			go func() { lost <- c.Publish(context.Background(), "question", nil) }()
			synctest.Wait()
			b.Script(transporttest.Script{})
			b.HangUp()
			if err := <-lost; !errors.Is(err, transport.ErrNoLink) {
				t.Errorf("Publish across the end of the link = %v; want ErrNoLink", err)
			}
			<-link.Done()
			if cause := context.Cause(link); !errors.Is(cause, transport.ErrNoLink) {
				t.Errorf("cause of the link's end = %v; want ErrNoLink", cause)
			}
		}
		// A new range begins with the present link and ends with its context.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		again := 0
		for link := range c.Links(ctx) {
			again++
			if link.Err() != nil {
				t.Error("the present link is done")
			}
		}
		if again != 1 {
			t.Errorf("%d links; want the present one", again)
		}
	})
}
