package mqtt

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
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
	// server's name, which is also sent as SNI, defaults to the broker's host.
	// Another protocol name for ALPN than the Profile's belongs into its
	// NextProtos.
	TLS *tls.Config
	// KeyPair is the device's certificate and key for tls:// connections, read
	// anew when they change. TLS must then have neither Certificates nor
	// GetClientCertificate.
	KeyPair *KeyPair
	// RotateCheck is how often a session looks whether KeyPair's files have
	// become another good pair, and then asks to be replaced by one that uses
	// it; 0 means 1 min.
	RotateCheck time.Duration
	// RootsFile holds the authorities, in PEM, that may vouch for the broker. It
	// is read for each connection; while it cannot be used, what was read last
	// is. TLS must then have no RootCAs. "" means those of TLS.
	RootsFile string

	// Will is published by the broker when the connection ends without goodbye.
	Will *Will
	// Birth is published on each new connection before it is used for anything
	// else; with QoS 1 the broker must have acknowledged it, all under
	// ConnectTimeout, or Dial fails. A Birth "online" and a Will "offline" with
	// the same topic, both retained, tell whoever subscribes to that topic how
	// the device is doing, at once and until it changes. A goodbye takes the
	// will with it: a device that ends on purpose publishes "offline" itself.
	Birth *Will

	// Profile is what the broker takes, see [transport.AWSIoTCore]; nil sets no
	// limits. It is held against these options, and the outbox asks the dialer
	// for it.
	Profile *transport.Profile

	// Fast notices a dead connection within 15 s instead of 45 s, at the price
	// of more pings: KeepAlive is then 5 s, PingTimeout 3 s and WriteTimeout
	// 5 s, each unless it is set. Where the Profile's least keep-alive time is
	// longer, the broker is told that, and the pings go all the same.
	Fast bool
	// KeepAlive is how long the connection may be silent: a ping goes out
	// before it is over. 0 means 30 s or the nearest in the Profile's range; at
	// least 1 s, whole seconds, and within the Profile's range.
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

// Will is a message that the broker publishes for a client that vanished, or
// one that the client publishes when it connects.
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
	addr, secure, err = endpoint.Parse(c.Broker)
	errs := []error{err}
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("mqtt: "+format, args...)) }

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
	if c.Will != nil && len(c.Will.Payload) > maxString {
		bad("the will's payload is longer than 65,535 bytes")
	}
	for name, w := range map[string]*Will{"will": c.Will, "birth": c.Birth} {
		if w == nil {
			continue
		}
		if err := c.Profile.CheckTopic(w.Topic); err != nil {
			bad("the %s's topic: %w", name, err)
		}
		if err := c.Profile.CheckRetain(w.Topic); w.Retain && err != nil {
			bad("the %s's topic: %w", name, err)
		}
		if err := c.Profile.CheckPayload(len(w.Payload)); err != nil {
			bad("the %s's payload: %w", name, err)
		}
		if w.QoS > 1 {
			bad("the %s's QoS is %d; it must be 0 or 1", name, w.QoS)
		}
	}
	errs = append(errs, c.checkTLS(secure || err != nil), c.Profile.Check())
	if err := c.Profile.CheckClientID(c.ClientID); err != nil {
		bad("%w", err)
	}
	ping, pong, write := 30*time.Second, 10*time.Second, 10*time.Second
	if c.Fast {
		ping, pong, write = 5*time.Second, 3*time.Second, 5*time.Second
	}
	var shortest, longest time.Duration
	if c.Profile != nil {
		shortest, longest = c.Profile.KeepAliveMin, c.Profile.KeepAliveMax
	}
	if longest > 0 {
		ping = min(ping, longest.Truncate(time.Second))
	}
	if !c.Fast {
		ping = max(ping, (shortest + time.Second - 1).Truncate(time.Second))
	}
	if k := c.KeepAlive; k > 0 && (k < shortest || longest > 0 && k > longest) {
		bad("KeepAlive is %v; %s takes %v to %v", k, cmp.Or(c.Profile.Name, "the Profile"), shortest, longest)
	}
	for _, d := range []struct {
		name  string
		v     *time.Duration
		def   time.Duration
		least time.Duration
	}{
		{"KeepAlive", &c.KeepAlive, ping, time.Second},
		{"PingTimeout", &c.PingTimeout, pong, time.Millisecond},
		{"ConnectTimeout", &c.ConnectTimeout, 30 * time.Second, time.Millisecond},
		{"WriteTimeout", &c.WriteTimeout, write, time.Millisecond},
		{"RotateCheck", &c.RotateCheck, time.Minute, time.Second},
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

// checkTLS returns what is wrong with what concerns TLS only.
func (o *Options) checkTLS(secure bool) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("mqtt: "+format, args...)) }
	for name, set := range map[string]bool{"TLS": o.TLS != nil, "KeyPair": o.KeyPair != nil, "RootsFile": o.RootsFile != ""} {
		if set && !secure {
			bad("%s is set and the broker's URL is not tls://", name)
		}
	}
	if o.TLS != nil && o.KeyPair != nil && (o.TLS.GetClientCertificate != nil || len(o.TLS.Certificates) > 0) {
		bad("KeyPair is set, and TLS has a certificate of its own")
	}
	if o.TLS != nil && o.RootsFile != "" && o.TLS.RootCAs != nil {
		bad("RootsFile is set, and TLS has RootCAs of its own")
	}
	return errors.Join(errs...)
}

// announced is the keep-alive time that the broker is told.
func (o *Options) announced() time.Duration {
	if o.Profile == nil {
		return o.KeepAlive
	}
	return max(o.KeepAlive, (o.Profile.KeepAliveMin + time.Second - 1).Truncate(time.Second))
}

// pingEvery is what the library has to be told, so that it sends a ping before
// KeepAlive is over: it looks at the clock every 5 s, or, when told 10 s or
// less, four times in that.
func (o *Options) pingEvery() time.Duration {
	keep := o.KeepAlive
	for every := keep.Truncate(time.Second); every > time.Second; every -= time.Second {
		look := every / 4
		if every > 10*time.Second {
			look = 5 * time.Second
		}
		if every+look <= keep {
			return every
		}
	}
	return time.Second
}
