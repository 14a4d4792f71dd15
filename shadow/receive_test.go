package shadow

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"testing"
)

// silent is a connection that says nothing.
type silent struct{}

func (silent) Publish(context.Context, string, []byte) error { return nil }

func (silent) Subscribe(context.Context, []string, func(string, []byte)) (func(), error) {
	return func() {}, nil
}

func (silent) Links(context.Context) iter.Seq[context.Context] {
	return func(func(context.Context) bool) {}
}

func newSilent(tb testing.TB) *client {
	tb.Helper()
	s, err := Bind[map[string]any, map[string]any](silent{}, "hub", nil)
	if err != nil {
		tb.Fatal(err)
	}
	return s.c
}

// Whatever arrives, what is known stays valid, and the rest of the client can
// work with it.
func FuzzReceive(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `{"version":1,"state":{"desired":{"a":1}}}`, `{"version":2,"state":null}`, `{"version":1,"state":{"desired":{"a":null},"reported":null}}`,
		`{"code":404,"message":"x","clientToken":"t"}`, `{"version":1,"state":{"a":1},"clientToken":"t"}`, `{"version":1e9,"state":[]}`, `{"state":{"desired":{"a":[null]}},"version":1}`,
	} {
		for topic := range byte(7) {
			f.Add(topic, []byte(s), []byte(`{"version":2,"state":{"reported":{"a":{"b":1}}}}`))
		}
	}
	f.Fuzz(func(t *testing.T, topic byte, first, second []byte) {
		c := newSilent(t)
		topics := c.topics.listen()
		op := []string{getTopic, updateTopic, deleteTopic}[int(topic)%3]
		c.pending["t"] = &request{op: op, asked: c.cloud, answer: make(chan message, 1)}
		c.link = t.Context()
		c.apply = func(_ context.Context, desired, _ json.RawMessage, _ int64) error {
			_, err := decode[struct {
				A map[string]int
				C []any
			}](desired)
			return err
		}
		if err := c.report(func(json.RawMessage) (before, after json.RawMessage, err error) {
			return nil, json.RawMessage(`{"a":{"b":2},"c":[1]}`), nil
		}); err != nil {
			t.Fatal(err)
		}
		c.receive(topics[int(topic)%len(topics)], first)
		c.receive(topics[int(topic/8)%len(topics)], second)
		for _, doc := range []json.RawMessage{c.cloud.desired, c.cloud.reported} {
			if doc != nil && (!json.Valid(doc) || doc[0] != '{' || string(doc) == "{}") {
				t.Fatalf("section %q; want a filled object or nil", doc)
			}
		}
		if _, err := c.outstanding(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.delta(c.cloud.desired); err != nil {
			t.Fatal(err)
		}
		if w, _ := c.nextChange(); w != nil {
			c.settle(w, c.apply(t.Context(), w.desired, w.delta, w.version))
		}
		if _, err := keepClaims(c.claimed, c.cloud.reported); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		v := c.view()
		c.mu.Unlock()
		_, _ = document[map[string]any, struct{ A, B, C string }](v)
		c.next()
	})
}

func FuzzRecord(f *testing.F) {
	good, err := record{Thing: "hub", Desired: json.RawMessage(`{"a":1}`), Local: json.RawMessage(`{"b":1}`)}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			return
		}
		c := newSilent(t)
		if c.restore(r) == nil {
			if _, err := c.outstanding(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A change of one field in a document of 1 KB: the accepted update, the delta,
// and the offer to OnDelta.
func BenchmarkChange(b *testing.B) {
	c := newSilent(b)
	c.log = slog.New(slog.DiscardHandler)
	c.apply = func(context.Context, json.RawMessage, json.RawMessage, int64) error { return nil }
	c.link = b.Context()
	prefix := c.topics.prefix
	one, err := Merge(nil, oneKB(1)) // as a client holds them
	if err != nil {
		b.Fatal(err)
	}
	c.cloud = cloud{desired: one, reported: one, version: 1, newest: 1, exists: true}
	if c.claimed, _, err = addClaims(nil, one); err != nil {
		b.Fatal(err)
	}
	c.local = one
	version := int64(1)
	b.ReportAllocs()
	for b.Loop() {
		version++
		patch := fmt.Appendf(nil, `{"appliance-04":{"score":%d}}`, version)
		c.receive(prefix+updateAccepted, fmt.Appendf(nil, `{"version":%d,"state":{"desired":%s}}`, version, patch))
		c.receive(prefix+updateDelta, fmt.Appendf(nil, `{"version":%d,"state":%s}`, version, patch))
		if w, _ := c.nextChange(); w == nil || w.version != version {
			b.Fatalf("version %d not offered: %+v", version, c.cloud)
		}
	}
}
