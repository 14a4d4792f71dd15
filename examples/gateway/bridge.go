package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/transport"
)

// bridge is what every local message passes: it shows, stores and passes on what the book's components subscribe to.
type bridge struct {
	up       *uplink
	twin     *twin
	readings *edge.Topic[reading]
	texts    *edge.Topic[string]
	stream   string
	echoes   echoes
	log      *slog.Logger
	refused  atomic.Int64
}

// take is called before the sender has its acknowledgement. An error is of the disk, and the message is to be sent again; a message that
// can never be taken is refused in one line of the log, and forgotten.
func (b *bridge) take(client, topic string, payload []byte) error {
	err := b.route(topic, payload)
	if r, ok := errors.AsType[*refusal](err); ok {
		b.refused.Add(1)
		b.log.Warn("a message was refused", "client", client, "topic", r.topic, "err", r.err)
		return nil
	}
	if err != nil {
		b.log.Error("a message could not be stored", "client", client, "topic", topic, "err", err)
	}
	return err
}

// route knows the topics.
func (b *bridge) route(topic string, payload []byte) error {
	ctx := context.Background() // nothing below waits
	switch {
	case topic == readingTopic:
		r, err := decodeReading(payload)
		if err != nil {
			return &refusal{topic, err}
		}
		return b.readings.Publish(ctx, r)
	case topic == applianceTopic:
		if _, err := decodeAppliance(payload); err != nil {
			return &refusal{topic, err}
		}
		if err := b.up.send(laneAppliances, cloudTopic, payload); err != nil {
			return err
		}
		return b.up.send(laneStream, b.stream, payload)
	case topic == inferenceTopic:
		text, err := decodeText(payload)
		if err != nil {
			return &refusal{topic, err}
		}
		b.echoes.add(text)
		if err := b.up.send(laneInference, topic, payload); err != nil {
			return err
		}
		return b.texts.Publish(ctx, text)
	case topic == shadowTopic(b.twin.thing):
		if err := b.twin.take(payload); err != nil {
			return &refusal{topic, err}
		}
	case isHeartbeat(topic):
		if _, err := decodeHeartbeat(payload); err != nil {
			return &refusal{topic, err}
		}
		return b.up.send(laneHeartbeat, topic, payload)
	}
	return nil
}

// fromCloud takes a text that somebody in the cloud wants to be shown. What this gateway has sent there itself comes back to it, and was
// shown before it left.
func (b *bridge) fromCloud(ctx context.Context, m transport.Inbound) {
	text, err := decodeText(m.Payload)
	if err != nil {
		b.refused.Add(1)
		b.log.Warn("a message was refused", "client", "cloud", "topic", m.Topic, "err", err)
		return
	}
	if !b.echoes.take(text) {
		// The topic's subscriber keeps the latest, so that nothing waits here.
		_ = b.texts.Publish(ctx, text)
	}
}

// isHeartbeat matches dt/+/heartbeat.
func isHeartbeat(topic string) bool {
	name, ok := strings.CutPrefix(topic, "dt/")
	name, ok2 := strings.CutSuffix(name, "/heartbeat")
	return ok && ok2 && !strings.Contains(name, "/")
}

// may says what a client of the local broker may do. A device speaks for itself alone: topics that name a thing are open to the client of that
// name only, and an answer comes from nobody but the gateway, whose own messages do not pass here.
func may(client, topic string, write bool) bool {
	parts := strings.Split(topic, "/")
	if client == "" || strings.ContainsAny(client, "+#") {
		client = "\x00" // names no thing
	}
	switch {
	case parts[0] == "$aws":
		if len(parts) < 5 || parts[1] != "things" || parts[2] != client || parts[3] != "shadow" {
			return false
		}
		return !write || len(parts) == 5
	case write && isHeartbeat(topic):
		return parts[1] == client
	}
	return !strings.HasPrefix(topic, "$")
}
