package main

import (
	"context"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// The topics, as in the book.
const (
	readingTopic   = "dt/local/sensor/hvac"
	inferenceTopic = "ml/dlr/image-classification"
	applianceTopic = "hbs/localtopic"
	cloudTopic     = "hbs/cloudtopic"
)

func heartbeatTopic(client string) string { return "dt/" + client + "/heartbeat" }

// shadowTopic is that of an update of a thing's shadow; "/accepted" and "/rejected" follow for the answers.
func shadowTopic(thing string) string { return "$aws/things/" + thing + "/shadow/update" }

// The lanes of the gateway, one for each kind of message that is passed on.
const (
	laneHeartbeat  = "heartbeat"
	laneAppliances = "appliances"
	laneInference  = "inference"
	laneStream     = "stream"
)

// lanes of the gateway, each with the rule that its messages ask for.
func lanes(o *options) []transport.Lane {
	return []transport.Lane{
		// A heartbeat is true for three intervals of the leaf's, and then nobody asks any more.
		{Name: laneHeartbeat, Priority: 10, Sync: transport.InMemory, MaxCount: 256, MaxAge: 3 * o.often(leafEvery), OnFull: transport.DropOldest},
		{Name: laneAppliances, Priority: 5, Sync: transport.SyncAlways, MaxBytes: 256 << 20, OnFull: transport.DropOldest},
		{Name: laneInference, Priority: 5, Sync: transport.SyncInterval, MaxBytes: 16 << 20, OnFull: transport.DropOldest},
		// The book's local_stream: 256 MB, the oldest makes room, on disk and not flushed with each write, 60 s a batch.
		{
			Name: laneStream, Sync: transport.SyncInterval, MaxBytes: 256 << 20, OnFull: transport.DropOldest,
			Batch: &transport.Batch{MaxMessages: 500, MaxDelay: o.often(time.Minute)},
		},
	}
}

// openOutbox opens what leads to the cloud.
func openOutbox(dir string, o *options, m mqtt.Options, to *transport.Options) (*transport.Outbox, error) {
	m.ClientID, m.RootsFile = o.id, o.ca
	if o.cert != "" {
		var err error
		if m.KeyPair, err = mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: o.cert, KeyFile: o.key}); err != nil {
			return nil, err
		}
	}
	d, err := mqtt.New(&m)
	if err != nil {
		return nil, err
	}
	to.Lanes = lanes(o)
	if o.cut.to > 0 { // somebody is watching
		to.BackoffMin, to.BackoffMax = 100*time.Millisecond, time.Second
	}
	return transport.Open(dir, d, to)
}

// uplink hands messages to lanes and notes what was accepted.
type uplink struct {
	out    *transport.Outbox
	ledger *ledger
}

// send stores a message. When it returns nil, the message will reach the cloud at least once, or be dropped by the rule of its lane, and
// counted.
func (u *uplink) send(lane, topic string, payload []byte) error {
	// No lane waits for room, so there is nothing to cancel.
	_, err := u.out.Publish(context.Background(), transport.Message{Topic: topic, Payload: payload, Lane: lane})
	if err == nil {
		u.ledger.sent(lane, payload)
	}
	return err
}

// pending is how many messages wait.
func (u *uplink) pending() (n int) {
	for _, l := range u.out.Stats().Lanes {
		n += l.Pending
	}
	return n
}
