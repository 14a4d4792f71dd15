package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Options configure a [Dialer]. Broker is required.
type Options struct {
	// Broker is tcp://host[:port] or tls://host[:port]; the ports default to
	// 1883 and 8883. Credentials do not belong into it.
	Broker string
	// ClientID names the device to the broker, which ends an older connection
	// of the same name; "" lets the broker choose.
	ClientID string
	// Username and Password are sent when Username is not empty. Without TLS
	// they travel in the clear.
	Username, Password string
	// TLS configures tls:// connections; nil means the system's roots. The
	// server's name defaults to the broker's host. Certificates that change
	// belong into its GetClientCertificate.
	TLS *tls.Config
	// Will is published by the broker when the connection ends without goodbye.
	Will *Will

	// KeepAlive is how long the connection may be silent before a ping; 0 means
	// 30 s; at least 1 s, whole seconds.
	KeepAlive time.Duration
	// PingTimeout is how long the answer to a ping may take; 0 means 10 s.
	PingTimeout time.Duration
	// ConnectTimeout bounds dialling, TLS and the broker's answer together; 0
	// means 30 s.
	ConnectTimeout time.Duration
	// WriteTimeout bounds each write, so that a peer that stops reading is
	// noticed; 0 means 10 s.
	WriteTimeout time.Duration
	// MaxInbound is the longest packet taken from the broker, in bytes; 0 means
	// 1 MiB. A longer one ends the connection.
	MaxInbound int

	// Dial opens the network connection; nil means [net.Dialer]. network is
	// "tcp" and addr host:port. TLS comes on top. A connection in memory works.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Will is a message that the broker publishes for a client that vanished.
type Will struct {
	Topic   string
	Payload []byte
	QoS     byte // 0 or 1
	Retain  bool
}

// maxString is the longest string of MQTT, in bytes. The client library cuts
// longer ones without a word.
const maxString = 65535

// complete returns a copy with defaults filled in, the address, whether it is
// to be TLS, and all problems.
func (o *Options) complete() (c Options, addr string, secure bool, err error) {
	if o != nil {
		c = *o
	}
	addr, secure, err = parseBroker(c.Broker)
	errs := []error{err}
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("mqtt: "+format, args...)) }

	if c.TLS != nil && !secure && err == nil {
		bad("TLS is set and the broker's URL is not tls://")
	}
	for name, s := range map[string]string{"ClientID": c.ClientID, "Username": c.Username, "Password": c.Password} {
		if len(s) > maxString {
			bad("%s is longer than 65,535 bytes", name)
		}
		if name != "Password" && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			bad("%s is not UTF-8 or holds a NUL", name)
		}
	}
	if c.Password != "" && c.Username == "" {
		bad("Password is set without Username")
	}
	if w := c.Will; w != nil {
		if w.Topic == "" || len(w.Topic) > maxString || !utf8.ValidString(w.Topic) || strings.ContainsAny(w.Topic, "+#\x00") {
			bad("the will's topic %.64q is not a topic name", w.Topic)
		}
		if len(w.Payload) > maxString {
			bad("the will's payload is longer than 65,535 bytes")
		}
		if w.QoS > 1 {
			bad("the will's QoS is %d; it must be 0 or 1", w.QoS)
		}
	}
	for _, d := range []struct {
		name  string
		v     *time.Duration
		def   time.Duration
		least time.Duration
	}{
		{"KeepAlive", &c.KeepAlive, 30 * time.Second, time.Second},
		{"PingTimeout", &c.PingTimeout, 10 * time.Second, time.Millisecond},
		{"ConnectTimeout", &c.ConnectTimeout, 30 * time.Second, time.Millisecond},
		{"WriteTimeout", &c.WriteTimeout, 10 * time.Second, time.Millisecond},
	} {
		if *d.v == 0 {
			*d.v = d.def
		}
		if *d.v < d.least {
			bad("%s is %v; the least is %v", d.name, *d.v, d.least)
		}
	}
	if c.KeepAlive%time.Second != 0 || c.KeepAlive > maxString*time.Second {
		bad("KeepAlive is %v; it must be whole seconds, at most 65,535", c.KeepAlive)
	}
	if c.MaxInbound == 0 {
		c.MaxInbound = 1 << 20
	}
	if c.MaxInbound < 128 {
		bad("MaxInbound is %d; the least is 128", c.MaxInbound)
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	return c, addr, secure, errors.Join(errs...)
}

func parseBroker(broker string) (addr string, secure bool, err error) {
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
