package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
)

// report is what the hub publishes: as an alarm when a verdict changes, as telemetry now and then.
type report struct {
	id
	Thing     string    `json:"thing"`
	At        time.Time `json:"at"`
	Appliance string    `json:"appliance"`
	Verdict   string    `json:"verdict"`
	Score     float64   `json:"score"`
	Threshold float64   `json:"threshold"`
	Warmer    float64   `json:"warmer_k,omitempty"`
	Vibration float64   `json:"vibration_ms2,omitempty"`
}

// lanes of the hub: an alarm goes out at once and before everything; telemetry waits for company.
func lanes() []transport.Lane {
	return []transport.Lane{
		{Name: "alarm", Priority: 10, Sync: transport.SyncAlways, MaxBytes: 4 << 20, OnFull: transport.Block},
		{
			Name: "telemetry", Sync: transport.SyncAlways, MaxBytes: 64 << 20, OnFull: transport.Block,
			Batch: &transport.Batch{MaxMessages: 20, MaxBytes: 64 << 10, MaxDelay: 2 * time.Second},
		},
	}
}

// uplink publishes reports through the outbox and notes which of them it accepted.
type uplink struct {
	outbox   *transport.Outbox
	thing    string
	accepted *idSet

	mu  sync.Mutex
	seq uint64
}

// publish hands a report to a lane. When it returns without error the report is on the disk, and will reach the
// broker, through outages and restarts, at least once.
func (u *uplink) publish(ctx context.Context, lane string, v verdict) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	r := report{
		id: id{u.outbox.Epoch(), u.seq + 1}, Thing: u.thing, At: v.At, Appliance: v.Appliance,
		Verdict: v.word(), Score: v.Score, Threshold: v.Threshold, Warmer: v.Warmer, Vibration: v.Vibration,
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = u.outbox.Publish(ctx, transport.Message{
		Topic: "brink/" + u.thing + "/" + lane, Payload: payload, Lane: lane,
		ID: fmt.Sprintf("%s-%d-%d", u.thing, r.Boot, r.Seq),
	})
	if err != nil {
		return err
	}
	u.seq++ // only what was accepted is counted, so that a subscriber who finds a gap has found a loss
	_, err = u.accepted.add(r.id)
	return err
}

// published tells how many reports this run has handed over.
func (u *uplink) published() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return int(u.seq)
}

// word is the verdict in one word.
func (v verdict) word() string {
	if v.Anomalous {
		return "anomaly"
	}
	return "normal"
}
