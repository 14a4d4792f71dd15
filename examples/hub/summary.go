package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"time"
)

// summary is what a run ends with. Its JSON form is the last line of standard output with -json.
type summary struct {
	Samples      int     `json:"samples"`
	Windows      int     `json:"windows"`
	Alarms       int     `json:"alarms"`
	Missed       int     `json:"missed"`
	FalseAlarms  int     `json:"false_alarms"`
	Faults       int     `json:"faults"`
	Published    int     `json:"published"`
	Resumed      int     `json:"resumed"`
	Delivered    int     `json:"delivered"`
	Duplicates   int     `json:"duplicates"`
	Pending      int     `json:"pending"`
	Lost         int     `json:"lost"`
	Unverified   int     `json:"unverified,omitempty"`
	VerdictP99ms float64 `json:"verdict_p99_ms"`
	Shadow       int64   `json:"shadow_version"` // 0: no shadow service has answered
	Synced       bool    `json:"shadow_synced"`  // what the hub reported has arrived there
	Page         string  `json:"page"`
	*Labelled

	judged bool // somebody knows which alarms were right
}

// Labelled compares verdicts with the labels of a recording, point by point as SKAB's leaderboard does: F1 of the
// anomalous rows, false alarm rate and missing alarm rate in percent.
type Labelled struct {
	F1  float64 `json:"f1"`
	FAR float64 `json:"far"`
	MAR float64 `json:"mar"`
}

// tally gathers what the pipelines see. It is safe for concurrent use.
type tally struct {
	mu        sync.Mutex
	samples   int
	windows   int
	raised    []raised
	latencies []time.Duration // a ring of the last ones
	next      int
	confusion [2][2]int // [label][flag]
}

type raised struct {
	appliance string
	at        time.Time
}

const keepLatencies = 4096

func (t *tally) sample() {
	t.mu.Lock()
	t.samples++
	t.mu.Unlock()
}

func (t *tally) window(v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.windows++
	if v.Changed && v.Anomalous {
		t.raised = append(t.raised, raised{v.Appliance, v.At})
	}
	if v.Label >= 0 {
		flag := 0
		if v.Flag {
			flag = 1
		}
		t.confusion[v.Label][flag]++
	}
	if len(t.latencies) < keepLatencies {
		t.latencies = append(t.latencies, v.Latency)
	} else {
		t.latencies[t.next%keepLatencies] = v.Latency
	}
	t.next++
}

// settle fills in what the tally knows. A fault is missed when it was over, or had lasted for most of its time,
// without an alarm for its appliance; an alarm is false when its appliance was healthy.
func (t *tally) settle(s *summary, faults []fault, end time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Samples, s.Windows, s.Alarms = t.samples, t.windows, len(t.raised)
	if n := len(t.latencies); n > 0 {
		l := slices.Clone(t.latencies)
		slices.Sort(l)
		s.VerdictP99ms = float64(l[min(n-1, n*99/100)].Microseconds()) / 1000
	}
	s.Faults, s.judged = len(faults), faults != nil
	for _, f := range faults {
		seen := slices.ContainsFunc(t.raised, func(r raised) bool { return f.explains(r, end) })
		if !seen && end.Sub(f.Start) >= faultLasts {
			s.Missed++
		}
	}
	for _, r := range t.raised {
		if faults != nil && !slices.ContainsFunc(faults, func(f fault) bool { return f.explains(r, end) }) {
			s.FalseAlarms++
		}
	}
	c := t.confusion
	if tp, fn, fp, tn := float64(c[1][1]), float64(c[1][0]), float64(c[0][1]), float64(c[0][0]); tp+fn > 0 {
		s.Labelled = &Labelled{F1: round(tp/(tp+(fn+fp)/2), 4), FAR: round(100*fp/math.Max(fp+tn, 1), 2), MAR: round(100*fn/(fn+tp), 2)}
	}
}

// explains tells whether an alarm belongs to the fault: raised for its appliance between its start and the end of
// the first window that has nothing of it any more.
func (f fault) explains(r raised, end time.Time) bool {
	until := f.Recovered
	if until.IsZero() {
		until = end
	}
	return r.appliance == f.Appliance && !r.at.Before(f.Start) && !r.at.After(until.Add(2*time.Second))
}

func round(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}

func (s *summary) print(w io.Writer, asJSON bool) error {
	if asJSON {
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", b)
		return err
	}
	fmt.Fprintf(w, "\nsamples    %d in %d windows, verdict within %.1f ms (p99)\n", s.Samples, s.Windows, s.VerdictP99ms)
	fmt.Fprintf(w, "alarms     %d raised", s.Alarms)
	if s.judged {
		fmt.Fprintf(w, "; of %d faults %d missed, %d false alarms", s.Faults, s.Missed, s.FalseAlarms)
	}
	if s.Labelled != nil {
		fmt.Fprintf(w, "\nlabels     F1 %.4f, FAR %.2f %%, MAR %.2f %%", s.F1, s.FAR, s.MAR)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "messages   %d published", s.Published)
	if s.Resumed > 0 {
		fmt.Fprintf(w, " and %d left from before", s.Resumed)
	}
	fmt.Fprintf(w, ", %d delivered, %d pending, %d lost\n", s.Delivered, s.Pending, s.Lost)
	if s.Unverified > 0 {
		fmt.Fprintf(w, "           %d acknowledged, but the recorder at the broker was out of reach\n", s.Unverified)
	}
	state := "no service has answered"
	if s.Shadow > 0 {
		state = fmt.Sprintf("version %d, in step: %v", s.Shadow, s.Synced)
	}
	_, err := fmt.Fprintf(w, "shadow     %s\n", state)
	return err
}
