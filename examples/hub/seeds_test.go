package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/sensor"
)

// watch runs the measuring and judging half of the hub on a simulated house, in simulated time, without a network.
func watch(t *testing.T, seed uint64, d time.Duration) (*summary, []fault) {
	t.Helper()
	start := time.Now()
	return watchHouse(t, newHouse(seed, start, start.Add(d)), d, nil)
}

// watchHouse watches a house. late, if not nil, comes between each kit and its motion chip.
func watchHouse(t *testing.T, house *house, d time.Duration, late func(sensor.Source[sensor.Motion]) sensor.Source[sensor.Motion]) (*summary, []fault) {
	t.Helper()
	h := &hub{log: slog.New(slog.DiscardHandler), start: house.start, twin: newTwin("hub")}
	h.app = edge.New("hub", nil)
	h.verdicts = edge.NewTopic[verdict](h.app, "verdicts", nil)
	src, err := openSimulation(h, house)
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	for _, k := range src.kits {
		if late == nil {
			break
		}
		k.motion = late(k.motion)
	}
	sub := h.verdicts.Subscribe(&edge.SubOptions{Keep: edge.Block, Size: 64})
	h.app.Go("tally", edge.Func(func(ctx context.Context) error {
		for v := range sub.All(ctx) {
			h.tally.window(v)
		}
		return ctx.Err()
	}), nil)
	if err := src.components(h, []string{"tally"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := h.app.Run(ctx); err != nil {
		t.Fatal(err)
	}
	s := new(summary)
	h.tally.settle(s, src.truth(), time.Now())
	return s, src.truth()
}

// TestNoFaultIsMissed watches twenty houses for half a minute each: every fault is found, and at most one alarm in
// all is false.
func TestNoFaultIsMissed(t *testing.T) {
	missed, wrong, faults := 0, 0, 0
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, truth := watch(t, seed+1, 30*time.Second)
				if s.Missed > 0 || s.FalseAlarms > 0 {
					t.Logf("missed %d, false %d, truth %+v", s.Missed, s.FalseAlarms, truth)
				}
				missed, wrong, faults = missed+s.Missed, wrong+s.FalseAlarms, faults+s.Faults
			})
		})
	}
	t.Logf("%d faults, %d missed, %d false alarms", faults, missed, wrong)
	if faults < 30 || missed > 0 || wrong > 1 {
		t.Errorf("%d faults, %d missed, %d false alarms; want at least 30, 0, at most 1", faults, missed, wrong)
	}
}

// TestLateReads watches the same houses on a machine that is so busy that every tenth read is late, by up to 60 ms.
func TestLateReads(t *testing.T) {
	missed, wrong, windows := 0, 0, 0
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				late := func(src sensor.Source[sensor.Motion]) sensor.Source[sensor.Motion] { return lateReads(src, seed) }
				start := time.Now()
				s, truth := watchHouse(t, newHouse(seed+1, start, start.Add(30*time.Second)), 30*time.Second, late)
				if s.Missed > 0 || s.FalseAlarms > 0 {
					t.Logf("missed %d, false %d, truth %+v", s.Missed, s.FalseAlarms, truth)
				}
				missed, wrong, windows = missed+s.Missed, wrong+s.FalseAlarms, windows+s.Windows
			})
		})
	}
	t.Logf("%d windows judged, %d missed, %d false alarms", windows, missed, wrong)
	if missed > 0 || wrong > 1 || windows == 0 {
		t.Errorf("%d missed, %d false alarms; want 0, at most 1", missed, wrong)
	}
}

// TestHealthyHouseIsQuiet watches appliances that nothing is wrong with for ten minutes.
func TestHealthyHouseIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		house := newHouse(77, start, time.Time{})
		house.healthy = true
		s, _ := watchHouse(t, house, 10*time.Minute, nil)
		if s.Alarms > 0 || s.Windows < 4500 {
			t.Errorf("%d alarms in %d windows; want none in 4,700", s.Alarms, s.Windows)
		}
	})
}
