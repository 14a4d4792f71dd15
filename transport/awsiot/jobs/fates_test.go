package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
)

// op is the request that a topic is for.
func op(q awsiottest.Request) string {
	parts := strings.Split(q.Topic, "/")
	if len(parts) == 6 {
		return parts[5]
	}
	return parts[4]
}

// Everything that may befall a message befalls each of the first requests. Two
// jobs come to their end all the same, each once.
func TestFates(t *testing.T) {
	for name, f := range map[string]awsiottest.Fate{
		"request lost":         {Drop: true},
		"request doubled":      {Again: 1},
		"request late":         {Delay: 15 * time.Second},
		"answer lost":          {Silent: true},
		"answer doubled":       {Copies: 2},
		"answer late":          {Late: 5 * time.Second},
		"answer very late":     {Late: 2 * time.Minute},
		"answer not JSON":      {Answer: []byte("{\"execution\":")},
		"answer empty":         {Answer: []byte{}},
		"answer of no kind":    {Answer: []byte(`[1,2]`)},
		"answer too long":      {Answer: bytes.Repeat([]byte(" "), 127<<10)},
		"answer without token": {Answer: []byte(`{"execution":{"jobId":"c"}}`)},
	} {
		for at := 1; at <= 8; at++ {
			t.Run(fmt.Sprintf("%s %d", name, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					w.create("a", `{}`)
					w.create("b", `{}`)
					n := 0
					w.cloud.Script(func(awsiottest.Request) awsiottest.Fate {
						if n++; n == at {
							return f
						}
						return awsiottest.Fate{}
					})
					d := newDevice(t)
					o := d.options()
					runs := map[string]int{}
					o.Handler = func(ctx context.Context, job *jobs.Job) error {
						runs[job.Key]++
						return d.handle(ctx, job)
					}
					w.start(o, crashfs.New(1))
					settle(10 * time.Minute)
					for _, id := range []string{"a", "b"} {
						if x := w.execution(id); x.Status != "SUCCEEDED" || x.Details["half2"] != "done" {
							t.Errorf("job %s is %+v", id, x)
						}
					}
					for k, n := range runs {
						if n != 1 || !strings.HasPrefix(k, "a-1-") && !strings.HasPrefix(k, "b-1-") {
							t.Errorf("job %s was run %d times", k, n)
						}
					}
				})
			})
		}
	}
}

