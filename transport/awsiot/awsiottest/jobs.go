package awsiottest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

// maxJobDocument is the longest document, in bytes.
const maxJobDocument = 32 << 10

// Jobs plays AWS IoT Jobs for any number of things. It is safe for concurrent
// use.
//
// Where the documentation says two things, it does what its examples show: the
// start of the job that was next is no news, neither for notify nor for
// notify-next. A version is checked before a state.
type Jobs struct {
	relay

	state    sync.Mutex
	things   map[string]*jobThing
	requests map[string]int
}

// jobThing is a thing's executions, in the order in which they were queued.
type jobThing struct {
	name string
	all  []*jobExecution
}

// JobOptions are what a job says of its executions. The zero value is ready to
// use.
type JobOptions struct {
	Timeout time.Duration // from its start until it is TIMED_OUT; 0: for ever
	Retries int           // how often a failed or timed-out execution is queued again
}

// JobExecution is an execution as the service has it.
type JobExecution struct {
	JobID     string
	Number    int64
	Version   int64
	Status    string
	Details   map[string]string
	Document  json.RawMessage
	QueuedAt  time.Time
	StartedAt time.Time // zero before
	UpdatedAt time.Time
}

type jobExecution struct {
	JobExecution
	o    JobOptions
	end  time.Time // when it is TIMED_OUT for the job; zero: never
	step time.Time // when the step is over; zero: never
}

// NewJobs returns a service without jobs.
func NewJobs() *Jobs {
	return &Jobs{things: map[string]*jobThing{}, requests: map[string]int{}}
}

// Script sets what befalls every request from now on; nil: nothing. f must not
// block and must not call the service; it is called for one request at a time.
func (s *Jobs) Script(f func(Request) Fate) { s.setScript(f) }

// Serve answers requests over a connection until ctx ends; it returns ctx's
// error. Several may be under way.
func (s *Jobs) Serve(ctx context.Context, c awsiot.Conn) error {
	return s.serve(ctx, c, []string{
		"$aws/things/+/jobs/+",
		"$aws/things/+/jobs/+/get",
		"$aws/things/+/jobs/+/update",
	}, s.handle)
}

// Ready waits until a Serve answers requests: what was asked before is lost.
func (s *Jobs) Ready(ctx context.Context) error { return s.wait(ctx) }

// Create queues an execution of a job for a thing. A job that the thing has
// already is an error; one that was deleted is not there any more.
func (s *Jobs) Create(thing, jobID string, document json.RawMessage, o *JobOptions) error {
	if !json.Valid(document) || len(document) > maxJobDocument {
		return fmt.Errorf("awsiottest: job %s: a document of %d bytes; want JSON of at most %d", jobID, len(document), maxJobDocument)
	}
	return s.change(thing, func(t *jobThing) error {
		if t.latest(jobID) != nil {
			return fmt.Errorf("awsiottest: job %s exists", jobID)
		}
		x := &jobExecution{JobExecution: JobExecution{JobID: jobID, Document: slices.Clone(document)}}
		if o != nil {
			x.o = *o
		}
		t.queue(x)
		return nil
	})
}

// Cancel makes an execution that is not over CANCELED.
func (s *Jobs) Cancel(thing, jobID string) error { return s.endBy(thing, jobID, "CANCELED") }

// Remove makes an execution that is not over REMOVED.
func (s *Jobs) Remove(thing, jobID string) error { return s.endBy(thing, jobID, "REMOVED") }

func (s *Jobs) endBy(thing, jobID, status string) error {
	return s.change(thing, func(t *jobThing) error {
		x := t.latest(jobID)
		if x == nil || x.over() {
			return fmt.Errorf("awsiottest: job %s is not under way", jobID)
		}
		x.to(status)
		return nil
	})
}

// Delete deletes a job with all its executions.
func (s *Jobs) Delete(thing, jobID string) error {
	return s.change(thing, func(t *jobThing) error {
		before := len(t.all)
		t.all = slices.DeleteFunc(t.all, func(x *jobExecution) bool { return x.JobID == jobID })
		if len(t.all) == before {
			return fmt.Errorf("awsiottest: no job %s", jobID)
		}
		return nil
	})
}

// Touch makes the version of a job's execution grow, as an update by somebody
// else does.
func (s *Jobs) Touch(thing, jobID string) error {
	return s.change(thing, func(t *jobThing) error {
		x := t.latest(jobID)
		if x == nil {
			return fmt.Errorf("awsiottest: no job %s", jobID)
		}
		x.Version++
		x.UpdatedAt = time.Now()
		return nil
	})
}

// Execution returns the last execution of a job.
func (s *Jobs) Execution(thing, jobID string) (JobExecution, bool) {
	var out *jobExecution
	_ = s.change(thing, func(t *jobThing) error {
		if x := t.latest(jobID); x != nil {
			c := *x
			out = &c
		}
		return nil
	})
	if out == nil {
		return JobExecution{}, false
	}
	out.Details = maps.Clone(out.Details)
	out.Document = slices.Clone(out.Document)
	return out.JobExecution, true
}

// Requests is how many of an operation arrived: get, start-next, describe or
// update.
func (s *Jobs) Requests(op string) int {
	s.state.Lock()
	defer s.state.Unlock()
	return s.requests[op]
}

// change makes a change of a thing's executions and tells the device what is
// news.
func (s *Jobs) change(thing string, f func(t *jobThing) error) error {
	s.state.Lock()
	defer s.state.Unlock()
	return s.changed(thing, f)
}

// changed is change with the lock held. What f sends goes ahead of the news.
func (s *Jobs) changed(thing string, f func(t *jobThing) error) error {
	t := s.things[thing]
	if t == nil {
		t = &jobThing{name: thing}
		s.things[thing] = t
	}
	before := t.pending()
	s.timeOut(t)
	err := f(t)
	after := t.pending()
	if !sameMembers(before, after) {
		s.send(publication{"$aws/things/" + thing + "/jobs/notify", t.notify()})
	}
	if first(before) != first(after) {
		s.send(publication{"$aws/things/" + thing + "/jobs/notify-next", t.notifyNext()})
	}
	return err
}

// timeOut ends what took too long, and looks again when the next one is due.
func (s *Jobs) timeOut(t *jobThing) {
	for _, x := range slices.Clone(t.all) {
		if x.Status != "IN_PROGRESS" {
			continue
		}
		if left, ok := x.left(); ok && left <= 0 {
			x.to("TIMED_OUT")
			t.retry(x)
		}
	}
}

// watch looks at a thing again when its execution may be timed out.
func (s *Jobs) watch(thing string, x *jobExecution) {
	if left, ok := x.left(); ok {
		time.AfterFunc(left, func() { _ = s.change(thing, func(*jobThing) error { return nil }) })
	}
}

var errNoJob = errors.New("no such job execution")
