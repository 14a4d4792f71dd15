package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// summary is what a run ends with. Its JSON form is the last line of standard output with -json.
type summary struct {
	Topics    []traffic `json:"topics"`
	Lost      int       `json:"lost"`      // over all topics
	Pending   int       `json:"pending"`   // on the disk, for the next start
	Resumed   int       `json:"resumed"`   // were so at the start
	Witnessed bool      `json:"witnessed"` // arrivals were counted at the broker, and are not the gateway's own word
	Refused   int64     `json:"refused"`   // messages that were none
	Scrolled  int64     `json:"scrolled"`  // texts that passed on the matrix
	Links     uint64    `json:"links"`     // connections to the cloud
	Leaf      twinState `json:"leaf"`
	Seconds   float64   `json:"seconds"`
}

// traffic is what was passed on to one topic.
type traffic struct {
	Topic    string `json:"topic"`
	Sent     int    `json:"sent"`     // accepted by the outbox
	Arrived  int    `json:"arrived"`  // with repetitions
	Again    int    `json:"again"`    // of these
	Outdated uint64 `json:"outdated"` // dropped by the rule of the lane
	Pending  int    `json:"pending"`
	Lost     int    `json:"lost"`
}

// twinState is what leaf and cloud think of each other.
type twinState struct {
	Updates     int64    `json:"updates"`               // that the leaf has published
	Accepted    int64    `json:"accepted"`              // answers that it got, if it is inside
	Version     int64    `json:"version"`               // of the shadow
	Temperature *float64 `json:"temperature,omitempty"` // as the leaf published it last, if it is inside
	Cloud       *float64 `json:"cloud,omitempty"`       // as the cloud has it, if it is inside
	Synced      bool     `json:"synced"`                // the cloud has confirmed the last report
}

// summary settles the run.
func (g *gateway) summary() *summary {
	s := &summary{
		Resumed: g.resumed, Witnessed: g.demo, Refused: g.bridge.refused.Load(), Scrolled: g.screen.passed.Load(),
		Seconds: time.Since(g.start).Round(time.Millisecond).Seconds(),
	}
	stats := g.outbox.Stats()
	s.Links = stats.Link.Connects
	for _, t := range []struct{ lane, topic string }{
		{laneAppliances, cloudTopic}, {laneStream, g.stream}, {laneInference, inferenceTopic}, {laneHeartbeat, heartbeatTopic("+")},
	} {
		l := stats.Lane(t.lane)
		row := traffic{Topic: t.topic, Outdated: l.TotalDropped(), Pending: l.Pending}
		var missing int
		row.Sent, row.Arrived, missing, row.Again = g.ledger.balance(t.lane)
		if g.demo {
			row.Lost = max(missing-l.Pending-int(row.Outdated), 0)
		} else {
			row.Arrived = int(l.Acknowledged)
		}
		s.Topics = append(s.Topics, row)
		s.Lost += row.Lost
		s.Pending += row.Pending
	}
	s.Leaf = g.leafState()
	if s.Pending > 0 && !g.temp {
		fmt.Fprintf(g.stdout, "%d messages wait in %s for the next start\n", s.Pending, g.dir)
	}
	return s
}

func (g *gateway) leafState() twinState {
	d, f := g.twin.shadow.State()
	t := twinState{Updates: g.twin.taken.Load(), Version: d.Version, Synced: d.Version > 0 && !f.Pending}
	if g.leaf != nil {
		last := g.leaf.last()
		t.Accepted, t.Temperature = g.leaf.accepted.Load(), &last
	}
	if g.demo {
		var reported struct {
			Temperature *float64 `json:"temperature"`
		}
		if doc, ok := g.service.Document(g.thing, ""); ok && json.Unmarshal(doc.Reported, &reported) == nil {
			t.Cloud = reported.Temperature
		}
	}
	return t
}

// print writes the summary, and returns an error when something was lost.
func (s *summary) print(w io.Writer, asJSON bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ntopic\tsent\tarrived\tagain\toutdated\tpending\tlost\t")
	for _, r := range s.Topics {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.Topic, r.Sent, r.Arrived, r.Again, r.Outdated, r.Pending, r.Lost)
	}
	err := t.Flush()
	fmt.Fprintf(w, "matrix  %d texts\n", s.Scrolled)
	fmt.Fprintf(w, "leaf    %d updates, %d answers; shadow at version %d, in step: %v\n", s.Leaf.Updates, s.Leaf.Accepted, s.Leaf.Version, s.Leaf.Synced)
	if s.Leaf.Temperature != nil && s.Leaf.Cloud != nil {
		fmt.Fprintf(w, "        the leaf's last temperature is %v, the cloud's %v\n", *s.Leaf.Temperature, *s.Leaf.Cloud)
	}
	if asJSON {
		err = errors.Join(err, json.NewEncoder(w).Encode(s))
	}
	if s.Lost > 0 {
		err = errors.Join(err, fmt.Errorf("%d messages were lost", s.Lost))
	}
	return err
}
