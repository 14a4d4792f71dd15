package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
)

// MQTT 3.1.1 packet types, section 2.2.1.
const (
	typeConnect   = 1
	typeConnack   = 2
	typePublish   = 3
	typePuback    = 4
	typeSubscribe = 8
	typeSuback    = 9
	typeUnsub     = 10
	typeUnsuback  = 11
	typePingreq   = 12
	typePingresp  = 13
)

// ProtocolError reports a broker that sent what MQTT 3.1.1 does not allow it to
// send then, or more than Options.MaxInbound.
type ProtocolError struct{ Reason string }

func (e *ProtocolError) Error() string { return "mqtt: broker: " + e.Reason }

// wire is the network connection as the client library sees it. The library
// believes what it reads: an answer to nothing completes a token of another
// kind, a SUBACK with one code too many is an index out of range, a length
// field is memory allocated. So every packet is looked at before the library
// is, and every acknowledgement must answer a packet that was written.
type wire struct {
	net.Conn
	maxInbound   int
	writeTimeout time.Duration
	pingTimeout  time.Duration
	keepAlive    time.Duration // as it is told to the broker
	ended        func(error)   // told of the first failure

	// Reading is done by one goroutine, which begins when CONNECT is written.
	silenced  sync.Once
	silent    chan struct{} // closed when reading has failed
	from      *bufio.Reader // of Conn: what came at once takes one call to the system
	in        []byte        // a checked packet, or what is left of it
	buf       []byte
	connected bool

	writing chan struct{} // holds one element while somebody writes

	mu       sync.Mutex
	waiting  map[uint16]byte     // packet identifier to the type that waits for its answer
	pubacked map[uint16]struct{} // answered by PUBACK and not yet taken
	pong     *time.Timer         // runs while a ping waits for its answer
	closed   bool
	gone     error // a write met a connection that the peer has closed
}

func newWire(c net.Conn, o *Options, ended func(error)) *wire {
	return &wire{
		Conn: c, from: bufio.NewReaderSize(c, 2<<10), maxInbound: o.MaxInbound, writeTimeout: o.WriteTimeout,
		pingTimeout: o.PingTimeout, keepAlive: o.announced(), ended: ended,
		writing: make(chan struct{}, 1), silent: make(chan struct{}),
		waiting: make(map[uint16]byte), pubacked: make(map[uint16]struct{}),
	}
}

// pubackSeen reports, once, whether a PUBACK for the identifier was read.
func (w *wire) pubackSeen(id uint16) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.pubacked[id]
	delete(w.pubacked, id)
	return ok
}

func (w *wire) Close() error {
	w.mu.Lock()
	w.closed = true
	if w.pong != nil {
		w.pong.Stop()
	}
	w.mu.Unlock()
	return w.Conn.Close()
}

// SetWriteDeadline does nothing: every write sets its own, which the library
// would take away under a write of its other goroutine.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Write takes one packet, as the library writes them.
func (w *wire) Write(p []byte) (int, error) {
	if err := w.expectAnswer(p); err != nil {
		return 0, w.fail(err)
	}
	if len(p) > 0 {
		switch p[0] >> 4 {
		case typeConnect:
			p = w.announce(p)
		case typePingreq:
			w.expectPong()
		}
	}
	w.writing <- struct{}{}
	defer func() { <-w.writing }()
	if err := w.Conn.SetWriteDeadline(time.Now().Add(w.writeTimeout)); err != nil {
		return 0, w.fail(err)
	}
	n, err := w.Conn.Write(p)
	if err != nil {
		if endpoint.ByPeer(err) {
			err = w.lastWords(err, p)
		}
		// Half a packet may be out: nothing can follow it.
		err = w.fail(err)
		w.Close()
	}
	return n, err
}

// lastWordsTime is how long what the peer said before it closed is read.
const lastWordsTime = 250 * time.Millisecond

