package page

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/brinkml/brink/edge"
)

const (
	// maxChanges is how many changes of verdicts are kept.
	maxChanges = 50
	// maxRecent is how many events are kept for clients that come back.
	maxRecent = 256
	// clientQueue is how many events wait for one client.
	clientQueue = 256
)

// store keeps the history of the scores and tells clients about new ones.
type store struct {
	history, maxSeries int
	epoch              string // of the ids; another after each start

	mu      sync.Mutex
	series  []*series // in the order of arrival
	changes []change
	lastID  uint64
	recent  []event
	topic   *edge.Topic[event]
}

// event is a score as it goes to clients.
type event struct {
	id   uint64
	data []byte
}

// series is what is kept of one appliance.
type series struct {
	Name    string  `json:"name"`
	Verdict string  `json:"verdict"`
	Level   string  `json:"level"`
	Since   int64   `json:"since"` // of the verdict, Unix ms
	Points  []point `json:"points"`
	heard   time.Time
}

// point is a score in the plot: Unix ms, value, threshold; nil is null.
type point struct {
	t    int64
	v, h *float64
}

// MarshalJSON writes the point as an array, the shortest form.
func (p point) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.t, p.v, p.h}) }

// change is a line in the log of changes.
type change struct {
	ID    uint64   `json:"id"`
	T     int64    `json:"t"`
	Name  string   `json:"s"`
	From  string   `json:"f,omitempty"`
	To    string   `json:"r"`
	Level string   `json:"l"`
	Value *float64 `json:"v"`
}

// scoreJSON is the data of a score event.
type scoreJSON struct {
	Name      string   `json:"s"`
	T         int64    `json:"t"`
	Value     *float64 `json:"v"`
	Threshold *float64 `json:"h"`
	Verdict   string   `json:"r"`
	Level     string   `json:"l"`
	Since     int64    `json:"since"`
	Gone      string   `json:"g,omitempty"` // a series that gave way
	Change    *change  `json:"c,omitempty"`
}

func (st *store) init(history, maxSeries int) {
	st.history, st.maxSeries = history, maxSeries
	st.epoch = strings.ToLower(rand.Text()[:8])
	st.topic = edge.NewTopic[event](nil, "page", nil)
}

// Score shows a judgement. It never waits for a client.
func (p *Page) Score(s Score) { p.data.add(s.normalize()) }

func (st *store) add(s Score) {
	e := scoreJSON{
		Name:      s.Series,
		T:         s.At.UnixMilli(),
		Value:     finiteOrNil(s.Value),
		Threshold: finiteOrNil(s.Threshold),
		Verdict:   s.Verdict,
		Level:     s.Level.code(),
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.lastID++
	var row *series
	row, e.Gone = st.find(s.Series)
	row.heard = time.Now()
	if row.Verdict != e.Verdict || row.Level != e.Level {
		e.Change = &change{ID: st.lastID, T: e.T, Name: e.Name, From: row.Verdict, To: e.Verdict, Level: e.Level, Value: e.Value}
		st.changes = appendBounded(st.changes, *e.Change, maxChanges)
		row.Verdict, row.Level, row.Since = e.Verdict, e.Level, e.T
	}
	e.Since = row.Since
	row.Points = appendBounded(row.Points, point{e.T, e.Value, e.Threshold}, st.history)

	data, err := json.Marshal(e)
	if err != nil {
		return // there is nothing in it that cannot be written
	}
	ev := event{st.lastID, data}
	st.recent = appendBounded(st.recent, ev, maxRecent)
	_ = st.topic.Publish(context.Background(), ev) // clients drop: no wait, no error
}

// find returns the series of that name, a new one if there is none, and the
// name of one that gave way to it. The lock is held.
func (st *store) find(name string) (row *series, gone string) {
	for _, r := range st.series {
		if r.Name == name {
			return r, ""
		}
	}
	if len(st.series) >= st.maxSeries {
		oldest := slices.MinFunc(st.series, func(a, b *series) int { return a.heard.Compare(b.heard) })
		gone = oldest.Name
		st.series = slices.DeleteFunc(st.series, func(r *series) bool { return r == oldest })
	}
	row = &series{Name: name}
	st.series = append(st.series, row)
	return row, gone
}

// attach returns a subscription to new events, and what happened before: the
// events after the one with the given id if they are all known, or else nothing
// and false, for which hello is the answer.
func (st *store) attach(lastEventID string) (sub *edge.Sub[event], missed []event, resumed bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	sub = st.topic.Subscribe(&edge.SubOptions{Keep: edge.DropOldest, Size: clientQueue})
	epoch, text, _ := strings.Cut(lastEventID, ".")
	id, err := strconv.ParseUint(text, 10, 64)
	first := st.lastID + 1 - uint64(len(st.recent))
	if epoch != st.epoch || err != nil || id > st.lastID || id+1 < first {
		return sub, nil, false
	}
	return sub, slices.Clone(st.recent[id+1-first:]), true
}

// view is all that is known of the series.
type view struct {
	History int       `json:"history"`
	Series  []*series `json:"series"`
	Log     []change  `json:"log"`
}

// snapshot returns a copy of what is known and the id of the last event in it.
func (st *store) snapshot() (v view, lastID uint64) {
	st.mu.Lock()
	defer st.mu.Unlock()
	v = view{st.history, make([]*series, len(st.series)), append([]change{}, st.changes...)}
	for i, r := range st.series {
		c := *r
		c.Points = slices.Clone(r.Points)
		v.Series[i] = &c
	}
	return v, st.lastID
}

// eventID is an id as clients know it.
func (st *store) eventID(n uint64) string { return st.epoch + "." + strconv.FormatUint(n, 10) }

// appendBounded appends v and forgets the oldest beyond n elements.
func appendBounded[T any](s []T, v T, n int) []T {
	if len(s) < n {
		return append(s, v)
	}
	copy(s, s[1:])
	s[len(s)-1] = v
	return s
}

func finiteOrNil(v float64) *float64 {
	if !finite(v) {
		return nil
	}
	return &v
}
