package awsiottest

import (
	"encoding/json"
	"slices"
	"time"
)

// jobRef names an execution.
type jobRef struct {
	job    string
	number int64
}

func (x *jobExecution) ref() jobRef { return jobRef{x.JobID, x.Number} }

func (x *jobExecution) over() bool { return x.Status != "QUEUED" && x.Status != "IN_PROGRESS" }

// left is how long it is until the execution is timed out.
func (x *jobExecution) left() (left time.Duration, ok bool) {
	for _, at := range []time.Time{x.end, x.step} {
		if d := time.Until(at); !at.IsZero() && (!ok || d < left) {
			left, ok = d, true
		}
	}
	return left, ok
}

// to changes the state.
func (x *jobExecution) to(status string) {
	now := time.Now()
	if status == "IN_PROGRESS" && x.Status == "QUEUED" {
		x.StartedAt = now
		if x.o.Timeout > 0 {
			x.end = now.Add(x.o.Timeout)
		}
	}
	x.Status = status
	x.Version++
	x.UpdatedAt = now
}

// queue adds an execution.
func (t *jobThing) queue(x *jobExecution) {
	x.Status, x.Version, x.QueuedAt, x.UpdatedAt = "QUEUED", 1, time.Now(), time.Now()
	x.Number = 1
	if last := t.latest(x.JobID); last != nil {
		x.Number = last.Number + 1
	}
	t.all = append(t.all, x)
}

// retry queues another execution after one that failed, where the job wants it.
func (t *jobThing) retry(x *jobExecution) {
	if x.o.Retries == 0 {
		return
	}
	n := &jobExecution{JobExecution: JobExecution{JobID: x.JobID, Document: x.Document}, o: x.o}
	n.o.Retries--
	t.queue(n)
}

// latest is the last execution of a job; nil without one.
func (t *jobThing) latest(jobID string) *jobExecution {
	for _, x := range slices.Backward(t.all) {
		if x.JobID == jobID {
			return x
		}
	}
	return nil
}

// queued is the executions that are not over, what is under way first.
func (t *jobThing) queued() (all []*jobExecution) {
	for _, status := range []string{"IN_PROGRESS", "QUEUED"} {
		for _, x := range t.all {
			if x.Status == status {
				all = append(all, x)
			}
		}
	}
	return all
}

func (t *jobThing) pending() (refs []jobRef) {
	for _, x := range t.queued() {
		refs = append(refs, x.ref())
	}
	return refs
}

func first(refs []jobRef) jobRef {
	if len(refs) == 0 {
		return jobRef{}
	}
	return refs[0]
}

func sameMembers(a, b []jobRef) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(r jobRef) bool { return !slices.Contains(b, r) })
}

// jobSummary and jobData are the service's forms of an execution.
type jobSummary struct {
	JobID     string `json:"jobId"`
	QueuedAt  int64  `json:"queuedAt"`
	UpdatedAt int64  `json:"lastUpdatedAt"`
	StartedAt int64  `json:"startedAt,omitempty"`
	Number    int64  `json:"executionNumber"`
	Version   int64  `json:"versionNumber"`
}

type jobData struct {
	JobID     string            `json:"jobId"`
	Thing     string            `json:"thingName,omitempty"`
	Status    string            `json:"status"`
	Details   map[string]string `json:"statusDetails,omitempty"`
	QueuedAt  int64             `json:"queuedAt"`
	StartedAt int64             `json:"startedAt,omitempty"`
	UpdatedAt int64             `json:"lastUpdatedAt"`
	TimeoutIn int64             `json:"approximateSecondsBeforeTimedOut,omitempty"`
	Version   int64             `json:"versionNumber"`
	Number    int64             `json:"executionNumber"`
	Document  json.RawMessage   `json:"jobDocument,omitempty"`
}

type jobState struct {
	Status  string            `json:"status"`
	Details map[string]string `json:"statusDetails,omitempty"`
	Version int64             `json:"versionNumber"`
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (x *jobExecution) summary() jobSummary {
	return jobSummary{x.JobID, seconds(x.QueuedAt), seconds(x.UpdatedAt), seconds(x.StartedAt), x.Number, x.Version}
}

func (x *jobExecution) data(thing string, document bool) *jobData {
	d := &jobData{
		JobID: x.JobID, Thing: thing, Status: x.Status, Details: x.Details,
		QueuedAt: seconds(x.QueuedAt), StartedAt: seconds(x.StartedAt), UpdatedAt: seconds(x.UpdatedAt),
		Version: x.Version, Number: x.Number,
	}
	if document {
		d.Document = x.Document
	}
	if left, ok := x.left(); ok && x.Status == "IN_PROGRESS" {
		d.TimeoutIn = int64(left / time.Second)
	}
	return d
}

func (x *jobExecution) state() *jobState { return &jobState{x.Status, x.Details, x.Version} }

// lists is the summaries by status, ten at most.
func (t *jobThing) lists(limit int) map[string][]jobSummary {
	m := map[string][]jobSummary{}
	for i, x := range t.queued() {
		if i < limit {
			m[x.Status] = append(m[x.Status], x.summary())
		}
	}
	return m
}

func (t *jobThing) notify() []byte {
	return mustJSON(struct {
		Timestamp int64                   `json:"timestamp"`
		Jobs      map[string][]jobSummary `json:"jobs"`
	}{time.Now().Unix(), t.lists(10)})
}

func (t *jobThing) notifyNext() []byte {
	m := struct {
		Timestamp int64    `json:"timestamp"`
		Execution *jobData `json:"execution,omitempty"`
	}{Timestamp: time.Now().Unix()}
	if q := t.queued(); len(q) > 0 {
		m.Execution = q[0].data("", true)
	}
	return mustJSON(m)
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("awsiottest: " + err.Error())
	}
	return b
}