// lastWords waits, when a write has met a closed connection, until what the
// peer sent before is read: acknowledgements, or TLS' reason for a refusal, for
// which nobody but the writer of CONNECT is there yet.
func (w *wire) lastWords(err error, p []byte) error {
	w.mu.Lock()
	w.gone = err
	w.mu.Unlock()
	if w.Conn.SetReadDeadline(time.Now().Add(lastWordsTime)) != nil {
		return err
	}
	if p[0]>>4 == typeConnect {
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

// announce puts the keep-alive time into a CONNECT: the library would tell the
// broker how often it pings.
func (w *wire) announce(p []byte) []byte {
	at := 1
	for at < len(p) && p[at]&0x80 != 0 {
		at++
	}
	at += 1 + 8 // remaining length; "MQTT", level and flags
	if len(p) < at+2 {
		return p
	}
	p = slices.Clone(p)
	binary.BigEndian.PutUint16(p[at:], uint16(w.keepAlive/time.Second))
	return p
}

// expectPong gives a ping its time. The library's own watch adds up to 5 s.
func (w *wire) expectPong() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.pong != nil {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(w.pingTimeout, func() {
		w.mu.Lock()
		late := w.pong == t && !w.closed
		w.mu.Unlock()
		if late {
			w.fail(fmt.Errorf("no pingresp within %v", w.pingTimeout))
			w.Close()
		}
	})
	w.pong = t
}

// expectAnswer notes the identifier of a packet that wants an acknowledgement.
func (w *wire) expectAnswer(p []byte) error {
	if len(p) < 2 {
		return nil
	}
	kind := p[0] >> 4
	body := p[1:]
	for len(body) > 0 && body[0]&0x80 != 0 {
		body = body[1:]
	}
	body = body[min(1, len(body)):]
	at := 0
	switch {
	case kind == typePublish && p[0]&0x06 != 0:
		if len(body) < 2 {
			return nil
		}
		at = 2 + int(binary.BigEndian.Uint16(body))
	case kind == typeSubscribe, kind == typeUnsub:
	default:
		return nil
	}
	if len(body) < at+2 {
		return nil
	}
	id := binary.BigEndian.Uint16(body[at:])
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, used := w.waiting[id]; used {
		return fmt.Errorf("mqtt: packet identifier %d is in use", id)
	}
	w.waiting[id] = kind
	return nil
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
	length, shift := 0, 0
	for {
		b = append(b, 0)
		if err := w.full(b[len(b)-1:]); err != nil {
			return err
		}
		c := b[len(b)-1]
		length |= int(c&0x7f) << shift
		if c&0x80 == 0 {
			break
		}
		if shift += 7; shift > 21 {
			return &ProtocolError{"remaining length of more than four bytes"}
		}
	}
	head := len(b)
	if err := w.plausible(b[0], length); err != nil {
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
	w.in = b
	if cap(b) <= 64<<10 {
		w.buf = b
	} else {
		w.buf = nil // one large packet is no reason to keep its memory
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

// plausible checks a packet by its first byte and length, before memory is
// taken for it.
func (w *wire) plausible(first byte, length int) error {
	kind := first >> 4
	if w.connected == (kind == typeConnack) {
		return &ProtocolError{fmt.Sprintf("packet type %d at the wrong time", kind)}
	}
	want := 2
	switch kind {
	case typePublish:
		qos := first >> 1 & 3
		if qos > 1 {
			return &ProtocolError{fmt.Sprintf("PUBLISH with QoS %d, which was not asked for", qos)}
		}
		if length > w.maxInbound {
			return &ProtocolError{fmt.Sprintf("packet of %d bytes; the limit is %d", length, w.maxInbound)}
		}
		if length < 3+2*int(qos) {
			return &ProtocolError{"PUBLISH too short"}
		}
		return nil
	case typeSuback:
		want = 3 // one filter a packet
	case typePingresp:
		want = 0
	case typeConnack, typePuback, typeUnsuback:
	default:
		return &ProtocolError{fmt.Sprintf("packet type %d", kind)}
	}
	if length != want || first&0x0f != 0 {
		return &ProtocolError{fmt.Sprintf("malformed packet of type %d", kind)}
	}
	return nil
}

// accept checks a packet's content and notes what it answers.
func (w *wire) accept(first byte, body []byte) error {
	var question byte
	switch first >> 4 {
	case typeConnack:
		// The library takes a code that it has no error for as success.
		if body[1] > 5 {
			return &ProtocolError{fmt.Sprintf("CONNACK with code %d", body[1])}
		}
		w.connected = true
		return nil
	case typePublish:
		topic := int(binary.BigEndian.Uint16(body))
		if topic == 0 || 2+topic+2*int(first>>1&1) > len(body) {
			return &ProtocolError{"PUBLISH with a topic that is empty or longer than the packet"}
		}
		return nil
	case typePingresp:
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.pong != nil {
			w.pong.Stop()
			w.pong = nil
		}
		return nil
	case typePuback:
		question = typePublish
	case typeSuback:
		question = typeSubscribe
	case typeUnsuback:
		question = typeUnsub
	}
	id := binary.BigEndian.Uint16(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting[id] != question {
		return &ProtocolError{fmt.Sprintf("packet type %d for identifier %d, which does not wait for it", first>>4, id)}
	}
	delete(w.waiting, id)
	if question == typePublish {
		w.pubacked[id] = struct{}{}
	}
	return nil
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
	var p *ProtocolError
	switch {
	case errors.As(err, &p):
	case endpoint.ByPeer(err):
		err = fmt.Errorf("mqtt: %w: %w", transport.ErrPeerClosed, err)
	default:
		err = fmt.Errorf("mqtt: connection: %w", err)
	}
	w.ended(err)
	return err
}
