package jobs

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// shape is a message of testdata/shapes.
func shape(t testing.TB, name string) call.Message {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "shapes", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	topic, payload, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return call.Message{Topic: topic, Payload: []byte(payload)}
}

func testJobs(t testing.TB) *Jobs {
	t.Helper()
	j := newJobs(nil, "hub-7", Options{Logger: slog.New(slog.DiscardHandler)})
	j.store = &store{}
	return j
}

func at(sec, ms int64) time.Time { return time.Unix(sec, ms*1e6).UTC() }

// What the service sends is understood as it is meant, every member of it.
func TestAcceptedShapes(t *testing.T) {
	doc := json.RawMessage(`{"operation":"test"}`)
	for name, want := range map[string]Execution{
		"accepted-start-next": {
			JobID: "022", Number: 1234567890, Version: 1, Status: InProgress, Document: doc,
			QueuedAt: at(1489096123, 309), UpdatedAt: at(1489096123, 309),
		},
		"accepted-start-next-text": {
			JobID: "022", Number: 7, Version: 3, Status: InProgress, Document: doc, Details: map[string]string{"progress": "50%"},
			QueuedAt: at(1489096123, 0), StartedAt: at(1489096124, 0), UpdatedAt: at(1489096125, 0),
		},
		"accepted-describe": {
			JobID: "023", Version: 1, Status: Queued, Document: doc,
			QueuedAt: at(1489097374, 841), UpdatedAt: at(1489097374, 841), TimeoutIn: 7 * time.Minute,
		},
		"notify-next-job": {
			JobID: "job1", Number: 1, Version: 1, Status: Queued, Document: doc,
			QueuedAt: at(1517016947, 0), UpdatedAt: at(1517016947, 0),
		},
	} {
		m, err := parseMessage(shape(t, name).Payload)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := m.Execution.execution("hub-7")
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v; -want +got:\n%s", name, err, d)
		}
	}
	for _, name := range []string{"accepted-start-next-none", "notify-next-none", "accepted-update"} {
		m, err := parseMessage(shape(t, name).Payload)
		if err != nil || m.Execution != nil || m.State != nil {
			t.Errorf("%s: %+v, %v; want nothing", name, m, err)
		}
	}
	m, err := parseMessage(shape(t, "accepted-update-state").Payload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.State.state()
	if d := cmp.Diff(&State{InProgress, map[string]string{"progress": "50%"}, 2}, s); d != "" || err != nil {
		t.Errorf("state: %v; -want +got:\n%s", err, d)
	}
	m, err = parseMessage(shape(t, "accepted-get").Payload)
	if err != nil || len(m.Running) != 1 || len(m.Queued) != 1 || m.Running[0].JobID != "job1" || m.Queued[0].Version != 1 || m.Running[0].StartedAt.time() != at(1517017472, 0) {
		t.Errorf("accepted-get: %+v, %v", m, err)
	}
}

// A notice is news when it says something else than what is under way.
func TestNoticeShapes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		busy  string // the job under way
		asked bool
	}{
		{"notify-two", "", true},
		{"notify-two", "other-job", false},
		{"notify-two", "this-job", true}, // it is queued, not in progress
		{"notify-empty", "", false},
		{"notify-empty", "job1", true},
		{"notify-milliseconds", "", true},
		{"notify-next-job", "", true},
		{"notify-next-job", "job1", false},
		{"notify-next-job", "job2", true},
		{"notify-next-none", "", false},
		{"notify-next-none", "job1", true},
	} {
		j := testJobs(t)
		if tc.busy != "" {
			j.work = &work{running: true}
			j.store.Current = &entry{key: key{JobID: tc.busy, Number: 1}}
		}
		j.notice(shape(t, tc.name))
		j.takeNotices()
		if asked := j.noticed || j.work != nil && j.work.doubt; asked != tc.asked {
			t.Errorf("%s while %q is under way: asked %v; want %v", tc.name, tc.busy, asked, tc.asked)
		}
	}
}

