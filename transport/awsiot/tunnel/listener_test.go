package tunnel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/tunnel"
)

type world struct {
	broker *shadowtest.Service
	cloud  *awsiottest.Tunnels
	log    bytes.Buffer
	got    []string // tokens, in order
	run    context.Context
	stop   context.CancelFunc
	done   chan error
}

// start runs a listener until stop.
func start(t *testing.T, h tunnel.Handler, services ...string) *world {
	t.Helper()
	w := &world{broker: shadowtest.New(nil), cloud: awsiottest.NewTunnels(), done: make(chan error, 2)}
	if h == nil {
		h = func(_ context.Context, n tunnel.Notice) { w.got = append(w.got, n.Token.Reveal()) }
	}
	l, err := tunnel.New(w.broker.Conn("dev"), "hub-7", h, &tunnel.Options{Services: services, Logger: slog.New(slog.NewTextHandler(&w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	w.run, w.stop = context.WithCancel(context.Background())
	go func() { w.done <- l.Run(w.run) }()
	go func() { w.done <- w.cloud.Serve(w.run, w.broker.Conn("cloud")) }()
	t.Cleanup(w.end)
	synctest.Wait()
	if err := l.Run(w.run); !errors.Is(err, tunnel.ErrRunning) {
		t.Errorf("second Run = %v", err)
	}
	return w
}

func (w *world) end() {
	w.stop()
	for range 2 {
		<-w.done
	}
}

func notice(token string) awsiottest.TunnelNotice {
	return awsiottest.TunnelNotice{Token: token, Mode: "destination", Region: "us-east-1", Services: []string{"SSH"}}
}

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, nil, "SSH", "VNC")
		send := func(n awsiottest.TunnelNotice) {
			w.cloud.Notify("hub-7", n)
			synctest.Wait()
		}
		send(notice("TOKEN-1"))
		send(notice("TOKEN-1")) // again
		send(notice("TOKEN-2"))
		other := notice("TOKEN-3")
		other.Services = []string{"SSH", "SMTP"}
		send(other)
		source := notice("TOKEN-4")
		source.Mode = "source"
		send(source)
		w.cloud.NotifyRaw("hub-7", []byte(`{"clientAccessToken":"TOKEN-5"`))
		w.cloud.Notify("hub-8", notice("TOKEN-6"))
		synctest.Wait()
		w.broker.Disconnect("dev")
		send(notice("TOKEN-7")) // nobody hears it
		w.broker.Connect("dev")
		synctest.Wait()
		send(notice("TOKEN-1")) // still known
		send(notice("TOKEN-8"))
		if want := []string{"TOKEN-1", "TOKEN-2", "TOKEN-8"}; !slices.Equal(w.got, want) {
			t.Errorf("handed on %q; want %q", w.got, want)
		}
		if strings.Contains(w.log.String(), "TOKEN") {
			t.Errorf("the log shows tokens:\n%s", w.log.String())
		}
		for _, part := range []string{"not offered", "client mode", "not JSON", "came again"} {
			if !strings.Contains(w.log.String(), part) {
				t.Errorf("the log does not say %q:\n%s", part, w.log.String())
			}
		}
		// 64 tokens later the first is forgotten.
		for i := range 64 {
			send(notice(fmt.Sprint("NEXT-", i)))
		}
		send(notice("TOKEN-1"))
		if w.got[len(w.got)-1] != "TOKEN-1" {
			t.Error("the memory of tokens has no bound")
		}
	})
}

// While the handler works, eight notices wait; its context outlives the
// connection and ends with Run.
func TestBusyHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := 0
		var w *world
		w = start(t, func(ctx context.Context, _ tunnel.Notice) {
			got++
			if got > 1 {
				return
			}
			time.Sleep(time.Second)
			w.broker.Disconnect("dev")
			time.Sleep(time.Second)
			w.broker.Connect("dev")
			time.Sleep(time.Second)
			w.cloud.Notify("hub-7", notice("LATER")) // heard, though there is no room
			time.Sleep(time.Second)
			if ctx.Err() != nil {
				t.Error("the context ended with the connection")
			}
		})
		for i := range 20 {
			w.cloud.Notify("hub-7", notice(fmt.Sprint("TOKEN-", i)))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got != 1+8 {
			t.Errorf("%d notices handed on; want one and eight that wait", got)
		}
		if n := strings.Count(w.log.String(), "lost"); n != 20-9+1 {
			t.Errorf("the log tells of %d that were lost", n)
		}
		w.cloud.Notify("hub-7", notice("LATER")) // it was not handed on, so it is not known
		synctest.Wait()
		if got != 1+8+1 {
			t.Errorf("%d notices handed on", got)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	_, err := tunnel.New(nil, "a/b", nil, &tunnel.Options{Services: []string{"a b"}})
	for _, part := range []string{"connection", "handler", "thing", "service"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("New = %v; want all mistakes, %s too", err, part)
		}
	}
}

// A broker that refuses the subscription is asked again.
func TestRefusedSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &refusing{Conn: shadowtest.New(nil).Conn("dev")}
		l, err := tunnel.New(conn, "hub-7", func(context.Context, tunnel.Notice) {}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Run(ctx); !errors.Is(err, context.DeadlineExceeded) || conn.n < 3 || conn.n > 8 {
			t.Errorf("Run = %v after %d subscriptions", err, conn.n)
		}
	})
}

type refusing struct {
	awsiot.Conn
	n int
}

func (r *refusing) Subscribe(context.Context, []string, func(string, []byte)) (func(), error) {
	r.n++
	return nil, errors.New("denied")
}

// A connection that will not come back ends Run, handler and all.
func TestConnectionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := tunnel.New(over{shadowtest.New(nil).Conn("dev")}, "hub-7", func(context.Context, tunnel.Notice) {}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Run(t.Context()); !errors.Is(err, awsiot.ErrNoLink) {
			t.Errorf("Run = %v; want %v", err, awsiot.ErrNoLink)
		}
	})
}

type over struct{ awsiot.Conn }

func (over) Links(context.Context) iter.Seq[context.Context] {
	return func(func(context.Context) bool) {}
}
