package mqtt5

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/log"
	state "github.com/eclipse/paho.golang/paho/session"

	"github.com/brinkml/brink/transport"
)

// ledger is the client library's session state: which packet identifiers are in
// use, and what waits for an answer under them. The library's own outlives
// connections, keeps a copy of each payload, and does not tell a publisher that
// does not wait what became of its packet.
type ledger struct {
	s        *session
	inMax    int // how many PUBLISH of the broker may be unacknowledged
	ackWrite wakeup

	// handing is the packet that the holder of session.turn gives to the
	// library, which asks for an identifier on the same goroutine.
	handing *question

	mu      sync.Mutex
	last    uint16
	sent    uint64
	waiting map[uint16]*question
	quota   chan struct{} // as many elements as PUBLISH in flight
	ended   bool
	inbound []*arrival // in the order in which they came
}

// question is a packet that waits for its answer.
type question struct {
	kind  byte
	n     uint64 // in the order of sending
	done  func(error)
	reply chan<- packets.ControlPacket // of SUBSCRIBE and UNSUBSCRIBE
	taken bool                         // it has an identifier, and done will be called
}

// arrival is a message with QoS 1 from the broker.
type arrival struct {
	id      uint16
	handled bool
}

type wakeup chan struct{}

func (w wakeup) poke() {
	select {
	case w <- struct{}{}:
	default:
	}
}

func newLedger(s *session, inMax int) *ledger {
	return &ledger{
		s: s, inMax: inMax, ackWrite: make(wakeup, 1),
		waiting: make(map[uint16]*question), quota: make(chan struct{}, 65535),
	}
}

// ConAckReceived learns how much the broker takes.
func (l *ledger) ConAckReceived(_ io.Writer, _ *packets.Connect, ca *packets.Connack) error {
	if p := ca.Properties; p != nil && p.ReceiveMaximum != nil {
		l.quota = make(chan struct{}, *p.ReceiveMaximum)
	}
	return nil
}

// place waits until the broker takes another PUBLISH with QoS 1.
func (l *ledger) place(ctx context.Context, patience time.Duration) error {
	select {
	case l.quota <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case l.quota <- struct{}{}:
		return nil
	case <-l.s.done:
		return l.s.err
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		err := fmt.Errorf("mqtt5: none of %d packets acknowledged within %v", cap(l.quota), patience)
		l.s.wire.giveUp(err)
		return err
	}
}

// AddToSession gives a packet its identifier.
func (l *ledger) AddToSession(_ context.Context, p state.Packet, reply chan<- packets.ControlPacket) error {
	q := &question{kind: p.Type(), reply: reply}
	if q.kind == packets.PUBLISH {
		q = l.handing
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return state.ErrNoConnection
	}
	for range 65535 {
		if l.last++; l.last == 0 {
			l.last = 1
		}
		if _, used := l.waiting[l.last]; !used {
			l.sent++
			q.n, q.taken = l.sent, true
			l.waiting[l.last] = q
			p.SetIdentifier(l.last)
			return nil
		}
	}
	return state.ErrPacketIdentifiersExhausted
}

// PacketReceived takes answers, and messages with QoS 1. It runs on the
// library's reading goroutine.
func (l *ledger) PacketReceived(recv *packets.ControlPacket, out chan<- *packets.Publish) error {
	var err error
	switch p := recv.Content.(type) {
	case *packets.Publish:
		if err = l.arrived(p.PacketID); err == nil {
			select {
			case out <- p:
			case <-l.s.done:
			}
		}
	case *packets.Puback:
		err = l.acknowledged(p)
	case *packets.Suback:
		err = l.answered(p.PacketID, packets.SUBSCRIBE, recv)
	case *packets.Unsuback:
		err = l.answered(p.PacketID, packets.UNSUBSCRIBE, recv)
	}
	if err != nil {
		l.s.wire.giveUp(err)
	}
	return err
}

