package mqtt5

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/internal/endpoint"
	"github.com/brinkml/brink/transport/mqtt"
)

// Options configure a [Dialer]. Broker is required. Fields that
// [mqtt.Options] has too mean the same there and are checked in the same way.
type Options struct {
	// Broker is tcp://host[:port] or tls://host[:port]; the ports default to
	// 1883 and 8883. Credentials do not belong into it.
	Broker string
	// ClientID names the device to the broker, which ends an older connection of
	// the same name; "" lets the broker choose, and what it chose first is kept
	// for the connections to come, until it refuses it.
	ClientID string
	// Username and Password are sent when Username is not empty. Without TLS
	// they travel in the clear.
	Username, Password string
	// TLS, KeyPair, RotateCheck and RootsFile are as in [mqtt.Options].
	TLS         *tls.Config
	KeyPair     *mqtt.KeyPair
	RotateCheck time.Duration
	RootsFile   string

	// Will is published by the broker when the connection ends without goodbye,
	// and Birth by the dialer on each new one, as in [mqtt.Options].
	Will, Birth *mqtt.Will

	// Profile is what the broker takes, see [transport.AWSIoTCore]; nil sets no
	// limits. What the broker says of itself, in CONNACK, holds besides.
	Profile *transport.Profile

	// Fast notices a dead connection within 15 s instead of 45 s, at the price
	// of more pings: KeepAlive is then 5 s, PingTimeout 3 s and WriteTimeout
	// 5 s, each unless it is set.
	Fast bool
	// KeepAlive is how long the connection may be silent: a ping goes out before
	// it is over, or what the broker chooses, if that is less. 0 means 30 s or
	// the nearest in the Profile's range; at least 1 s, whole seconds, and
	// within the Profile's range.
	KeepAlive time.Duration
	// PingTimeout is how long the answer to a ping may take; 0 means 10 s.
	PingTimeout time.Duration
	// ConnectTimeout bounds dialling, TLS and the broker's answer together; 0
	// means 30 s.
	ConnectTimeout time.Duration
	// WriteTimeout bounds each write, so that a peer that stops reading is
	// noticed; 0 means 10 s.
	WriteTimeout time.Duration
	// AckTimeout ends a connection on which a Publish has waited that long
	// because the broker takes no more before it has acknowledged some; 0 means
	// 30 s.
	AckTimeout time.Duration

	// MaxInbound is the longest packet taken from the broker, in bytes; 0 means
	// 1 MiB. The broker is told, and keeps longer messages to itself; a longer
	// packet all the same ends the connection.
	MaxInbound int
	// ReceiveMaximum is how many messages with QoS 1 the broker may send without
	// having an acknowledgement, which it gets when the handlers have returned;
	// 0 means 64, at most 65,535. While it is not more than the outbox's
	// InboundQueue, a slow handler slows the broker down and loses nothing.
	ReceiveMaximum int

	// Dial opens the network connection; nil means [net.Dialer]. network is
	// "tcp" and addr host:port. TLS comes on top. A connection in memory works.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// maxString is the longest string of MQTT, in bytes. The client library cuts
// longer ones without a word.
const maxString = 65535

// complete returns a copy with defaults filled in, the address, whether it is to
// be TLS, and all problems.
func (o *Options) complete() (c Options, addr string, secure bool, err error) {
	if o != nil {
		c = *o
	}
	_, err = mqtt.New(&mqtt.Options{
		Broker: c.Broker, ClientID: c.ClientID, Username: c.Username, Password: c.Password,
		TLS: c.TLS, KeyPair: c.KeyPair, RotateCheck: c.RotateCheck, RootsFile: c.RootsFile, Will: c.Will, Birth: c.Birth,
		Profile: c.Profile, Fast: c.Fast, KeepAlive: c.KeepAlive, PingTimeout: c.PingTimeout,
		ConnectTimeout: c.ConnectTimeout, WriteTimeout: c.WriteTimeout, MaxInbound: c.MaxInbound, Dial: c.Dial,
	})
	errs := []error{err}
	ping, pong, write := 30*time.Second, 10*time.Second, 10*time.Second
	if c.Fast {
		ping, pong, write = 5*time.Second, 3*time.Second, 5*time.Second
	}
	if p := c.Profile; p != nil {
		if p.KeepAliveMax > 0 {
			ping = min(ping, p.KeepAliveMax.Truncate(time.Second))
		}
		if !c.Fast {
			ping = max(ping, seconds(p.KeepAliveMin))
		}
	}
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&c.KeepAlive, ping},
		{&c.PingTimeout, pong},
		{&c.ConnectTimeout, 30 * time.Second},
		{&c.WriteTimeout, write},
		{&c.RotateCheck, time.Minute},
		{&c.AckTimeout, 30 * time.Second},
	} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.AckTimeout < 0 {
		errs = append(errs, fmt.Errorf("mqtt5: AckTimeout is negative: %v", c.AckTimeout))
	}
	if c.MaxInbound == 0 {
		c.MaxInbound = 1 << 20
	}
	if c.MaxInbound > maxPacket {
		errs = append(errs, fmt.Errorf("mqtt5: MaxInbound is %d; MQTT has no packets above %d bytes", c.MaxInbound, maxPacket))
	}
	if c.ReceiveMaximum == 0 {
		c.ReceiveMaximum = 64
	}
	if c.ReceiveMaximum < 1 || c.ReceiveMaximum > 65535 {
		errs = append(errs, fmt.Errorf("mqtt5: ReceiveMaximum is %d; it must be 1 to 65,535", c.ReceiveMaximum))
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if err := errors.Join(errs...); err != nil {
		return c, "", false, err
	}
	addr, secure, err = endpoint.Parse(c.Broker)
	return c, addr, secure, err
}

// seconds rounds up to whole seconds.
func seconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// announced is the keep-alive time that the broker is told.
func (o *Options) announced() time.Duration {
	if o.Profile == nil {
		return o.KeepAlive
	}
	return max(o.KeepAlive, seconds(o.Profile.KeepAliveMin))
}
