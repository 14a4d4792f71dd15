package awsiottest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

const prefix = "$aws/things/hub-7/jobs/"

// listener asks by hand and hears everything.
type listener struct {
	t    *testing.T
	conn awsiot.Conn
	mu   sync.Mutex
	all  []string
}

func listen(t *testing.T, serve func(context.Context, awsiot.Conn) error) *listener {
	t.Helper()
	net := shadowtest.New(nil)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = serve(ctx, net.Conn("cloud"))
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	l := &listener{t: t, conn: net.Conn("device")}
	topics := []string{prefix + "notify", prefix + "notify-next", prefix + "+/accepted", prefix + "+/rejected", prefix + "+/+/accepted", prefix + "+/+/rejected"}
	if _, err := l.conn.Subscribe(ctx, topics, func(topic string, payload []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, strings.TrimPrefix(topic, prefix)+" "+string(payload))
	}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return l
}

// ask publishes, if there is anything to publish, and returns what is heard:
// epoch stands for the time.
func (l *listener) ask(topic, payload string) []string {
	l.t.Helper()
	if topic != "" {
		if err := l.conn.Publish(l.t.Context(), prefix+topic, []byte(payload)); err != nil {
			l.t.Fatal(err)
		}
	}
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], fmt.Sprint(time.Now().Unix()), "0")
	}
	return all
}

func (l *listener) want(what string, got []string, want ...string) {
	l.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		l.t.Errorf("%s: -want +got:\n%s", what, d)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The story of jobs-comm-notifications.md in the service's documentation, step
// by step: which notices are sent, and which are not.
func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awsiottest.NewJobs()
		l := listen(t, s.Serve)
		doc := json.RawMessage(`{"operation":"test"}`)
		queued := func(id string) string {
			return `{"jobId":"` + id + `","queuedAt":0,"lastUpdatedAt":0,"executionNumber":1,"versionNumber":1}`
		}
		started := func(id string) string {
			return `{"jobId":"` + id + `","queuedAt":0,"lastUpdatedAt":0,"startedAt":0,"executionNumber":1,"versionNumber":2}`
		}

		must(t, s.Create("hub-7", "job1", doc, nil))
		l.want("job1 is created", l.ask("", ""),
			`notify {"timestamp":0,"jobs":{"QUEUED":[`+queued("job1")+`]}}`,
			`notify-next {"timestamp":0,"execution":{"jobId":"job1","status":"QUEUED","queuedAt":0,"lastUpdatedAt":0,"versionNumber":1,"executionNumber":1,"jobDocument":{"operation":"test"}}}`)
		must(t, s.Create("hub-7", "job2", doc, nil))
		l.want("job2 is created", l.ask("", ""),
			`notify {"timestamp":0,"jobs":{"QUEUED":[`+queued("job1")+`,`+queued("job2")+`]}}`)
		l.want("job1 starts", l.ask("start-next", `{"clientToken":"t"}`),
			`start-next/accepted {"execution":{"jobId":"job1","thingName":"hub-7","status":"IN_PROGRESS","queuedAt":0,"startedAt":0,"lastUpdatedAt":0,"versionNumber":2,"executionNumber":1,"jobDocument":{"operation":"test"}},"timestamp":0,"clientToken":"t"}`)
		must(t, s.Create("hub-7", "job3", doc, nil))
		l.want("job3 is created", l.ask("", ""),
			`notify {"timestamp":0,"jobs":{"IN_PROGRESS":[`+started("job1")+`],"QUEUED":[`+queued("job2")+`,`+queued("job3")+`]}}`)
		l.want("what is pending", l.ask("get", `{"clientToken":"t"}`),
			`get/accepted {"inProgressJobs":[`+started("job1")+`],"queuedJobs":[`+queued("job2")+`,`+queued("job3")+`],"timestamp":0,"clientToken":"t"}`)
		l.want("job1 succeeds", l.ask("job1/update", `{"status":"SUCCEEDED","expectedVersion":"2","clientToken":"t"}`),
			`job1/update/accepted {"timestamp":0,"clientToken":"t"}`,
			`notify {"timestamp":0,"jobs":{"QUEUED":[`+queued("job2")+`,`+queued("job3")+`]}}`,
			`notify-next {"timestamp":0,"execution":{"jobId":"job2","status":"QUEUED","queuedAt":0,"lastUpdatedAt":0,"versionNumber":1,"executionNumber":1,"jobDocument":{"operation":"test"}}}`)
		l.want("job3 starts before job2", l.ask("job3/update", `{"status":"IN_PROGRESS","includeJobExecutionState":true,"clientToken":"t"}`),
			`job3/update/accepted {"executionState":{"status":"IN_PROGRESS","versionNumber":2},"timestamp":0,"clientToken":"t"}`,
			`notify-next {"timestamp":0,"execution":{"jobId":"job3","status":"IN_PROGRESS","queuedAt":0,"startedAt":0,"lastUpdatedAt":0,"versionNumber":2,"executionNumber":1,"jobDocument":{"operation":"test"}}}`)
		l.want("job2 is rejected", l.ask("job2/update", `{"status":"REJECTED","clientToken":"t"}`),
			`job2/update/accepted {"timestamp":0,"clientToken":"t"}`,
			`notify {"timestamp":0,"jobs":{"IN_PROGRESS":[`+started("job3")+`]}}`)
		must(t, s.Delete("hub-7", "job3"))
		l.want("job3 is deleted", l.ask("", ""),
			`notify {"timestamp":0,"jobs":{}}`,
			`notify-next {"timestamp":0}`)
	})
}

