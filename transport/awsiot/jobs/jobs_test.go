package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
)

const thing = "hub-7"

// world is a service and a network in memory.
type world struct {
	t     *testing.T
	cloud *awsiottest.Jobs
	net   *shadowtest.Service
}

// newWorld is called inside a bubble; the service ends with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t, awsiottest.NewJobs(), shadowtest.New(nil)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.cloud.Serve(ctx, w.net.Conn("cloud")) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve = %v", err)
		}
	})
	synctest.Wait()
	return w
}

func (w *world) conn() awsiot.Conn { return w.net.Conn("device") }

func (w *world) create(id, document string) {
	w.t.Helper()
	w.createWith(id, document, nil)
}

func (w *world) createWith(id, document string, o *awsiottest.JobOptions) {
	w.t.Helper()
	if err := w.cloud.Create(thing, id, json.RawMessage(document), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) execution(id string) awsiottest.JobExecution {
	w.t.Helper()
	x, ok := w.cloud.Execution(thing, id)
	if !ok {
		w.t.Fatalf("no execution of %s", id)
	}
	return x
}

func (w *world) want(id, status string) {
	w.t.Helper()
	if x := w.execution(id); x.Status != status {
		w.t.Errorf("job %s is %s; want %s", id, x.Status, status)
	}
}

// start runs a taker of jobs until stop is called, which a test does not need
// to do.
func (w *world) start(o *jobs.Options, fsys durable.FS) (j *jobs.Jobs, stop func()) {
	w.t.Helper()
	j, err := jobs.NewFS(w.conn(), thing, o, fsys)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := j.Run(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, crashfs.ErrCrashed) {
			w.t.Errorf("Run = %v", err)
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	w.t.Cleanup(stop)
	return j, stop
}

// settle lets everything that is under way come to its end.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// log is what handlers did, from any goroutine.
type log struct {
	mu  sync.Mutex
	all []string
}

func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf(format, args...))
}

func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var done log
		w.create("before", `{"operation":"add","n":1}`)
		_, _ = w.start(&jobs.Options{
			Dir: "/jobs",
			Handlers: map[string]jobs.Handler{
				"add": func(ctx context.Context, job *jobs.Job) error {
					done.add("%s %s %d %s", job.ID, job.Operation, job.Attempt, job.Document)
					return job.Progress(ctx, map[string]string{"at": job.ID})
				},
				"fail": func(context.Context, *jobs.Job) error { return errors.New("no\nspace") },
				"reject": func(context.Context, *jobs.Job) error {
					return fmt.Errorf("%w: too old", jobs.ErrReject)
				},
			},
		}, crashfs.New(1))
		settle(time.Second)
		w.create("first", `{"operation":"add","n":2}`)
		w.create("second", `{"operation":"fail"}`)
		w.create("third", `{"operation":"reject"}`)
		w.create("fourth", `{"operation":"unknown"}`)
		w.create("fifth", `{"steps":[]}`)
		w.create("sixth", `["an","array"]`)
		settle(time.Minute)
		if got, want := done.take(), []string{`before add 1 {"operation":"add","n":1}`, `first add 1 {"operation":"add","n":2}`}; !slices.Equal(got, want) {
			t.Errorf("done %q; want %q", got, want)
		}
		w.want("before", "SUCCEEDED")
		w.want("first", "SUCCEEDED")
		w.want("second", "FAILED")
		for _, id := range []string{"third", "fourth", "fifth", "sixth"} {
			w.want(id, "REJECTED")
		}
		for id, want := range map[string]map[string]string{
			"first":  {"at": "first"},
			"second": {"reason": "no space"},
			"third":  {"reason": "jobs: rejected: too old"},
			"fourth": {"reason": `jobs: rejected: unknown operation "unknown"`},
		} {
			if got := w.execution(id).Details; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("details of %s are %v; want %v", id, got, want)
			}
		}
		if n := w.cloud.Requests("start-next"); n > 20 {
			t.Errorf("it asked for the next job %d times", n)
		}
	})
}

// One job at a time, in the order in which they were queued.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var done log
		w.start(&jobs.Options{Handler: func(ctx context.Context, job *jobs.Job) error {
			done.add("begin %s", job.ID)
			time.Sleep(time.Minute)
			done.add("end %s", job.ID)
			return nil
		}}, crashfs.New(1))
		for i := range 3 {
			w.create(fmt.Sprint("j", i), `{}`)
			settle(10 * time.Second)
		}
		settle(10 * time.Minute)
		if got := strings.Join(done.take(), ", "); got != "begin j0, end j0, begin j1, end j1, begin j2, end j2" {
			t.Error(got)
		}
	})
}

