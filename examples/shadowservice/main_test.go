package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// childEnv makes the test binary be the program, so that a test can kill it.
const childEnv = "BRINK_SHADOWSERVICE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// state is both sections of the tests' shadows.
type state map[string]int

// client is a shadow over an outbox of its own.
type client struct {
	*shadow.Shadow[state, state]
	conn shadow.Conn
}

func connect(t *testing.T, url, id string, onDelta func(context.Context, shadow.Change[state]) error) client {
	t.Helper()
	return connectWith(t, &mqtt.Options{Broker: url, ClientID: id}, onDelta)
}

func connectWith(t *testing.T, o *mqtt.Options, onDelta func(context.Context, shadow.Change[state]) error) client {
	t.Helper()
	d, err := mqtt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	outbox, err := transport.Open(t.TempDir(), d, &transport.Options{
		Lanes:      []transport.Lane{{Name: "none", Sync: transport.InMemory}},
		BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := shadow.Bind(outbox.Conn(), "hub", &shadow.Options[state, state]{
		Name: "cfg", OnDelta: onDelta, RequestTimeout: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { outbox.Run(ctx); done <- struct{}{} }()
	go func() { s.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() {
		cancel()
		<-done
		<-done
		outbox.Close()
	})
	return client{s, outbox.Conn()}
}

// desire asks until the service takes it.
func (c client) desire(t *testing.T, key string, value int) {
	t.Helper()
	eventually(t, "the service takes "+key, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return c.Desire(ctx, func(d *state) error {
			if *d == nil {
				*d = state{}
			}
			(*d)[key] = value
			return nil
		}) == nil
	})
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s in vain until %s", what)
		}
	}
}

// agree waits until the service has want in both sections.
func (c client) agree(t *testing.T, want state) {
	t.Helper()
	const get = "$aws/things/hub/shadow/name/cfg/get"
	var last string
	defer func() {
		if t.Failed() {
			t.Logf("the service has %s; want %v", last, want)
		}
	}()
	eventually(t, "device and service agree", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		answer := make(chan []byte, 16)
		end, err := c.conn.Subscribe(ctx, []string{get + "/accepted"}, func(_ string, payload []byte) {
			select {
			case answer <- payload:
			default:
			}
		})
		if err != nil || c.conn.Publish(ctx, get, nil) != nil {
			return false
		}
		defer end()
		select {
		case payload := <-answer:
			last = string(payload)
			var m struct {
				State struct{ Desired, Reported state }
			}
			return json.Unmarshal(payload, &m) == nil && cmp.Equal(m.State.Desired, want) && cmp.Equal(m.State.Reported, want)
		case <-ctx.Done():
			return false
		}
	})
}

func apply(context.Context, shadow.Change[state]) error { return nil }

// The program with its own broker, over a bad network, and all that it prints.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for life := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		out, stdout := io.Pipe()
		var stderr bytes.Buffer
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, []string{"-listen", "127.0.0.1:0", "-dir", dir, "-json", "-v", "-drop", "5", "-duplicate", "10", "-reorder", "10", "-rate", "0", "-things", "hub,other"}, stdout, &stderr)
			stdout.Close()
		}()
		lines := bufio.NewScanner(out)
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "broker  tcp://127.0.0.1:") {
			t.Fatalf("first line %q, stderr %s; want the broker's address", lines.Text(), &stderr)
		}
		url := strings.TrimPrefix(lines.Text(), "broker  ")
		t.Run("clients", func(t *testing.T) {
			connect(t, url, "device", apply)
			app := connect(t, url, "app", nil)
			want := state{"first": 1}
			app.desire(t, "first", 1)
			if life == 1 {
				app.desire(t, "second", 2)
				want["second"] = 2
			}
			app.agree(t, want)
		})
		cancel()
		var sum summary
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &sum) != nil {
			t.Fatalf("last line %q; want a summary", lines.Text())
		}
		if c := <-code; c != 0 {
			t.Fatalf("exit code %d: %s", c, &stderr)
		}
		if sum.Things != 1 || sum.Shadows != 1 || sum.Updates < 1 || sum.Gets < 1 || sum.Seconds <= 0 {
			t.Errorf("summary %+v; want one shadow with gets and updates", sum)
		}
		if n := strings.Count(stderr.String(), `msg="shadow request" op=`); n != sum.Gets+sum.Updates+sum.Deletes {
			t.Errorf("%d lines of requests; want %d\n%s", n, sum.Gets+sum.Updates+sum.Deletes, &stderr)
		}
	}
}

// At a broker that asks for certificates.
func TestTLS(t *testing.T) {
	authority, err := transporttest.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.Server(true)
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := authority.Issue("client", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := transporttest.New(&transporttest.Options{TLS: server})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"-broker", url}
	for name, content := range map[string][]byte{"ca": authority.PEM(), "cert": certPEM, "key": keyPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-"+name, filepath.Join(dir, name))
	}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() { code <- run(ctx, args, io.Discard, &stderr) }()
	t.Run("clients", func(t *testing.T) {
		pair, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")})
		if err != nil {
			t.Fatal(err)
		}
		o := &mqtt.Options{Broker: url, ClientID: "device", RootsFile: filepath.Join(dir, "ca"), KeyPair: pair}
		device := connectWith(t, o, apply)
		device.desire(t, "a", 1)
		device.agree(t, state{"a": 1})
	})
	cancel()
	if c := <-code; c != 0 {
		t.Errorf("exit code %d: %s", c, &stderr)
	}
}

func TestOptions(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"x"}, `unexpected argument "x"`},
		{[]string{"-cert", "c"}, "-cert and -key belong together"},
		{[]string{"-ca", "c", "-broker", "tcp://127.0.0.1"}, "need a -broker tls://"},
		{[]string{"-latency", "-1s", "-drop", "60", "-duplicate", "60"}, "-latency or -duration is negative; -drop 60, -duplicate 60 and -reorder 0 are not percentages"},
		{[]string{"-drop", "NaN"}, "are not percentages"},
		{[]string{"-broker", "http://x"}, "it must be tcp:// or tls://"},
		{[]string{"-listen", "nowhere"}, "missing port"},
		{[]string{"-dir", broken}, broken},
		{[]string{"-broker", "tls://127.0.0.1:1", "-cert", broken, "-key", broken}, broken},
		{[]string{"-bad"}, "flag provided but not defined"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), tt.args, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), tt.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%q: exit code %d, %s; want 1 and one line with %q", tt.args, code, &stderr, tt.want)
		}
	}
	var usage bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, io.Discard, &usage); code != 0 || !strings.Contains(usage.String(), "-duplicate") {
		t.Errorf("-h: exit code %d, %s; want the flags", code, &usage)
	}
	var text bytes.Buffer
	if code := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-duration", "1ms"}, &text, io.Discard); code != 0 || !strings.Contains(text.String(), "summary 0 shadows of 0 things; 0 gets") {
		t.Errorf("exit code %d, %s; want a summary in words", code, &text)
	}
}
