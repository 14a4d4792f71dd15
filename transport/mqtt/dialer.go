package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport"
)

// Dialer makes connections to one broker.
type Dialer struct {
	o      Options
	addr   string
	secure *tls.Config // nil for tcp://
	url    *url.URL
}

var _ transport.Dialer = (*Dialer)(nil)

// New checks the options and reports all their problems together. It touches
// nothing else.
func New(o *Options) (*Dialer, error) {
	c, addr, secure, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := &Dialer{o: c, addr: addr, url: &url.URL{Scheme: "tcp", Host: addr}}
	if secure {
		d.secure = c.TLS.Clone()
		if d.secure == nil {
			d.secure = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if d.secure.ServerName == "" {
			d.secure.ServerName, _, err = net.SplitHostPort(addr)
		}
	}
	return d, err
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

// Dial makes one connection. A refusal is a [*RefusedError].
func (d *Dialer) Dial(ctx context.Context) (transport.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, d.o.ConnectTimeout)
	defer cancel()
	c, err := d.network(ctx)
	if err != nil {
		return nil, fmt.Errorf("mqtt: dial %s: %w", d.addr, err)
	}
	s := newSession(d, c)
	// The library waits for the answer with a deadline only.
	stop := context.AfterFunc(ctx, func() { s.wire.Conn.Close() })
	token := s.client.Connect()
	<-token.Done()
	if !stop() {
		err = fmt.Errorf("mqtt: connect to %s: %w", d.addr, context.Cause(ctx))
	} else if err = token.Error(); err != nil {
		if code := token.(*paho.ConnectToken).ReturnCode(); code != 0 && code < 0x80 {
			err = &RefusedError{code}
		} else if cause := s.Err(); cause != nil {
			err = cause
		}
	}
	if err != nil {
		s.abandon()
		return nil, err
	}
	return s, nil
}

// network opens the connection that MQTT runs on.
func (d *Dialer) network(ctx context.Context) (net.Conn, error) {
	c, err := d.o.Dial(ctx, "tcp", d.addr)
	if err != nil || d.secure == nil {
		return c, err
	}
	t := tls.Client(c, d.secure)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return t, nil
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
	o.SetKeepAlive(d.o.KeepAlive)
	o.SetPingTimeout(d.o.PingTimeout)
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
