package mqtt

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
)

// Dialer makes connections to one broker.
type Dialer struct {
	o    Options
	at   endpoint.Endpoint
	pace endpoint.Pace
	url  *url.URL
}

var _ transport.Dialer = (*Dialer)(nil)

// New checks the options and reports all their problems together. It touches
// nothing else.
func New(o *Options) (*Dialer, error) {
	c, addr, secure, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := &Dialer{o: c, at: endpoint.Endpoint{Addr: addr, Dial: c.Dial}, url: &url.URL{Scheme: "tcp", Host: addr}}
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

// Problems returns what an operator should know: those of [KeyPair.Problems],
// and a RootsFile that is not in force.
func (d *Dialer) Problems() []error {
	var errs []error
	if d.o.KeyPair != nil {
		errs = d.o.KeyPair.Problems()
	}
	if r := d.at.Roots; r != nil {
		_, err := r.Get()
		errs = append(errs, err, r.Problem())
	}
	return compact(errs)
}

// RefusedError reports a broker that answered and refused (MQTT 3.1.1, section
// 3.2.2.3, codes 1 to 5).
type RefusedError struct{ Code byte }

func (e *RefusedError) Error() string {
	reasons := [...]string{
		"accepted", "unacceptable protocol version", "client identifier rejected", "server unavailable",
		"bad user name or password", "not authorized",
	}
	if int(e.Code) < len(reasons) {
		return "mqtt: connection refused: " + reasons[e.Code]
	}
	return fmt.Sprintf("mqtt: connection refused: code %d", e.Code)
}

// Dial makes one connection, publishes Options.Birth, and returns. A refusal is
// a [*RefusedError]. It waits first until the Profile's ConnectEvery has passed
// since the last attempt.
func (d *Dialer) Dial(ctx context.Context) (transport.Session, error) {
	var every time.Duration
	if d.o.Profile != nil {
		every = d.o.Profile.ConnectEvery
	}
	if err := d.pace.Wait(ctx, every); err != nil {
		return nil, fmt.Errorf("mqtt: dial %s: %w", d.at.Addr, err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.ConnectTimeout)
	defer cancel()
	c, used, err := d.at.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("mqtt: dial %s: %w", d.at.Addr, err)
	}
	s := newSession(d, c)
	// The library waits for the answer with a deadline only.
	stop := context.AfterFunc(ctx, func() { s.wire.Conn.Close() })
	token := s.client.Connect()
	<-token.Done()
	if err = token.Error(); err != nil && ctx.Err() == nil {
		if code := token.(*paho.ConnectToken).ReturnCode(); code != 0 && code < 0x80 {
			err = &RefusedError{code}
		} else if cause := s.Err(); cause != nil {
			err = cause
		}
	} else if err == nil && d.o.Birth != nil {
		err = s.born(ctx, d.o.Birth)
	}
	if !stop() {
		err = fmt.Errorf("mqtt: connect to %s: %w", d.at.Addr, context.Cause(ctx))
	}
	switch {
	case token.Error() != nil:
		s.unmade()
		return nil, err
	case err != nil:
		s.abandon()
		return nil, err
	}
	if used != nil {
		s.wg.Go(func() { s.watch(d.o.KeyPair, used, d.o.RotateCheck) })
	}
	return s, nil
}

// clientOptions are those under which the library does nothing of its own accord.
func (d *Dialer) clientOptions(s *session) *paho.ClientOptions {
	o := paho.NewClientOptions()
	o.Servers = []*url.URL{d.url}
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return s.wire, nil })
	o.SetClientID(d.o.ClientID)
	o.SetUsername(d.o.Username)
	o.SetPassword(d.o.Password)
	o.SetProtocolVersion(4)
	o.SetCleanSession(true)
	o.SetAutoReconnect(false)
	o.SetConnectRetry(false)
	o.SetStore(paho.NewMemoryStore())
	o.SetKeepAlive(d.o.pingEvery())
	o.SetPingTimeout(d.o.PingTimeout + 10*time.Second) // the wire's is earlier
	o.SetConnectTimeout(d.o.ConnectTimeout)
	o.SetWriteTimeout(d.o.WriteTimeout)
	// In order, and our handler only hands over: it does not hold up reading.
	o.SetOrderMatters(true)
	o.SetAutoAckDisabled(true)
	o.SetDefaultPublishHandler(s.arrived)
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { s.end(fmt.Errorf("mqtt: connection: %w", err)) })
	if w := d.o.Will; w != nil {
		o.SetBinaryWill(w.Topic, w.Payload, w.QoS, w.Retain)
	}
	return o
}

// disconnectTime is how long a goodbye may take, and then how long the
// library's goroutines may take to end once the connection is closed.
const (
	disconnectTime = 500 * time.Millisecond
	endTime        = 30 * time.Second
)
