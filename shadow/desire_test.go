package shadow_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

type counter struct {
	N    int    `json:"n,omitempty"`
	Note string `json:"note,omitempty"`
	On   *bool  `json:"on,omitempty"`
}

// operator is an application's Shadow under another client id.
func operator(t *testing.T, svc *shadowtest.Service, id string) *shadow.Shadow[counter, said] {
	t.Helper()
	s, err := shadow.Bind[counter, said](svc.Conn(id), "thing", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return s
}

func wantDesired(t *testing.T, svc *shadowtest.Service, want string) {
	t.Helper()
	if doc, _ := svc.Document("thing", ""); string(doc.Desired) != want {
		t.Errorf("desired in the cloud = %s; want %s", doc.Desired, want)
	}
}

func TestDesire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		s := operator(t, svc, "op")
		on := true
		for _, f := range []func(*counter) error{
			func(c *counter) error { c.N = 1; return nil },
			func(c *counter) error { c.On = new(bool); return nil },
			func(c *counter) error { c.On, c.N = &on, 0; return nil },
			func(c *counter) error { return nil },
		} {
			if err := s.Desire(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		wantDesired(t, svc, `{"on":true}`)
		if n := svc.Stats("thing", "").Updates; n != 3 {
			t.Errorf("%d updates; want 3: a change of nothing sends nothing", n)
		}
		broken := errors.New("broken")
		if err := s.Desire(t.Context(), func(*counter) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("Desire = %v; want f's error", err)
		}
		err := s.Desire(t.Context(), func(c *counter) error { c.Note = strings.Repeat("x", 9000); return nil })
		if !errors.Is(err, shadow.ErrSize) {
			t.Errorf("Desire of 9 KB = %v; want ErrSize", err)
		}
		synctest.Wait()
		if doc, _ := s.State(); doc.Desired.On == nil || !*doc.Desired.On {
			t.Errorf("State = %+v; want what was desired", doc)
		}
	})
}

func TestDesireKeepsWhatItDoesNotKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"other":{"a":12345678901234567890},"n":1}`)
		s := operator(t, svc, "op")
		if err := s.Desire(t.Context(), func(c *counter) error { c.N++; return nil }); err != nil {
			t.Fatal(err)
		}
		wantDesired(t, svc, `{"n":2,"other":{"a":12345678901234567890}}`)
	})
}

// Increments by many are the hardest use: any lost or doubled update shows.
func TestDesireUnderContention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(&shadowtest.Options{Latency: 30 * time.Millisecond})
		set(t, svc, `{"note":"a shadow that is not there has no version to defend"}`)
		var wg sync.WaitGroup
		for _, id := range []string{"op1", "op2", "op3"} {
			s := operator(t, svc, id)
			for range 2 {
				wg.Go(func() {
					for range 10 {
						if err := s.Desire(t.Context(), func(c *counter) error { c.N++; return nil }); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		wantDesired(t, svc, `{"n":60,"note":"a shadow that is not there has no version to defend"}`)
		if n := svc.Stats("thing", "").Conflicts; n == 0 {
			t.Error("no version conflict; the test shows nothing")
		}
	})
}

// An increment whose answer is lost is looked for in the document before it is
// tried again.
func TestDesireWithLostAnswers(t *testing.T) {
	for _, fault := range []shadowtest.Action{{Drop: true}, {Disconnect: true}, {Delay: 15 * time.Second}, {Duplicate: 1}} {
		for _, topic := range []string{"update", "update/accepted", "get", "get/accepted"} {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				set(t, svc, `{"n":1}`)
				s := operator(t, svc, "op")
				synctest.Wait()
				n := 0
				svc.Script(func(m shadowtest.Message) shadowtest.Action {
					if strings.HasSuffix(m.Topic, "shadow/"+topic) {
						if n++; n == 1 {
							return fault
						}
					}
					return shadowtest.Action{}
				})
				if err := s.Desire(t.Context(), func(c *counter) error { c.N++; return nil }); err != nil {
					t.Errorf("%s %+v: Desire = %v", topic, fault, err)
				}
				settle(time.Minute)
				wantDesired(t, svc, `{"n":2}`)
			})
		}
	}
}

func TestDesireOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		svc.Disconnect("op")
		s := operator(t, svc, "op")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		inc := func(c *counter) error { c.N++; return nil }
		if err := s.Desire(ctx, inc); !errors.Is(err, shadow.ErrNoLink) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Desire offline = %v; want ErrNoLink and DeadlineExceeded", err)
		}
		time.AfterFunc(time.Hour, func() { svc.Connect("op") })
		if err := s.Desire(t.Context(), inc); err != nil {
			t.Errorf("Desire before the connection is there = %v; want it to wait", err)
		}
		wantDesired(t, svc, `{"n":1}`)
	})
}

func TestDesireRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		s := operator(t, svc, "op")
		settle(time.Second)
		svc.Script(func(m shadowtest.Message) shadowtest.Action { return shadowtest.Action{Reject: 403} })
		err := s.Desire(t.Context(), func(c *counter) error { c.N++; return nil })
		var rejected *shadow.RejectedError
		if !errors.As(err, &rejected) || rejected.Code != 403 || rejected.Message != "Forbidden" {
			t.Errorf("Desire = %v; want 403 Forbidden", err)
		}
		n := 0
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ToService {
				if n++; n < 6 {
					return shadowtest.Action{Reject: 429}
				}
			}
			return shadowtest.Action{}
		})
		if err := s.Desire(t.Context(), func(c *counter) error { c.N++; return nil }); err != nil {
			t.Errorf("Desire = %v; want nil after some 429", err)
		}
	})
}

// Desire may be called while a change is being applied.
func TestDesireFromCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		var d device
		ready := make(chan struct{})
		d = start(t, svc, &options{OnDelta: func(ctx context.Context, c shadow.Change[wanted]) error {
			<-ready
			if c.Desired.Rate > 10 {
				return d.Desire(ctx, func(w *wanted) error { w.Rate = 10; return nil })
			}
			return nil
		}})
		close(ready)
		if err := svc.Update("thing", "", json.RawMessage(`{"state":{"desired":{"rate":50}}}`)); err != nil {
			t.Fatal(err)
		}
		settle(time.Minute)
		wantDesired(t, svc, `{"rate":10}`)
		wantReported(t, svc, `{"rate":10}`)
	})
}