// Every code for every request: what is temporary is tried again, what says
// that the execution is over is believed, and nothing makes the device stop.
func TestEveryCode(t *testing.T) {
	for _, tc := range []struct {
		op, code string
		a        string // what becomes of the job that it befalls
		handled  bool   // its handler comes to its end
	}{
		{"start-next", jobs.CodeInvalidTopic, "SUCCEEDED", true},
		{"start-next", jobs.CodeInvalidJSON, "SUCCEEDED", true},
		{"start-next", jobs.CodeInvalidRequest, "SUCCEEDED", true},
		{"start-next", jobs.CodeInvalidStateTransition, "SUCCEEDED", true},
		{"start-next", jobs.CodeResourceNotFound, "SUCCEEDED", true},
		{"start-next", jobs.CodeVersionMismatch, "SUCCEEDED", true},
		{"start-next", jobs.CodeInternalError, "SUCCEEDED", true},
		{"start-next", jobs.CodeRequestThrottled, "SUCCEEDED", true},
		{"start-next", jobs.CodeTerminalStateReached, "SUCCEEDED", true},
		{"start-next", "Unheard-of", "SUCCEEDED", true},

		{"get", jobs.CodeInvalidTopic, "SUCCEEDED", true},
		{"get", jobs.CodeInvalidJSON, "SUCCEEDED", true},
		{"get", jobs.CodeInvalidRequest, "SUCCEEDED", true},
		{"get", jobs.CodeInvalidStateTransition, "SUCCEEDED", true},
		{"get", jobs.CodeResourceNotFound, "SUCCEEDED", false}, // not so: the next start brings it again
		{"get", jobs.CodeVersionMismatch, "SUCCEEDED", true},
		{"get", jobs.CodeInternalError, "SUCCEEDED", true},
		{"get", jobs.CodeRequestThrottled, "SUCCEEDED", true},
		{"get", jobs.CodeTerminalStateReached, "SUCCEEDED", true}, // an update says otherwise
		{"get", "Unheard-of", "SUCCEEDED", true},

		{"update", jobs.CodeInvalidTopic, "SUCCEEDED", true},
		{"update", jobs.CodeInvalidJSON, "SUCCEEDED", true},
		{"update", jobs.CodeInvalidRequest, "SUCCEEDED", true},
		{"update", jobs.CodeInvalidStateTransition, "SUCCEEDED", true},
		{"update", jobs.CodeResourceNotFound, "SUCCEEDED", false},
		{"update", jobs.CodeVersionMismatch, "SUCCEEDED", true},
		{"update", jobs.CodeInternalError, "SUCCEEDED", true},
		{"update", jobs.CodeRequestThrottled, "SUCCEEDED", true},
		{"update", jobs.CodeTerminalStateReached, "SUCCEEDED", false},
		{"update", "Unheard-of", "SUCCEEDED", true},
	} {
		t.Run(tc.op+" "+tc.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				left := 1
				var refused time.Time
				var next time.Duration // until the same is asked again
				w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
					if op(q) != tc.op {
						return awsiottest.Fate{}
					}
					if left--; left >= 0 {
						refused = time.Now()
						return awsiottest.Fate{Refuse: &awsiottest.Refusal{Code: tc.code, Message: "scripted"}}
					}
					if next == 0 {
						next = time.Since(refused)
					}
					return awsiottest.Fate{}
				})
				w.create("a", `{}`)
				var first error
				runs := 0
				w.start(&jobs.Options{Dir: "/jobs", Handler: func(ctx context.Context, job *jobs.Job) error {
					runs++
					if err := job.Progress(ctx, map[string]string{"x": "y"}); err != nil {
						return err
					}
					if tc.op == "get" { // a notice about others makes it ask
						w.net.Disconnect("device")
						w.net.Connect("device")
					}
					select {
					case <-time.After(10 * time.Second):
					case <-ctx.Done():
						if first == nil {
							first = context.Cause(ctx)
						}
						return first
					}
					return nil
				}}, crashfs.New(1))
				settle(5 * time.Minute)
				if left > 0 {
					t.Fatalf("nothing was refused")
				}
				w.want("a", tc.a)
				var e *jobs.EndedError
				if tc.handled && (first != nil || runs != 1) || !tc.handled && (!errors.As(first, &e) || runs != 2) {
					t.Errorf("%d runs, the first ended with %v", runs, first)
				}
				if tc.code == jobs.CodeRequestThrottled && next < 700*time.Millisecond {
					t.Errorf("it asked again after %v", next)
				}
			})
		})
	}
}

// The end of a job is told whatever the service says to the first tries.
func TestEveryCodeAtTheEnd(t *testing.T) {
	for _, tc := range []struct {
		code  string
		times int
		want  string
	}{
		{jobs.CodeInvalidRequest, 1, "REJECTED"}, // told without details
		{jobs.CodeInvalidRequest, 2, "IN_PROGRESS"},
		{jobs.CodeInvalidJSON, 2, "IN_PROGRESS"},
		{jobs.CodeInvalidJSON, 1, "REJECTED"},
		{jobs.CodeInvalidTopic, 1, "REJECTED"},
		{jobs.CodeInvalidStateTransition, 4, "REJECTED"},
		{jobs.CodeInvalidStateTransition, 5, "IN_PROGRESS"},
		{jobs.CodeVersionMismatch, 4, "REJECTED"},
		{jobs.CodeVersionMismatch, 5, "IN_PROGRESS"},
		{jobs.CodeInternalError, 20, "REJECTED"},
		{jobs.CodeRequestThrottled, 20, "REJECTED"},
		{jobs.CodeResourceNotFound, 1, "IN_PROGRESS"},
		{jobs.CodeTerminalStateReached, 1, "IN_PROGRESS"},
		{"Unheard-of", 20, "REJECTED"},
	} {
		t.Run(fmt.Sprint(tc.code, tc.times), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				left, runs := tc.times, 0
				w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
					if op(q) == "update" && left > 0 {
						left--
						return awsiottest.Fate{Refuse: &awsiottest.Refusal{Code: tc.code}}
					}
					if op(q) == "start-next" && runs > 0 {
						return awsiottest.Fate{Drop: true} // the moment is enough
					}
					return awsiottest.Fate{}
				})
				w.create("a", `{"operation":"x"}`)
				w.start(&jobs.Options{Dir: "/jobs", Handlers: map[string]jobs.Handler{"x": func(ctx context.Context, job *jobs.Job) error {
					runs++
					return fmt.Errorf("%w: no", jobs.ErrReject)
				}}}, crashfs.New(1))
				settle(time.Hour)
				w.want("a", tc.want)
				if runs != 1 || left != 0 {
					t.Errorf("%d runs, %d refusals left", runs, left)
				}
			})
		})
	}
}

