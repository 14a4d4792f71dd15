package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brinkml/brink/transport/transporttest"
)

// The trial starts this program again, which in a test is the test: the variable tells the two apart.
const childEnv = "KIT_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
		return
	}
	os.Setenv(childEnv, "1")
	goleak.VerifyTestMain(m)
}

// call runs the program.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	code = run(ctx, args, &out, &log)
	return code, out.String(), log.String()
}

func TestTrial(t *testing.T) {
	kills := 5
	if os.Getenv("BRINK_LONG") != "" {
		kills = 500
	}
	code, stdout, stderr := call(t, "-trial", fmt.Sprint(kills), "-json")
	if code != 0 {
		t.Fatalf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	t.Log(stdout)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var v verdict
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v); err != nil {
		t.Fatal(err)
	}
	if v.Kills != kills || v.Lost != 0 || v.Disorder != 0 || v.Accepted < 10*kills || v.Arrived != v.Accepted+v.Untold {
		t.Errorf("verdict %+v; want no loss, order, and 10 messages a run", v)
	}
}

// broker starts a recording broker on the loopback.
func broker(t *testing.T) (b *transporttest.Broker, url string) {
	t.Helper()
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if url, err = b.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return b, url
}

// until returns the first message of a topic that fits.
func until(t *testing.T, b *transporttest.Broker, topic, part string) transporttest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for n := 1; ; n++ {
		all, err := b.Wait(ctx, n)
		if err != nil {
			t.Fatalf("no message on %s with %q: %v", topic, part, err)
		}
		if m := all[n-1]; m.Topic == topic && strings.Contains(string(m.Payload), part) {
			return m
		}
	}
}

// TestDevice runs the kit at a broker: what it says at its begin, while it runs, on a command, and at its end.
func TestDevice(t *testing.T) {
	b, url := broker(t)
	b.Publish("kit/kit/set", []byte(`{"interval":"50ms"}`), true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, log bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"-broker", url, "-state", t.TempDir(), "-interval", "20ms", "-hot", "-10", "-print"}, &out, &log)
	}()
	if m := until(t, b, "kit/kit/status", `"online":true`); !m.Retain || m.QoS != 1 {
		t.Errorf("%+v; want it retained, with QoS 1", m)
	}
	until(t, b, "kit/kit/alarm", `"alarm":"hot","on":true`)
	until(t, b, "kit/kit/alarm", `"alarm":"blind","on":false`)
	until(t, b, "kit/kit/settings", `"interval":"50ms"`)
	b.Publish("kit/kit/set", []byte(`{"interval":"1h"}`), false)
	until(t, b, "kit/kit/settings", `"interval":"1h0m0s"`)
	for _, bad := range []string{`{"interval":"1ms"}`, `{"interval":"25h"}`, `{"interval":5}`, `?`} {
		b.Publish("kit/kit/set", []byte(bad), false)
		until(t, b, "kit/kit/settings", `"error":`)
	}
	m := until(t, b, "kit/kit/telemetry", `"temperature"`)
	var readings []reading
	if err := json.Unmarshal(m.Payload, &readings); err != nil {
		t.Fatal(err)
	}
	r := readings[0]
	if r.Device != "kit" || r.Epoch == 0 || r.Seq != 1 || r.Up <= 0 || r.Temperature < 16 || r.Temperature > 34 ||
		r.Pressure < 1000 || r.Humidity <= 0 || r.Accel[2] < 9 {
		t.Errorf("the first reading is %+v; want an epoch, seq 1, and a room", r)
	}
	cancel()
	if c := <-code; c != 0 {
		t.Fatalf("exit code %d: %s", c, &log)
	}
	until(t, b, "kit/kit/status", `"online":false`)
	for _, m := range b.Messages() {
		if m.Will {
			t.Errorf("the broker played the will of a kit that said goodbye: %s", m.Payload)
		}
	}
	if !strings.Contains(out.String(), "\nalarm {") || !strings.Contains(out.String(), fmt.Sprintf(`telemetry {"device":"kit","epoch":%d,"seq":1,`, r.Epoch)) {
		t.Errorf("printed\n%s\nwant what was accepted", &out)
	}
}

