package shadow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// expectGone checks that there is no shadow, and that none comes by itself.
func expectGone(t *testing.T, svc *shadowtest.Service) {
	t.Helper()
	settle(5 * time.Minute)
	if doc, ok := svc.Document("thing", ""); ok {
		t.Errorf("the shadow is %s %s; want none", doc.Desired, doc.Reported)
	}
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"mode":"eco"}`)
		dir := t.TempDir()
		d := start(t, svc, &options{Dir: dir})
		d.report(func(r *said) { r.Temp = 1; r.Kits = map[string]int{"x": 1} })
		settle(time.Second)
		if err := d.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectGone(t, svc)
		if doc, f := d.State(); doc.Reported.Temp != 0 || doc.Desired.Mode != "" || f.Pending || !f.Synced {
			t.Errorf("State = %+v %+v; want nothing, in step", doc, f)
		}
		if err := d.Delete(t.Context()); err != nil {
			t.Errorf("Delete of no shadow = %v; want nil", err)
		}
		svc.Disconnect("dev")
		svc.Connect("dev")
		expectGone(t, svc)
		d.stop()
		d = start(t, svc, &options{Dir: dir})
		expectGone(t, svc)

		d.report(func(r *said) { r.Temp = 2 })
		settle(time.Second)
		wantReported(t, svc, `{"temp":2}`)
	})
}

// What is reported while the deletion is under way belongs to the new shadow.
func TestReportDuringDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(&shadowtest.Options{Latency: time.Second})
		d := start(t, svc, nil)
		d.report(func(r *said) { r.Temp = 1; r.Kits = map[string]int{"x": 1} })
		settle(10 * time.Second)
		go func() {
			time.Sleep(100 * time.Millisecond)
			d.report(func(r *said) { r.Kits["y"] = 2 })
		}()
		if err := d.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle(10 * time.Second)
		wantReported(t, svc, `{"kits":{"y":2}}`)
	})
}

// The answer is lost: the document tells that the deletion was carried out.
func TestDeleteResolvedByGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, script := range map[string]func(shadowtest.Message) shadowtest.Action{
			"answer lost":  func(m shadowtest.Message) shadowtest.Action { return shadowtest.Action{Drop: !m.ToService} },
			"request lost": func(m shadowtest.Message) shadowtest.Action { return shadowtest.Action{Drop: m.ToService} },
			"link lost":    func(m shadowtest.Message) shadowtest.Action { return shadowtest.Action{Disconnect: m.ToService} },
			"throttled":    func(shadowtest.Message) shadowtest.Action { return shadowtest.Action{Reject: 429} },
		} {
			svc := shadowtest.New(nil)
			d := start(t, svc, nil)
			d.report(func(r *said) { r.Temp = 1 })
			settle(time.Second)
			faults := 0
			svc.Script(func(m shadowtest.Message) shadowtest.Action {
				if !strings.Contains(m.Topic, "/shadow/delete") || faults >= 2 {
					return shadowtest.Action{}
				}
				a := script(m)
				if a != (shadowtest.Action{}) {
					faults++
				}
				return a
			})
			if err := d.Delete(t.Context()); err != nil {
				t.Errorf("%s: Delete = %v", name, err)
			}
			if faults == 0 {
				t.Errorf("%s: no fault happened", name)
			}
			expectGone(t, svc)
			d.stop()
		}
	})
}

func TestDeleteRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		d.report(func(r *said) { r.Temp = 1 })
		settle(time.Second)
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if strings.HasSuffix(m.Topic, "/delete") {
				return shadowtest.Action{Reject: 403}
			}
			return shadowtest.Action{}
		})
		var rejected *shadow.RejectedError
		if err := d.Delete(t.Context()); !errors.As(err, &rejected) || rejected.Code != 403 || rejected.Op != "delete" {
			t.Errorf("Delete = %v; want a refusal with 403", err)
		}
		d.report(func(r *said) { r.Temp = 2 })
		settle(time.Second)
		wantReported(t, svc, `{"temp":2}`)

		svc.Disconnect("dev")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := d.Delete(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, shadow.ErrNoLink) {
			t.Errorf("Delete offline = %v; want ErrNoLink and the deadline", err)
		}
	})
}