// find returns the question that an answer is for, and removes it unless keep.
func (l *ledger) find(id uint16, kind byte, keep bool) (*question, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.waiting[id]
	switch {
	case q != nil && q.kind == kind:
	case l.ended:
		return nil, nil
	default:
		return nil, &ProtocolError{fmt.Sprintf("answer to packet type %d with identifier %d, which does not wait for it", kind, id)}
	}
	if !keep {
		delete(l.waiting, id)
	}
	return q, nil
}

func (l *ledger) answered(id uint16, kind byte, recv *packets.ControlPacket) error {
	q, err := l.find(id, kind, false)
	if q != nil {
		q.reply <- *recv // has room for one
	}
	return err
}

// acknowledged settles a PUBLISH, by the table of the package comment.
func (l *ledger) acknowledged(p *packets.Puback) error {
	refused := p.ReasonCode >= 0x80
	// A message that has to come again, and before those behind it, ends the
	// session and waits for that.
	again := refused && blameOf(p.ReasonCode) != thisMessage
	q, err := l.find(p.PacketID, packets.PUBLISH, again)
	if q == nil {
		return err
	}
	words := ""
	if p.Properties != nil {
		words = shorten(p.Properties.ReasonString)
	}
	switch {
	case again:
		return &ReasonError{Packet: "PUBACK", Code: p.ReasonCode, Reason: words}
	case refused:
		<-l.quota
		q.done(&transport.RejectedError{Code: p.ReasonCode, Reason: explain(p.ReasonCode, words)})
	default:
		<-l.quota
		q.done(nil)
	}
	return nil
}

// fail answers everything that waits, in the order of sending.
func (l *ledger) fail(err error) {
	l.mu.Lock()
	l.ended = true
	var open []*question
	for _, q := range l.waiting {
		open = append(open, q)
	}
	clear(l.waiting)
	l.mu.Unlock()
	slices.SortFunc(open, func(a, b *question) int { return int(a.n) - int(b.n) })
	for _, q := range open {
		if q.done != nil {
			q.done(fmt.Errorf("mqtt5: publish: %w", err))
		} else {
			q.reply <- packets.ControlPacket{} // has room for one
		}
	}
}

// arrived notes a message of the broker, which may not send more than it was
// told.
func (l *ledger) arrived(id uint16) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.inbound) >= l.inMax {
		return &ProtocolError{fmt.Sprintf("more than %d messages without acknowledgement", l.inMax)}
	}
	for _, a := range l.inbound {
		if a.id == id {
			return &ProtocolError{fmt.Sprintf("PUBLISH with packet identifier %d, which is not acknowledged yet", id)}
		}
	}
	l.inbound = append(l.inbound, &arrival{id: id})
	return nil
}

// handled notes that a message may be acknowledged.
func (l *ledger) handled(id uint16) {
	l.mu.Lock()
	for _, a := range l.inbound {
		if a.id == id {
			a.handled = true
		}
	}
	l.mu.Unlock()
	l.ackWrite.poke()
}

// acknowledge writes PUBACK packets in the order of the messages, whichever was
// handled first (MQTT 5, section 4.6), until the session ends.
func (l *ledger) acknowledge() {
	for {
		select {
		case <-l.ackWrite:
		case <-l.s.done:
			return
		}
		for {
			l.mu.Lock()
			// The broker may use the identifier again as soon as it has the PUBACK.
			if len(l.inbound) == 0 || !l.inbound[0].handled {
				l.mu.Unlock()
				break
			}
			id := l.inbound[0].id
			l.inbound = slices.Delete(l.inbound, 0, 1)
			l.mu.Unlock()
			ack := packets.Puback{PacketID: id}
			if _, err := ack.WriteTo(l.s.wire); err != nil {
				return // the wire has ended the session
			}
		}
	}
}

// ConnectionLost is called when the library gives up.
func (l *ledger) ConnectionLost(*packets.Disconnect) error {
	l.s.end(errLost)
	return nil
}

// Ack does nothing: acknowledge does it when the message is handled.
func (l *ledger) Ack(*packets.Publish) error { return nil }

// Close, SetErrorLogger and SetDebugLogger have nothing to do.

func (l *ledger) Close() error              { return nil }
func (l *ledger) SetErrorLogger(log.Logger) {}
func (l *ledger) SetDebugLogger(log.Logger) {}
