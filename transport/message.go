package transport

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is one message to publish.
type Message struct {
	// Topic is an MQTT topic name: 1 to 65,535 bytes of UTF-8 without NUL, '+'
	// and '#', within the bounds of the dialer's [Profile].
	Topic string
	// Payload is not kept: it may be changed once Publish has returned.
	Payload []byte
	// Lane names one of the outbox's lanes; "" means "telemetry".
	Lane string
	// AtMostOnce sends the message with QoS 0. It waits in memory only, in
	// whichever lane, is never sent again, and counts as acknowledged when it
	// is written to the link.
	AtMostOnce bool
	// Retain asks the broker to keep the message for later subscribers.
	Retain bool
	// ID goes along as [Packet.ID], to links whose protocol has a place for it;
	// MQTT 3.1.1 has none. "" means epoch, lane and sequence, which
	// [Inbound.Identity] takes apart. In a batch of several it is left out.
	ID string
	// Expiry drops the message when it has waited longer, counted like
	// [Lane.MaxAge]; 0 means never. What is left of it when it is sent goes along
	// as [Packet.Expiry].
	Expiry time.Duration
}

// maxString is the longest string of MQTT, in bytes.
const maxString = 65535

func (m *Message) check(q *queue, maxPayload int) error {
	if err := q.o.profile.CheckTopic(m.Topic); err != nil {
		return err
	}
	if m.Retain {
		if err := q.o.profile.CheckRetain(m.Topic); err != nil {
			return err
		}
	}
	if len(m.Payload) > maxPayload {
		return &SizeError{Size: len(m.Payload), Limit: maxPayload}
	}
	if size := q.sentSize(m, false); size > maxPayload {
		if size = q.sentSize(m, isJSON(m.Payload)); size > maxPayload {
			return &SizeError{Size: size, Limit: maxPayload}
		}
	}
	if q.Batch != nil && q.Batch.Format == BatchJSON && !q.wraps(m.Retain, len(m.Payload)) && !json.Valid(m.Payload) {
		return &PayloadError{Lane: q.Name}
	}
	return nil
}

func checkTopic(topic string) error {
	if strings.ContainsAny(topic, "+#") {
		return &TopicError{topic, "holds a wildcard"}
	}
	return checkString(topic)
}

func checkString(topic string) error {
	switch {
	case topic == "":
		return &TopicError{topic, "is empty"}
	case len(topic) > maxString:
		return &TopicError{topic, "is longer than 65,535 bytes"}
	case !utf8.ValidString(topic):
		return &TopicError{topic, "is not UTF-8"}
	case strings.IndexByte(topic, 0) >= 0:
		return &TopicError{topic, "holds a NUL"}
	}
	return nil
}

// checkFilter holds a filter against MQTT 3.1.1, section 4.7.1.
func checkFilter(filter string) error {
	if err := checkString(filter); err != nil {
		return err
	}
	levels := strings.Split(filter, "/")
	if levels[0] == "$share" && (len(levels) < 3 || levels[1] == "" || strings.ContainsAny(levels[1], "+#")) {
		return &TopicError{filter, "is not $share/group/filter"}
	}
	for i, level := range levels {
		switch {
		case level == "#" && i != len(levels)-1:
			return &TopicError{filter, "has '#' before its last level"}
		case len(level) > 1 && strings.ContainsAny(level, "+#"):
			return &TopicError{filter, "has a wildcard that is not a whole level"}
		}
	}
	return nil
}

// matches reports whether a filter takes a topic (MQTT 3.1.1, sections 4.7.1
// and 4.7.2).
func matches(filter, topic string) bool {
	if rest, ok := strings.CutPrefix(filter, "$share/"); ok {
		_, filter, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		f, frest, fmore := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		t, trest, tmore := strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
		if !fmore || !tmore {
			// "a/#" also takes "a".
			return fmore == tmore || (fmore && frest == "#")
		}
		filter, topic = frest, trest
	}
}
