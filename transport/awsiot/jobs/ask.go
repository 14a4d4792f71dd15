package jobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
)

// ask makes a request on a line and reads its answer.
func (j *Jobs) ask(ctx context.Context, line *call.Line, op string, r request) (message, error) {
	if line == nil {
		return message{}, fmt.Errorf("jobs: %s: %w", op, awsiot.ErrNoLink)
	}
	r.Token = rand.Text()
	topic := j.prefix + op
	answer, err := line.Do(ctx, topic, r.encode(), func(m call.Message) bool {
		switch m.Topic {
		case topic + "/accepted":
			return tokenOf(m.Payload) == r.Token
		case topic + "/rejected":
			// Who cannot read a request cannot tell whose it was.
			t := tokenOf(m.Payload)
			return t == r.Token || t == ""
		}
		return false
	})
	if err != nil {
		return message{}, fmt.Errorf("jobs: %s: %w", op, err)
	}
	m, err := parseMessage(answer.Payload)
	if answer.Topic == topic+"/rejected" {
		return message{}, j.rejected(op, answer, m, err)
	}
	if err != nil {
		return message{}, &awsiot.MessageError{Topic: answer.Topic, Err: err}
	}
	return m, nil
}

// tokenOf finds whose answer a message is, even where the rest of it makes no
// sense.
func tokenOf(payload []byte) string {
	var m struct {
		Token any `json:"clientToken"`
	}
	if len(payload) > maxPayload || json.Unmarshal(payload, &m) != nil {
		return ""
	}
	s, _ := m.Token.(string)
	return s
}

// rejected makes an error of a refusal, be it readable or not.
func (j *Jobs) rejected(op string, answer call.Message, m message, err error) error {
	e := &RejectedError{RejectedError: awsiot.RejectedError{
		Service: "jobs", Op: op, Code: m.Code, Message: m.Message, Payload: answer.Payload,
	}}
	if err == nil {
		e.State, err = m.State.state()
	}
	if err != nil {
		e.Message += "; unreadable: " + err.Error()
	}
	return e
}

// describe asks for an execution.
func (j *Jobs) describe(ctx context.Context, line *call.Line, k key, document bool) (Execution, error) {
	op := k.JobID + "/get"
	m, err := j.ask(ctx, line, op, request{Number: k.Number, IncludeDocument: &document})
	if err != nil {
		return Execution{}, err
	}
	return j.executionOf(op, m)
}

// startNext takes the next job; false without one.
func (j *Jobs) startNext(ctx context.Context, line *call.Line) (Execution, bool, error) {
	m, err := j.ask(ctx, line, "start-next", request{StepTimeout: j.stepTimeout()})
	if err != nil || m.Execution == nil || m.Execution.JobID == "" {
		return Execution{}, false, err
	}
	x, err := j.executionOf("start-next", m)
	return x, err == nil, err
}

func (j *Jobs) executionOf(op string, m message) (Execution, error) {
	topic := j.prefix + op + "/accepted"
	if m.Execution == nil {
		return Execution{}, &awsiot.MessageError{Topic: topic, Err: errors.New("no execution")}
	}
	x, err := m.Execution.execution(j.thing)
	if err != nil {
		return Execution{}, &awsiot.MessageError{Topic: topic, Err: err}
	}
	return x, nil
}

// update reports an execution's status, and returns its version after that.
func (j *Jobs) update(ctx context.Context, line *call.Line, k key, r request) (version int64, err error) {
	op := k.JobID + "/update"
	r.Number, r.IncludeState = k.Number, true
	m, err := j.ask(ctx, line, op, r)
	if err != nil {
		return 0, err
	}
	s, err := m.State.state()
	if err != nil {
		return 0, &awsiot.MessageError{Topic: j.prefix + op + "/accepted", Err: err}
	}
	if s == nil {
		return 0, nil
	}
	return s.Version, nil
}

func (j *Jobs) stepTimeout() int64 { return int64(j.o.StepTimeout / time.Minute) }
