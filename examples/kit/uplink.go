package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// lanes of the kit. Both sync each message before it counts as accepted. Where one reading a second wears the card too much and a few
// of them may go with the power, give telemetry Sync: transport.SyncInterval, SyncEvery: 5 * time.Second.
func lanes(interval time.Duration) []transport.Lane {
	return []transport.Lane{
		// An alarm that does not fit is refused, and told again at the next sample.
		{Name: "alarm", Priority: 10, MaxBytes: 16 << 20, OnFull: transport.Reject},
		{
			// Some days of readings; after that, new ones are worth more than old ones.
			Name: "telemetry", MaxBytes: 64 << 20, OnFull: transport.DropOldest,
			Batch: &transport.Batch{MaxMessages: 100, MaxDelay: min(10*interval, time.Minute)},
		},
	}
}

// dialer describes the connection.
func dialer(o options) (*mqtt.Dialer, error) {
	m := &mqtt.Options{
		Broker: o.broker, ClientID: o.id,
		Will: &mqtt.Will{Topic: topic(o.id, "status"), Payload: fmt.Appendf(nil, `{"device":%q,"online":false}`, o.id), QoS: 1, Retain: true},
	}
	if o.ca != "" || o.cert != "" {
		m.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		m.TLS.RootCAs = x509.NewCertPool()
		if !m.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("-ca: no certificate in %s", o.ca)
		}
	}
	if o.cert != "" {
		// Read for each connection, so that files that were renewed need no restart.
		m.TLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := tls.LoadX509KeyPair(o.cert, o.key)
			return &c, err
		}
	}
	return mqtt.New(m)
}

func topic(id, name string) string { return "kit/" + id + "/" + name }

// uplink gives messages their identity and hands them to the outbox.
type uplink struct {
	out   *transport.Outbox
	id    string
	began time.Time
	print io.Writer // nil, or where accepted messages are listed
	log   *slog.Logger

	mu  sync.Mutex
	seq map[string]uint64 // the last one of each topic
}

// publish hands a message to a lane, under the topic of the same name; the others go with the alarms. When it returns nil, the message is on
// the disk and will reach the broker, through outages and restarts, at least once.
func (u *uplink) publish(ctx context.Context, name string, at time.Time, m interface{ identify() *identity }) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	// A number is used up even if the message is refused: a failing disk may have kept it.
	u.seq[name]++
	*m.identify() = identity{
		Device: u.id, Epoch: u.out.Epoch(), Seq: u.seq[name],
		At: at.UTC().Round(time.Millisecond), Synced: clockSynced(), Up: round(at.Sub(u.began).Seconds(), 3),
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return err
	}
	lane := "alarm"
	if name == "telemetry" {
		lane = name
	}
	_, err = u.out.Publish(ctx, transport.Message{
		Topic: topic(u.id, name), Payload: payload, Lane: lane, Retain: name == "status",
	})
	if err != nil {
		u.log.Error("a message was not accepted", "topic", name, "err", err)
		return err
	}
	if u.print != nil {
		fmt.Fprintf(u.print, "%s %s\n", name, payload)
	}
	return nil
}

// greet says that the kit is there, on every connection until ctx ends. The last will says the opposite.
func (u *uplink) greet(ctx context.Context) {
	for range u.out.Conn().Links(ctx) {
		_ = u.publish(ctx, "status", time.Now(), &status{Online: true}) // it was logged
	}
}
