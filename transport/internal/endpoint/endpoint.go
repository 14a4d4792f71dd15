// Package endpoint opens the network connections that MQTT runs on, for package
// mqtt and for the module mqtt5.
package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Endpoint is where a broker is reached. It is not changed once it is in use.
type Endpoint struct {
	Addr string // host:port
	// TLS is nil for a connection in the clear.
	TLS *tls.Config
	// Roots, when set, replaces the authorities of TLS.
	Roots *Roots
	// Pair, when set, returns the device's certificate and key. Only TLS uses it.
	Pair func(*tls.CertificateRequestInfo) (*tls.Certificate, error)
	// Dial opens the connection below TLS.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Config returns what TLS to addr is done with. config may be nil; alpn is the
// protocol name for port 443, where config has none, or "".
func Config(config *tls.Config, addr, alpn string) (*tls.Config, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	c := config.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if alpn != "" && port == "443" && len(c.NextProtos) == 0 {
		c.NextProtos = []string{alpn}
	}
	return c, nil
}

// Open opens a connection and returns the pair that was shown on it, if any.
func (e *Endpoint) Open(ctx context.Context) (c net.Conn, used *tls.Certificate, err error) {
	secure := e.TLS
	if secure != nil {
		secure = secure.Clone()
		if e.Roots != nil {
			if secure.RootCAs, err = e.Roots.Get(); err != nil {
				return nil, nil, err
			}
		}
		if e.Pair != nil {
			secure.GetClientCertificate = func(r *tls.CertificateRequestInfo) (_ *tls.Certificate, err error) {
				used, err = e.Pair(r)
				return used, err
			}
		}
	}
	c, err = e.Dial(ctx, "tcp", e.Addr)
	if err != nil || secure == nil {
		return c, nil, err
	}
	t := tls.Client(c, secure)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return t, used, nil
}

// Parse takes a broker's URL apart: tcp://host[:port] or tls://host[:port],
// whose ports default to 1883 and 8883.
func Parse(broker string) (addr string, secure bool, err error) {
	if broker == "" {
		return "", false, errors.New("mqtt: no Broker")
	}
	u, err := url.Parse(broker)
	if err != nil {
		// The error of url.Parse holds the text, which may hold a password.
		return "", false, errors.New("mqtt: the broker's URL cannot be read")
	}
	var errs []error
	port := "1883"
	switch u.Scheme {
	case "tcp":
	case "tls":
		port, secure = "8883", true
	default:
		errs = append(errs, fmt.Errorf("mqtt: the broker's URL begins with %q; it must be tcp:// or tls://", u.Scheme))
	}
	if u.User != nil {
		errs = append(errs, errors.New("mqtt: the broker's URL holds credentials; they belong into Username and Password"))
	}
	if u.Hostname() == "" {
		errs = append(errs, errors.New("mqtt: the broker's URL has no host"))
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		errs = append(errs, errors.New("mqtt: the broker's URL has more than a host and a port"))
	}
	if p := u.Port(); p != "" {
		port = p
		if n, err := net.LookupPort("tcp", p); err != nil || n == 0 {
			errs = append(errs, fmt.Errorf("mqtt: the broker's port %q is not a port", p))
		}
	}
	return net.JoinHostPort(u.Hostname(), port), secure, errors.Join(errs...)
}