func TestRejectedShapes(t *testing.T) {
	for code, want := range map[string]*State{
		CodeInvalidTopic:           nil,
		CodeInvalidJSON:            nil,
		CodeInvalidRequest:         nil,
		CodeResourceNotFound:       nil,
		CodeInternalError:          nil,
		CodeRequestThrottled:       nil,
		CodeTerminalStateReached:   nil,
		CodeVersionMismatch:        {InProgress, map[string]string{"progress": "50%"}, 4},
		CodeInvalidStateTransition: {Canceled, nil, 5},
	} {
		answer := shape(t, "rejected-"+code)
		m, err := parseMessage(answer.Payload)
		err = testJobs(t).rejected("0023/update", answer, m, err)
		var typed *RejectedError
		var plain *awsiot.RejectedError
		if !errors.As(err, &typed) || !errors.As(err, &plain) {
			t.Fatalf("%T is neither", err)
		}
		if plain.Service != "jobs" || plain.Op != "0023/update" || plain.Code != code || plain.Message != "why" || err.Error() != "awsiot: jobs: 0023/update rejected: "+code+": why" {
			t.Errorf("%s: %v", code, err)
		}
		if d := cmp.Diff(want, typed.State); d != "" {
			t.Errorf("%s: -want +got:\n%s", code, d)
		}
	}
}

// What the device sends, member by member.
func TestRequestShapes(t *testing.T) {
	no := false
	for name, r := range map[string]request{
		"request-get":        {},
		"request-start-next": {StepTimeout: 5},
		"request-describe":   {Number: 1, IncludeDocument: &no},
		"request-progress":   {Status: InProgress, Details: map[string]string{"progress": "50%"}, ExpectedVersion: 2, Number: 1, IncludeState: true, StepTimeout: 5},
		"request-end":        {Status: Failed, Details: map[string]string{"progress": "50%", "reason": "Unable to install update"}, ExpectedVersion: 3, Number: 1, IncludeState: true},
	} {
		r.Token = "T"
		if got, want := string(r.encode()), string(shape(t, name).Payload); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	all, err := filepath.Glob("testdata/shapes/*.txt")
	if err != nil || len(all) < 25 {
		f.Fatalf("%d shapes, %v", len(all), err)
	}
	for _, name := range all {
		f.Add(shape(f, strings.TrimSuffix(filepath.Base(name), ".txt")).Payload, true)
	}
	f.Add([]byte(`{"execution":{"jobId":"a","queuedAt":1e300,"statusDetails":{"a":1,"b":null},"versionNumber":"x"}}`), false)
	f.Fuzz(func(t *testing.T, payload []byte, busy bool) {
		j := testJobs(t)
		if busy {
			j.work = &work{running: true}
			j.store.Current = &entry{key: key{JobID: "job1", Number: 1}}
		}
		for _, topic := range []string{"notify", "notify-next", "get/accepted", "x"} {
			j.notice(call.Message{Topic: j.prefix + topic, Payload: payload})
		}
		j.takeNotices()
		tokenOf(payload)
		m, err := parseMessage(payload)
		_ = j.rejected("get", call.Message{Payload: payload}, m, err).Error()
		if err != nil {
			return
		}
		if s, err := m.State.state(); err == nil && s != nil && !s.Status.known() {
			t.Errorf("state %+v", s)
		}
		if m.Execution == nil {
			return
		}
		x, err := m.Execution.execution("hub-7")
		if err != nil {
			return
		}
		if name.Job(x.JobID) != nil || x.Status != "" && !x.Status.known() || x.TimeoutIn < 0 {
			t.Errorf("execution %+v", x)
		}
		if !isFileName(keyOf(x).name()) || len(keyOf(x).name()) > 120 {
			t.Errorf("key %q", keyOf(x).name())
		}
		if x.Document != nil && !json.Valid(x.Document) {
			t.Errorf("document %q", x.Document)
		}
	})
}

func isFileName(s string) bool {
	return s != "" && len(s) <= 255 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

func FuzzReason(f *testing.F) {
	f.Add("no\nspace\x00left\xff")
	f.Add(strings.Repeat("ü", 2000))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		r := reason(errors.New(s))
		if _, err := addDetails(nil, map[string]string{reasonDetail: r}); err != nil {
			t.Errorf("reason(%q) = %q, which is %v", s, r, err)
		}
	})
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"thing":"hub-7","current":{"job":"a","number":1,"queuedAt":1,"attempt":1,"details":{"a":"b"},"end":"FAILED"},"ended":[{"job":"b"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := parseJournal(b)
		if err != nil {
			return
		}
		for _, e := range j.Ended {
			if name.Job(e.JobID) != nil {
				t.Errorf("job %q", e.JobID)
			}
		}
	})
}
