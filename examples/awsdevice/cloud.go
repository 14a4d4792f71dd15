package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/transporttest"
)

// cloud is the twins of all services, behind a broker of their own.
type cloud struct {
	registry *awsiottest.Provisioning
	queue    *awsiottest.Jobs
	files    *awsiottest.Streams
	reports  *awsiottest.Defender
	tunnels  *awsiottest.Tunnels
	shadows  *shadowtest.Service
	broker   *broker
	link     *link
	dir      string // with the files that a device needs: ca.pem, claim.pem, claim.key
	serving  sync.WaitGroup
	cancel   context.CancelFunc

	claim, device policy

	mu        sync.Mutex
	readings  map[string]map[arrival]int // by thing: how often each arrived
	unread    []error                    // readings that are none
	listening map[string]int             // by thing: how often it subscribed to notices of tunnels
	refused   []string                   // what the policies did not allow
	used      map[string]bool            // what of the policies was needed
}

// startCloud starts all of it. What a device is given lies in dir.
func startCloud(dir string, log *slog.Logger) (_ *cloud, err error) {
	c := &cloud{
		registry: awsiottest.NewProvisioning(nil), queue: awsiottest.NewJobs(), files: awsiottest.NewStreams(),
		reports: awsiottest.NewDefender(), tunnels: awsiottest.NewTunnels(), shadows: shadowtest.New(&shadowtest.Options{Logger: log}),
		dir:      dir,
		readings: map[string]map[arrival]int{}, listening: map[string]int{}, used: map[string]bool{},
	}
	var err1, err2 error
	c.claim, err1 = parsePolicy(claimPolicy)
	c.device, err2 = parsePolicy(devicePolicy)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	secure, err := c.secure()
	if err != nil {
		return nil, err
	}
	if c.broker, err = startBroker(secure, &rules{who: c.who, may: c.may, take: c.take, heard: c.heard}); err != nil {
		return nil, err
	}
	if c.link, err = startLink(c.broker.addr); err != nil {
		return nil, errors.Join(err, c.broker.close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	for _, serve := range []func(context.Context) error{
		func(ctx context.Context) error { return c.registry.Serve(ctx, c.broker) },
		func(ctx context.Context) error { return c.queue.Serve(ctx, c.broker) },
		func(ctx context.Context) error { return c.files.Serve(ctx, c.broker) },
		func(ctx context.Context) error { return c.reports.Serve(ctx, c.broker) },
		func(ctx context.Context) error { return c.tunnels.Serve(ctx, c.broker) },
		func(ctx context.Context) error { return c.shadows.Serve(ctx, c.broker) },
	} {
		c.serving.Go(func() {
			if err := serve(ctx); ctx.Err() == nil {
				log.Error("a service has ended", "err", err)
			}
		})
	}
	err = errors.Join(c.registry.Ready(ctx), c.queue.Ready(ctx), c.files.Ready(ctx), c.reports.Ready(ctx), c.tunnels.Ready(ctx))
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// secure makes the certificates of the broker and of the claim. Besides, the broker takes what the registry issues.
func (c *cloud) secure() (*tls.Config, error) {
	authority, err := transporttest.NewAuthority("cloud")
	if err != nil {
		return nil, err
	}
	secure, err := authority.Server(true)
	if err != nil {
		return nil, err
	}
	if !secure.ClientCAs.AppendCertsFromPEM(c.registry.RootPEM()) {
		return nil, errors.New("the registry has no certificate")
	}
	cert, key, err := authority.Issue("claim", time.Time{}, time.Now().AddDate(10, 0, 0))
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{"ca.pem": authority.PEM(), "claim.pem": cert, "claim.key": key} {
		if err := os.WriteFile(filepath.Join(c.dir, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	return secure, nil
}

func (c *cloud) close() error {
	c.cancel()
	err := errors.Join(c.link.close(), c.broker.close())
	c.serving.Wait()
	return errors.Join(err, c.shadows.Close())
}

// who knows a claim by its certificate's name, and a device by a certificate that a thing was registered with, which is its client identifier.
func (c *cloud) who(id string, state tls.ConnectionState) *client {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	cert := state.PeerCertificates[0]
	if cert.Subject.CommonName == "claim" {
		return &client{id: id}
	}
	sum := sha256.Sum256(cert.Raw)
	for _, known := range c.registry.Certificates() {
		if known.ID == hex.EncodeToString(sum[:]) && known.Active && known.Thing == id {
			return &client{id: id, thing: id}
		}
	}
	return nil
}

// may holds a client to its policy.
func (c *cloud) may(k *client, action, resource string) bool {
	p := c.device
	if k.thing == "" {
		p = c.claim
	}
	by, ok := p.allows(action, resource, k.thing)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.used[by] = true
	} else {
		c.refused = append(c.refused, fmt.Sprintf("%s: %s %s", k.id, action, resource))
	}
	return ok
}

// take writes readings down as they arrive, by the rule's topic or by the other.
func (c *cloud) take(k *client, topic string, b []byte) {
	topic = strings.TrimPrefix(topic, "$aws/rules/store/")
	if topic != "devices/"+k.thing+"/air" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var batch []json.RawMessage
	if err := json.Unmarshal(b, &batch); err != nil {
		c.unread = append(c.unread, err)
		return
	}
	for _, one := range batch {
		e, err := transport.ParseEnvelope(one)
		if err == nil && e.Device != k.thing {
			err = fmt.Errorf("a reading of %s came from %s", e.Device, k.thing)
		}
		if err != nil {
			c.unread = append(c.unread, err)
			continue
		}
		if c.readings[k.thing] == nil {
			c.readings[k.thing] = map[arrival]int{}
		}
		c.readings[k.thing][arrival{e.Epoch, e.Seq}]++
	}
}

// heard counts the subscriptions to notices of tunnels, which nobody keeps for who is not there.
func (c *cloud) heard(k *client, filter string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasSuffix(filter, "/tunnels/notify") {
		c.listening[k.thing]++
	}
}

// listens is how often a thing subscribed to notices of tunnels.
func (c *cloud) listens(thing string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.listening[thing]
}