// A service that gives a job out again whose end it was told, or refused to
// take, is told again; the job is not run again.
func TestToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		refuse := true
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			if op(q) == "update" && refuse {
				return awsiottest.Fate{Refuse: &awsiottest.Refusal{Code: jobs.CodeResourceNotFound}}
			}
			return awsiottest.Fate{}
		})
		w.create("a", `{}`)
		runs := 0
		disk := crashfs.New(1)
		o := &jobs.Options{Dir: "/jobs", Handler: func(context.Context, *jobs.Job) error {
			runs++
			return errors.New("broken")
		}}
		_, stop := w.start(o, disk)
		settle(time.Minute)
		w.want("a", "IN_PROGRESS")
		stop()
		refuse = false
		w.start(o, disk.Reboot())
		settle(time.Minute)
		w.want("a", "FAILED")
		if runs != 1 {
			t.Errorf("%d runs", runs)
		}
		if n := w.cloud.Requests("start-next"); n > 15 {
			t.Errorf("it asked for the next job %d times", n)
		}
	})
}

// A service that always has another version is not asked all the time.
func TestMismatchForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			if op(q) == "update" {
				return awsiottest.Fate{Refuse: &awsiottest.Refusal{Code: jobs.CodeVersionMismatch}}
			}
			return awsiottest.Fate{}
		})
		w.create("a", `{}`)
		w.start(&jobs.Options{Handler: func(ctx context.Context, job *jobs.Job) error {
			_ = job.Progress(ctx, map[string]string{"a": "b"})
			time.Sleep(10 * time.Minute)
			return nil
		}}, crashfs.New(1))
		settle(5 * time.Minute)
		if n := w.cloud.Requests("update"); n > 20 {
			t.Errorf("%d updates", n)
		}
		w.cloud.Script(nil)
		settle(10 * time.Minute)
		w.want("a", "SUCCEEDED")
	})
}

// Somebody else's updates make versions that the device does not know.
func TestVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.create("a", `{}`)
		w.start(&jobs.Options{Handler: func(ctx context.Context, job *jobs.Job) error {
			for i := range 5 {
				if err := w.cloud.Touch(thing, "a"); err != nil {
					t.Error(err)
				}
				if err := job.Progress(ctx, map[string]string{"i": fmt.Sprint(i)}); err != nil {
					return err
				}
				time.Sleep(2 * time.Second)
				if got := w.execution("a").Details["i"]; got != fmt.Sprint(i) {
					t.Errorf("progress is %s; want %d", got, i)
				}
			}
			return w.cloud.Touch(thing, "a")
		}}, crashfs.New(1))
		settle(time.Minute)
		w.want("a", "SUCCEEDED")
		if n := w.cloud.Requests("update"); n != 12 {
			t.Errorf("%d updates; want two for each change", n)
		}
	})
}

