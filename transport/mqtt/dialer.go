package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport"
)

// Dialer makes connections to one broker.
type Dialer struct {
	o      Options
	addr   string
	secure *tls.Config // nil for tcp://
	roots  *roots      // nil without RootsFile
	url    *url.URL

	mu   sync.Mutex
	next time.Time // before that, no CONNECT
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
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("mqtt: %w", err)
		}
		d.secure = c.TLS.Clone()
		if d.secure == nil {
			d.secure = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if d.secure.ServerName == "" {
			d.secure.ServerName = host
		}
		if p := c.Profile; p != nil && p.ALPN != "" && port == "443" && len(d.secure.NextProtos) == 0 {
			d.secure.NextProtos = []string{p.ALPN}
		}
		if c.RootsFile != "" {
			d.roots = &roots{file: c.RootsFile}
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
	if d.roots != nil {
		_, err := d.roots.get()
		errs = append(errs, err, d.roots.problem())
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
	if err := d.pace(ctx); err != nil {
		return nil, fmt.Errorf("mqtt: dial %s: %w", d.addr, err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.ConnectTimeout)
	defer cancel()
	c, used, err := d.network(ctx)
	if err != nil {
		return nil, fmt.Errorf("mqtt: dial %s: %w", d.addr, err)
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
		err = fmt.Errorf("mqtt: connect to %s: %w", d.addr, context.Cause(ctx))
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

// pace waits until there may be a CONNECT again.
func (d *Dialer) pace(ctx context.Context) error {
	if d.o.Profile == nil || d.o.Profile.ConnectEvery == 0 {
		return nil
	}
	d.mu.Lock()
	now := time.Now()
	wait := max(0, d.next.Sub(now))
	d.next = now.Add(wait + d.o.Profile.ConnectEvery)
	d.mu.Unlock()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// network opens the connection that MQTT runs on and returns the pair of
// Options.KeyPair that was shown on it, if any.
func (d *Dialer) network(ctx context.Context) (c net.Conn, used *tls.Certificate, err error) {
	secure := d.secure
	if secure != nil {
		secure = secure.Clone()
		if d.roots != nil {
			if secure.RootCAs, err = d.roots.get(); err != nil {
				return nil, nil, err
			}
		}
		if d.o.KeyPair != nil {
			secure.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				used = d.o.KeyPair.current()
				return used, nil
			}
		}
	}
	c, err = d.o.Dial(ctx, "tcp", d.addr)
	if err != nil || secure == nil {
		return c, nil, err
	}
	t := tls.Client(c, secure)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return t, used, nil
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
