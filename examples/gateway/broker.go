package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"os"
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// broker is an MQTT broker within the program. The gateway has one for what is around it; a demonstration has a second one that plays
// the cloud.
type broker struct {
	server *mochi.Server
	url    string

	mu    sync.Mutex
	subID int
}

// rules are what a broker does with its clients.
type rules struct {
	mochi.HookBase
	// take sees each message of a client before its sender gets the acknowledgement. When it fails, there is none, and the client
	// is disconnected: it comes back, and sends the message again.
	take func(client, topic string, payload []byte) error
	// may says who may publish to a topic, or subscribe to a filter.
	may func(client, topic string, write bool) bool
}

func (r *rules) ID() string { return "rules" }

func (r *rules) Provides(b byte) bool {
	return b == mochi.OnPublish || b == mochi.OnACLCheck || b == mochi.OnConnectAuthenticate
}

// OnConnectAuthenticate takes everybody who can reach the listener, and over TLS who has the name that the certificate says. may says what for.
func (r *rules) OnConnectAuthenticate(c *mochi.Client, _ packets.Packet) bool {
	secure, ok := c.Net.Conn.(*tls.Conn)
	if !ok {
		return true
	}
	peers := secure.ConnectionState().PeerCertificates
	return len(peers) > 0 && peers[0].Subject.CommonName == c.ID
}

func (r *rules) OnACLCheck(c *mochi.Client, topic string, write bool) bool {
	return r.may(c.ID, topic, write)
}

func (r *rules) OnPublish(c *mochi.Client, p packets.Packet) (packets.Packet, error) {
	if c.Net.Inline {
		return p, nil
	}
	if err := r.take(c.ID, p.TopicName, p.Payload); err != nil {
		c.Stop(err)
		return p, packets.ErrRejectPacket
	}
	return p, nil
}

// startBroker listens at addr, for TLS if there is a configuration of it. More hooks may see what happens.
func startBroker(addr string, secure *tls.Config, r *rules, log *slog.Logger, more ...mochi.Hook) (*broker, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	scheme := "tcp://"
	if secure != nil {
		l, scheme = tls.NewListener(l, secure), "tls://"
	}
	limits := mochi.NewDefaultServerCapabilities()
	limits.MaximumPacketSize = 256 << 10
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: log, Capabilities: limits})
	for _, h := range append(more, r) {
		err = errors.Join(err, s.AddHook(h, nil))
	}
	err = errors.Join(err, s.AddListener(listeners.NewNet("tcp", l)))
	if err == nil {
		err = s.Serve()
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &broker{server: s, url: scheme + l.Addr().String()}, nil
}

func (b *broker) close() error { return b.server.Close() }

// Publish sends a message to the broker's clients. With the two methods below a broker is a shadow.Conn whose link is never lost.
func (b *broker) Publish(_ context.Context, topic string, payload []byte) error {
	return b.server.Publish(topic, payload, false, 1)
}

// Subscribe calls h for each message of the topics.
func (b *broker) Subscribe(_ context.Context, topics []string, h func(string, []byte)) (func(), error) {
	b.mu.Lock()
	b.subID++
	sub := b.subID
	b.mu.Unlock()
	cancel := func() {
		for _, t := range topics {
			// An unsubscribe fails only for filters that the server never accepted.
			_ = b.server.Unsubscribe(t, sub)
		}
	}
	for _, t := range topics {
		err := b.server.Subscribe(t, sub, func(_ *mochi.Client, _ packets.Subscription, p packets.Packet) {
			h(p.TopicName, p.Payload)
		})
		if err != nil {
			cancel()
			return nil, err
		}
	}
	return cancel, nil
}

// Links yields the one link that there is.
func (b *broker) Links(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) { yield(ctx) }
}

// localTLS has devices show a certificate of the authority in caFile.
func localTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("-local-cert, -local-key: %w", err)
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("-local-ca: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("-local-ca: %s has no certificate", caFile)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: authority, ClientAuth: tls.RequireAndVerifyClientCert}, nil
}