// Progress is told, on top of what was told before, and not too often.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.create("j", `{"operation":"long"}`)
		w.start(&jobs.Options{
			StepTimeout: 2 * time.Minute,
			Handlers: map[string]jobs.Handler{"long": func(ctx context.Context, job *jobs.Job) error {
				for i := range 300 {
					if err := job.Progress(ctx, map[string]string{"percent": fmt.Sprint(i), fmt.Sprint("part", i/100): "done"}); err != nil {
						return err
					}
					time.Sleep(100 * time.Millisecond)
				}
				for name, bad := range map[string]map[string]string{
					"name":  {"per cent": "1"},
					"empty": {"a": ""},
					"long":  {"a": strings.Repeat("x", 1025)},
					"other": {"a": "b\x00"},
					"many":  {"a": strings.Repeat("<", 1000), "b": strings.Repeat("<", 1000), "c": strings.Repeat("<", 1000)},
				} {
					if err := job.Progress(ctx, bad); !errors.Is(err, jobs.ErrDetails) {
						t.Errorf("Progress of %s = %v; want ErrDetails", name, err)
					}
				}
				for range 10 { // alive for longer than the step's time
					time.Sleep(time.Minute)
					if err := job.Progress(ctx, nil); err != nil {
						t.Errorf("Progress = %v", err)
					}
				}
				return nil
			}},
		}, crashfs.New(1))
		settle(20 * time.Second)
		if x := w.execution("j"); x.Status != "IN_PROGRESS" || x.Details["percent"] < "180" || x.Details["part0"] != "done" {
			t.Errorf("execution %+v", x)
		}
		settle(time.Hour)
		x := w.execution("j")
		if x.Status != "SUCCEEDED" || x.Details["percent"] != "299" || x.Details["part0"] != "done" || x.Details["part2"] != "done" {
			t.Errorf("execution %+v", x)
		}
		if n := w.cloud.Requests("update"); n > 50 {
			t.Errorf("%d updates", n)
		}
	})
}

// What the cloud ends, ends the handler's context.
func TestEndedByTheCloud(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(w *world) error
		want jobs.Status
	}{
		{"canceled", func(w *world) error { return w.cloud.Cancel(thing, "j") }, jobs.Canceled},
		{"removed", func(w *world) error { return w.cloud.Remove(thing, "j") }, jobs.Removed},
		{"deleted", func(w *world) error { return w.cloud.Delete(thing, "j") }, ""},
		{"timed out", func(*world) error { return nil }, jobs.TimedOut},
		{"offline", func(w *world) error {
			w.net.Disconnect("device")
			defer time.AfterFunc(time.Minute, func() { w.net.Connect("device") })
			return w.cloud.Cancel(thing, "j")
		}, jobs.Canceled},
	} {
		for _, ignores := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.name, ignores), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					var ended error
					w.create("j", `{}`)
					w.start(&jobs.Options{
						StepTimeout: 5 * time.Minute,
						Refresh:     -1,
						Handler: func(ctx context.Context, job *jobs.Job) error {
							if job.ID == "next" {
								return nil
							}
							<-ctx.Done()
							ended = context.Cause(ctx)
							if err := job.Progress(ctx, map[string]string{"a": "b"}); !errors.Is(err, ended) {
								t.Errorf("Progress = %v; want the cause", err)
							}
							if ignores {
								time.Sleep(time.Hour)
								return nil
							}
							return ended
						},
					}, crashfs.New(1))
					settle(time.Minute)
					w.create("next", `{}`)
					if err := tc.do(w); err != nil {
						t.Fatal(err)
					}
					settle(10 * time.Minute)
					var e *jobs.EndedError
					if !errors.As(ended, &e) || e.Status != tc.want || e.JobID != "j" {
						t.Fatalf("the handler's context ended with %v; want %s", ended, tc.want)
					}
					want := map[bool]string{false: "SUCCEEDED", true: "QUEUED"}[ignores]
					w.want("next", want)
					settle(2 * time.Hour)
					w.want("next", "SUCCEEDED")
					if tc.want != "" {
						w.want("j", string(tc.want))
					}
				})
			})
		}
	}
}

