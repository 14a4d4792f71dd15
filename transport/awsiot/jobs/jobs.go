package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

// Jobs takes the jobs of one thing. It is safe for concurrent use.
type Jobs struct {
	o       Options
	conn    awsiot.Conn
	thing   string
	prefix  string // of the topics
	fs      durable.FS
	running atomic.Bool
	wg      sync.WaitGroup // of the handler
	woken   chan struct{}  // something for Run's goroutine to look at
	again   wait.Backoff   // of jobs whose end the service does not take

	noticing sync.Mutex // taken last, and for a moment
	notices  []notice

	mu      sync.Mutex
	line    *call.Line // of the present connection
	store   *store     // while Run is under way
	work    *work      // nil while there is none
	noticed bool       // what is due may have changed
	polled  time.Time  // when the service was last asked what is due, or how it stands
}

func newJobs(conn awsiot.Conn, thing string, o Options) *Jobs {
	return &Jobs{
		o: o, conn: conn, thing: thing,
		prefix: "$aws/things/" + thing + "/jobs/",
		fs:     durable.OS{},
		woken:  make(chan struct{}, 1),
	}
}

// topics are where the service's messages arrive.
func (j *Jobs) topics() []string {
	var all []string
	for _, t := range []string{"notify", "notify-next", "start-next/+", "get/+", "+/get/+", "+/update/+"} {
		all = append(all, j.prefix+t)
	}
	return all
}

// Run takes and does jobs until ctx ends, and returns ctx's error once the
// handler has returned. It fails at once with [ErrRunning], and with trouble of
// the journal. A job that is under way when ctx ends goes on with the next Run.
func (j *Jobs) Run(ctx context.Context) (err error) {
	if !j.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer j.running.Store(false)
	s, err := openStore(j.fs, j.o.Dir, j.thing, j.o.Logger)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(ctx)
	j.mu.Lock()
	j.store, j.work = s, nil
	if s.Current != nil && s.Current.End != "" {
		j.work = &work{} // to be told
	}
	j.mu.Unlock()
	defer func() {
		cancel()
		j.wg.Wait()
		if e := s.close(); e != nil {
			j.o.Logger.Error("journal of jobs not closed", slog.Any("error", e))
		}
	}()
	for link := range j.conn.Links(ctx) {
		j.serve(inner, link)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		return errors.New("jobs: the connection will not come back")
	}
	return ctx.Err()
}

// Pending asks which executions are not over. It fails with [awsiot.ErrNoLink]
// while Run is not under way on a connection, [awsiot.ErrTimeout], a
// [*RejectedError], or an [*awsiot.MessageError].
func (j *Jobs) Pending(ctx context.Context) (Pending, error) {
	m, err := j.ask(ctx, j.present(), "get", request{})
	if err != nil {
		return Pending{}, err
	}
	var p Pending
	for _, l := range []struct {
		from execsJSON
		to   *[]Execution
	}{{m.Running, &p.InProgress}, {m.Queued, &p.Queued}} {
		for _, e := range l.from {
			x, err := e.execution(j.thing)
			if err != nil {
				return Pending{}, &awsiot.MessageError{Topic: j.prefix + "get/accepted", Err: err}
			}
			*l.to = append(*l.to, x)
		}
	}
	return p, nil
}

// Describe asks for the last execution of a job, with its document. The errors
// are those of [Jobs.Pending]; an execution that is over is a [*RejectedError]
// with [CodeTerminalStateReached].
func (j *Jobs) Describe(ctx context.Context, jobID string) (Execution, error) {
	if name.Job(jobID) != nil {
		return Execution{}, fmt.Errorf("jobs: job %.70q; want 1 to 64 of a-z, A-Z, 0-9, underscore, hyphen", jobID)
	}
	return j.describe(ctx, j.present(), key{JobID: jobID}, true)
}

func (j *Jobs) present() *call.Line {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.line
}

// maxNotices is how many notices wait for Run's goroutine; with more, it asks.
const maxNotices = 16

// notice takes what the service says unasked, on a goroutine of the Conn, which
// must not wait for the disk that progress is kept on.
func (j *Jobs) notice(m call.Message) {
	topic, ok := strings.CutPrefix(m.Topic, j.prefix)
	if !ok || topic != "notify" && topic != "notify-next" {
		return // an answer that came too late
	}
	p, err := parseMessage(m.Payload)
	if err != nil {
		j.o.Logger.Warn("notice of jobs not understood", slog.Any("error", &awsiot.MessageError{Topic: m.Topic, Err: err}))
	}
	j.noticing.Lock()
	defer j.noticing.Unlock()
	if len(j.notices) == maxNotices {
		j.notices = nil
		p, err = message{}, errTooMany
	}
	j.notices = append(j.notices, notice{p, err})
	wake(j.woken)
}

// notice is one that waits; err is set for one that was not understood.
type notice struct {
	message
	err error
}

var errTooMany = errors.New("too many notices")

// takeNotices sees, with the lock held, whether there is news in what the
// service said.
func (j *Jobs) takeNotices() {
	j.noticing.Lock()
	all := j.notices
	j.notices = nil
	j.noticing.Unlock()
	for _, n := range all {
		switch {
		case j.work == nil:
			// An empty queue is nothing to ask about.
			j.noticed = j.noticed || n.err != nil || n.Execution != nil || len(n.Jobs) > 0
		case !listed(n.Jobs[string(InProgress)], j.store.Current) && !n.Execution.isOf(j.store.Current):
			j.work.doubt = true
		}
	}
}

func listed(all execsJSON, e *entry) bool {
	for i := range all {
		if all[i].isOf(e) {
			return true
		}
	}
	return false
}

func (x *execution) isOf(e *entry) bool {
	return x != nil && e != nil && x.JobID == e.JobID && int64(x.Number) == e.Number
}

// progressEvery is how often progress is told at most, and pollEvery how often
// notices make the device ask.
const (
	progressEvery = time.Second
	pollEvery     = 250 * time.Millisecond
)
