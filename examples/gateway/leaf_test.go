package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// leafPy is the book's leaf device, with the payloads, topics and settings of its connection, over a small MQTT client of Python's standard library,
// since the SDK that the book uses is not there. It sends so many rounds, and prints what it publishes and receives as its model does.
const leafPy = `
import json, random, socket, struct, sys, threading, time
from datetime import datetime

THING = 'localdevice'
ACCEPTED = '$aws/things/{}/shadow/update/accepted'.format(THING)
host, port, rounds, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])

def say(verb, payload):
    sys.stdout.write(verb + ' ' + payload + '\n')
    sys.stdout.flush()

def text(s):
    b = s.encode()
    return struct.pack('!H', len(b)) + b

def packet(kind, body):
    n, head = len(body), bytes([kind])
    while True:
        n, digit = divmod(n, 128)
        head += bytes([digit | (0x80 if n else 0)])
        if not n:
            return head + body

sock = socket.create_connection((host, port))
stream = sock.makefile('rb')

def receive():
    kind, n, shift = stream.read(1), 0, 0
    if not kind:
        sys.exit('the hub hung up')
    while True:
        digit = stream.read(1)[0]
        n |= (digit & 0x7f) << shift
        shift += 7
        if digit < 0x80:
            return kind[0], stream.read(n)

# CONNECT: MQTT 3.1.1, no clean session, keep-alive of 30 s.
sock.sendall(packet(0x10, text('MQTT') + bytes([4, 0]) + struct.pack('!H', 30) + text(THING)))
kind, body = receive()
assert kind == 0x20 and body[1] == 0, body
sock.sendall(packet(0x82, struct.pack('!H', 1) + text(ACCEPTED) + bytes([0])))
kind, body = receive()
assert kind == 0x90 and body[2] == 0, body

def listen():
    while True:
        kind, body = receive()
        if kind & 0xf0 == 0x30:
            n = struct.unpack('!H', body[:2])[0]
            assert body[2:2 + n].decode() == ACCEPTED
            say('received', body[2 + n:].decode())

threading.Thread(target=listen, daemon=True).start()

def publish(topic, message):
    sock.sendall(packet(0x30, text(topic) + json.dumps(message).encode()))
    say('published', json.dumps(message))

for _ in range(rounds):
    publish('dt/{}/heartbeat'.format(THING), {'timestamp': datetime.now().strftime("%d-%m-%Y, %H:%M:%S")})
    publish('$aws/things/{}/shadow/update'.format(THING), {'state': {'reported': {'temperature': random.gauss(35, 10)}}})
    time.sleep(pause)
time.sleep(2)
`

// TestPythonLeaf is a leaf that shares no line with this program, at a hub whose uplink is cut.
func TestPythonLeaf(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("there is no /usr/bin/python3")
	}
	c := startCloud(t)
	g := startChild(t, "-broker", c.url, "-state", filepath.Join(t.TempDir(), "state"), "-listen", "127.0.0.1:0", "-link", "1s-2s", "-pace", "20")
	defer g.kill(t)
	u, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", leafPy, host, port, "60", "0.05")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	type document struct {
		State struct {
			Reported map[string]json.Number
		}
	}
	var published, received []string
	for line := range strings.Lines(string(out)) {
		verb, payload, _ := strings.Cut(strings.TrimSpace(line), " ")
		var d document
		if err := json.Unmarshal([]byte(payload), &d); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch temperature := d.State.Reported["temperature"].String(); {
		case verb == "received":
			received = append(received, temperature)
		case temperature != "":
			published = append(published, temperature)
		}
	}
	if len(published) != 60 {
		t.Fatalf("the leaf published %d times; want 60", len(published))
	}
	last := published[len(published)-1]
	if len(received) < 2 || received[len(received)-1] != last {
		t.Errorf("the leaf heard of %d accepted, the last one %v; want its own last, %s", len(received), received, last)
	}
	deadline := time.Now().Add(10 * time.Second)
	for want := `{"temperature":` + last + `}`; ; time.Sleep(10 * time.Millisecond) {
		d, _ := c.service.Document("localdevice", "")
		if string(d.Reported) == want {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the cloud has %s; want %s", d.Reported, want)
		}
	}
	if n := c.service.Stats("localdevice", "").Updates; n >= 60 {
		t.Errorf("%d updates in the cloud; want those of the outage joined", n)
	}
	// Heartbeats of the outage that are no news any more are left out.
	if n := len(c.on("dt/localdevice/heartbeat")); n < 10 || n > 60 {
		t.Errorf("%d heartbeats in the cloud; want most of 60", n)
	}
}
