package transporttest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Options configure a broker. The zero value, like nil, is the defaults.
type Options struct {
	// Oracle is a file to which every message is appended as a line of JSON,
	// and synced, before it is acknowledged. A broker that was killed may be
	// followed by another with the same file: New cuts off a last line that is
	// not whole.
	Oracle string
	// TLS, when set, is what clients have to speak.
	TLS *tls.Config
}

// Message is a recorded PUBLISH.
type Message struct {
	Client   string    `json:"client"`
	Conn     int       `json:"conn"` // the broker's connections are numbered from 1
	Topic    string    `json:"topic"`
	Payload  []byte    `json:"payload"`
	QoS      byte      `json:"qos"`
	Retain   bool      `json:"retain,omitempty"`
	Dup      bool      `json:"dup,omitempty"`
	PacketID uint16    `json:"id,omitempty"`
	Will     bool      `json:"will,omitempty"` // published for a client that vanished
	At       time.Time `json:"at"`
}

// Script is how a broker misbehaves. The zero value is a good broker. Functions
// are called one at a time and must not call the broker.
type Script struct {
	// Connack, when not 0, refuses connections with this code.
	Connack byte
	// Silent takes connections and never answers CONNECT.
	Silent bool
	// Latency delays every packet from the broker, as a long way would.
	Latency time.Duration
	// NoPuback keeps the PUBACK of a message, which is recorded.
	NoPuback func(Message) bool
	// HangUp closes the connection instead of recording a message, HangUpAfter
	// after its PUBACK was sent.
	HangUp, HangUpAfter func(Message) bool
	// Suback, when set, chooses the SUBACK code of a filter.
	Suback func(filter string, qos byte) byte
	// NoPing keeps the answers to pings.
	NoPing bool
	// Deny chooses what becomes of a message that the client may not publish or
	// that is too large; nil allows everything.
	Deny func(Message) Denial
	// Malformed answers a message, which is recorded, with bytes that are no
	// MQTT instead of its PUBACK.
	Malformed func(Message) bool
	// CloseAfter, when not 0, closes each connection after that many packets
	// from the client, CONNECT not counted, and after the answers to them.
	CloseAfter int
	// ReadEvery, when not 0, takes packets no faster than one in that time. A
	// long one is a peer that has stopped reading and goes on sending.
	ReadEvery time.Duration
}

// Denial is how a broker refuses a PUBLISH. MQTT 3.1.1 has no answer for that,
// so brokers differ. What is refused is not recorded; [Broker.Denied] has it.
type Denial int

const (
	// Allow records and acknowledges the message.
	Allow Denial = iota
	// DenyClose closes the connection without PUBACK, as AWS IoT Core is
	// documented to do, and mosquitto 2.0.11 with max_packet_size does.
	DenyClose
	// DenyAck sends the PUBACK, drops the message and goes on, as mosquitto
	// 2.0.11 does with its ACL and with message_size_limit (measured in
	// TestMosquittoDenies of package transport). The client cannot notice.
	DenyAck
	// DenyAckClose sends the PUBACK, drops the message and closes the
	// connection right after.
	DenyAckClose
)

// Broker is the broker.
type Broker struct {
	o      Options
	oracle *os.File

	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	mu         sync.Mutex
	script     Script
	cut        bool
	frozen     chan struct{} // not nil while frozen; closed by Restore
	closed     bool
	listeners  []net.Listener
	conns      map[*conn]struct{}
	connects   int
	messages   []Message
	denied     []Message
	scripted   chan struct{} // closed by Script
	retained   map[string]Message
	changed    chan struct{} // closed at each recorded message
	violations []string
	inFlight   int // the most packets without PUBACK on one connection
	pings      int
}

// New makes a broker. It starts nothing before the first connection.
func New(o *Options) (*Broker, error) {
	b := &Broker{
		conns:    make(map[*conn]struct{}),
		retained: make(map[string]Message),
		changed:  make(chan struct{}),
		scripted: make(chan struct{}),
	}
	if o != nil {
		b.o = *o
	}
	if b.o.Oracle != "" {
		f, err := openOracle(b.o.Oracle)
		if err != nil {
			return nil, fmt.Errorf("transporttest: oracle: %w", err)
		}
		b.oracle = f
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b, nil
}

// Close ends all connections and waits for the broker's goroutines.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.cancel()
	for _, l := range b.listeners {
		l.Close()
	}
	b.hangUpAll()
	b.thaw()
	b.mu.Unlock()
	b.wg.Wait()
	if b.oracle != nil {
		return b.oracle.Close()
	}
	return nil
}

// Dial connects a client in memory; the arguments but ctx are ignored. It is
// made for mqtt.Options.Dial.
func (b *Broker) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	b.mu.Lock()
	for b.frozen != nil {
		// A frozen network swallows the handshake as well.
		thawed := b.frozen
		b.mu.Unlock()
		select {
		case <-thawed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if b.closed || b.cut {
		return nil, errors.New("transporttest: connection refused")
	}
	client, server := net.Pipe()
	b.serve(server)
	return client, nil
}

// Listen opens a TCP port on the loopback and returns its URL for mqtt.Options.
// addr is usually "127.0.0.1:0".
func (b *Broker) Listen(addr string) (url string, err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("transporttest: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		l.Close()
		return "", errors.New("transporttest: closed")
	}
	b.listeners = append(b.listeners, l)
	b.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			if b.closed || b.cut {
				c.Close()
			} else {
				b.serve(c)
			}
			b.mu.Unlock()
		}
	})
	if b.o.TLS != nil {
		return "tls://" + l.Addr().String(), nil
	}
	return "tcp://" + l.Addr().String(), nil
}

