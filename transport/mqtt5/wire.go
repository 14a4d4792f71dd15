package mqtt5

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
)

// ProtocolError reports a broker that sent what MQTT 5 does not allow it to send
// then, or more than Options.MaxInbound.
type ProtocolError struct{ Reason string }

func (e *ProtocolError) Error() string { return "mqtt5: broker: " + e.Reason }

// wire is the network connection as the client library sees it. The library
// believes what it reads: a length field is memory allocated, an authentication
// method that nobody asked for is a call of a nil interface, a SUBACK without
// codes is a grant. So every packet is looked at before the library is, and one
// that says that the connection is over, DISCONNECT or a CONNACK that refuses,
// becomes the error that ends it.
type wire struct {
	net.Conn
	maxInbound   int
	writeTimeout time.Duration
	ended        func(error) // told of the first failure

	// Reading is done by one goroutine, which begins when CONNECT is written.
	silenced  sync.Once
	silent    chan struct{} // closed when reading has failed
	from      *bufio.Reader // of Conn: what came at once takes one call to the system
	in        []byte        // a checked packet, or what is left of it
	buf       []byte
	connected bool

	writing chan struct{} // holds one element while somebody writes
	out     []byte        // the packet that is being written; belongs to that one

	mu     sync.Mutex
	closed bool
	gone   error     // a write met a connection that the peer has closed
	told   time.Time // when a packet was last written
	heard  time.Time // and read
}

func newWire(c net.Conn, o *Options, ended func(error)) *wire {
	return &wire{
		Conn: c, from: bufio.NewReaderSize(c, 2<<10), maxInbound: o.MaxInbound, writeTimeout: o.WriteTimeout,
		ended: ended, writing: make(chan struct{}, 1), silent: make(chan struct{}),
		told: time.Now(), heard: time.Now(),
	}
}

func (w *wire) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return w.Conn.Close()
}

// quiet returns since when nothing was read, or nothing was written, whichever
// is longer ago.
func (w *wire) quiet() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told.Before(w.heard) {
		return w.told
	}
	return w.heard
}

// Lock begins a packet. The library writes it in parts, between Lock and Unlock.
func (w *wire) Lock() { w.writing <- struct{}{} }

// Unlock ends it.
func (w *wire) Unlock() { <-w.writing }

// SetWriteDeadline does nothing: every write sets its own.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Write takes a part of a packet, and sends the packet with the last one, in one
// call and under one deadline.
func (w *wire) Write(p []byte) (int, error) {
	w.out = append(w.out, p...)
	if len(w.out) == 0 || !whole(w.out) {
		return len(p), nil
	}
	out := w.out
	if w.out = out[:0]; cap(out) > 64<<10 {
		w.out = nil // one large packet is no reason to keep its memory
	}
	if err := w.Conn.SetWriteDeadline(time.Now().Add(w.writeTimeout)); err != nil {
		return 0, w.fail(err)
	}
	if _, err := w.Conn.Write(out); err != nil {
		if endpoint.ByPeer(err) {
			err = w.lastWords(err, out)
		}
		// Half a packet may be out: nothing can follow it.
		err = w.fail(err)
		w.Close()
		return 0, err
	}
	w.mu.Lock()
	w.told = time.Now()
	w.mu.Unlock()
	return len(p), nil
}

// whole reports whether b holds a packet, as its length says.
func whole(b []byte) bool {
	length, n := varint(b[1:])
	return n > 0 && len(b) >= 1+n+length
}

// lastWordsTime is how long what the peer said before it closed is read.
const lastWordsTime = 250 * time.Millisecond

// lastWords waits, when a write has met a closed connection, until what the peer
// sent before is read: acknowledgements, a DISCONNECT with the reason, or TLS'
// reason for a refusal, for which nobody but the writer of CONNECT is there yet.
func (w *wire) lastWords(err error, p []byte) error {
	w.mu.Lock()
	w.gone = err
	w.mu.Unlock()
	if w.Conn.SetReadDeadline(time.Now().Add(lastWordsTime)) != nil {
		return err
	}
	if p[0]>>4 == packets.CONNECT {
		var told *net.OpError
		if _, e := w.from.Read(make([]byte, 1)); errors.As(e, &told) && told.Op == "remote error" {
			return e
		}
		return err
	}
	timer := time.NewTimer(lastWordsTime)
	defer timer.Stop()
	select {
	case <-w.silent:
	case <-timer.C:
	}
	return err
}

