package shadow_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

func TestRestartRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "made", "here")
		svc := shadowtest.New(nil)
		set(t, svc, `{"mode":"eco"}`)
		o := &options{Dir: dir, OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }}
		d := start(t, svc, o)
		d.report(func(r *said) { r.Temp, r.Kits = 1, map[string]int{"x": 1, "y": 1} })
		settle(time.Second)
		svc.Disconnect("dev")
		settle(time.Second)
		d.report(func(r *said) { r.Temp = 2; delete(r.Kits, "x") })
		d.stop()

		s := bind(t, svc, o)
		doc, f := s.State()
		if doc.Desired.Mode != "eco" || doc.Reported.Temp != 2 || doc.Reported.Mode != "eco" || len(doc.Reported.Kits) != 1 {
			t.Errorf("State after a restart = %+v; want what was known and reported", doc)
		}
		if f.Synced || !f.At.IsZero() {
			t.Errorf("Freshness after a restart = %+v; want neither synced nor confirmed", f)
		}
		d = start(t, svc, o)
		d.report(func(r *said) { delete(r.Kits, "y"); r.Kits["z"] = 1 })
		svc.Connect("dev")
		settle(time.Second)
		wantReported(t, svc, `{"kits":{"z":1},"mode":"eco","temp":2}`)
	})
}

func TestSavedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		svc := shadowtest.New(nil)
		d := start(t, svc, &options{Dir: dir, SaveEvery: time.Minute})
		d.report(func(r *said) { r.Temp = 1 })
		settle(time.Second)
		path := filepath.Join(dir, "thing.shadow")
		writes, last := 0, ""
		for i := range 600 {
			d.report(func(r *said) { r.Temp = float64(i) })
			settle(time.Second)
			if b, _ := os.ReadFile(path); string(b) != last {
				writes, last = writes+1, string(b)
			}
		}
		if writes < 9 || writes > 12 {
			t.Errorf("file written %d times in ten minutes of changing values; want one a minute", writes)
		}
	})
}

func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	svc := shadowtest.New(nil)
	path := filepath.Join(dir, "thing.shadow")
	for _, content := range []string{"", "\x00\x00", "not it", strings.Repeat("x", 80<<10)} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := shadow.Bind(svc.Conn("dev"), "thing", &options{Dir: dir})
		if err != nil {
			t.Errorf("Bind over a file %q = %v; want to start without it", content, err)
			continue
		}
		if doc, _ := s.State(); doc.Version != 0 {
			t.Errorf("State over a file %q = %+v; want nothing", content, doc)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := shadow.Bind(svc.Conn("dev"), "thing", &options{Dir: dir}); err == nil {
		t.Error("Bind over a directory = nil; want an error")
	}
}

// A program whose R changed shape starts without the old state, and still takes
// back what its predecessor reported.
func TestRestartWithAnotherType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		svc := shadowtest.New(nil)
		d := start(t, svc, &options{Dir: dir})
		d.report(func(r *said) { r.Mode, r.Temp = "eco", 1 })
		settle(time.Second)
		d.stop()
		type other struct {
			Mode []string `json:"mode"`
		}
		s, err := shadow.Bind(svc.Conn("dev"), "thing", &shadow.Options[wanted, other]{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Report(t.Context(), func(o *other) error { o.Mode = []string{"a"}; return nil }); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		wantReported(t, svc, `{"mode":["a"]}`)
	})
}

// A shadow is one process's at a time; the next one takes over what the last
// wrote, also when it was bound before, and what it was told itself meanwhile.
func TestOneProcessAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		svc := shadowtest.New(nil)
		d := start(t, svc, &options{Dir: dir})
		d.report(func(r *said) { r.Temp = 1; r.Kits = map[string]int{"x": 1} })
		settle(time.Second)
		next := bind(t, svc, &options{Dir: dir})
		if err := next.Run(t.Context()); !errors.Is(err, shadow.ErrRunning) {
			t.Errorf("Run = %v; want ErrRunning while another runs", err)
		}
		if err := next.Report(t.Context(), func(r *said) error { r.Mode = "new"; return nil }); err != nil {
			t.Fatal(err)
		}
		d.report(func(r *said) { delete(r.Kits, "x"); r.Kits["y"] = 2; r.Rate = 7 })
		d.stop()
		wantReported(t, svc, `{"kits":{"x":1},"temp":1}`)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := next.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v; want it to take over", err)
		}
		wantReported(t, svc, `{"kits":{"y":2},"mode":"new","rate":7,"temp":1}`)
	})
}

func TestShadowsShareADirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		svc := shadowtest.New(nil)
		for _, name := range []string{"", "a:b", "a_b"} {
			d := start(t, svc, &options{Dir: dir, Name: name})
			d.report(func(r *said) { r.Mode = "of " + name })
			d.stop()
		}
		for _, name := range []string{"", "a:b", "a_b"} {
			s := bind(t, svc, &options{Dir: dir, Name: name})
			if doc, _ := s.State(); doc.Reported.Mode != "of "+name {
				t.Errorf("State of %q = %+v; want its own", name, doc)
			}
		}
	})
}

func TestDesiredThatDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		if err := svc.SetDesired("thing", "", json.RawMessage(`{"rate":"fast","mode":"x"}`)); err != nil {
			t.Fatal(err)
		}
		calls := 0
		d := start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { calls++; return nil }})
		settle(time.Second)
		doc, f := d.State()
		if calls != 0 || f.Refused == nil || f.Err == nil || doc.Desired.Mode != "x" {
			t.Errorf("State = %+v %+v after %d calls; want none, and errors", doc, f, calls)
		}
		set(t, svc, `{"rate":5}`)
		settle(time.Second)
		if _, f := d.State(); calls != 1 || f.Refused != nil || f.Err != nil {
			t.Errorf("Freshness = %+v after %d calls; want one, and no errors", f, calls)
		}
	})
}
