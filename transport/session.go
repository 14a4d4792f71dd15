package transport

import (
	"context"
	"errors"
	"time"
)

// Dialer makes connections. Package mqtt has the one over MQTT 3.1.1, and the
// module transport/mqtt5 the one over MQTT 5.
//
// A dialer may have two more methods:
//
//	Profile() *Profile // the limits of its broker; nil for none
//	Problems() []error // what is wrong and not fatal, such as a key that others can read
//
// The outbox asks for the first when it is opened, and tells the second in the
// log and in Stats.
type Dialer interface {
	// Dial makes one connection and returns when the broker has accepted it.
	// ctx ends the attempt, not the session.
	Dial(ctx context.Context) (Session, error)
}

// Session is one connection. It keeps nothing from the one before and sends
// nothing again: when it ends, the outbox starts at the lowest message that was
// not acknowledged. Its methods are safe for concurrent use.
//
// A session may have two more methods:
//
//	Renew() <-chan struct{}
//	ReceiveMaximum() int
//
// The first one's channel it closes when it wants to be replaced, as for a
// certificate that was rotated: the outbox then sends nothing more, waits for
// what is in flight, closes the session and dials at once. The second is how
// many packets of QoS 1 its broker takes without having acknowledged them: the
// outbox's window is no wider on this connection. A session that has it counts
// them by itself as well, because [Conn] sends beside the window, and lets
// Publish wait for a place.
type Session interface {
	// Publish hands a packet to the link, in the order of calls, and waits at
	// most until it is written or the session ends. done is called exactly
	// once, perhaps before Publish returns and at the latest when the session
	// ends: with nil only when the broker has acknowledged this packet (QoS 0:
	// when it was written). An error that is a [*RejectedError] says that the
	// broker refused the message and the session goes on; every other one, that
	// the session is ending. done does not block.
	Publish(ctx context.Context, p Packet, done func(error))
	// Subscribe returns when the broker has granted the filter, or with an
	// error when it refused.
	Subscribe(ctx context.Context, filter string, qos byte) error
	// Unsubscribe returns when the broker has confirmed.
	Unsubscribe(ctx context.Context, filter string) error
	// Messages is where messages from the broker arrive. The outbox always
	// receives from it until the session is done.
	Messages() <-chan Delivery
	// Done is closed when the connection is lost or closed.
	Done() <-chan struct{}
	// Err says why the session is done. As a courtesy, which helps to find a
	// message that the broker does not bear, the error wraps [ErrPeerClosed]
	// when the other side ended the connection, and so do the errors of what was
	// in flight.
	Err() error
	// Close ends the session and waits for its goroutines.
	Close() error
}

// ErrPeerClosed reports that the other side ended a connection: it closed or
// reset it. A connection that we gave up, because the peer fell silent, broke
// the protocol or because we closed it, does not wrap it.
var ErrPeerClosed = errors.New("transport: the peer closed the connection")

// Packet is one PUBLISH.
type Packet struct {
	Topic   string
	Payload []byte // not to be changed
	QoS     byte   // 0 or 1
	Retain  bool

	// What follows is for protocols that carry it.

	// ID names the packet's message: Message.ID, or else epoch, lane and
	// sequence. A batch of several is named by the first and the last of them.
	ID string
	// Device is Options.Device.
	Device string
	// Expiry is how long the broker may keep it for a subscriber, which is what
	// is left of Message.Expiry; in a batch, of the message that has most. 0
	// means for ever.
	Expiry time.Duration
}

// Inbound is a message from the broker.
type Inbound struct {
	Topic    string
	Payload  []byte
	QoS      byte
	Retained bool // it was stored by the broker before the subscription
	Again    bool // the broker thinks that it may have sent it before
	// ID and Device are those of the sender's Packet, where the protocol carries
	// them; "" otherwise. Anybody who may publish may write anything into them.
	ID, Device string
}

// Delivery is a message that waits to be acknowledged to the broker.
type Delivery struct {
	Inbound
	Ack func() // called once, when every handler has returned
}

// Handler is called for each message of a subscription, one after the other, on
// a goroutine of that subscription, with a context that ends with the
// connection. It may block and may publish, but while it does, the messages
// behind it wait: at most [Options.InboundQueue] of them, then new ones are
// dropped and counted.
type Handler func(ctx context.Context, m Inbound)
