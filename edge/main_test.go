package edge

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// manager is the far end of a notifier. It keeps the datagrams, a line each.
type manager struct {
	mu   sync.Mutex
	text string
	done chan struct{}
}

func connect(n *notifier) *manager {
	near, far := net.Pipe()
	n.conn = near
	m := &manager{done: make(chan struct{})}
	go func() {
		defer close(m.done)
		buf := make([]byte, 4096)
		for {
			k, err := far.Read(buf)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.text += string(buf[:k]) + "\n"
			m.mu.Unlock()
		}
	}()
	return m
}

// take returns what came since the last call.
func (m *manager) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.text = "" }()
	return m.text
}

func TestMainTellsTheManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("hub", nil)
		closed := false
		a.Go("model", Func(func(ctx context.Context) error {
			time.Sleep(3 * time.Second)
			if err := Beat(ctx); err != nil {
				return err
			}
			return untilStop(ctx)
		}), &ComponentOptions{Critical: true, ReadyOnBeat: true})
		a.Go("optional", Func(func(context.Context) error { return errors.New("not\nthere") }), nil)
		a.Go("slow", closer{func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(8 * time.Second)
			return nil
		}, func() error { closed = true; return nil }}, nil)

		n := &notifier{watchdog: 4 * time.Second}
		m := connect(n)
		signals := make(chan os.Signal, 2)
		code := make(chan int, 1)
		var stderr bytes.Buffer
		go func() { code <- a.main(signals, n, &stderr) }()

		pass(2900 * time.Millisecond)
		got := m.take()
		if strings.Contains(got, "READY") || !strings.Contains(got, "WATCHDOG=1") {
			t.Errorf("before the critical component is ready: %q; want pings, no READY", got)
		}
		pass(27 * time.Second)
		got += m.take()
		if strings.Count(got, "READY=1") != 1 || !strings.Contains(got, "STATUS=degraded; optional: not there\n") {
			t.Errorf("after it is: %q; want READY once and the status in one line", got)
		}
		if n := strings.Count(got, "WATCHDOG=1"); n < 13 {
			t.Errorf("pings in 30 s at 4 s = %d; want one every 2 s", n)
		}
		signals <- syscall.SIGTERM
		pass(7 * time.Second)
		got = m.take()
		if !strings.HasPrefix(got, "STOPPING=1\n") || strings.Count(got, "EXTEND_TIMEOUT_USEC=15000000") < 4 {
			t.Errorf("while it stops: %q; want STOPPING and more time", got)
		}
		if c := <-code; c != 0 || stderr.Len() > 0 || !closed {
			t.Errorf("exit code %d, stderr %q, closed %v; want 0, none, true", c, &stderr, closed)
		}
		n.close()
		<-m.done
	})
}

func TestStuckCriticalStopsThePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("hub", nil)
		release := make(chan struct{})
		a.Go("wedged", Func(func(context.Context) error { <-release; return nil }),
			&ComponentOptions{Critical: true, Heartbeat: 10 * time.Second, StopTimeout: time.Second})
		n := &notifier{watchdog: 4 * time.Second}
		m := connect(n)
		signals := make(chan os.Signal, 2)
		code := make(chan int, 1)
		var stderr bytes.Buffer
		go func() { code <- a.main(signals, n, &stderr) }()
		pass(20 * time.Second)
		pings := strings.Count(m.take(), "WATCHDOG=1")
		pass(time.Minute)
		if more := strings.Count(m.take(), "WATCHDOG=1"); pings < 4 || more != 0 {
			t.Errorf("pings = %d, then %d in a minute; want some, and none after it is stuck", pings, more)
		}
		signals <- os.Interrupt
		if c := <-code; c != 1 || !strings.Contains(stderr.String(), "hub: edge: did not stop in time: wedged") {
			t.Errorf("exit code %d, stderr %q; want 1 and the name", c, &stderr)
		}
		close(release)
		n.close()
		<-m.done
	})
}

func TestSecondSignalDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("hub", nil)
		a.Go("slow", Func(func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(9 * time.Second)
			return nil
		}), nil)
		signals := make(chan os.Signal, 2)
		code := make(chan int, 1)
		var stderr bytes.Buffer
		go func() { code <- a.main(signals, nil, &stderr) }()
		signals <- syscall.SIGTERM
		time.Sleep(time.Second)
		begin := time.Now()
		signals <- syscall.SIGTERM
		if c := <-code; c != 143 || time.Since(begin) != 0 {
			t.Errorf("exit code %d after %v; want 143 at once", c, time.Since(begin))
		}
		time.Sleep(time.Minute)
	})
}

func TestMainReturnsOneOnError(t *testing.T) {
	a := New("hub", nil)
	a.Go("c", Func(func(context.Context) error { return Fatal(errors.New("no model")) }), nil)
	var stderr bytes.Buffer
	if c := a.main(nil, nil, &stderr); c != 1 || stderr.String() != "hub: edge: component c: no model\n" {
		t.Errorf("exit code %d, stderr %q; want 1 and the error", c, &stderr)
	}
	if c := Main(New("nothing", nil)); c != 0 {
		t.Errorf("Main without components = %d; want 0", c)
	}
}

func TestNotifySocket(t *testing.T) {
	env := map[string]string{}
	getenv := func(k string) string { return env[k] }
	if n, err := openNotifier(getenv); n != nil || err != nil {
		t.Errorf("without a socket = %v, %v; want nil, nil", n, err)
	}
	env["NOTIFY_SOCKET"] = "vsock:2:1"
	if _, err := openNotifier(getenv); err == nil {
		t.Error("with a socket of an unknown kind: no error")
	}
	if runtime.GOOS != "linux" {
		t.Skip("datagrams over Unix sockets are for systemd")
	}
	names := []string{filepath.Join(t.TempDir(), "notify"), "@brink-edge-test-" + filepath.Base(t.TempDir())}
	for _, name := range names {
		l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		env["NOTIFY_SOCKET"], env["WATCHDOG_USEC"], env["WATCHDOG_PID"] = name, "3000000", ""
		n, err := openNotifier(getenv)
		if err != nil {
			t.Fatal(err)
		}
		if n.watchdog != 3*time.Second || n.period() != 1500*time.Millisecond {
			t.Errorf("watchdog %v, period %v; want 3 s, 1.5 s", n.watchdog, n.period())
		}
		n.send("READY=1", "STATUS=ok")
		buf := make([]byte, 100)
		k, err := l.Read(buf)
		if got, want := string(buf[:k]), "READY=1\nSTATUS=ok"; err != nil || got != want {
			t.Errorf("datagram = %q, %v; want %q", got, err, want)
		}
		_ = l.Close()
		n.send("WATCHDOG=1") // nobody listens: no harm
		n.close()

		env["WATCHDOG_PID"] = "1"
		if n, err := openNotifier(getenv); err == nil {
			t.Errorf("a socket without a listener = %v, nil; want an error", n)
		}
	}
}
