package shadow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// What seqsense/aws-iot-device-sdk-go v6.3.0 (shadow/shadow.go, shadow/state.go)
// gets wrong, found by reading it; each is a test that passes here.
func TestDefectsOfPeers(t *testing.T) {
	for _, tc := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"an update after a deletion dereferences nil", updateAfterDelete},
		{"of several nested objects in an update one is taken", siblingsOfNested},
		{"state is untyped, and numbers lose digits", typedState},
		{"Report reads the document without its lock", reportsRace},
		{"client tokens repeat across processes", tokensDiffer},
		{"a version conflict is the caller's to solve", conflictsSolved},
		{"nothing is kept while offline, or over a restart", offlineAndRestart},
		{"no limit on requests under way", inFlightBounded},
		{"messages of a shadow made anew are dropped as old", madeAnewAfterTwoDays},
		{"a gap in versions is noted, and nothing follows", gapIsClosed},
	} {
		t.Run(tc.name, func(t *testing.T) { synctest.Test(t, tc.test) })
	}
}

func updateAfterDelete(t *testing.T) {
	svc := shadowtest.New(nil)
	set(t, svc, `{"mode":"a"}`)
	d := start(t, svc, nil)
	settle(time.Second)
	if err := svc.Delete("thing", ""); err != nil {
		t.Fatal(err)
	}
	set(t, svc, `{"mode":"b"}`)
	settle(time.Second)
	if doc, f := d.State(); doc.Desired.Mode != "b" || !f.Synced {
		t.Errorf("State = %+v %+v; want b", doc, f)
	}
}

