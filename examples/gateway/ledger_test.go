package main

import (
	"fmt"
	"testing"
)

// TestLedger does not let a message that arrives twice make up for one that is lost.
func TestLedger(t *testing.T) {
	o := options{stream: "s"}
	l := newLedger(true)
	witness := l.witness(&o)
	arrives := func(topic, payload string) {
		t.Helper()
		if err := witness("hub", topic, []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		l.sent(laneAppliances, fmt.Append(nil, i))
		l.sent(laneStream, fmt.Append(nil, i))
	}
	arrives(cloudTopic, "0") // 1 is lost
	arrives(cloudTopic, "2")
	arrives(cloudTopic, "2")
	arrives(cloudTopic, "3")
	arrives("s", "[0,1]")
	arrives("s", "[2, 3]")
	arrives("dt/x/heartbeat", "early") // before send has returned
	l.sent(laneHeartbeat, []byte("early"))
	arrives("anything", "else")
	for _, tt := range []struct {
		lane                          string
		sent, arrived, missing, again int
	}{
		{laneAppliances, 4, 4, 1, 1},
		{laneStream, 4, 4, 0, 0},
		{laneHeartbeat, 1, 1, 0, 0},
		{laneInference, 0, 0, 0, 0},
	} {
		if s, a, m, g := l.balance(tt.lane); s != tt.sent || a != tt.arrived || m != tt.missing || g != tt.again {
			t.Errorf("%s: %d sent, %d arrived, %d missing, %d again; want %v", tt.lane, s, a, m, g, tt)
		}
	}
	if len(l.rows[laneStream].open) != 0 {
		t.Error("what is balanced is kept")
	}
	if witness("hub", "s", []byte("7")) == nil || witness("hub", "s", []byte("[")) == nil {
		t.Error("a stream that is no array was taken")
	}
	blind := newLedger(false)
	blind.sent(laneStream, []byte("x"))
	if s, _, m, _ := blind.balance(laneStream); s != 1 || m != 0 {
		t.Errorf("without a witness %d sent, %d missing; want 1, 0", s, m)
	}
}
