package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"text/tabwriter"

	"github.com/brinkml/brink/transport/transporttest"
)

// arrival is one message, on one topic.
type arrival struct {
	topic string
	identity
}

// key is what a consumer keeps to know a message again.
type key struct {
	topic      string
	epoch, seq uint64
}

func (a arrival) key() key { return key{a.topic, a.Epoch, a.Seq} }

// identities are those in a payload: one message, or a batch.
func identities(payload []byte) ([]identity, error) {
	if len(payload) > 0 && payload[0] == '[' {
		var ids []identity
		err := json.Unmarshal(payload, &ids)
		return ids, err
	}
	ids := make([]identity, 1)
	err := json.Unmarshal(payload, &ids[0])
	return ids, err
}

// verdict is what came of a trial.
type verdict struct {
	Kills    int     `json:"kills"`
	Cuts     int     `json:"cuts"`
	Accepted int     `json:"accepted"` // Publish returned nil
	Arrived  int     `json:"arrived"`  // at the broker, each counted once
	Lost     int     `json:"lost"`     // accepted and not arrived
	Twice    int     `json:"twice"`    // arrived more than once, and a consumer leaves out
	Untold   int     `json:"untold"`   // arrived, and killed before Publish could return
	Disorder int     `json:"disorder"` // new, and arrived behind a later one of its topic
	Seconds  float64 `json:"seconds"`
	Seed     uint64  `json:"seed"`

	topics map[string]*verdict
}

// judge compares what was accepted with what the broker has.
func (v *verdict) judge(accepted []arrival, messages []transporttest.Message) error {
	v.topics = map[string]*verdict{}
	of := func(topic string) *verdict {
		if v.topics[topic] == nil {
			v.topics[topic] = &verdict{}
		}
		return v.topics[topic]
	}
	times := map[key]int{}
	last := map[string]identity{}
	for _, m := range messages {
		if path.Base(m.Topic) == "status" {
			continue // birth, will and goodbye: of use now or never
		}
		ids, err := identities(m.Payload)
		if err != nil {
			return fmt.Errorf("the broker has what the kit never sent: %w", err)
		}
		for _, id := range ids {
			a := arrival{path.Base(m.Topic), id}
			times[a.key()]++
			switch t := of(a.topic); times[a.key()] {
			case 1:
				t.Arrived++
				if l := last[a.topic]; cmp.Or(cmp.Compare(id.Epoch, l.Epoch), cmp.Compare(id.Seq, l.Seq)) < 0 {
					t.Disorder++
				}
				last[a.topic] = id
			case 2:
				t.Twice++
			}
		}
	}
	for _, a := range accepted {
		t := of(a.topic)
		t.Accepted++
		if times[a.key()] == 0 {
			t.Lost++
		}
	}
	for _, t := range v.topics {
		t.Untold = t.Arrived + t.Lost - t.Accepted
		v.Accepted += t.Accepted
		v.Arrived += t.Arrived
		v.Lost += t.Lost
		v.Twice += t.Twice
		v.Untold += t.Untold
		v.Disorder += t.Disorder
	}
	return nil
}

// print writes the table, and returns an error when something was lost.
func (v *verdict) print(w io.Writer, asJSON bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "topic\taccepted\tarrived\tlost\ttwice\tuntold\tdisorder\t")
	row := func(name string, r *verdict) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, r.Accepted, r.Arrived, r.Lost, r.Twice, r.Untold, r.Disorder)
	}
	for _, name := range slices.Sorted(maps.Keys(v.topics)) {
		row(name, v.topics[name])
	}
	row("all", v)
	err := t.Flush()
	fmt.Fprintf(w, "%d times killed, %d times cut off, in %.1f s; seed %d\n", v.Kills, v.Cuts, v.Seconds, v.Seed)
	fmt.Fprintln(w, "twice: arrived again, known by its identity; untold: stored, and killed before Publish could say so")
	if asJSON {
		err = errors.Join(err, json.NewEncoder(w).Encode(v))
	}
	if v.Lost > 0 || v.Disorder > 0 || v.Accepted == 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d lost, %d out of order; want 0 of many", v.Lost, v.Accepted, v.Disorder))
	}
	return err
}