// TestNoBroker runs the kit without anybody to talk to: it ends in time, keeps what it has, and the next run delivers it.
func TestNoBroker(t *testing.T) {
	b, url := broker(t)
	b.Cut()
	state := t.TempDir()
	args := []string{"-broker", url, "-state", state, "-interval", "5ms", "-duration", "300ms", "-print"}
	began := time.Now()
	code, kept, stderr := call(t, append(args, "-drain", "100ms")...)
	if code != 0 || time.Since(began) > 10*time.Second || !strings.Contains(stderr, "before everything is delivered") {
		t.Fatalf("exit code %d after %v: %s", code, time.Since(began), stderr)
	}
	b.Restore()
	code, more, stderr := call(t, args...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	at := map[key]bool{}
	for _, m := range b.Messages() {
		ids, err := identities(m.Payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			at[arrival{filepath.Base(m.Topic), id}.key()] = true
		}
	}
	n := 0
	for line := range strings.Lines(kept + more) {
		n++
		name, payload, _ := strings.Cut(line, " ")
		ids, err := identities([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		if a := (arrival{name, ids[0]}); !at[a.key()] {
			t.Errorf("%+v was accepted and is not at the broker", a)
		}
	}
	if n < 20 {
		t.Errorf("%d messages were accepted; want 20 and more", n)
	}
}

// TestJudge lets the judge see what it is there for.
func TestJudge(t *testing.T) {
	batch := func(topic string, ids ...identity) transporttest.Message {
		payload, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		return transporttest.Message{Topic: "kit/x/" + topic, Payload: payload}
	}
	id := func(epoch, seq uint64) identity { return identity{Epoch: epoch, Seq: seq} }
	accepted := []arrival{{"a", id(1, 1)}, {"a", id(1, 2)}, {"a", id(1, 4)}, {"b", id(1, 1)}}
	messages := []transporttest.Message{
		batch("a", id(1, 1), id(1, 2)), batch("a", id(1, 1), id(1, 2), id(1, 3)), // once more from the lowest, and one untold
		batch("a", id(2, 2)), batch("a", id(2, 1)),
	}
	var v verdict
	if err := v.judge(accepted, messages); err != nil {
		t.Fatal(err)
	}
	v.topics = nil
	if want := (verdict{Accepted: 4, Arrived: 5, Lost: 2, Twice: 2, Untold: 3, Disorder: 1}); fmt.Sprint(v) != fmt.Sprint(want) {
		t.Errorf("judge = %+v; want %+v", v, want)
	}
	if err := v.print(new(bytes.Buffer), false); err == nil || !strings.Contains(err.Error(), "2 of 4 lost") {
		t.Errorf("print = %v; want an error that tells the loss", err)
	}
}

func TestCondition(t *testing.T) {
	c := condition{name: "hot", raise: 30, clear: 29.5}
	if !c.judge(20) || c.on || !c.judge(20) {
		t.Error("the state at the begin is not told until it is accepted")
	}
	c.tell()
	for i, step := range []struct {
		value float64
		on    bool
	}{{29.9, false}, {30, true}, {29.7, true}, {31, true}, {29.4, false}, {29.9, false}} {
		was := c.on
		if news := c.judge(step.value); c.on != step.on || news != (step.on != was) {
			t.Errorf("step %d, %v: on %v, news %v; want on %v", i, step.value, c.on, news, step.on)
		}
		c.tell()
	}
}

func TestSchedule(t *testing.T) {
	var s schedule
	start := time.Now()
	for _, step := range []struct{ at, every, due int }{ // milliseconds
		{0, 100, 1}, {20, 100, 0}, {99, 100, 0}, {119, 100, 1}, {190, 100, 0}, {200, 100, 1}, // late once, and then on time
		{550, 100, 1}, {640, 100, 0}, {650, 100, 1}, // what was missed is not made up
		{660, 1000, 0}, {750, 1000, 1}, {800, 1000, 0}, {810, 100, 1}, {820, 100, 0}, {910, 100, 1}, // shorter: at once
	} {
		got := s.due(start.Add(time.Duration(step.at)*time.Millisecond), time.Duration(step.every)*time.Millisecond)
		if got != (step.due == 1) {
			t.Errorf("due at %d ms, every %d ms: %v", step.at, step.every, got)
		}
	}
}

func TestBadFlags(t *testing.T) {
	code, _, stderr := call(t, "-interval", "0s", "-id", "a/b", "-cert", "x", "-trial", "0", "y")
	for _, want := range []string{"-interval is 0s", `-id "a/b"`, "-cert and -key", "need a -broker tls", "-trial is 0", `"y"`} {
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit code %d, %q; want 1 and a line with %s", code, stderr, want)
		}
	}
	if code, _, stderr := call(t, "-h"); code != 0 || !strings.Contains(stderr, "-trial") {
		t.Errorf("-h: exit code %d, %q; want 0 and the flags", code, stderr)
	}
	for _, args := range [][]string{
		{"-broker", "ftp://x"},
		{"-broker", "tls://x", "-cert", "/nowhere", "-key", "/nowhere"},
	} {
		if code, _, stderr := call(t, append(args, "-state", t.TempDir())...); code != 1 || stderr == "" {
			t.Errorf("%v: exit code %d, %q; want 1 and why", args, code, stderr)
		}
	}
}