// Each way to be refused, with the state where the service tells it.
func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awsiottest.NewJobs()
		l := listen(t, s.Serve)
		must(t, s.Create("hub-7", "a", json.RawMessage(`{}`), nil))
		must(t, s.Create("hub-7", "b", json.RawMessage(`{}`), nil))
		must(t, s.Cancel("hub-7", "b"))
		l.ask("", "")
		for _, tc := range []struct{ topic, payload, code, state string }{
			{"nothing", `{}`, "InvalidTopic", ""},
			{"get", `{`, "InvalidJson", ""},
			{"get", "{\"clientToken\":\"\xff\"}", "InvalidJson", ""},
			{"get", `[]`, "InvalidRequest", ""},
			{"get", `{"clientToken":"` + strings.Repeat("x", 65) + `"}`, "InvalidRequest", ""},
			{"start-next", `{"stepTimeoutInMinutes":0}`, "InvalidRequest", ""},
			{"start-next", `{"stepTimeoutInMinutes":10081}`, "InvalidRequest", ""},
			{"start-next", `{"statusDetails":{"a b":"c"}}`, "InvalidRequest", ""},
			{"start-next", `{"statusDetails":{"a":""}}`, "InvalidRequest", ""},
			{"start-next", `{"statusDetails":{"a":null}}`, "InvalidRequest", ""},
			{"c/get", `{}`, "ResourceNotFound", ""},
			{"a/get", `{"executionNumber":2}`, "ResourceNotFound", ""},
			{"b/get", `{}`, "TerminalStateReached", ""},
			{"c/update", `{"status":"FAILED"}`, "ResourceNotFound", ""},
			{"$next/update", `{"status":"FAILED"}`, "ResourceNotFound", ""},
			{"a/update", `{}`, "InvalidRequest", ""},
			{"a/update", `{"status":"QUEUED"}`, "InvalidRequest", ""},
			{"a/update", `{"status":"CANCELED"}`, "InvalidRequest", ""},
			{"a/update", `{"status":"FAILED","expectedVersion":2}`, "VersionMismatch", `{"status":"QUEUED","versionNumber":1}`},
			{"b/update", `{"status":"FAILED"}`, "InvalidStateTransition", `{"status":"CANCELED","versionNumber":2}`},
			{"b/update", `{"status":"IN_PROGRESS","expectedVersion":2}`, "InvalidStateTransition", `{"status":"CANCELED","versionNumber":2}`},
		} {
			got := l.ask(tc.topic, tc.payload)
			var m struct {
				Code, Message string
				State         json.RawMessage `json:"executionState"`
			}
			topic, payload, _ := strings.Cut(strings.Join(got, "\n"), " ")
			if err := json.Unmarshal([]byte(payload), &m); err != nil || topic != tc.topic+"/rejected" || m.Code != tc.code || m.Message == "" || string(m.State) != tc.state {
				t.Errorf("%s %s: %q, %v; want %s %s", tc.topic, tc.payload, got, err, tc.code, tc.state)
			}
		}
		s.Script(func(awsiottest.Request) awsiottest.Fate {
			return awsiottest.Fate{Refuse: &awsiottest.Refusal{Code: "RequestThrottled", Message: "slow down"}}
		})
		l.want("throttled", l.ask("get", `{"clientToken":"t"}`), `get/rejected {"code":"RequestThrottled","message":"slow down","timestamp":0,"clientToken":"t"}`)
		for name, err := range map[string]error{
			"made twice":     s.Create("hub-7", "a", json.RawMessage(`{}`), nil),
			"no JSON":        s.Create("hub-7", "d", json.RawMessage(`{`), nil),
			"too long":       s.Create("hub-7", "d", json.RawMessage(`"`+strings.Repeat("x", 32<<10)+`"`), nil),
			"canceled twice": s.Cancel("hub-7", "b"),
			"removed":        s.Remove("hub-7", "c"),
			"deleted":        s.Delete("hub-7", "c"),
			"touched":        s.Touch("hub-7", "c"),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

// The timers of a job and of its steps, and retries.
func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awsiottest.NewJobs()
		l := listen(t, s.Serve)
		status := func() string {
			x, _ := s.Execution("hub-7", "a")
			return fmt.Sprint(x.Number, " ", x.Status)
		}
		must(t, s.Create("hub-7", "a", json.RawMessage(`{}`), &awsiottest.JobOptions{Timeout: 20 * time.Minute, Retries: 1}))
		l.ask("start-next", `{}`)
		// The documentation's example: steps of 7, 5 and 9 minutes, the last cut
		// short by the job's own 20.
		time.Sleep(5 * time.Minute)
		l.ask("a/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":7}`)
		time.Sleep(5 * time.Minute)
		l.ask("a/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":5}`)
		time.Sleep(3 * time.Minute)
		l.ask("a/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":9}`)
		got := strings.Join(l.ask("a/get", `{}`), "")
		if !strings.Contains(got, `"approximateSecondsBeforeTimedOut":420,`) {
			t.Errorf("describe: %s", got)
		}
		time.Sleep(7*time.Minute - time.Second)
		if got := status(); got != "1 IN_PROGRESS" {
			t.Errorf("after 19:59 it is %s", got)
		}
		l.ask("", "")
		time.Sleep(time.Second)
		heard := l.ask("", "")
		if got := status(); got != "2 QUEUED" || len(heard) != 2 || !strings.Contains(heard[0], `"executionNumber":2`) {
			t.Errorf("after 20:00 it is %s, heard %q", got, heard)
		}
		l.ask("start-next", `{"stepTimeoutInMinutes":1,"statusDetails":{"a":"b"}}`)
		l.ask("a/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":-1}`)
		time.Sleep(10 * time.Minute)
		if got := status(); got != "2 IN_PROGRESS" {
			t.Errorf("without a step's timer it is %s", got)
		}
		l.ask("a/update", `{"status":"FAILED","includeJobDocument":true}`)
		if got := status(); got != "2 FAILED" {
			t.Errorf("in the end it is %s", got)
		}
		x, _ := s.Execution("hub-7", "a")
		if x.Details["a"] != "b" {
			t.Errorf("details %v", x.Details)
		}
		if got := l.ask("$next/get", `{}`); !slices.Equal(got, []string{`$next/get/accepted {"timestamp":0}`}) {
			t.Errorf("$next: %q", got)
		}
	})
}
