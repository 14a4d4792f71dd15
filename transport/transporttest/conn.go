package transporttest

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// conn is one client. Its fields below out are guarded by Broker.mu.
type conn struct {
	b    *Broker
	nc   net.Conn
	in   *bufio.Reader // of nc
	n    int
	out  chan outgoing
	gone chan struct{}
	once sync.Once

	client  string
	will    *Message
	filters map[string]byte
	open    map[uint16]bool // PUBLISH packets without PUBACK
	nextID  uint16
	packets int  // taken since CONNECT
	ending  bool // hung up as soon as what is queued is sent
}

// outgoing is a packet, or neither field to hang up, and when it was sent.
type outgoing struct {
	packet packets.ControlPacket
	raw    []byte // instead of packet
	at     time.Time
}

func (c *conn) hangUp() {
	c.once.Do(func() {
		close(c.gone)
		c.nc.Close()
	})
}

// write sends what the broker has to say.
func (c *conn) write() {
	w := bufio.NewWriter(c.nc)
	for {
		select {
		case p := <-c.out:
			c.b.mu.Lock()
			latency := c.b.script.Latency
			c.b.mu.Unlock()
			// Packets travel at the same time: each is late by the latency, not
			// by those before it.
			if late := time.Until(p.at.Add(latency)); latency > 0 && late > 0 {
				w.Flush() // its error stays
				timer := time.NewTimer(late)
				select {
				case <-timer.C:
				case <-c.gone:
					timer.Stop()
				}
			}
			c.b.flowing(c.gone)
			if p.raw == nil && p.packet == nil { // hang up here
				w.Flush()
				c.hangUp()
				return
			}
			var err error
			if p.raw != nil {
				_, err = w.Write(p.raw)
			} else {
				err = p.packet.Write(w)
			}
			if err == nil && len(c.out) == 0 {
				err = w.Flush()
			}
			if err != nil {
				c.hangUp()
				return
			}
		case <-c.gone:
			return
		}
	}
}

// send queues a packet; a client that does not read its 1024 is cut off.
func (c *conn) send(p packets.ControlPacket) {
	c.queue(outgoing{packet: p})
}

// last is send, and the connection is closed after it; nothing that comes from
// the client meanwhile is looked at.
func (c *conn) last(p packets.ControlPacket) {
	if p != nil {
		c.send(p)
	}
	c.send(nil)
	c.ending = true
}

func (c *conn) queue(p outgoing) {
	p.at = time.Now()
	select {
	case c.out <- p:
	default:
		c.hangUp()
	}
}

// read takes packets until the client is gone, and then plays its will.
func (c *conn) read() {
	err := c.handshake()
	last := time.Now()
	for err == nil {
		c.b.flowing(c.gone)
		var p packets.ControlPacket
		if p, err = packets.ReadPacket(c.in); err == nil {
			c.b.slowly(last, c.gone)
			c.b.flowing(c.gone)
			err = c.handle(p)
			last = time.Now()
		}
	}
	c.hangUp()
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, c)
	if c.will != nil {
		m := *c.will
		m.At = time.Now()
		if err := b.record(m); err != nil {
			b.violated("oracle: %v", err)
		}
	}
}

func (c *conn) handshake() error {
	p, err := packets.ReadPacket(c.in)
	if err != nil {
		return err
	}
	b := c.b
	b.flowing(c.gone)
	b.mu.Lock()
	defer b.mu.Unlock()
	connect, ok := p.(*packets.ConnectPacket)
	if !ok {
		b.violated("connection %d begins with %s", c.n, p)
		return fmt.Errorf("not CONNECT")
	}
	if b.script.Silent {
		return nil
	}
	ack := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
	ack.ReturnCode = connect.Validate()
	if b.script.Connack != 0 {
		ack.ReturnCode = b.script.Connack
	}
	c.send(ack)
	if ack.ReturnCode != 0 {
		c.send(nil)
		return nil
	}
	for other := range b.conns {
		if other != c && connect.ClientIdentifier != "" && other.client == connect.ClientIdentifier {
			other.hangUp() // MQTT 3.1.1, 3.1.4-2: the older one goes
		}
	}
	c.client = connect.ClientIdentifier
	c.filters = make(map[string]byte)
	c.open = make(map[uint16]bool)
	if connect.WillFlag {
		c.will = &Message{
			Client: c.client, Conn: c.n, Topic: connect.WillTopic, Payload: connect.WillMessage,
			QoS: connect.WillQos, Retain: connect.WillRetain, Will: true,
		}
	}
	return nil
}

