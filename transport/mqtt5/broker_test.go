package mqtt5_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/eclipse/paho.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt5"
)

// broker is a broker of MQTT 5 in memory, which does what a script says and
// writes down what it was sent. A field of the script that is nil or zero is a
// broker that does as it should.
type broker struct {
	script

	mu       sync.Mutex
	cut      bool
	conns    map[*peer]struct{}
	hellos   []*packets.Connect
	messages []*packets.Publish
	acks     []uint16 // PUBACK packets of the client
	goodbyes int
	pings    int
	wills    int
	subs     []string
	frozen   chan struct{} // closed while nobody is frozen
	wg       sync.WaitGroup
}

type script struct {
	silent  bool // no CONNACK
	connack func(hello *packets.Connect) *packets.Connack
	// puback returns the code, words, and whether there is an answer.
	puback func(p *packets.Publish) (code byte, words string, ok bool)
	suback func(filter string, qos byte) byte
	noPing bool
	// raw, if it returns something, is sent instead of any answer.
	raw func(p *packets.ControlPacket) []byte
}

// peer is a connection of a client.
type peer struct {
	c    net.Conn
	mu   sync.Mutex
	out  [][]byte
	wake chan struct{}
	gone chan struct{}
}

func newBroker(t testing.TB, s script) *broker {
	b := &broker{script: s, conns: make(map[*peer]struct{}), frozen: make(chan struct{})}
	close(b.frozen)
	t.Cleanup(b.close)
	return b
}

func (b *broker) close() {
	b.thaw()
	b.mu.Lock()
	b.cut = true
	b.mu.Unlock()
	b.hangUp()
	b.wg.Wait()
}

func (b *broker) dial(context.Context, string, string) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cut {
		return nil, errors.New("no route")
	}
	client, server := net.Pipe()
	p := &peer{c: server, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	b.conns[p] = struct{}{}
	b.wg.Go(func() { b.serve(p) })
	b.wg.Go(p.write)
	return client, nil
}

// hangUp ends all connections.
func (b *broker) hangUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p := range b.conns {
		p.c.Close()
	}
}

// freeze makes the broker neither read nor write.
func (b *broker) freeze() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.frozen = make(chan struct{})
}

func (b *broker) thaw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.frozen:
	default:
		close(b.frozen)
	}
}

func (b *broker) waitThawed() {
	b.mu.Lock()
	frozen := b.frozen
	b.mu.Unlock()
	<-frozen
}

// send sends bytes to every client.
func (b *broker) send(raw []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p := range b.conns {
		p.send(raw)
	}
}

func (b *broker) sent() []*packets.Publish {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*packets.Publish(nil), b.messages...)
}

// look returns what f reads of b.
func look[T any](b *broker, f func(b *broker) T) T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return f(b)
}

func (b *broker) acked() []uint16 {
	return look(b, func(b *broker) []uint16 { return slices.Clone(b.acks) })
}

func (b *broker) greeted() []*packets.Connect {
	return look(b, func(b *broker) []*packets.Connect { return slices.Clone(b.hellos) })
}

func (p *peer) send(raw []byte) {
	p.mu.Lock()
	p.out = append(p.out, raw)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *peer) write() {
	for {
		p.mu.Lock()
		out := p.out
		p.out = nil
		p.mu.Unlock()
		for _, raw := range out {
			if _, err := p.c.Write(raw); err != nil {
				return
			}
		}
		if len(out) > 0 {
			continue
		}
		select {
		case <-p.wake:
		case <-p.gone:
			return
		}
	}
}

// encode is a packet in bytes.
func encode(p packets.Packet) []byte {
	var b bytes.Buffer
	p.WriteTo(&b)
	return b.Bytes()
}

func (b *broker) serve(p *peer) {
	var hello *packets.Connect
	polite := false
	defer func() {
		p.c.Close()
		close(p.gone)
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.conns, p)
		if hello != nil && hello.WillFlag && !polite {
			b.wills++
			b.messages = append(b.messages, &packets.Publish{
				Topic: hello.WillTopic, Payload: hello.WillMessage, QoS: hello.WillQOS, Retain: hello.WillRetain, Duplicate: true,
			})
		}
	}()
	for {
		b.waitThawed()
		cp, err := packets.ReadPacket(p.c)
		if err != nil {
			return
		}
		b.waitThawed()
		if b.raw != nil {
			if raw := b.raw(cp); raw != nil {
				p.send(raw)
				continue
			}
		}
		b.mu.Lock()
		switch c := cp.Content.(type) {
		case *packets.Connect:
			hello = c
			b.hellos = append(b.hellos, c)
			if b.silent {
				break
			}
			ack := &packets.Connack{Properties: &packets.Properties{}}
			if b.connack != nil {
				ack = b.connack(c)
			}
			p.send(encode(ack))
		case *packets.Publish:
			b.messages = append(b.messages, c)
			if c.QoS == 0 {
				break
			}
			ack, ok := &packets.Puback{PacketID: c.PacketID, Properties: &packets.Properties{}}, true
			if b.puback != nil {
				ack.ReasonCode, ack.Properties.ReasonString, ok = b.puback(c)
			}
			if ok {
				p.send(encode(ack))
			}
		case *packets.Puback:
			b.acks = append(b.acks, c.PacketID)
		case *packets.Subscribe:
			ack := &packets.Suback{PacketID: c.PacketID, Properties: &packets.Properties{}}
			for _, s := range c.Subscriptions {
				b.subs = append(b.subs, s.Topic)
				code := s.QoS
				if b.suback != nil {
					code = b.suback(s.Topic, s.QoS)
				}
				if code >= 0x80 {
					ack.Properties.ReasonString = "not " + s.Topic
				}
				ack.Reasons = append(ack.Reasons, code)
			}
			p.send(encode(ack))
		case *packets.Unsubscribe:
			p.send(encode(&packets.Unsuback{PacketID: c.PacketID, Properties: &packets.Properties{}, Reasons: make([]byte, len(c.Topics))}))
		case *packets.Pingreq:
			b.pings++
			if !b.noPing {
				p.send([]byte{0xd0, 0})
			}
		case *packets.Disconnect:
			polite = c.ReasonCode == 0
			b.goodbyes++
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
	}
}

// dialer makes a Dialer to b.
func (b *broker) dialer(t testing.TB, o mqtt5.Options) *mqtt5.Dialer {
	t.Helper()
	o.Broker, o.Dial = "tcp://memory", b.dial
	d, err := mqtt5.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func dial(t testing.TB, s script, o mqtt5.Options) (*broker, transport.Session) {
	t.Helper()
	b := newBroker(t, s)
	sess, err := b.dialer(t, o).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sess.Close() })
	return b, sess
}

func publish(t testing.TB, s transport.Session, p transport.Packet) <-chan error {
	t.Helper()
	done := make(chan error, 2)
	s.Publish(t.Context(), p, func(err error) { done <- err })
	return done
}