func siblingsOfNested(t *testing.T) {
	type nested = map[string]map[string]int
	svc := shadowtest.New(nil)
	set(t, svc, `{"a":{"x":1},"b":{"x":1},"c":{"x":1},"d":{"x":1}}`)
	s, err := shadow.Bind(svc.Conn("dev"), "thing", &shadow.Options[nested, said]{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = s.Run(ctx) }()
	settle(time.Second)
	gets := svc.Stats("thing", "").Gets
	for i := range 20 {
		set(t, svc, fmt.Sprintf(`{"a":{"x":%d},"b":{"x":%d},"c":{"x":%d},"d":{"x":%d}}`, i, i, i, i))
		settle(time.Second)
		doc, _ := s.State()
		for k, v := range doc.Desired {
			if v["x"] != i {
				t.Fatalf("%s is %v after update %d", k, v, i)
			}
		}
	}
	if now := svc.Stats("thing", "").Gets; now != gets {
		t.Errorf("%d gets; want none, the updates tell all", now-gets)
	}
}

func typedState(t *testing.T) {
	type exact struct {
		Serial uint64          `json:"serial"`
		Any    json.RawMessage `json:"any"`
	}
	svc := shadowtest.New(nil)
	set(t, svc, `{"serial":18446744073709551615,"any":[12345678901234567890,1.10]}`)
	s, err := shadow.Bind(svc.Conn("dev"), "thing", &shadow.Options[exact, exact]{
		OnDelta: func(_ context.Context, c shadow.Change[exact]) error {
			if c.Desired.Serial != 18446744073709551615 {
				t.Errorf("serial %d", c.Desired.Serial)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = s.Run(ctx) }()
	settle(time.Second)
	wantReported(t, svc, `{"any":[12345678901234567890,1.10],"serial":18446744073709551615}`)
}

func reportsRace(t *testing.T) {
	svc := shadowtest.New(nil)
	d := start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				d.report(func(r *said) {
					if r.Kits == nil {
						r.Kits = map[string]int{}
					}
					r.Kits[fmt.Sprint(w)] = i
				})
				if err := svc.SetDesired("thing", "", fmt.Appendf(nil, `{"rate":%d}`, 1+i)); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	wg.Wait()
	settle(time.Minute)
	wantReported(t, svc, `{"kits":{"0":49,"1":49,"2":49,"3":49},"rate":50,"temp":0}`)
}

func tokensDiffer(t *testing.T) {
	svc := shadowtest.New(nil)
	seen := map[string]bool{}
	svc.Script(func(m shadowtest.Message) shadowtest.Action {
		var r struct{ ClientToken string }
		if m.ToService {
			if err := json.Unmarshal(m.Payload, &r); err != nil {
				t.Error(err)
			}
			if n := len(r.ClientToken); n < 22 || n > 64 || seen[r.ClientToken] {
				t.Errorf("client token %q of %d bytes; want a new one, 128 bits at least, 64 bytes at most", r.ClientToken, n)
			}
			seen[r.ClientToken] = true
		}
		return shadowtest.Action{}
	})
	for i := range 3 {
		d := start(t, svc, nil)
		d.report(func(r *said) { r.Temp = float64(i) })
		settle(time.Second)
		d.stop()
	}
	if len(seen) < 6 {
		t.Errorf("%d requests; want a get and an update of each life", len(seen))
	}
}

func conflictsSolved(t *testing.T) {
	svc := shadowtest.New(&shadowtest.Options{Latency: 10 * time.Millisecond})
	set(t, svc, `{"n":0}`)
	var wg sync.WaitGroup
	for i := range 4 {
		op := operator(t, svc, fmt.Sprint("op", i))
		wg.Go(func() {
			for range 5 {
				if err := op.Desire(t.Context(), func(c *counter) error { c.N++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantDesired(t, svc, `{"n":20}`)
	if svc.Stats("thing", "").Conflicts == 0 {
		t.Error("no conflict happened; want the test to make some")
	}
}

func offlineAndRestart(t *testing.T) {
	svc := shadowtest.New(nil)
	o := &options{Dir: t.TempDir()}
	svc.Disconnect("dev")
	d := start(t, svc, o)
	d.report(func(r *said) { r.Temp = 1 })
	d.stop()
	d = start(t, svc, o)
	svc.Connect("dev")
	settle(time.Second)
	wantReported(t, svc, `{"temp":1}`)
}

func inFlightBounded(t *testing.T) {
	svc := shadowtest.New(&shadowtest.Options{Latency: time.Second})
	mux, err := shadow.NewMux(svc.Conn("dev"), nil)
	if err != nil {
		t.Fatal(err)
	}
	under, most := 0, 0
	svc.Script(func(m shadowtest.Message) shadowtest.Action {
		switch {
		case m.ToService:
			under++
		case strings.HasSuffix(m.Topic, "/accepted"), strings.HasSuffix(m.Topic, "/rejected"):
			under--
		}
		most = max(most, under)
		return shadowtest.Action{}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 30 {
		s, err := shadow.Bind(mux, "thing", &options{Name: fmt.Sprint("n", i)})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { _ = s.Run(ctx) })
	}
	settle(time.Minute)
	cancel()
	wg.Wait()
	if most != 8 {
		t.Errorf("%d requests under way at most; want 8", most)
	}
}

func madeAnewAfterTwoDays(t *testing.T) {
	svc := shadowtest.New(nil)
	for range 5 {
		set(t, svc, `{"mode":"old"}`)
	}
	d := start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
	settle(time.Second)
	d.stop()
	if err := svc.Delete("thing", ""); err != nil {
		t.Fatal(err)
	}
	d = start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
	settle(time.Second)
	if err := svc.Delete("thing", ""); err != nil && !errors.As(err, new(*shadow.RejectedError)) {
		t.Fatal(err)
	}
	settle(49 * time.Hour)
	set(t, svc, `{"mode":"new"}`)
	settle(time.Second)
	doc, _ := svc.Document("thing", "")
	if state, _ := d.State(); state.Desired.Mode != "new" || state.Reported.Mode != "new" || doc.Delta != nil {
		t.Errorf("State = %+v, cloud at version %d %s; want what is desired now", state, doc.Version, doc.Reported)
	}
}

func gapIsClosed(t *testing.T) {
	svc := shadowtest.New(nil)
	d := start(t, svc, nil)
	set(t, svc, `{"mode":"a","rate":1}`)
	settle(time.Second)
	svc.Disconnect("dev")
	set(t, svc, `{"mode":"b"}`)
	svc.Connect("dev")
	svc.Script(func(m shadowtest.Message) shadowtest.Action {
		return shadowtest.Action{Drop: !m.ToService && strings.Contains(m.Topic, "update")}
	})
	set(t, svc, `{"mode":"c"}`)
	settle(time.Second)
	svc.Script(nil)
	set(t, svc, `{"rate":2}`)
	settle(time.Second)
	if doc, f := d.State(); doc.Desired != (wanted{"c", 2}) || !f.Synced {
		t.Errorf("State = %+v %+v; want c and 2", doc, f)
	}
}