func (c *conn) handle(p packets.ControlPacket) error {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.filters == nil {
		if !b.script.Silent {
			b.violated("connection %d sends %s before CONNACK", c.n, p)
		}
		return nil
	}
	if c.ending {
		return nil
	}
	c.packets++
	defer func() {
		if n := b.script.CloseAfter; n > 0 && c.packets >= n && !c.ending {
			c.last(nil)
		}
	}()
	switch p := p.(type) {
	case *packets.PublishPacket:
		return c.published(p)
	case *packets.SubscribePacket:
		c.subscribed(p)
	case *packets.UnsubscribePacket:
		for _, f := range p.Topics {
			delete(c.filters, f)
		}
		ack := packets.NewControlPacket(packets.Unsuback).(*packets.UnsubackPacket)
		ack.MessageID = p.MessageID
		c.send(ack)
	case *packets.PingreqPacket:
		b.pings++
		if !b.script.NoPing {
			c.send(packets.NewControlPacket(packets.Pingresp))
		}
	case *packets.PubackPacket:
	case *packets.DisconnectPacket:
		c.will = nil
		return fmt.Errorf("disconnected")
	default:
		b.violated("connection %d sends %s", c.n, p)
	}
	return nil
}

func (c *conn) published(p *packets.PublishPacket) error {
	b := c.b
	m := Message{
		Client: c.client, Conn: c.n, Topic: p.TopicName, Payload: p.Payload,
		QoS: p.Qos, Retain: p.Retain, Dup: p.Dup, PacketID: p.MessageID, At: time.Now(),
	}
	if p.Dup {
		b.violated("connection %d: DUP on a clean session", c.n)
	}
	if p.Qos > 0 {
		if p.MessageID == 0 || c.open[p.MessageID] {
			b.violated("connection %d: packet identifier %d is 0 or in flight", c.n, p.MessageID)
		}
		c.open[p.MessageID] = true
		b.inFlight = max(b.inFlight, len(c.open))
	}
	if b.script.HangUp != nil && b.script.HangUp(m) {
		return fmt.Errorf("scripted")
	}
	ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	ack.MessageID = p.MessageID
	if b.script.Deny != nil {
		if how := b.script.Deny(m); how != Allow {
			return c.deny(m, how, ack)
		}
	}
	if err := b.record(m); err != nil {
		b.violated("oracle: %v", err)
		return err
	}
	if b.script.Malformed != nil && b.script.Malformed(m) {
		c.queue(outgoing{raw: []byte("\xff\xff\xff\xff\xffthis is no MQTT")})
		return nil
	}
	if p.Qos > 0 && (b.script.NoPuback == nil || !b.script.NoPuback(m)) {
		delete(c.open, p.MessageID)
		c.send(ack)
	}
	if b.script.HangUpAfter != nil && b.script.HangUpAfter(m) {
		c.send(nil)
	}
	return nil
}

func (c *conn) deny(m Message, how Denial, ack *packets.PubackPacket) error {
	c.b.denied = append(c.b.denied, m)
	delete(c.open, m.PacketID)
	var answer packets.ControlPacket
	if m.QoS > 0 {
		answer = ack
	}
	switch how {
	case DenyAck:
		if answer != nil {
			c.send(answer)
		}
	case DenyAckClose:
		c.last(answer)
	default:
		c.last(nil) // after the answers to what came before
	}
	return nil
}

func (c *conn) subscribed(p *packets.SubscribePacket) {
	b := c.b
	ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	ack.MessageID = p.MessageID
	var granted []string
	for i, f := range p.Topics {
		code := min(p.Qoss[i], 1)
		if b.script.Suback != nil {
			code = b.script.Suback(f, p.Qoss[i])
		}
		ack.ReturnCodes = append(ack.ReturnCodes, code)
		if code <= 1 {
			c.filters[f] = code
			granted = append(granted, f)
		}
	}
	c.send(ack)
	for _, f := range granted {
		for _, m := range b.retained {
			if Match(f, m.Topic) {
				c.deliver(m, true)
			}
		}
	}
}

// deliver sends a message once if any filter takes it.
func (c *conn) deliver(m Message, retained bool) {
	qos, ok := byte(0), false
	for f, q := range c.filters {
		if Match(f, m.Topic) {
			qos, ok = max(qos, min(q, m.QoS)), true
		}
	}
	if !ok {
		return
	}
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.Retain = m.Topic, m.Payload, qos, retained
	if qos > 0 {
		if c.nextID++; c.nextID == 0 {
			c.nextID = 1
		}
		p.MessageID = c.nextID
	}
	c.send(p)
}
