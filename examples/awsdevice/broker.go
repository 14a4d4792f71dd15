package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"slices"
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// broker is an MQTT broker within the program, in whose clients' eyes the twins are the cloud.
type broker struct {
	server *mochi.Server
	addr   string

	mu    sync.Mutex
	subID int
}

// rules are what the broker does with its clients.
type rules struct {
	mochi.HookBase
	// may says whether a client may do something with a resource, in the words of policies.
	may func(c *client, action, resource string) bool
	// who is a client by its certificate; nil is nobody.
	who func(id string, state tls.ConnectionState) *client
	// take sees each message of a client before its sender gets the acknowledgement.
	take func(c *client, topic string, payload []byte)
	// heard is told of the subscriptions that stand.
	heard func(c *client, filter string)

	clients sync.Map // *mochi.Client to *client
}

// client is who is connected.
type client struct {
	id    string
	thing string // empty: a claim
}

func (r *rules) ID() string { return "rules" }

func (r *rules) Provides(b byte) bool {
	return slices.Contains([]byte{
		mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnSubscribe, mochi.OnSubscribed, mochi.OnPacketEncode, mochi.OnPublish,
		mochi.OnDisconnect,
	}, b)
}

// OnConnectAuthenticate takes who has a certificate and may connect under this name.
func (r *rules) OnConnectAuthenticate(c *mochi.Client, _ packets.Packet) bool {
	secure, ok := c.Net.Conn.(*tls.Conn)
	if !ok {
		return false
	}
	k := r.who(c.ID, secure.ConnectionState())
	if k == nil || !r.may(k, "iot:Connect", "client/"+k.id) {
		return false
	}
	r.clients.Store(c, k)
	return true
}

func (r *rules) OnDisconnect(c *mochi.Client, _ error, _ bool) { r.clients.Delete(c) }

// of is the client, or nil for the twins themselves and for what is gone already.
func (r *rules) of(c *mochi.Client) *client {
	if k, ok := r.clients.Load(c); ok {
		return k.(*client)
	}
	return nil
}

// OnACLCheck is about publishing; subscribing and receiving have places of their own below.
func (r *rules) OnACLCheck(c *mochi.Client, topic string, write bool) bool {
	k := r.of(c)
	return !write || k != nil && r.may(k, "iot:Publish", "topic/"+topic)
}

func (r *rules) OnSubscribe(c *mochi.Client, p packets.Packet) packets.Packet {
	if k := r.of(c); k != nil {
		for _, s := range p.Filters {
			if !r.may(k, "iot:Subscribe", "topicfilter/"+s.Filter) {
				c.Stop(packets.ErrNotAuthorized)
			}
		}
	}
	return p
}

func (r *rules) OnSubscribed(c *mochi.Client, p packets.Packet, _ []byte) {
	if k := r.of(c); k != nil {
		for _, s := range p.Filters {
			r.heard(k, s.Filter)
		}
	}
}

func (r *rules) OnPacketEncode(c *mochi.Client, p packets.Packet) packets.Packet {
	if p.FixedHeader.Type == packets.Publish {
		if k := r.of(c); k != nil && !r.may(k, "iot:Receive", "topic/"+p.TopicName) {
			c.Stop(packets.ErrNotAuthorized)
		}
	}
	return p
}

func (r *rules) OnPublish(c *mochi.Client, p packets.Packet) (packets.Packet, error) {
	if k := r.of(c); k != nil {
		r.take(k, p.TopicName, p.Payload)
	}
	return p, nil
}

// startBroker listens on the loopback, for TLS.
func startBroker(secure *tls.Config, r *rules) (*broker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	limits := mochi.NewDefaultServerCapabilities()
	limits.MaximumPacketSize = 256 << 10
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler), Capabilities: limits})
	err = errors.Join(s.AddHook(r, nil), s.AddListener(listeners.NewNet("tls", tls.NewListener(l, secure))))
	if err == nil {
		err = s.Serve()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the broker does not begin: %w", err), l.Close())
	}
	return &broker{server: s, addr: l.Addr().String()}, nil
}

func (b *broker) close() error { return b.server.Close() }

// Publish sends a message to the broker's clients. With the two methods below a broker is a connection for the twins whose link is never
// lost.
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