// Read hands out checked packets.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.in) == 0 {
		if err := w.next(); err != nil {
			err = w.fail(err)
			w.silenced.Do(func() { close(w.silent) })
			return 0, err
		}
	}
	n := copy(p, w.in)
	w.in = w.in[n:]
	return n, nil
}

// next reads and checks one packet.
func (w *wire) next() error {
	b := append(w.buf[:0], 0)
	if err := w.full(b); err != nil {
		return err
	}
	length := 0
	for {
		b = append(b, 0)
		if err := w.full(b[len(b)-1:]); err != nil {
			return err
		}
		v, n := varint(b[1:])
		if n > 0 {
			length = v
			break
		}
		if len(b) == 5 {
			return &ProtocolError{"remaining length of more than four bytes"}
		}
	}
	head := len(b)
	if err := w.plausible(b[0], head, length); err != nil {
		return err
	}
	if cap(b) < head+length {
		b = append(make([]byte, 0, head+length), b...)
	}
	b = b[:head+length]
	if err := w.full(b[head:]); err != nil {
		return err
	}
	if err := w.accept(b[0], b[head:]); err != nil {
		return err
	}
	w.mu.Lock()
	w.heard = time.Now()
	w.mu.Unlock()
	w.in = b
	if cap(b) <= 64<<10 {
		w.buf = b
	} else {
		w.buf = nil
	}
	return nil
}

func (w *wire) full(p []byte) error {
	for len(p) > 0 {
		n, err := w.from.Read(p)
		if p = p[n:]; err != nil && len(p) > 0 {
			return err
		}
	}
	return nil
}

// plausible checks a packet by its first byte and length, before memory is taken
// for it.
func (w *wire) plausible(first byte, head, length int) error {
	kind := first >> 4
	if w.connected == (kind == packets.CONNACK) {
		return &ProtocolError{fmt.Sprintf("packet type %d at the wrong time", kind)}
	}
	least, most := 0, w.maxInbound-head
	switch kind {
	case packets.PUBLISH:
		qos := first >> 1 & 3
		if qos > 1 {
			return &ProtocolError{fmt.Sprintf("PUBLISH with QoS %d, which was not asked for", qos)}
		}
		first &^= 0x0f
		least = 4 + 2*int(qos)
	case packets.CONNACK, packets.PUBACK:
		least = 2
	case packets.SUBACK, packets.UNSUBACK:
		least = 4
	case packets.PINGRESP:
		most = 0
	case packets.DISCONNECT:
	default:
		return &ProtocolError{fmt.Sprintf("packet type %d", kind)}
	}
	if length > w.maxInbound-head {
		return &ProtocolError{fmt.Sprintf("packet of %d bytes; the limit is %d", head+length, w.maxInbound)}
	}
	if length < least || length > most || first&0x0f != 0 {
		return &ProtocolError{fmt.Sprintf("malformed packet of type %d", kind)}
	}
	return nil
}

// accept checks a packet's content.
func (w *wire) accept(first byte, body []byte) error {
	switch first >> 4 {
	case packets.CONNACK:
		if err := checkConnack(body); err != nil {
			return err
		}
		w.connected = true
	case packets.PUBLISH:
		return checkPublish(body, first>>1&3)
	case packets.PUBACK:
		if len(body) <= 3 {
			return nil
		}
		return checkEnd(body[3:], packets.PUBACK, 0)
	case packets.SUBACK, packets.UNSUBACK:
		return checkEnd(body[2:], first>>4, 1) // one filter a packet
	case packets.DISCONNECT:
		return checkDisconnect(body)
	}
	return nil
}

func ignore(byte, []byte) error { return nil }

// checkEnd checks properties after which so many bytes must follow.
func checkEnd(b []byte, kind byte, after int) error {
	n, err := properties(b, kind, ignore)
	if err == nil && len(b) != n+after {
		err = &ProtocolError{fmt.Sprintf("packet of type %d with %d bytes after its properties", kind, len(b)-n)}
	}
	return err
}

