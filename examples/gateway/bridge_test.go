package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// lines are the lines of a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) take() (out []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out = slices.Collect(strings.Lines(l.b.String()))
	l.b.Reset()
	return out
}

// bridged is a bridge whose outbox stores and never sends.
type bridged struct {
	*bridge
	log      *lines
	readings *edge.Sub[reading]
	texts    *edge.Sub[string]
	down     []string
}

func newBridge(t *testing.T) *bridged {
	t.Helper()
	o, err := parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	noLink := func(context.Context, string, string) (net.Conn, error) { return nil, errCut }
	out, err := openOutbox(filepath.Join(t.TempDir(), "outbox"), &o, mqtt.Options{Broker: "tcp://nowhere", Dial: noLink}, &transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	b := &bridged{log: &lines{}}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	tw, err := openTwin("localdevice", t.TempDir(), out.Conn(), log)
	if err != nil {
		t.Fatal(err)
	}
	tw.down = func(topic string, _ []byte) error { b.down = append(b.down, topic); return nil }
	b.bridge = &bridge{
		up: &uplink{out, newLedger(true)}, twin: tw, stream: o.stream, log: log,
		readings: edge.NewTopic[reading](nil, "readings", nil), texts: edge.NewTopic[string](nil, "texts", nil),
	}
	b.readings, b.texts = b.bridge.readings.Subscribe(nil), b.bridge.texts.Subscribe(nil)
	return b
}

// stored are the messages of each lane.
func (b *bridged) stored() map[string]uint64 {
	m := map[string]uint64{}
	for _, l := range b.up.out.Stats().Lanes {
		if l.Accepted > 0 {
			m[l.Name] = l.Accepted
		}
	}
	return m
}

const goodHeartbeat = `{"timestamp": "03-06-2021, 04:34:48"}`

// TestMapping holds what the bridge passes on against the book's mapping and components: nothing else leaves.
func TestMapping(t *testing.T) {
	const (
		good = `{"device_id": "3", "timestamp": 1622694888.6455, "device_name": "refrigerator", "vibration": 7.5}`
		read = `{"timestamp": 1622694888.6455, "device_id": "hvac", "temperature": 40, "humidity": 25}`
	)
	for _, tt := range []struct {
		topic, payload string
		stored         map[string]uint64
		reading        []string
		text           string
		shadow         int64
	}{
		{topic: "dt/local/sensor/hvac", payload: read, reading: []string{"t: 40.00", "h: 25.00"}},
		{topic: "ml/dlr/image-classification", payload: "[test] cat detected ü", stored: map[string]uint64{"inference": 1}, text: "[test] cat detected ü"},
		{topic: "hbs/localtopic", payload: good, stored: map[string]uint64{"appliances": 1, "stream": 1}},
		{topic: "dt/localdevice/heartbeat", payload: goodHeartbeat, stored: map[string]uint64{"heartbeat": 1}},
		{topic: "dt/another/heartbeat", payload: goodHeartbeat, stored: map[string]uint64{"heartbeat": 1}},
		{topic: "$aws/things/localdevice/shadow/update", payload: reports(1.5), shadow: 1},
		{topic: "$aws/things/another/shadow/update", payload: reports(1.5)},
		{topic: "$aws/things/localdevice/shadow/get", payload: ""},
		{topic: "dt/a/b/heartbeat", payload: goodHeartbeat},
		{topic: "dt/heartbeat", payload: goodHeartbeat},
		{topic: "hbs/cloudtopic", payload: good},
		{topic: "anything", payload: "at all"},
	} {
		t.Run(tt.topic, func(t *testing.T) {
			b := newBridge(t)
			if err := b.take("x", tt.topic, []byte(tt.payload)); err != nil {
				t.Fatal(err)
			}
			if tt.stored == nil {
				tt.stored = map[string]uint64{}
			}
			if diff := cmp.Diff(tt.stored, b.stored()); diff != "" {
				t.Errorf("stored, - want, + got:\n%s", diff)
			}
			var shown []string
			for r := range b.readings.Drain() {
				shown = measurements(r)
			}
			text := ""
			for s := range b.texts.Drain() {
				text = s
			}
			if !slices.Equal(shown, tt.reading) || text != tt.text || b.twin.taken.Load() != tt.shadow {
				t.Errorf("shown %q and %q, %d shadow updates; want %q, %q, %d", shown, text, b.twin.taken.Load(), tt.reading, tt.text, tt.shadow)
			}
			if l := b.log.take(); len(l) > 0 || b.refused.Load() > 0 {
				t.Errorf("refused: %q", l)
			}
		})
	}
}

// TestBridgeRefuses has each hostile payload refused in one line of the log, acknowledged, and nothing done with it.
func TestBridgeRefuses(t *testing.T) {
	b := newBridge(t)
	refused := int64(0)
	one := func(topic, payload string) {
		t.Helper()
		if err := b.take("evil", topic, []byte(payload)); err != nil {
			t.Errorf("%.80q on %s: %v; want it acknowledged, so that it does not come again", payload, topic, err)
		}
		refused++
		l := b.log.take()
		if len(l) != 1 || !strings.Contains(l[0], "client=evil") || !strings.Contains(l[0], topic) || len(l[0]) > 600 {
			t.Errorf("%.80q on %s: the log is %.700q; want one line that says who and what", payload, topic, l)
		}
		if r, ok := errors.AsType[*refusal](b.route(topic, []byte(payload))); !ok || r.topic != topic || errors.Unwrap(r) == nil {
			t.Errorf("%.80q on %s: the error is %v; want a refusal", payload, topic, r)
		}
		b.log.take()
	}
	for topic, payloads := range hostile {
		for _, p := range payloads {
			one(topic, p)
		}
		if topic != inferenceTopic {
			for _, p := range nothing {
				one(topic, p)
			}
		}
	}
	if b.refused.Load() != refused || refused < 100 {
		t.Errorf("%d refused; want %d", b.refused.Load(), refused)
	}
	if s := b.stored(); len(s) > 0 {
		t.Errorf("stored %v; want nothing", s)
	}
	for range b.readings.Drain() {
		t.Error("a reading was shown")
	}
	for range b.texts.Drain() {
		t.Error("a text was shown")
	}
}

// TestUnstoredIsNotAcknowledged says so to the sender when a message could not be stored.
func TestUnstoredIsNotAcknowledged(t *testing.T) {
	b := newBridge(t)
	if err := b.up.out.Close(); err != nil {
		t.Fatal(err)
	}
	err := b.take("leaf", "dt/localdevice/heartbeat", []byte(goodHeartbeat))
	if !errors.Is(err, transport.ErrClosed) || len(b.log.take()) != 1 {
		t.Errorf("take = %v; want the outbox's error, and a line in the log", err)
	}
}

// TestEchoes shows what the cloud sends, and not what comes back from there.
func TestEchoes(t *testing.T) {
	b := newBridge(t)
	shown := func(want ...string) {
		t.Helper()
		if got := slices.Collect(b.texts.Drain()); !slices.Equal(got, want) {
			t.Errorf("shown %q; want %q", got, want)
		}
	}
	for _, s := range []string{"own 1", "own 2"} {
		if err := b.take("hub", inferenceTopic, []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	shown("own 1", "own 2")
	for _, s := range []string{"own 2", "of the cloud", "own 1", "own 1", "\xff"} {
		b.fromCloud(t.Context(), transport.Inbound{Topic: inferenceTopic, Payload: []byte(s)})
	}
	shown("of the cloud", "own 1") // the second one is somebody else's
	if b.refused.Load() != 1 || len(b.log.take()) != 1 {
		t.Errorf("%d refused; want the one that is not UTF-8", b.refused.Load())
	}
	var e echoes
	for i := range 3 * maxEchoes {
		e.add(string(rune(i)))
	}
	if len(e.sent) != maxEchoes || e.take(string(rune(0))) || !e.take(string(rune(3*maxEchoes-1))) {
		t.Errorf("%d echoes are remembered; want the latest %d", len(e.sent), maxEchoes)
	}
}

func TestMay(t *testing.T) {
	const leaf = "localdevice"
	for _, tt := range []struct {
		client, topic   string
		publish, listen bool
	}{
		{leaf, "dt/localdevice/heartbeat", true, true},
		{leaf, "dt/another/heartbeat", false, true},
		{"another", "dt/localdevice/heartbeat", false, true},
		{leaf, "$aws/things/localdevice/shadow/update", true, true},
		{leaf, "$aws/things/localdevice/shadow/update/accepted", false, true},
		{leaf, "$aws/things/localdevice/shadow/update/#", false, true},
		{"another", "$aws/things/localdevice/shadow/update", false, false},
		{"another", "$aws/things/localdevice/shadow/update/accepted", false, false},
		{"another", "$aws/things/+/shadow/update/accepted", false, false},
		{"+", "$aws/things/+/shadow/update/accepted", false, false}, // a client may call itself so
		{"#", "dt/#/heartbeat", false, true},
		{"", "$aws/things//shadow/update", false, false},
		{"another", "$aws/#", false, false},
		{"another", "$SYS/broker/clients", false, false},
		{"another", "hbs/localtopic", true, true},
		{"another", "dt/local/sensor/hvac", true, true},
		{"another", "#", true, true},
	} {
		if p, l := may(tt.client, tt.topic, true), may(tt.client, tt.topic, false); p != tt.publish || l != tt.listen {
			t.Errorf("%s may publish %s: %v, listen: %v; want %v, %v", tt.client, tt.topic, p, l, tt.publish, tt.listen)
		}
	}
}

// TestLocalBroker is a leaf outside and its neighbours, over TCP.
func TestLocalBroker(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	local, err := startBroker("127.0.0.1:0", nil, &rules{take: b.take, may: may}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer local.close()
	b.twin.down = func(topic string, payload []byte) error { return local.Publish(t.Context(), topic, payload) }
	client := func(id string) paho.Client {
		c := paho.NewClient(paho.NewClientOptions().AddBroker(local.url).SetClientID(id).SetProtocolVersion(4).SetAutoReconnect(false))
		if token := c.Connect(); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
		return c
	}
	leaf, neighbour := client("localdevice"), client("neighbour")
	defer leaf.Disconnect(0)
	defer neighbour.Disconnect(0)
	heard := make(chan string, 10)
	for filter, c := range map[string]paho.Client{"$aws/things/localdevice/shadow/update/rejected": leaf, "hbs/localtopic": neighbour} {
		token := c.Subscribe(filter, 1, func(_ paho.Client, m paho.Message) { heard <- m.Topic() })
		if token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	publish := func(c paho.Client, topic, payload string) bool {
		token := c.Publish(topic, 1, false, payload)
		return token.WaitTimeout(10*time.Second) && token.Error() == nil
	}
	if !publish(leaf, "dt/localdevice/heartbeat", goodHeartbeat) || !publish(leaf, shadowTopic("localdevice"), reports(7.5)) {
		t.Error("the leaf's messages were not acknowledged")
	}
	if d, _ := b.twin.shadow.State(); d.Reported["temperature"] != json.Number("7.5") {
		t.Errorf("the leaf's shadow is %v; want its temperature", d.Reported)
	}
	if !publish(leaf, shadowTopic("localdevice"), "nonsense") {
		t.Error("a message that nobody can take was not acknowledged, and will come again")
	}
	if got := <-heard; got != shadowTopic("localdevice")+"/rejected" {
		t.Errorf("the leaf heard %q; want that its update was rejected", got)
	}
	if !publish(leaf, "hbs/localtopic", `{"device_id":"4","timestamp":1.5,"device_name":"oven"}`) {
		t.Error("the leaf's measurement was not acknowledged")
	}
	if got := <-heard; got != "hbs/localtopic" {
		t.Errorf("the neighbour heard %q; want the measurement", got)
	}
	if publish(neighbour, "dt/localdevice/heartbeat", goodHeartbeat) {
		t.Error("a neighbour spoke for the leaf")
	}
	want := map[string]uint64{"heartbeat": 1, "appliances": 1, "stream": 1}
	if diff := cmp.Diff(want, b.stored()); diff != "" {
		t.Errorf("stored, - want, + got:\n%s", diff)
	}
	// Without an acknowledgement the client is disconnected, and told by that to come back.
	if err := b.up.out.Close(); err != nil {
		t.Fatal(err)
	}
	if publish(leaf, "dt/localdevice/heartbeat", goodHeartbeat) {
		t.Error("a message that was not stored was acknowledged")
	}
	for deadline := time.Now().Add(5 * time.Second); leaf.IsConnected(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the leaf was not disconnected")
		}
	}
}