// A document that is too long, and one of another thing.
func TestDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		long := `{"operation":"x","pad":"` + strings.Repeat("x", jobs.MaxDocument) + `"}`
		n := 0
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			if op(q) != "start-next" {
				return awsiottest.Fate{}
			}
			token := tokenOf(t, q.Payload)
			switch n++; n {
			case 1:
				return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"execution":{"jobId":"a","thingName":"hub-8","status":"IN_PROGRESS"}}`, token)}
			case 2:
				return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"execution":{"jobId":"a/../b","status":"IN_PROGRESS"}}`, token)}
			case 3:
				return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"execution":{"jobId":"a","status":"IN_PROGRESS","versionNumber":2,"executionNumber":1,"jobDocument":%s}}`, token, long)}
			}
			return awsiottest.Fate{}
		})
		w.create("a", `{}`)
		w.start(&jobs.Options{Handler: func(_ context.Context, job *jobs.Job) error {
			t.Errorf("job %s with %d bytes is run", job.ID, len(job.Document))
			return nil
		}}, crashfs.New(1))
		settle(time.Minute)
		w.want("a", "REJECTED")
		if r := w.execution("a").Details["reason"]; !strings.Contains(r, "the limit is 32768") {
			t.Errorf("reason %q", r)
		}
	})
}

// Notices that make no sense, in any number, make no more than a few requests.
func TestFloodOfNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(&jobs.Options{Handler: func(ctx context.Context, _ *jobs.Job) error {
			<-ctx.Done()
			return nil
		}}, crashfs.New(1))
		settle(time.Second)
		flood := w.net.Conn("flood")
		for _, busy := range []bool{false, true} {
			if busy {
				w.create("a", `{}`)
				settle(time.Second)
			}
			for i := range 1000 {
				for _, topic := range []string{"notify", "notify-next"} {
					payload := []string{"", "{", `{"jobs":[]}`, `{"execution":{"jobId":"zz"},"jobs":{"QUEUED":[{"jobId":"zz"}]}}`}[i%4]
					if err := flood.Publish(t.Context(), "$aws/things/"+thing+"/jobs/"+topic, []byte(payload)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
		if n := w.cloud.Requests("start-next") + w.cloud.Requests("describe"); n > 2*45 || n < 2*20 {
			t.Errorf("%d requests in 20 s", n)
		}
		w.want("a", "IN_PROGRESS")
	})
}

// The end of an execution is believed from a description as well as from a
// refusal.
func TestDescribedAsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			if op(q) != "get" {
				return awsiottest.Fate{}
			}
			return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"execution":{"jobId":"a","status":"TIMED_OUT","versionNumber":9}}`, tokenOf(t, q.Payload))}
		})
		var cause error
		w.start(&jobs.Options{Handler: func(ctx context.Context, _ *jobs.Job) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return cause
		}}, crashfs.New(1))
		w.create("a", `{}`)
		settle(time.Second)
		w.net.Disconnect("device")
		w.net.Connect("device")
		settle(500 * time.Millisecond)
		if cause == nil || cause.Error() != "jobs: a: is TIMED_OUT" {
			t.Errorf("the context ended with %v", cause)
		}
		if got := (&jobs.EndedError{JobID: "a"}).Error(); got != "jobs: a: no longer exists" {
			t.Error(got)
		}
	})
}

// Answers with states that there are not are errors, and asked for again.
func TestUnknownStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := 0
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			token := tokenOf(t, q.Payload)
			switch n++; {
			case op(q) == "start-next" && n == 1:
				return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"execution":{"jobId":"a","status":"DREAMING"}}`, token)}
			case op(q) == "update" && n < 5:
				return awsiottest.Fate{Answer: fmt.Appendf(nil, `{"clientToken":%q,"executionState":{"status":"DREAMING"}}`, token)}
			}
			return awsiottest.Fate{}
		})
		w.create("a", `{}`)
		w.start(&jobs.Options{Handler: func(context.Context, *jobs.Job) error { return nil }}, crashfs.New(1))
		settle(5 * time.Minute)
		w.want("a", "SUCCEEDED")
		if n < 4 {
			t.Errorf("%d requests", n)
		}
	})
}

// deaf is a connection that refuses the first subscriptions.
type deaf struct {
	awsiot.Conn
	left int
}

func (d *deaf) Subscribe(ctx context.Context, topics []string, h func(string, []byte)) (func(), error) {
	if d.left--; d.left >= 0 {
		return nil, errors.New("not authorized")
	}
	if len(topics) > 8 {
		return nil, errors.New("more than eight topics")
	}
	return d.Conn.Subscribe(ctx, topics, h)
}

func TestSubscriptionRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.create("a", `{}`)
		j, err := jobs.New(&deaf{w.conn(), 3}, thing, &jobs.Options{Handler: func(context.Context, *jobs.Job) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- j.Run(ctx) }()
		settle(2 * time.Second)
		w.want("a", "QUEUED")
		settle(time.Minute)
		w.want("a", "SUCCEEDED")
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
}
