package mqtt5

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
)

// Dialer makes connections to one broker.
type Dialer struct {
	o    Options
	at   endpoint.Endpoint
	pace endpoint.Pace

	mu       sync.Mutex
	assigned string // the client identifier that the broker chose
}

var _ transport.Dialer = (*Dialer)(nil)

// New checks the options and reports all their problems together. It touches
// nothing else.
func New(o *Options) (*Dialer, error) {
	c, addr, secure, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := &Dialer{o: c, at: endpoint.Endpoint{Addr: addr, Dial: c.Dial}}
	if secure {
		alpn := ""
		if c.Profile != nil {
			alpn = c.Profile.ALPN
		}
		if d.at.TLS, err = endpoint.Config(c.TLS, addr, alpn); err != nil {
			return nil, err
		}
		if c.RootsFile != "" {
			d.at.Roots = endpoint.NewRoots(c.RootsFile)
		}
		if c.KeyPair != nil {
			d.at.Pair = c.KeyPair.Get
		}
	}
	return d, nil
}

// Profile returns Options.Profile. It must not be changed.
func (d *Dialer) Profile() *transport.Profile { return d.o.Profile }

// Problems returns what an operator should know: those of the KeyPair, and a
// RootsFile that is not in force.
func (d *Dialer) Problems() []error {
	var errs []error
	if d.o.KeyPair != nil {
		errs = d.o.KeyPair.Problems()
	}
	if r := d.at.Roots; r != nil {
		r.Get()
		if err := r.Problem(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Dial makes one connection, publishes Options.Birth, and returns. A refusal is
// a [*ReasonError]. A broker that takes QoS 0 only is refused by us: nothing
// could be promised over it. It waits first until the Profile's ConnectEvery has
// passed since the last attempt.
func (d *Dialer) Dial(ctx context.Context) (transport.Session, error) {
	var every time.Duration
	if d.o.Profile != nil {
		every = d.o.Profile.ConnectEvery
	}
	if err := d.pace.Wait(ctx, every); err != nil {
		return nil, fmt.Errorf("mqtt5: dial %s: %w", d.at.Addr, err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.ConnectTimeout)
	defer cancel()
	c, used, err := d.at.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("mqtt5: dial %s: %w", d.at.Addr, err)
	}
	s := newSession(d, c)
	stop := context.AfterFunc(ctx, func() { s.wire.Conn.Close() })
	err = d.connect(ctx, s)
	if err == nil && d.o.Birth != nil {
		err = s.born(ctx, d.o.Birth)
	}
	if !stop() {
		err = fmt.Errorf("mqtt5: connect to %s: %w", d.at.Addr, context.Cause(ctx))
	}
	if err != nil {
		s.abandon()
		return nil, err
	}
	s.start(s.ledger.acknowledge)
	if used != nil {
		s.start(func() { s.watch(d.o.KeyPair, used, d.o.RotateCheck) })
	}
	return s, nil
}

// connect sends CONNECT and learns what the broker says of itself.
func (d *Dialer) connect(ctx context.Context, s *session) error {
	id := d.clientID()
	ca, err := s.client.Connect(ctx, d.connectPacket(id))
	if err != nil {
		if cause := s.Err(); cause != nil {
			err = cause
		}
		var refused *ReasonError
		if errors.As(err, &refused) && refused.Code == 0x85 {
			d.assign("")
		}
		return err
	}
	s.maxPacket, s.retains = maxPacket, true
	if p := ca.Properties; p != nil {
		if p.MaximumQoS != nil && *p.MaximumQoS == 0 {
			return errors.New("mqtt5: the broker takes QoS 0 only, which promises nothing")
		}
		if p.MaximumPacketSize != nil {
			s.maxPacket = int(min(*p.MaximumPacketSize, maxPacket))
		}
		s.retains = p.RetainAvailable
		if id == "" {
			d.assign(p.AssignedClientID)
		}
	}
	return nil
}

// clientID is Options.ClientID or what the broker has chosen.
func (d *Dialer) clientID() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.o.ClientID != "" {
		return d.o.ClientID
	}
	return d.assigned
}

func (d *Dialer) assign(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.assigned = id
}

// connectPacket asks for a session that begins and ends with the connection.
func (d *Dialer) connectPacket(id string) *paho.Connect {
	most, longest := uint16(d.o.ReceiveMaximum), uint32(d.o.MaxInbound)
	p := &paho.Connect{
		ClientID: id, CleanStart: true, KeepAlive: uint16(d.o.announced() / time.Second),
		Username: d.o.Username, UsernameFlag: d.o.Username != "",
		Password: []byte(d.o.Password), PasswordFlag: d.o.Password != "",
		Properties: &paho.ConnectProperties{RequestProblemInfo: true, ReceiveMaximum: &most, MaximumPacketSize: &longest},
	}
	if w := d.o.Will; w != nil {
		p.WillMessage = &paho.WillMessage{Topic: w.Topic, Payload: w.Payload, QoS: w.QoS, Retain: w.Retain}
		p.WillProperties = new(paho.WillProperties)
	}
	return p
}

// clientConfig is that of a client that does nothing of its own accord.
func (d *Dialer) clientConfig(s *session) paho.ClientConfig {
	return paho.ClientConfig{
		Conn:              net.Conn(s.wire),
		Session:           s.ledger,
		PingHandler:       &pinger{w: s.wire, every: d.o.KeepAlive, timeout: d.o.PingTimeout, pong: make(chan struct{}, 1)},
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){s.arrived},
		PacketTimeout:     packetTimeout,
	}
}

const (
	// packetTimeout is the library's for an answer; ours are shorter.
	packetTimeout = 24 * time.Hour
	// goodbyeTime is how long a DISCONNECT may take.
	goodbyeTime = 500 * time.Millisecond
)
