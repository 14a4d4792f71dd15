package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// program is one run of the program, in a process of its own.
type program struct {
	cmd         *exec.Cmd
	out, stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), childEnv+"=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

func (p *program) end(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("the program ended by itself: %v: %s", err, &p.stderr)
	}
	err := p.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && sig == os.Kill && exit.ExitCode() == -1 {
		return
	}
	if err != nil || sig == os.Kill {
		t.Fatalf("the program ended with %v: %s", err, &p.stderr)
	}
}

// mosquitto is Debian's broker on a port of its own.
type mosquitto struct {
	t    *testing.T
	conf string
	addr string
	cmd  *exec.Cmd
}

func startMosquitto(t *testing.T) *mosquitto {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{t: t, conf: filepath.Join(t.TempDir(), "conf"), addr: l.Addr().String()}
	l.Close()
	conf := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", l.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(m.conf, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	m.start()
	t.Cleanup(m.stop)
	return m
}

func (m *mosquitto) start() {
	m.t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	m.cmd = exec.Command(path, "-c", m.conf)
	if err := m.cmd.Start(); errors.Is(err, os.ErrNotExist) {
		m.cmd = nil
		m.t.Skip("mosquitto is not installed")
	} else if err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (m *mosquitto) stop() {
	if m.cmd == nil {
		return
	}
	m.cmd.Process.Kill()
	m.cmd.Wait()
}

// The service is killed while a device and an application work with it, and
// starts again; so does the broker. What was answered is kept, and in the end
// all agree.
func TestKilledAtMosquitto(t *testing.T) {
	m := startMosquitto(t)
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	service := []string{"-broker", "tcp://" + m.addr, "-dir", dir, "-json", "-rate", "0"}
	p := start(t, service...)
	device, app := connect(t, "tcp://"+m.addr, "device", apply), connect(t, "tcp://"+m.addr, "app", nil)
	want := state{}
	desire := func(key string, value int) {
		t.Helper()
		app.desire(t, key, value)
		want[key] = value
	}
	desire("start", 1)
	for life := range 5 {
		stop, stopped := make(chan struct{}), make(chan struct{})
		count := 0
		go func() { // traffic, so that the end comes in the middle of something
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				count++
				_ = device.Report(t.Context(), func(r *state) error {
					if *r == nil {
						*r = state{}
					}
					(*r)["count"] = count
					return nil
				})
			}
		}()
		desire(fmt.Sprint("life", life), life)
		time.Sleep(time.Duration(rng.IntN(150)) * time.Millisecond) // when to kill is what is random here
		p.end(t, os.Kill)
		close(stop)
		<-stopped
		kept, err := shadowtest.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := kept.Document("hub", "cfg")
		kept.Close()
		var desired state
		if err := json.Unmarshal(d.Desired, &desired); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if got, ok := desired[key]; !ok || got != value {
				t.Errorf("after kill %d the folder has %s %d; want %d, which was answered", life, key, got, value)
			}
		}
		if life == 2 {
			m.stop()
			m.start()
		}
		p = start(t, service...)
	}
	m.stop()
	m.start()
	desire("end", 2)
	if err := device.Report(t.Context(), func(r *state) error { delete(*r, "count"); return nil }); err != nil {
		t.Fatal(err)
	}
	app.agree(t, want)
	p.end(t, syscall.SIGTERM)
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	var sum summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil || sum.Shadows != 1 || sum.Updates < 1 {
		t.Errorf("the last life printed %q, %v; want a summary with updates", lines, err)
	}
	kept, err := shadowtest.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	d, _ := kept.Document("hub", "cfg")
	if d.Delta != nil || string(d.Desired) != string(d.Reported) {
		t.Errorf("in the folder are desired %s, reported %s; want them equal", d.Desired, d.Reported)
	}
	t.Logf("version %d", d.Version)
}