// A failed execution that the job wants retried is another execution.
func TestRetriedByTheCloud(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var done log
		w.createWith("j", `{}`, &awsiottest.JobOptions{Retries: 2})
		w.start(&jobs.Options{Dir: "/jobs", Handler: func(_ context.Context, job *jobs.Job) error {
			done.add("%d %d", job.Number, job.Attempt)
			if job.Number < 3 {
				return errors.New("not yet")
			}
			return nil
		}}, crashfs.New(1))
		settle(time.Minute)
		if got := fmt.Sprint(done.take()); got != "[1 1 2 1 3 1]" {
			t.Error(got)
		}
		w.want("j", "SUCCEEDED")
	})
}

// A job that is deleted and made again is another job, although its execution
// has the same number.
func TestMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var done log
		w.start(&jobs.Options{Dir: "/jobs", Handler: func(_ context.Context, job *jobs.Job) error {
			done.add("%s", job.Key)
			return nil
		}}, crashfs.New(1))
		for range 2 {
			w.create("j", `{}`)
			settle(time.Minute)
			w.want("j", "SUCCEEDED")
			if err := w.cloud.Delete(thing, "j"); err != nil {
				t.Fatal(err)
			}
		}
		if got := done.take(); len(got) != 2 || got[0] == got[1] {
			t.Errorf("done %q; want two different", got)
		}
	})
}

func TestMistakes(t *testing.T) {
	_, err := jobs.New(nil, "a/b", &jobs.Options{
		Handlers: map[string]jobs.Handler{"x": nil}, StepTimeout: time.Second, Timeout: -1,
	})
	for _, want := range []string{"connection", "thing", `"x"`, "StepTimeout", "Timeout is"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want a word about %s", err, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := crashfs.New(1)
		j, _ := w.start(&jobs.Options{Dir: "/jobs"}, disk)
		settle(time.Second)
		if err := j.Run(t.Context()); !errors.Is(err, jobs.ErrRunning) {
			t.Errorf("second Run = %v", err)
		}
		other, err := jobs.NewFS(w.conn(), thing, &jobs.Options{Dir: "/jobs"}, disk)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Run(t.Context()); !errors.Is(err, jobs.ErrRunning) {
			t.Errorf("Run of another on the same file = %v", err)
		}
	})
}

func TestPendingAndDescribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j, stop := w.start(&jobs.Options{Handler: func(ctx context.Context, job *jobs.Job) error {
			_ = job.Progress(ctx, map[string]string{"a": "b"})
			<-ctx.Done()
			return ctx.Err()
		}}, crashfs.New(1))
		settle(time.Second)
		w.createWith("j1", `{"x":1}`, &awsiottest.JobOptions{Timeout: time.Hour})
		w.create("j2", `{"x":2}`)
		settle(time.Minute)
		p, err := j.Pending(t.Context())
		if err != nil || len(p.InProgress) != 1 || len(p.Queued) != 1 || p.InProgress[0].JobID != "j1" || p.Queued[0].JobID != "j2" {
			t.Errorf("Pending = %+v, %v", p, err)
		}
		x, err := j.Describe(t.Context(), "j1")
		if err != nil || x.Status != jobs.InProgress || string(x.Document) != `{"x":1}` || x.Details["a"] != "b" || x.Version != 3 || x.Number != 1 {
			t.Errorf("Describe = %+v, %v", x, err)
		}
		if d := time.Since(x.StartedAt); d < 50*time.Second || d > 2*time.Minute || x.TimeoutIn < 58*time.Minute || x.TimeoutIn > time.Hour {
			t.Errorf("started %v ago, times out in %v", d, x.TimeoutIn)
		}
		for id, code := range map[string]string{"none": jobs.CodeResourceNotFound} {
			_, err := j.Describe(t.Context(), id)
			var rejected *jobs.RejectedError
			var plain *awsiot.RejectedError
			if !errors.As(err, &rejected) || rejected.Code != code || !errors.As(err, &plain) || plain.Code != code {
				t.Errorf("Describe of %s = %v; want %s", id, err, code)
			}
		}
		if _, err := j.Describe(t.Context(), "a/b"); err == nil {
			t.Error("Describe of a/b = nil")
		}
		stop()
		if _, err := j.Pending(t.Context()); !errors.Is(err, awsiot.ErrNoLink) {
			t.Errorf("Pending without Run = %v", err)
		}
	})
}

func tokenOf(t *testing.T, payload []byte) string {
	t.Helper()
	var m struct{ ClientToken string }
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Error(err)
	}
	return m.ClientToken
}
