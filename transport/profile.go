package transport

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Profile is what a broker takes. A field that is zero sets no limit, so the
// zero Profile, like a nil one, is a broker without limits. A profile is not
// changed once it is in use.
//
// It is set in one place, mqtt.Options.Profile. A [Dialer] that has one shows it
// by a method
//
//	Profile() *Profile
type Profile struct {
	// Name is the broker's, for messages and logs.
	Name string

	// MaxPayload is the longest payload of a PUBLISH, in bytes.
	MaxPayload int
	// MaxTopicBytes and MaxTopicSlashes bound topic names and filters.
	MaxTopicBytes, MaxTopicSlashes int
	// BasicIngest says that topics under $aws/rules/RULE/ go to that rule, that
	// this prefix does not count for the bounds of topics, and that nobody can
	// subscribe to them.
	BasicIngest bool
	// NoRetainDollar says that a message for a topic that begins with '$' must
	// not ask to be retained.
	NoRetainDollar bool

	// PublishRate is how many PUBLISH packets a connection may send in a
	// second, BytesRate how many bytes, over all packets.
	PublishRate, BytesRate float64
	// MaxWindow is how many packets may wait for their acknowledgement.
	MaxWindow int

	// FiltersPerSubscribe is how many filters one SUBSCRIBE may hold, and
	// MaxSubscriptions how many a connection.
	FiltersPerSubscribe, MaxSubscriptions int

	// KeepAliveMin and KeepAliveMax are the range of keep-alive times that the
	// broker takes as they are.
	KeepAliveMin, KeepAliveMax time.Duration
	// MaxClientID is the longest client identifier, in bytes;
	// NoDollarClientID says that it must not begin with '$'.
	MaxClientID      int
	NoDollarClientID bool
	// ConnectEvery is the least time between two CONNECT packets with the same
	// client identifier.
	ConnectEvery time.Duration
	// ALPN is the protocol name that TLS has to offer on port 443, where the
	// broker speaks other protocols as well.
	ALPN string
}

// AWSIoTCore returns the limits of AWS IoT Core, for one connection.
//
// The figures are those of the page "AWS IoT Core quotas" as it stood in 2019
// (awsdocs, history b946d0b) and those that the documentation of AWS' own SDKs
// gives for their client-side checks; they were not compared with a live account
// since. That prefixes do not count is as in aws-c-mqtt's source (November
// 2026), and as in the developer guide's page on Basic Ingest. What a rule can
// be called is in the API reference, CreateTopicRule; that nothing is retained on
// a reserved topic, in the developer guide's page on MQTT (2023).
//
// 128 KiB of payload; topics of 256 bytes and 7 slashes, beside the prefixes of
// Basic Ingest and shared subscriptions; 100 PUBLISH packets and 512 KiB a
// second; 100 packets in flight; 8 filters a SUBSCRIBE and 50 subscriptions;
// keep-alive of 30 s to 20 min; client identifiers of 128 bytes that do not begin
// with '$'; one CONNECT a second. Many are defaults that AWS raises on request:
// change the returned value then.
func AWSIoTCore() *Profile {
	return &Profile{
		Name:                "AWS IoT Core",
		MaxPayload:          128 << 10,
		MaxTopicBytes:       256,
		MaxTopicSlashes:     7,
		BasicIngest:         true,
		NoRetainDollar:      true,
		PublishRate:         100,
		BytesRate:           512 << 10,
		MaxWindow:           100,
		FiltersPerSubscribe: 8,
		MaxSubscriptions:    50,
		KeepAliveMin:        30 * time.Second,
		KeepAliveMax:        20 * time.Minute,
		MaxClientID:         128,
		NoDollarClientID:    true,
		ConnectEvery:        time.Second,
		ALPN:                "x-amzn-mqtt-ca",
	}
}

// CheckTopic returns a [*TopicError] for a topic name that MQTT does not allow
// or that is beyond the profile's bounds. A nil profile knows MQTT's rules only.
func (p *Profile) CheckTopic(topic string) error {
	if err := checkTopic(topic); err != nil {
		return err
	}
	if p != nil && p.BasicIngest {
		if rest, ok := strings.CutPrefix(topic, basicIngest); ok {
			if rule, _, _ := strings.Cut(rest, "/"); !validRule(rule) {
				return &TopicError{topic, "names no rule: it has 1 to 128 letters, digits and '_'"}
			}
		}
	}
	return p.checkBounds(topic, topic)
}

// basicIngest is before the name of a rule.
const basicIngest = "$aws/rules/"

