package awsiottest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// jobRequest is everything that a device may send.
type jobRequest struct {
	Status          *string            `json:"status"`
	Details         map[string]*string `json:"statusDetails"`
	ExpectedVersion number             `json:"expectedVersion"`
	Number          number             `json:"executionNumber"`
	IncludeState    bool               `json:"includeJobExecutionState"`
	IncludeDocument *bool              `json:"includeJobDocument"`
	StepTimeout     number             `json:"stepTimeoutInMinutes"`
	Token           *string            `json:"clientToken"`
}

// number is an integer, in quotes or not; nil-like zero when absent.
type number struct {
	set   bool
	value int64
}

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*n = number{true, v}
	return err
}

// jobError is a refusal, with the execution's state where the service tells it.
type jobError struct {
	code, message string
	state         *jobState
}

func (e *jobError) Error() string { return e.code + ": " + e.message }

func invalidJob(format string, args ...any) error {
	return &jobError{code: "InvalidRequest", message: fmt.Sprintf(format, args...)}
}

// handle carries out one request.
func (s *Jobs) handle(q Request, f Fate) {
	parts := strings.Split(q.Topic, "/")
	thing, op, job := parts[2], parts[4], ""
	switch {
	case len(parts) == 5 && (op == "notify" || op == "notify-next"):
		return // its own
	case len(parts) == 6:
		job, op = parts[4], parts[5]
		if op == "get" {
			op = "describe"
		}
	}
	s.state.Lock()
	defer s.state.Unlock()
	s.requests[op]++
	_ = s.changed(thing, func(t *jobThing) error {
		m, err := s.carryOut(t, op, job, q.Payload, f.Refuse)
		p := publication{topic: q.Topic + "/accepted"}
		if err != nil {
			p.topic = q.Topic + "/rejected"
			m.Code, m.Message = "InternalError", err.Error()
			if e, ok := err.(*jobError); ok {
				m.Code, m.Message, m.State = e.code, e.message, e.state
			}
		}
		m.Timestamp = time.Now().Unix()
		p.payload = mustJSON(m)
		s.answer(p, f)
		return nil
	})
}

// jobAnswer is everything that the service may answer.
type jobAnswer struct {
	Code       string          `json:"code,omitempty"`
	Message    string          `json:"message,omitempty"`
	Execution  *jobData        `json:"execution,omitempty"`
	State      *jobState       `json:"executionState,omitempty"`
	Document   json.RawMessage `json:"jobDocument,omitempty"`
	InProgress *[]jobSummary   `json:"inProgressJobs,omitempty"`
	Queued     *[]jobSummary   `json:"queuedJobs,omitempty"`
	Timestamp  int64           `json:"timestamp"`
	Token      string          `json:"clientToken,omitempty"`
}

func (s *Jobs) carryOut(t *jobThing, op, job string, payload []byte, refuse *Refusal) (m jobAnswer, err error) {
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if !utf8.Valid(payload) || !json.Valid(payload) {
		return m, &jobError{code: "InvalidJson", message: "Failed to parse JSON."}
	}
	var r jobRequest
	err = json.Unmarshal(payload, &r)
	if r.Token != nil {
		m.Token = *r.Token
	}
	switch {
	case refuse != nil:
		e := &jobError{code: refuse.Code, message: refuse.Message}
		if x := t.find(job, 0); x != nil && (e.code == "VersionMismatch" || e.code == "InvalidStateTransition") {
			e.state = x.state()
		}
		return m, e
	case err != nil:
		return m, invalidJob("%v", err)
	case len(m.Token) > 64:
		m.Token = ""
		return m, invalidJob("clientToken is longer than 64 bytes")
	}
	details, err := r.check()
	if err != nil {
		return m, err
	}
	switch op {
	case "get":
		lists := t.lists(math.MaxInt)
		running, queued := orEmpty(lists["IN_PROGRESS"]), orEmpty(lists["QUEUED"])
		m.InProgress, m.Queued = &running, &queued
	case "start-next":
		m.Execution = s.startNext(t, r, details)
	case "describe":
		m.Execution, err = describeJob(t, job, r)
	case "update":
		err = s.updateJob(t, job, r, details, &m)
	default:
		err = &jobError{code: "InvalidTopic", message: "no API is behind this topic"}
	}
	return m, err
}

