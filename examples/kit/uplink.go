package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// lanes of the kit. Both sync each message before it counts as accepted. Where one reading a second wears the card too much and a few
// of them may go with the power, give telemetry Sync: transport.SyncInterval, SyncEvery: 5 * time.Second.
func lanes(interval time.Duration) []transport.Lane {
	return []transport.Lane{
		// An alarm that does not fit is refused, and told again at the next sample. When the disk is full, there is room for some more.
		{Name: "alarm", Priority: 10, MaxBytes: 16 << 20, Reserve: 1 << 20, OnFull: transport.Reject},
		{
			// Some days of readings; after that, new ones are worth more than old ones.
			Name: "telemetry", MaxBytes: 64 << 20, OnFull: transport.DropOldest,
			Batch: &transport.Batch{MaxMessages: 100, MaxDelay: min(10*interval, time.Minute)},
		},
	}
}

// dialer describes the connection. Birth and will tell who subscribes to the status whether the kit is there.
func dialer(o options) (*mqtt.Dialer, error) {
	m := &mqtt.Options{
		Broker: o.broker, ClientID: o.id, RootsFile: o.ca,
		Birth: &mqtt.Will{Topic: topic(o.id, "status"), Payload: presence(o.id, true), QoS: 1, Retain: true},
		Will:  &mqtt.Will{Topic: topic(o.id, "status"), Payload: presence(o.id, false), QoS: 1, Retain: true},
	}
	if o.cert != "" {
		var err error
		if m.KeyPair, err = mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: o.cert, KeyFile: o.key}); err != nil {
			return nil, err
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

	mu      sync.Mutex
	seq     map[string]uint64 // the last one of each topic
	refused int               // messages in a row
}

// publish hands a message to a lane, under the topic of the same name; the others go with the alarms. When it returns nil, the message is on
// the disk and will reach the broker, through outages and restarts, at least once.
func (u *uplink) publish(name string, at time.Time, m interface{ identify() *identity }) error {
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
	// Neither lane waits for room, so there is nothing to cancel.
	_, err = u.out.Publish(context.Background(), transport.Message{
		Topic: topic(u.id, name), Payload: payload, Lane: lane,
	})
	if err != nil {
		if u.refused++; u.refused == 1 { // a full disk need not be filled with that
			u.log.Error("a message was not accepted", "topic", name, "err", err)
		}
		return err
	}
	if u.refused > 0 {
		u.log.Info("messages are accepted again", "refused", u.refused)
		u.refused = 0
	}
	if u.print != nil {
		fmt.Fprintf(u.print, "%s %s\n", name, payload)
	}
	return nil
}
