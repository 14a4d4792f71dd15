package main

import (
	"bytes"
	"testing"

	"github.com/prometheus/common/expfmt"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// Prometheus' own parser reads what Stats write.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := transport.Open(t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
		{Name: "alarm"}, {Name: "telemetry", MaxCount: 2, OnFull: transport.DropOldest},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for range 5 {
		if _, err := out.Publish(t.Context(), transport.Message{Topic: "t"}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := out.Stats().WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	var p expfmt.TextParser
	families, err := p.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	dropped := families["brink_outbox_lane_dropped_total"]
	if ms := dropped.GetMetric(); len(ms) != 1 || ms[0].GetCounter().GetValue() != 3 || len(ms[0].GetLabel()) != 2 {
		t.Errorf("dropped %v; want 3 of one lane for one reason", dropped)
	}
	syncs := families["brink_outbox_sync_seconds"].GetMetric()
	if len(syncs) != 1 || syncs[0].GetHistogram().GetSampleCount() < 5 || len(syncs[0].GetHistogram().GetBucket()) != 16 {
		t.Errorf("syncs %v; want a histogram of 5 at least", syncs)
	}
}
