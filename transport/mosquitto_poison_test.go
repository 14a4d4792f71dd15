package transport_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// Mosquitto answers a message that its ACL does not allow, or that is too large
// for it, with a PUBACK, drops it and goes on. Over MQTT 3.1.1 nobody can tell
// that from delivery: they count as acknowledged, and all others arrive, in
// order. A broker that changes its mind about this makes the documentation
// wrong. Above max_packet_size it resets the connection instead: that message is
// found and set aside.
func TestMosquittoPoison(t *testing.T) {
	dir := t.TempDir()
	broker := newMosquitto(t, "acl_file DIR/acl\nmessage_size_limit 1000\nmax_packet_size 5000\n", "acl", "topic readwrite plant/#\n")
	open := func(name string) *transport.Outbox {
		d, err := mqtt.New(&mqtt.Options{Broker: broker.url("tcp"), ClientID: name})
		if err != nil {
			t.Fatal(err)
		}
		out := mustOpen(t, filepath.Join(dir, name), d, &transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
		run(t, out)
		return out
	}
	receiver := open("receiver")
	var box inbox
	sub, err := receiver.Subscribe(t.Context(), "plant/#", 1, box.handler)
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	sender := open("sender")
	var want []string
	for i := range 1000 {
		m := transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, i)}
		switch i {
		case 300:
			m.Topic = "forbidden"
		case 700:
			m.Payload = append(make([]byte, 2000), m.Payload...)
		case 800:
			m.Payload = append(make([]byte, 6000), m.Payload...)
		default:
			want = append(want, fmt.Sprintf("plant/line=%d", i))
		}
		mustPublish(t, sender, m)
	}
	drain(t, sender)
	var got []string
	eventually(t, "all arrive", func() bool {
		for _, m := range box.take() {
			if !slices.Contains(got, m) {
				got = append(got, m)
			}
		}
		return len(got) >= len(want)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of first arrivals (-want +got):\n%s", diff)
	}
	if aside := asides(t, sender); len(aside) != 1 || len(aside[0].Payload) != 6003 {
		t.Errorf("%d aside; want the one above max_packet_size", len(aside))
	}
	s := sender.Stats()
	if l := s.Lane(transport.DefaultLane); l.Acknowledged != 999 || s.Link.Reconnects() > 4 {
		t.Errorf("stats %+v, link %+v; want 999 acknowledged with at most 4 reconnects", l, s.Link)
	}
}
