package edge

import (
	"math"
	"time"
)

// Status is a snapshot of an app, ready to be written as JSON.
type Status struct {
	Name       string            `json:"name"`
	Health     Health            `json:"health"`
	Reasons    []string          `json:"reasons,omitempty"` // why Health is not OK, a sentence each
	Started    time.Time         `json:"started"`           // when New was called
	At         time.Time         `json:"at"`                // when the snapshot was taken
	Uptime     float64           `json:"uptime_seconds"`    // since Started, whatever was done to the clock
	Stopping   bool              `json:"stopping,omitempty"`
	Components []ComponentStatus `json:"components"` // in the order of declaration
	Topics     []TopicStatus     `json:"topics"`     // in the order of declaration
}

// ComponentStatus is what is known of one component.
type ComponentStatus struct {
	Name     string    `json:"name"`
	State    State     `json:"state"`
	Since    time.Time `json:"since"` // when it entered State
	Health   Health    `json:"health"`
	Reason   string    `json:"reason,omitempty"`  // why Health is not OK
	Pausing  bool      `json:"pausing,omitempty"` // asked to pause, still on its way to a beat
	Critical bool      `json:"critical,omitempty"`
	Needs    []string  `json:"needs,omitempty"`
	Awaits   []string  `json:"awaits,omitempty"` // the needs that are not ready, while it waits

	Restarts    int       `json:"restarts"`            // starts after the first
	Failures    int       `json:"failures"`            // in a row, without five healthy minutes between
	Missed      uint64    `json:"missed"`              // ticks that an Every or a Cron left out
	LastError   string    `json:"last_error,omitzero"` // the latest failure, kept for good
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
	NextStart   time.Time `json:"next_start,omitzero"` // while in Backoff
	LastBeat    time.Time `json:"last_beat,omitzero"`  // with a Heartbeat

	Progress *ProgressStatus `json:"progress,omitempty"` // while there is any

	failedAgo time.Duration // since LastErrorAt, whatever was done to the clock
}

// ProgressStatus is how far the work told to [Progress] has come.
type ProgressStatus struct {
	What      string    `json:"what"`
	Done      int64     `json:"done"`
	Total     int64     `json:"total,omitempty"` // zero: not known
	Started   time.Time `json:"started"`         // the first call about this work
	Updated   time.Time `json:"updated"`         // the latest call
	PerSecond float64   `json:"per_second"`      // mean since Started
	Finish    time.Time `json:"finish,omitzero"` // expected, at that rate

	first int64 // done when Started
}

// TopicStatus is what is known of one topic.
type TopicStatus struct {
	Name        string      `json:"name"`
	Published   uint64      `json:"published"`
	Subscribers []SubStatus `json:"subscribers"`
}

// SubStatus is what is known of one subscription.
type SubStatus struct {
	Name    string `json:"name"`
	Keep    Keep   `json:"keep"`
	Depth   int    `json:"depth"` // values that wait
	Size    int    `json:"size"`  // values that may wait
	Dropped uint64 `json:"dropped"`
}

// topicWatcher is a topic without its type.
type topicWatcher interface{ status() TopicStatus }

// Status returns a snapshot of the app, its components and its topics. Each
// part is consistent in itself; the parts are read one after the other.
func (a *App) Status() Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Status{
		Name:       a.name,
		Started:    a.epoch.Round(0),
		At:         time.Now().Round(0),
		Uptime:     time.Since(a.epoch).Seconds(),
		Components: make([]ComponentStatus, 0, len(a.runners)),
		Topics:     make([]TopicStatus, 0, len(a.topics)),
	}
	select {
	case <-a.stopping:
		s.Stopping = true
	default:
	}
	for _, r := range a.runners {
		s.Components = append(s.Components, r.status())
	}
	for _, t := range a.topics {
		s.Topics = append(s.Topics, t.status())
	}
	s.rollUp()
	return s
}

// look returns a copy of the record as it is to be seen: with a pause in the
// state and old failures forgotten.
func (r *runner) look() record {
	r.mu.Lock()
	s := r.seen
	r.mu.Unlock()
	if s.run != nil && time.Since(s.began) >= r.o.Restart.Healthy {
		s.failures = 0
	}
	if (s.state == Running || s.state == Starting) && s.run != nil && r.paused.Load() != nil && s.run.standing.Load() > 0 {
		s.state = Paused
	}
	return s
}

// status returns the snapshot of one component, without its health.
func (r *runner) status() ComponentStatus {
	s := r.look()
	c := ComponentStatus{
		Name:     r.name,
		State:    s.state,
		Since:    s.since.Round(0),
		Pausing:  r.paused.Load() != nil && s.state != Paused,
		Critical: r.o.Critical,
		Needs:    r.o.Needs,
		Restarts: max(s.starts-1, 0),
		Failures: s.failures,
		Missed:   r.missed.Load(),
		Reason:   s.warning,
	}
	if s.err != nil {
		c.LastError, c.LastErrorAt = shorten(s.err.Error()), s.errAt.Round(0)
		c.failedAgo = time.Since(s.errAt)
	}
	if s.state == Backoff {
		c.NextStart = s.next.Round(0)
	}
	if r.o.Heartbeat > 0 && s.run != nil {
		c.LastBeat = r.app.epoch.Add(time.Duration(r.lastBeat.Load())).Round(0)
	}
	if s.state == Waiting {
		for _, n := range r.needs {
			select {
			case <-n.ready:
			default:
				c.Awaits = append(c.Awaits, n.name)
			}
		}
	}
	if s.work.What != "" || s.work.Done != 0 {
		c.Progress = s.work.status()
	}
	return c
}

// rate returns the mean speed of the work since it was first heard of.
func (p *ProgressStatus) rate() float64 {
	if d := p.Updated.Sub(p.Started).Seconds(); d > 0 {
		return float64(p.Done-p.first) / d
	}
	return 0
}

// status returns the work with what can be told from it.
func (p ProgressStatus) status() *ProgressStatus {
	p.PerSecond = p.rate()
	if left := float64(p.Total-p.Done) / p.PerSecond * float64(time.Second); left > 0 && left < math.MaxInt64/2 {
		p.Finish = p.Updated.Add(time.Duration(left)).Round(0)
	}
	p.Started, p.Updated = p.Started.Round(0), p.Updated.Round(0)
	return &p
}
