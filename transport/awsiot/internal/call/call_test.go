package call_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
)

// conn answers each publish as the test says.
type conn struct {
	answer func(topic string, payload []byte) error
	h      func(topic string, payload []byte)
	refuse error
}

func (c *conn) Publish(_ context.Context, topic string, payload []byte) error {
	return c.answer(topic, payload)
}

func (c *conn) Subscribe(ctx context.Context, _ []string, h func(string, []byte)) (func(), error) {
	if c.refuse != nil {
		return nil, c.refuse
	}
	c.h = h
	return func() { c.h = func(string, []byte) {} }, nil
}

func (*conn) Links(context.Context) iter.Seq[context.Context] {
	return func(func(context.Context) bool) {}
}

func on(topic string) func(call.Message) bool {
	return func(m call.Message) bool { return m.Topic == topic }
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &conn{}
		c.answer = func(topic string, payload []byte) error {
			c.h("other", nil)
			c.h(topic+"/accepted", payload)
			c.h(topic+"/accepted", []byte("twice"))
			return nil
		}
		var notices []string
		l, err := call.Open(t.Context(), c, []string{"a/accepted", "other"}, time.Second, func(m call.Message) { notices = append(notices, m.Topic+string(m.Payload)) })
		if err != nil {
			t.Fatal(err)
		}
		m, err := l.Do(t.Context(), "a", []byte("x"), on("a/accepted"))
		if err != nil || string(m.Payload) != "x" {
			t.Errorf("Do = %s, %v; want the answer", m.Payload, err)
		}
		if len(notices) != 2 || notices[0] != "other" || notices[1] != "a/acceptedtwice" {
			t.Errorf("notices %q; want what nobody waited for", notices)
		}
		l.Close()
		select {
		case <-l.Done():
		default:
			t.Error("Done is open after Close")
		}
	})
}

func TestEnds(t *testing.T) {
	denied := errors.New("denied")
	synctest.Test(t, func(t *testing.T) {
		link, lose := context.WithCancel(t.Context())
		defer lose()
		mine, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		silent := &conn{answer: func(string, []byte) error { return nil }}
		open := func(ctx context.Context, c *conn) *call.Line {
			l, err := call.Open(ctx, c, []string{"a"}, time.Minute, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Close)
			return l
		}
		for _, tc := range []struct {
			name string
			ctx  context.Context
			line *call.Line
			want error
		}{
			{"no answer", t.Context(), open(t.Context(), silent), awsiot.ErrTimeout},
			{"the caller gives up", mine, open(t.Context(), silent), context.DeadlineExceeded},
			{"refused by the connection", t.Context(), open(t.Context(), &conn{answer: func(string, []byte) error { return denied }}), denied},
			{"the link goes", t.Context(), open(link, &conn{answer: func(string, []byte) error { lose(); return nil }}), awsiot.ErrNoLink},
			{"the link is gone", t.Context(), open(t.Context(), &conn{answer: func(string, []byte) error { return nil }}), awsiot.ErrNoLink},
		} {
			if tc.name == "the link is gone" {
				tc.line.Close()
			}
			if _, err := tc.line.Do(tc.ctx, "a", nil, on("never")); !errors.Is(err, tc.want) {
				t.Errorf("%s: Do = %v; want %v", tc.name, err, tc.want)
			}
		}
		if _, err := call.Open(t.Context(), &conn{refuse: denied}, nil, time.Second, nil); !errors.Is(err, denied) {
			t.Errorf("Open = %v; want %v", err, denied)
		}
	})
}