func orEmpty(l []jobSummary) []jobSummary {
	if l == nil {
		return []jobSummary{}
	}
	return l
}

// check checks what no state is needed for.
func (r jobRequest) check() (details map[string]string, err error) {
	if n := r.StepTimeout; n.set && n.value != -1 && (n.value < 1 || n.value > 10080) {
		return nil, invalidJob("stepTimeoutInMinutes is %d", n.value)
	}
	for k, v := range r.Details {
		if details == nil {
			details = map[string]string{}
		}
		bad := strings.IndexFunc(k, func(c rune) bool {
			return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(":_-", c))
		}) >= 0
		if k == "" || len(k) > 128 || bad {
			return nil, invalidJob("statusDetails: name %q", k)
		}
		if v == nil || *v == "" || utf8.RuneCountInString(*v) > 1024 || strings.ContainsFunc(*v, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return nil, invalidJob("statusDetails: value of %q", k)
		}
		details[k] = *v
	}
	return details, nil
}

// find is an execution of a job, the last one without a number.
func (t *jobThing) find(job string, number int64) *jobExecution {
	if job == "$next" {
		if q := t.queued(); len(q) > 0 {
			return q[0]
		}
		return nil
	}
	x := t.latest(job)
	if x == nil || number == 0 || x.Number == number {
		return x
	}
	for _, x := range t.all {
		if x.JobID == job && x.Number == number {
			return x
		}
	}
	return nil
}

func (s *Jobs) startNext(t *jobThing, r jobRequest, details map[string]string) *jobData {
	q := t.queued()
	if len(q) == 0 {
		return nil
	}
	x := q[0]
	if x.Status == "QUEUED" {
		if details != nil {
			x.Details = details
		}
		x.to("IN_PROGRESS")
	}
	s.setStep(t, x, r)
	return x.data(t.name, true)
}

// setStep starts the timer of a step anew.
func (s *Jobs) setStep(t *jobThing, x *jobExecution, r jobRequest) {
	switch {
	case r.StepTimeout.value > 0:
		x.step = time.Now().Add(time.Duration(r.StepTimeout.value) * time.Minute)
	case r.StepTimeout.set:
		x.step = time.Time{}
	}
	s.watch(t.name, x)
}

func describeJob(t *jobThing, job string, r jobRequest) (*jobData, error) {
	x := t.find(job, r.Number.value)
	switch {
	case x == nil && job == "$next":
		return nil, nil
	case x == nil:
		return nil, &jobError{code: "ResourceNotFound", message: errNoJob.Error()}
	case x.over():
		return nil, &jobError{code: "TerminalStateReached", message: "the job execution is in a terminal state"}
	}
	return x.data(t.name, r.IncludeDocument == nil || *r.IncludeDocument), nil
}

func (s *Jobs) updateJob(t *jobThing, job string, r jobRequest, details map[string]string, m *jobAnswer) error {
	x := t.find(job, r.Number.value)
	if x == nil || job == "$next" {
		return &jobError{code: "ResourceNotFound", message: errNoJob.Error()}
	}
	if r.Status == nil {
		return invalidJob("no status")
	}
	status := *r.Status
	switch status {
	case "IN_PROGRESS", "FAILED", "SUCCEEDED", "REJECTED":
	default:
		return invalidJob("status %q", status)
	}
	if r.ExpectedVersion.set && r.ExpectedVersion.value != x.Version {
		return &jobError{"VersionMismatch", fmt.Sprintf("expected version %d, and it is %d", r.ExpectedVersion.value, x.Version), x.state()}
	}
	if x.over() {
		return &jobError{"InvalidStateTransition", fmt.Sprintf("from %s to %s", x.Status, status), x.state()}
	}
	if details != nil {
		x.Details = maps.Clone(details)
	}
	x.to(status)
	if status == "IN_PROGRESS" {
		s.setStep(t, x, r)
	}
	if r.IncludeState {
		m.State = x.state()
	}
	if r.IncludeDocument != nil && *r.IncludeDocument {
		m.Document = x.Document
	}
	if status == "FAILED" {
		t.retry(x)
	}
	return nil
}
