package transport_test

import (
	"bufio"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/brinkml/brink/transport"
)

// The text holds what Stats hold, in the form that Prometheus reads.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1},
			{Name: transport.DefaultLane, MaxCount: 2, OnFull: transport.DropNewest},
		}})
		for range 5 {
			mustPublish(t, out, transport.Message{Topic: "t"})
		}
		run(t, out)
		drain(t, out)
		var b strings.Builder
		n, err := out.Stats().WriteTo(&b)
		if err != nil || n != int64(b.Len()) {
			t.Fatalf("WriteTo = %d, %v; want %d", n, err, b.Len())
		}
		form := regexp.MustCompile(`^(# (HELP brink_outbox_[a-z_]+ [^\n]+|TYPE brink_outbox_[a-z_]+ (counter|gauge|histogram))|` +
			`brink_outbox_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$`)
		lines := make(map[string]bool)
		for s := bufio.NewScanner(strings.NewReader(b.String())); s.Scan(); {
			if !form.MatchString(s.Text()) {
				t.Errorf("line %q", s.Text())
			}
			if lines[s.Text()] {
				t.Errorf("line %q is there twice", s.Text())
			}
			lines[s.Text()] = true
		}
		for _, want := range []string{
			`brink_outbox_lane_accepted_total{lane="alarm"} 0`,
			`brink_outbox_lane_accepted_total{lane="telemetry"} 5`,
			`brink_outbox_lane_acknowledged_total{lane="telemetry"} 2`,
			`brink_outbox_lane_dropped_total{lane="telemetry",reason="newest"} 3`,
			`brink_outbox_lane_pending{lane="telemetry"} 0`,
			`brink_outbox_link_up 1`,
			`brink_outbox_aside 0`,
			`# TYPE brink_outbox_sync_seconds histogram`,
		} {
			if !lines[want] {
				t.Errorf("no line %q in\n%s", want, b.String())
			}
		}
	})
}
