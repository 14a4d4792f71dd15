package transport

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// WriteTo writes the statistics in the text format of Prometheus, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Names begin
// with brink_outbox_. Counters begin anew at Open.
func (s Stats) WriteTo(w io.Writer) (int64, error) {
	var b metricsText
	lanes := func(name, kind, help string, value func(l *LaneStats) float64) {
		b.family(name, kind, help)
		for i := range s.Lanes {
			b.sample(name, `{lane="`+s.Lanes[i].Name+`"}`, value(&s.Lanes[i]))
		}
	}
	lanes("lane_accepted_total", "counter", "Messages accepted.", func(l *LaneStats) float64 { return float64(l.Accepted) })
	lanes("lane_acknowledged_total", "counter", "Messages acknowledged by the broker.", func(l *LaneStats) float64 { return float64(l.Acknowledged) })
	lanes("lane_rejected_total", "counter", "Messages refused to their producer.", func(l *LaneStats) float64 { return float64(l.Rejected) })
	lanes("lane_resent_total", "counter", "Messages that were in flight when a connection ended.", func(l *LaneStats) float64 { return float64(l.Resent) })
	b.family("lane_dropped_total", "counter", "Messages dropped by a rule of their lane.")
	for _, l := range s.Lanes {
		for _, r := range slices.Sorted(maps.Keys(l.Dropped)) {
			b.sample("lane_dropped_total", fmt.Sprintf("{lane=%q,reason=%q}", l.Name, r), float64(l.Dropped[r]))
		}
	}
	lanes("lane_pending", "gauge", "Messages accepted and not settled.", func(l *LaneStats) float64 { return float64(l.Pending) })
	lanes("lane_in_flight", "gauge", "Messages sent and not settled.", func(l *LaneStats) float64 { return float64(l.InFlight) })
	lanes("lane_bytes", "gauge", "Bytes of the messages pending.", func(l *LaneStats) float64 { return float64(l.Bytes) })
	lanes("lane_max_bytes", "gauge", "Bound of the bytes pending.", func(l *LaneStats) float64 { return float64(l.MaxBytes) })
	lanes("lane_disk_bytes", "gauge", "Bytes of the lane's files.", func(l *LaneStats) float64 { return float64(l.DiskBytes) })
	lanes("lane_oldest_age_seconds", "gauge", "Age of the oldest message not yet sent.", func(l *LaneStats) float64 { return l.OldestAge.Seconds() })

	one := func(name, kind, help string, value float64) {
		b.family(name, kind, help)
		b.sample(name, "", value)
	}
	up := 0.0
	if s.Link.Up {
		up = 1
	}
	one("link_up", "gauge", "Whether there is a connection.", up)
	one("link_in_flight", "gauge", "Packets sent and not acknowledged.", float64(s.Link.InFlight))
	one("link_connects_total", "counter", "Connections made.", float64(s.Link.Connects))
	one("link_failures_total", "counter", "Attempts to connect that failed.", float64(s.Link.Failures))
	one("aside", "gauge", "Messages set aside because the broker does not take them.", float64(s.Aside))
	one("problems", "gauge", "Problems found at Open.", float64(len(s.Problems)))
	one("inbound_dropped_total", "counter", "Messages from the broker whose handlers were too slow.", float64(s.InboundDropped))

	b.family("sync_seconds", "histogram", "Time that a sync of the disk took.")
	var sum uint64
	for i, n := range s.Syncs.Buckets {
		sum += n
		le := "+Inf"
		if bound := s.Syncs.Bound(i); bound > 0 {
			le = strconv.FormatFloat(bound.Seconds(), 'g', -1, 64)
		}
		b.sample("sync_seconds_bucket", `{le="`+le+`"}`, float64(sum))
	}
	b.sample("sync_seconds_sum", "", s.Syncs.Sum.Seconds())
	b.sample("sync_seconds_count", "", float64(s.Syncs.Count))
	return b.WriteTo(w)
}

// metricsText collects lines. Lanes' names and reasons need no escapes.
type metricsText struct{ bytes.Buffer }

func (b *metricsText) family(name, kind, help string) {
	fmt.Fprintf(b, "# HELP brink_outbox_%s %s\n# TYPE brink_outbox_%s %s\n", name, help, name, kind)
}

func (b *metricsText) sample(name, labels string, v float64) {
	fmt.Fprintf(b, "brink_outbox_%s%s %s\n", name, labels, strconv.FormatFloat(v, 'g', -1, 64))
}
