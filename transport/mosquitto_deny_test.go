package transport_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// What Debian's mosquitto (2.0.11) does with a message that it does not want,
// the third of a window of 20. By its ACL and by message_size_limit: a PUBACK
// like any other, the message is dropped, and the connection goes on. No client
// of MQTT 3.1.1 can tell that from delivery, which is why a PUBACK is not taken
// for more than it is. By max_packet_size: no PUBACK, and a reset, which may
// overtake the PUBACKs of good messages before it.
func TestMosquittoDenies(t *testing.T) {
	for _, tc := range []struct {
		name, config string
		topic        string
		size         int
		closes       bool
	}{
		{"ACL", "acl_file DIR/acl\n", "no/3", 10, false},
		{"message_size_limit", "message_size_limit 1000\n", "ok/3", 1001, false},
		{"max_packet_size", "max_packet_size 1000\n", "ok/3", 1001, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMosquitto(t, tc.config, "acl", "topic readwrite ok/#\n")
			dial := func(id string) transport.Session {
				d, err := mqtt.New(&mqtt.Options{Broker: m.url("tcp"), ClientID: id, WriteTimeout: time.Second})
				if err != nil {
					t.Fatal(err)
				}
				s, err := d.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { s.Close() })
				return s
			}
			watcher := dial("watcher")
			if err := watcher.Subscribe(t.Context(), "ok/#", 0); err != nil {
				t.Fatal(err)
			}
			s := dial("device")
			answers := make([]chan error, 21)
			for i := 1; i <= 20; i++ {
				topic, size := fmt.Sprintf("ok/%d", i), 10
				if i == 3 {
					topic, size = tc.topic, tc.size
				}
				done := make(chan error, 1)
				answers[i] = done
				s.Publish(t.Context(), transport.Packet{Topic: topic, Payload: make([]byte, size), QoS: 1}, func(err error) { done <- err })
			}
			acked := 0
			for i := 1; i <= 20; i++ {
				err := <-answers[i]
				switch {
				case err == nil:
					acked++
					if tc.closes && i >= 3 {
						t.Errorf("message %d was acknowledged; want none from the third on", i)
					}
				case !tc.closes:
					t.Errorf("message %d: %v; want an acknowledgement", i, err)
				case !errors.Is(err, transport.ErrPeerClosed):
					t.Errorf("message %d: %v; want ErrPeerClosed", i, err)
				}
			}
			var want []string
			for i := 1; i <= 20; i++ {
				if i < 3 || i > 3 && !tc.closes {
					want = append(want, fmt.Sprintf("ok/%d", i))
				}
			}
			// Nothing else comes, and the connection is as it is, a while later.
			var got []string
			for after := time.After(500 * time.Millisecond); after != nil; {
				select {
				case d := <-watcher.Messages():
					got = append(got, d.Topic)
				case <-after:
					after = nil
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("delivered %v; want %v", got, want)
			}
			if err := s.Err(); (err != nil) != tc.closes || tc.closes && !errors.Is(err, transport.ErrPeerClosed) {
				t.Errorf("Err() = %v; want it closed by the peer: %v", err, tc.closes)
			}
			t.Logf("%d acknowledged, %d delivered, session: %v", acked, len(got), s.Err())
		})
	}
}
