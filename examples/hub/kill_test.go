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
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport/transporttest"
)

// oracle is what reached the broker, as somebody else than the hub saw it.
type oracle interface {
	payloads() [][]byte
}

// TestKilledHubLosesNothing kills a running hub five times at random, lets the last run drain, and holds the
// broker's own record against the list of what Publish accepted.
func TestKilledHubLosesNothing(t *testing.T) {
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	killAndDrain(t, url, recorded{b})
}

// TestKilledHubLosesNothingAtMosquitto does the same against Debian's mosquitto, where the hub's own recorder has a
// session that outlives it, and so must not miss anything either.
func TestKilledHubLosesNothingAtMosquitto(t *testing.T) {
	url := mosquitto(t)
	seen := &subscriber{}
	o := paho.NewClientOptions().AddBroker(url).SetClientID("oracle").SetProtocolVersion(4)
	c := paho.NewClient(o)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer c.Disconnect(100)
	if token := c.Subscribe("brink/#", 1, seen.take); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	if s := killAndDrain(t, url, seen); s.Lost != 0 || s.Unverified != 0 {
		t.Errorf("the hub's recorder says %d lost, %d unverified; want 0", s.Lost, s.Unverified)
	}
}

func killAndDrain(t *testing.T, url string, o oracle) summary {
	t.Helper()
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 5 {
		cmd := exec.Command(os.Args[0], "-broker", url, "-state", dir, "-link", "1s-2s")
		cmd.Env = append(os.Environ(), childEnv+"=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(500+rng.IntN(2500)) * time.Millisecond) // when to kill is what is random here
		if err := cmd.Process.Kill(); err != nil {
			t.Fatalf("%v: %s", err, &stderr)
		}
		if err := cmd.Wait(); err == nil || stderr.Len() > 0 {
			t.Fatalf("the hub ended by itself: %v: %s", err, &stderr)
		}
	}
	code, stdout, stderr := hubRun(t, "-broker", url, "-state", dir, "-duration", "4s", "-json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s := lastLine(t, stdout)
	if s.Pending != 0 {
		t.Fatalf("summary %+v; want nothing pending", s)
	}
	accepted, err := openIDs(filepath.Join(dir, "accepted.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.close()
	received, err := openIDs(filepath.Join(t.TempDir(), "oracle.log"))
	if err != nil {
		t.Fatal(err)
	}
	judge := &recorder{received: received}
	defer judge.close()
	for _, p := range o.payloads() {
		if err := judge.note(p); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d accepted, %d at the broker, %d of them again", accepted.count(), received.count(), judge.duplicate.Load())
	if n := accepted.missing(received); n > 0 || accepted.count() < 10 {
		t.Errorf("%d of %d accepted messages never reached the broker; want 0 of at least 10", n, accepted.count())
	}
	return s
}

// recorded is the record of the test broker.
type recorded struct{ *transporttest.Broker }

func (r recorded) payloads() (out [][]byte) {
	for _, m := range r.Messages() {
		if strings.HasPrefix(m.Topic, "brink/") {
			out = append(out, m.Payload)
		}
	}
	return out
}

// subscriber is an MQTT client that keeps what it gets.
type subscriber struct {
	mu  sync.Mutex
	got [][]byte
}

func (s *subscriber) take(_ paho.Client, m paho.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, m.Payload())
}

func (s *subscriber) payloads() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// mosquitto starts Debian's broker on a free port of the loopback, or skips the test where there is none.
func mosquitto(t *testing.T) (url string) {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program = "/usr/sbin/mosquitto"; !exists(program) {
			t.Skip("mosquitto is not installed")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", conf)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Kill()); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return "tcp://" + addr
		}
		if time.Now().After(deadline) {
			t.Fatalf("mosquitto does not listen: %v\n%s", err, &out)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestIDSet holds the set against a map, with its file closed and opened in between.
func TestIDSet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ids.log")
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[id]bool{}
	for range 5 {
		s, err := openIDs(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			i := id{rng.Uint64N(3), rng.Uint64N(300)}
			fresh, err := s.add(i)
			if err != nil {
				t.Fatal(err)
			}
			if fresh == want[i] {
				t.Fatalf("add(%v) = %v; want %v", i, fresh, !want[i])
			}
			want[i] = true
		}
		if s.count() != len(want) {
			t.Fatalf("count = %d; want %d", s.count(), len(want))
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
	var i id
	if err := json.Unmarshal([]byte(`{"boot":2,"seq":7,"thing":"x"}`), &i); err != nil || i != (id{2, 7}) {
		t.Errorf("the id of a report is %v, %v; want {2 7}", i, err)
	}
}