// serve is called with mu held.
func (b *Broker) serve(nc net.Conn) {
	b.connects++
	if b.o.TLS != nil {
		nc = tls.Server(nc, b.o.TLS)
	}
	c := &conn{
		b: b, nc: nc, in: bufio.NewReader(nc), n: b.connects,
		out: make(chan outgoing, 1024), gone: make(chan struct{}),
	}
	b.conns[c] = struct{}{}
	b.wg.Go(c.read)
	b.wg.Go(c.write)
}

// Script makes the broker follow s from now on.
func (b *Broker) Script(s Script) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script = s
	close(b.scripted)
	b.scripted = make(chan struct{})
}

// Cut ends all connections and refuses new ones, until Restore.
func (b *Broker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = true
	b.hangUpAll()
}

// HangUp ends all connections; clients may come back at once.
func (b *Broker) HangUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hangUpAll()
}

func (b *Broker) hangUpAll() {
	for c := range b.conns {
		c.hangUp()
	}
}

// Freeze makes all connections half open: they stand, and nothing passes in
// either direction, until Restore. New connections in memory wait; over TCP
// they stand and get no answer.
func (b *Broker) Freeze() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.frozen == nil {
		b.frozen = make(chan struct{})
	}
}

// Restore ends Cut and Freeze.
func (b *Broker) Restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = false
	b.thaw()
}

func (b *Broker) thaw() {
	if b.frozen != nil {
		close(b.frozen)
		b.frozen = nil
	}
}

// slowly waits for as long as Script.ReadEvery says, from the last packet on.
func (b *Broker) slowly(last time.Time, gone <-chan struct{}) {
	for {
		b.mu.Lock()
		wait, scripted := time.Until(last.Add(b.script.ReadEvery)), b.scripted
		if b.script.ReadEvery == 0 {
			wait = 0
		}
		b.mu.Unlock()
		if wait <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-scripted:
		case <-gone:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// flowing waits while the network is frozen.
func (b *Broker) flowing(gone <-chan struct{}) {
	for {
		b.mu.Lock()
		frozen := b.frozen
		b.mu.Unlock()
		if frozen == nil {
			return
		}
		select {
		case <-frozen:
		case <-gone:
			return
		}
	}
}

// Publish sends a message from the broker's own side to its subscribers.
func (b *Broker) Publish(topic string, payload []byte, retain bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.route(Message{Topic: topic, Payload: payload, QoS: 1, Retain: retain})
}

// Messages returns what was recorded so far, in order.
func (b *Broker) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Message(nil), b.messages...)
}

// Denied returns what [Script.Deny] refused so far, in order.
func (b *Broker) Denied() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Message(nil), b.denied...)
}

// Wait returns the recorded messages as soon as there are at least n, or with
// the error of ctx.
func (b *Broker) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		b.mu.Lock()
		got, changed := b.messages, b.changed
		b.mu.Unlock()
		if len(got) >= n {
			return append([]Message(nil), got...), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return append([]Message(nil), got...), fmt.Errorf("transporttest: %d of %d messages: %w", len(got), n, ctx.Err())
		}
	}
}

// Stats tells what clients did.
type Stats struct {
	Connects    int      // connections made
	Connected   int      // of those, standing
	MaxInFlight int      // the most packets without PUBACK on one connection
	Pings       int      // pings received
	Violations  []string // what MQTT 3.1.1 forbids clients to do
}

// Stats returns a snapshot.
func (b *Broker) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Stats{b.connects, len(b.conns), b.inFlight, b.pings, append([]string(nil), b.violations...)}
}

// Subscriptions returns the filters of all standing connections.
func (b *Broker) Subscriptions() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var filters []string
	for c := range b.conns {
		for f := range c.filters {
			filters = append(filters, f)
		}
	}
	return filters
}

// record keeps a message and hands it to subscribers; it is called with mu held.
func (b *Broker) record(m Message) error {
	b.messages = append(b.messages, m)
	close(b.changed)
	b.changed = make(chan struct{})
	if b.oracle != nil {
		line, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if _, err := b.oracle.Write(append(line, '\n')); err != nil {
			return err
		}
		if err := b.oracle.Sync(); err != nil {
			return err
		}
	}
	b.route(m)
	return nil
}

// route keeps a retained message and sends a message to its subscribers.
func (b *Broker) route(m Message) {
	if m.Retain {
		if len(m.Payload) == 0 {
			delete(b.retained, m.Topic)
		} else {
			b.retained[m.Topic] = m
		}
	}
	for c := range b.conns {
		c.deliver(m, false)
	}
}

func (b *Broker) violated(format string, args ...any) {
	b.violations = append(b.violations, fmt.Sprintf(format, args...))
}

// Match reports whether a filter takes a topic (MQTT 3.1.1, section 4.7).
func Match(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") && f[0] != t[0] {
		return false
	}
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i == len(t):
			return false
		case level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}