// validRule holds a rule's name against ^[a-zA-Z0-9_]+$ and its length.
func validRule(s string) bool {
	const chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	return s != "" && len(s) <= 128 && strings.Trim(s, chars) == ""
}

// CheckRetain returns a [*TopicError] for a topic whose messages the broker does
// not retain.
func (p *Profile) CheckRetain(topic string) error {
	if p != nil && p.NoRetainDollar && strings.HasPrefix(topic, "$") {
		return &TopicError{topic, "is reserved, and " + p.name() + " retains nothing there"}
	}
	return nil
}

// CheckFilter does the same for the filter of a subscription, of which the
// prefix $share/GROUP/ does not count.
func (p *Profile) CheckFilter(filter string) error {
	if err := checkFilter(filter); err != nil {
		return err
	}
	counted := filter
	if rest, ok := strings.CutPrefix(filter, "$share/"); ok {
		_, counted, _ = strings.Cut(rest, "/")
	}
	if p != nil && p.BasicIngest && strings.HasPrefix(counted, basicIngest) {
		return &TopicError{filter, "is of Basic Ingest, which nobody can subscribe to"}
	}
	return p.checkBounds(filter, counted)
}

// checkBounds holds the part of a topic that counts against the bounds.
func (p *Profile) checkBounds(topic, counted string) error {
	if p == nil {
		return nil
	}
	if p.BasicIngest {
		if rest, ok := strings.CutPrefix(counted, basicIngest); ok {
			_, counted, _ = strings.Cut(rest, "/")
		}
	}
	if n := len(counted); p.MaxTopicBytes > 0 && n > p.MaxTopicBytes {
		return &TopicError{topic, fmt.Sprintf("has %d bytes; %s takes %d", n, p.name(), p.MaxTopicBytes)}
	}
	if n := strings.Count(counted, "/"); p.MaxTopicSlashes > 0 && n > p.MaxTopicSlashes {
		return &TopicError{topic, fmt.Sprintf("has %d slashes; %s takes %d", n, p.name(), p.MaxTopicSlashes)}
	}
	return nil
}

// CheckPayload returns a [*SizeError] for a payload of more bytes than the
// broker takes.
func (p *Profile) CheckPayload(size int) error {
	if p != nil && p.MaxPayload > 0 && size > p.MaxPayload {
		return &SizeError{Size: size, Limit: p.MaxPayload}
	}
	return nil
}

// CheckClientID returns why the broker would not take a client identifier. The
// empty one, for which the broker chooses, passes.
func (p *Profile) CheckClientID(id string) error {
	switch {
	case p == nil:
		return nil
	case p.MaxClientID > 0 && len(id) > p.MaxClientID:
		return fmt.Errorf("transport: client identifier of %d bytes; %s takes %d", len(id), p.name(), p.MaxClientID)
	case p.NoDollarClientID && strings.HasPrefix(id, "$"):
		return fmt.Errorf("transport: client identifier %.64q begins with '$', which %s does not take", id, p.name())
	}
	return nil
}

// Check returns what is wrong with the profile itself, all at once.
func (p *Profile) Check() error {
	if p == nil {
		return nil
	}
	var errs []error
	for name, v := range map[string]float64{
		"MaxPayload": float64(p.MaxPayload), "MaxTopicBytes": float64(p.MaxTopicBytes), "MaxTopicSlashes": float64(p.MaxTopicSlashes),
		"PublishRate": p.PublishRate, "BytesRate": p.BytesRate, "MaxWindow": float64(p.MaxWindow),
		"FiltersPerSubscribe": float64(p.FiltersPerSubscribe), "MaxSubscriptions": float64(p.MaxSubscriptions),
		"KeepAliveMin": float64(p.KeepAliveMin), "KeepAliveMax": float64(p.KeepAliveMax),
		"MaxClientID": float64(p.MaxClientID), "ConnectEvery": float64(p.ConnectEvery),
	} {
		if !(v >= 0) { // also NaN
			errs = append(errs, fmt.Errorf("transport: profile: %s is %v", name, v))
		}
	}
	if p.KeepAliveMax > 0 && p.KeepAliveMin > p.KeepAliveMax {
		errs = append(errs, fmt.Errorf("transport: profile: KeepAliveMin %v is more than KeepAliveMax %v", p.KeepAliveMin, p.KeepAliveMax))
	}
	return errors.Join(errs...)
}

func (p *Profile) name() string {
	if p.Name == "" {
		return "the broker"
	}
	return p.Name
}

// profileOf asks a dialer for its broker's limits; nil when there are none.
func profileOf(d Dialer) *Profile {
	if p, ok := d.(interface{ Profile() *Profile }); ok {
		return p.Profile()
	}
	return nil
}
