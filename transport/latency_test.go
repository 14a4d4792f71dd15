package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/transporttest"
)

// The window hides the round trip: 20 packets in flight over 50 ms are 400 a
// second, of which at least 360 are reached.
//
//	go test -count=1 -v -run '^TestLatency$' ./transport
func TestLatency(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lanes []transport.Lane
		least float64
	}{
		{"one lane", []transport.Lane{{Name: transport.DefaultLane}}, 360},
		{"telemetry below alarms", nil, 360},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 2000
				b, d := rig(t, nil)
				b.Script(transporttest.Script{Latency: 50 * time.Millisecond})
				out := mustOpen(t, t.TempDir(), d, &transport.Options{Window: 20, Lanes: tt.lanes})
				for range n {
					mustPublish(t, out, transport.Message{Topic: "t", Payload: make([]byte, 256)})
				}
				run(t, out)
				eventually(t, "link", func() bool { return out.Stats().Link.Up })
				began := time.Now()
				drain(t, out)
				rate := n / time.Since(began).Seconds()
				t.Logf("%.0f messages a second over a round trip of 50 ms", rate)
				if rate < tt.least {
					t.Errorf("%.0f/s; want at least %.0f/s", rate, tt.least)
				}
				if m := b.Stats().MaxInFlight; m > 20 {
					t.Errorf("%d in flight; want at most 20", m)
				}
			})
		})
	}
}
