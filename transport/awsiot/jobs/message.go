package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

const (
	maxPayload = 128 << 10 // of a message from AWS IoT
	// MaxDocument is the longest document of a job, in bytes.
	MaxDocument = 32 << 10
)

// Execution is a job's execution on one thing, as the service has it.
type Execution struct {
	JobID     string
	Number    int64 // of the execution; a retry has another one
	Version   int64 // grows with each update
	Status    Status
	Details   map[string]string
	Document  json.RawMessage // nil where it was not asked for
	QueuedAt  time.Time
	StartedAt time.Time // zero before
	UpdatedAt time.Time
	TimeoutIn time.Duration // until it is TIMED_OUT, about; 0 when that is not known
}

// State is the part of an execution that updates change.
type State struct {
	Status  Status
	Details map[string]string
	Version int64
}

// Pending is the executions that are not over, in the order in which they are
// due, without documents and details.
type Pending struct {
	InProgress []Execution
	Queued     []Execution
}

// message is everything that the service sends: each kind has some of it.
type message struct {
	Token     string               `json:"clientToken"`
	Execution *execution           `json:"execution"`
	State     *state               `json:"executionState"`
	Jobs      map[string]execsJSON `json:"jobs"` // by status
	Running   execsJSON            `json:"inProgressJobs"`
	Queued    execsJSON            `json:"queuedJobs"`
	Code      string               `json:"code"`
	Message   string               `json:"message"`
}

type execsJSON []execution

type execution struct {
	JobID     string          `json:"jobId"`
	Thing     string          `json:"thingName"`
	Document  json.RawMessage `json:"jobDocument"`
	Status    Status          `json:"status"`
	Details   details         `json:"statusDetails"`
	QueuedAt  timestamp       `json:"queuedAt"`
	StartedAt timestamp       `json:"startedAt"`
	UpdatedAt timestamp       `json:"lastUpdatedAt"`
	Version   integer         `json:"versionNumber"`
	Number    integer         `json:"executionNumber"`
	TimeoutIn integer         `json:"approximateSecondsBeforeTimedOut"`
}

type state struct {
	Status  Status  `json:"status"`
	Details details `json:"statusDetails"`
	Version integer `json:"versionNumber"`
}

func parseMessage(payload []byte) (message, error) {
	var m message
	if len(payload) > maxPayload {
		return m, fmt.Errorf("%d bytes; the limit is %d", len(payload), maxPayload)
	}
	if len(payload) == 0 {
		return m, errors.New("empty")
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return message{}, err
	}
	return m, nil
}

// execution checks what a program acts on: a name that becomes part of a topic,
// and whether it is this thing's.
func (e *execution) execution(thing string) (Execution, error) {
	if name.Job(e.JobID) != nil {
		return Execution{}, fmt.Errorf("jobId %.70q", e.JobID)
	}
	if e.Thing != "" && e.Thing != thing {
		return Execution{}, fmt.Errorf("job %s of thing %.130q", e.JobID, e.Thing)
	}
	if e.Status != "" && !e.Status.known() {
		return Execution{}, fmt.Errorf("job %s with status %.20q", e.JobID, e.Status)
	}
	return Execution{
		JobID:     e.JobID,
		Number:    int64(e.Number),
		Version:   int64(e.Version),
		Status:    e.Status,
		Details:   e.Details,
		Document:  document(e.Document),
		QueuedAt:  e.QueuedAt.time(),
		StartedAt: e.StartedAt.time(),
		UpdatedAt: e.UpdatedAt.time(),
		TimeoutIn: time.Duration(min(max(0, e.TimeoutIn), math.MaxInt32)) * time.Second,
	}, nil
}

// document takes a document out of the string that carries it in some of the
// service's answers.
func document(b json.RawMessage) json.RawMessage {
	var s string
	if len(b) > 0 && b[0] == '"' && json.Unmarshal(b, &s) == nil && strings.HasPrefix(s, "{") && json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	if string(b) == "null" {
		return nil
	}
	return b
}

func (s *state) state() (*State, error) {
	if s == nil {
		return nil, nil
	}
	if !s.Status.known() {
		return nil, fmt.Errorf("status %.20q", s.Status)
	}
	return &State{s.Status, s.Details, int64(s.Version)}, nil
}

// integer is a number, which the service's documentation also shows in quotes.
type integer int64

// UnmarshalJSON implements [json.Unmarshaler].
func (i *integer) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("integer %.30s", b)
	}
	*i = integer(n)
	return nil
}

// timestamp is in seconds since the epoch, or, in some of the service's
// messages, milliseconds.
type timestamp float64

// UnmarshalJSON implements [json.Unmarshaler].
func (t *timestamp) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("time %.30s", b)
	}
	*t = timestamp(f)
	return nil
}

// time tells milliseconds from seconds: what is beyond the year 5000 in seconds
// was meant as milliseconds. Nonsense is no time.
func (t timestamp) time() time.Time {
	f := float64(t)
	if f > 1e11 {
		f /= 1000
	}
	if f <= 0 || f > 1e11 {
		return time.Time{}
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(math.Round(part*1e3))*1e6).UTC()
}

// details are strings; of another value its JSON is kept.
type details map[string]string

// UnmarshalJSON implements [json.Unmarshaler].
func (d *details) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if len(m) == 0 {
		return nil
	}
	*d = make(details, len(m))
	for k, v := range m {
		var s string
		if json.Unmarshal(v, &s) != nil {
			s = string(v)
		}
		(*d)[k] = s
	}
	return nil
}

// request is everything that the device sends: each kind has some of it.
type request struct {
	Status          Status            `json:"status,omitempty"`
	Details         map[string]string `json:"statusDetails,omitempty"`
	ExpectedVersion int64             `json:"expectedVersion,omitempty"`
	Number          int64             `json:"executionNumber,omitempty"`
	IncludeState    bool              `json:"includeJobExecutionState,omitempty"`
	IncludeDocument *bool             `json:"includeJobDocument,omitempty"`
	StepTimeout     int64             `json:"stepTimeoutInMinutes,omitempty"`
	Token           string            `json:"clientToken"`
}

func (r request) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("jobs: strings and numbers do not marshal: " + err.Error())
	}
	return b
}