func checkPublish(body []byte, qos byte) error {
	topic := int(binary.BigEndian.Uint16(body))
	at := 2 + topic + 2*int(qos)
	if at >= len(body) {
		return &ProtocolError{"PUBLISH with a topic that is longer than the packet"}
	}
	var none *transport.Profile
	if err := none.CheckTopic(string(body[2 : 2+topic])); err != nil {
		return &ProtocolError{fmt.Sprintf("PUBLISH: %v", err)}
	}
	if qos > 0 && binary.BigEndian.Uint16(body[2+topic:]) == 0 {
		return &ProtocolError{"PUBLISH with packet identifier 0"}
	}
	_, err := properties(body[at:], packets.PUBLISH, func(id byte, _ []byte) error {
		if id == packets.PropTopicAlias {
			return &ProtocolError{"PUBLISH with a topic alias, which was not offered"}
		}
		return nil
	})
	return err
}

// checkConnack returns a refusal as an error, too.
func checkConnack(body []byte) error {
	if len(body) == 2 {
		// MQTT 3.1.1, section 3.2, by a broker that knows no other.
		if body[1] == 1 {
			return &ReasonError{Packet: "CONNACK", Code: 0x84}
		}
		return &ProtocolError{fmt.Sprintf("CONNACK of MQTT 3.1.1 with code %d", body[1])}
	}
	code := body[1]
	refused := &ReasonError{Packet: "CONNACK", Code: code}
	n, err := properties(body[2:], packets.CONNACK, func(id byte, v []byte) error {
		switch id {
		case packets.PropReasonString:
			refused.Reason = shorten(string(v[2:]))
		case packets.PropServerReference:
			refused.Server = shorten(string(v[2:]))
		case packets.PropReceiveMaximum, packets.PropMaximumPacketSize:
			for _, b := range v {
				if b != 0 {
					return nil
				}
			}
			return &ProtocolError{fmt.Sprintf("CONNACK: property %#x is 0", id)}
		case packets.PropMaximumQOS, packets.PropRetainAvailable, packets.PropWildcardSubAvailable,
			packets.PropSubIDAvailable, packets.PropSharedSubAvailable:
			if v[0] > 1 {
				return &ProtocolError{fmt.Sprintf("CONNACK: property %#x is %d", id, v[0])}
			}
		case packets.PropAuthMethod, packets.PropAuthData:
			return &ProtocolError{"CONNACK with an authentication that was not asked for"}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(body) != 2+n:
		return &ProtocolError{"CONNACK with something after its properties"}
	case code >= 0x80:
		return refused
	case code != 0:
		return &ProtocolError{fmt.Sprintf("CONNACK with code %#x", code)}
	case body[0] != 0: // flags, of which the session's was not asked for
		return &ProtocolError{fmt.Sprintf("CONNACK with flags %#x upon a clean start", body[0])}
	}
	return nil
}

// checkDisconnect returns why the broker leaves.
func checkDisconnect(body []byte) error {
	e := &ReasonError{Packet: "DISCONNECT"}
	if len(body) > 0 {
		e.Code = body[0]
	}
	if len(body) > 1 {
		n, err := properties(body[1:], packets.DISCONNECT, func(id byte, v []byte) error {
			switch id {
			case packets.PropReasonString:
				e.Reason = shorten(string(v[2:]))
			case packets.PropServerReference:
				e.Server = shorten(string(v[2:]))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(body) != 1+n {
			return &ProtocolError{"DISCONNECT with something after its properties"}
		}
	}
	return e
}

// fail reports the first failure. What follows our own Close is told in the
// words by which the library knows it.
func (w *wire) fail(err error) error {
	w.mu.Lock()
	closed := w.closed
	if w.gone != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = w.gone // the time for last words is over
	}
	w.mu.Unlock()
	if closed {
		return net.ErrClosed
	}
	var broke *ProtocolError
	var reason *ReasonError
	switch {
	case errors.As(err, &broke), errors.As(err, &reason):
	case endpoint.ByPeer(err):
		err = fmt.Errorf("mqtt5: %w: %w", transport.ErrPeerClosed, err)
	default:
		err = fmt.Errorf("mqtt5: connection: %w", err)
	}
	w.ended(err)
	return err
}

// giveUp ends the connection for a reason that is not the network's.
func (w *wire) giveUp(err error) {
	w.fail(err)
	w.Close()
}
