package shadow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

type raw = json.RawMessage

type wanted struct {
	Mode string `json:"mode,omitempty"`
	Rate int    `json:"rate,omitempty"`
}

type said struct {
	Mode string         `json:"mode,omitempty"`
	Rate int            `json:"rate,omitempty"`
	Temp float64        `json:"temp"`
	Kits map[string]int `json:"kits,omitempty"`
}

type options = shadow.Options[wanted, said]

// device is a bound Shadow whose Run is under way.
type device struct {
	*shadow.Shadow[wanted, said]
	t    *testing.T
	stop func()
}

func bind(t *testing.T, svc *shadowtest.Service, o *options) *shadow.Shadow[wanted, said] {
	t.Helper()
	s, err := shadow.Bind(svc.Conn("dev"), "thing", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs a Shadow; stop, also called at the test's end, waits for Run.
func start(t *testing.T, svc *shadowtest.Service, o *options) device {
	t.Helper()
	s := bind(t, svc, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
	}
	t.Cleanup(stop)
	return device{s, t, stop}
}

func (d device) report(f func(*said)) {
	d.t.Helper()
	if err := d.Report(context.Background(), func(r *said) error { f(r); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

// settle lets everything happen that happens within d.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func wantReported(t *testing.T, svc *shadowtest.Service, want string) {
	t.Helper()
	doc, _ := svc.Document("thing", "")
	if diff := cmp.Diff(want, string(doc.Reported)); diff != "" {
		t.Errorf("reported in the cloud (-want +got):\n%s", diff)
	}
}

func wantStats(t *testing.T, svc *shadowtest.Service, want shadowtest.Stats) {
	t.Helper()
	if diff := cmp.Diff(want, svc.Stats("thing", "")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func set(t *testing.T, svc *shadowtest.Service, desired string) {
	t.Helper()
	if err := svc.SetDesired("thing", "", raw(desired)); err != nil {
		t.Fatal(err)
	}
}

func TestOfflineReportsBecomeOneUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		svc.Disconnect("dev")
		d := start(t, svc, nil)
		for i := range 10_000 {
			d.report(func(r *said) { r.Temp = float64(i); r.Kits = map[string]int{fmt.Sprint("k", i%3): i} })
		}
		if _, f := d.State(); f.Synced || !f.Pending || !f.At.IsZero() {
			t.Errorf("Freshness offline = %+v; want not synced and pending", f)
		}
		svc.Connect("dev")
		settle(time.Second)
		wantReported(t, svc, `{"kits":{"k0":9999},"temp":9999}`)
		wantStats(t, svc, shadowtest.Stats{Gets: 1, Updates: 1, Rejected: 1}) // the get finds no shadow
		if _, f := d.State(); !f.Synced || f.Pending || f.Err != nil || f.At.IsZero() {
			t.Errorf("Freshness = %+v; want synced and nothing pending", f)
		}
	})
}

// 10,000 reports of a state of 6 KB, made offline, are one update within the
// service's 8 KB.
func TestTenThousandReportsAreOneUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		settle(time.Second)
		svc.Disconnect("dev")
		reports := 10_000
		if testing.Short() {
			reports = 500
		}
		for i := range reports {
			d.report(func(r *said) {
				if r.Kits == nil {
					r.Kits = map[string]int{}
				}
				r.Kits[fmt.Sprintf("appliance-%03d", i%300)] = i
				delete(r.Kits, fmt.Sprintf("appliance-%03d", (i+20)%300))
			})
		}
		doc, _ := d.State()
		whole, err := json.Marshal(doc.Reported)
		if err != nil {
			t.Fatal(err)
		}
		if len(whole) < 5<<10 || len(whole) > 7<<10 {
			t.Fatalf("the state has %d bytes; want some 6 KB", len(whole))
		}
		var updates []int
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ToService && strings.HasSuffix(m.Topic, "/update") {
				updates = append(updates, len(m.Payload))
			}
			return shadowtest.Action{}
		})
		svc.Connect("dev")
		settle(time.Minute)
		if len(updates) != 1 || updates[0] > 8192 {
			t.Errorf("updates of %v bytes; want one of at most 8192", updates)
		}
		wantReported(t, svc, canonical(t, whole))
	})
}

// A state that changes in every field is more than one update may carry: the
// deletions go first, so that the service never holds too much.
func TestLongUpdateGoesInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		fill := func(prefix string) {
			d.report(func(r *said) {
				r.Kits = map[string]int{}
				for i := range 400 {
					r.Kits[fmt.Sprintf("%s-kit-%03d", prefix, i)] = i
				}
			})
			settle(time.Second)
		}
		fill("old")
		var longest int
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ToService {
				longest = max(longest, len(m.Payload))
			}
			return shadowtest.Action{}
		})
		fill("new")
		doc, _ := d.State()
		whole, err := json.Marshal(doc.Reported)
		if err != nil {
			t.Fatal(err)
		}
		wantReported(t, svc, canonical(t, whole))
		if s := svc.Stats("thing", ""); longest > 8192+100 || s.Updates < 3 || s.Rejected > 1 {
			t.Errorf("%+v, the longest of %d bytes; want several within the limit, none refused", s, longest)
		}
	})
}

func canonical(t *testing.T, doc raw) string {
	t.Helper()
	out, err := shadow.Merge(doc, raw("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestReportsAreMinimalAndCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		d.report(func(r *said) { r.Temp, r.Mode = 20, "eco" })
		settle(time.Second)
		var updates []string
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if m.ToService {
				var u struct{ State raw }
				if err := json.Unmarshal(m.Payload, &u); err != nil {
					t.Error(err)
				}
				updates = append(updates, string(u.State))
			}
			return shadowtest.Action{}
		})
		for i := range 10 {
			d.report(func(r *said) { r.Temp = 20 + float64(i) })
		}
		settle(time.Second)
		d.report(func(r *said) { r.Mode = "" })
		settle(time.Second)
		d.report(func(r *said) { r.Temp = 29.0 })
		settle(time.Second)
		want := []string{`{"reported":{"temp":29}}`, `{"reported":{"mode":null}}`}
		if diff := cmp.Diff(want, updates); diff != "" {
			t.Errorf("updates (-want +got):\n%s", diff)
		}
		wantReported(t, svc, `{"temp":29}`)
	})
}

func TestDeltaAppliedAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"mode":"eco","rate":5}`)
		var got []shadow.Change[wanted]
		d := start(t, svc, &options{OnDelta: func(_ context.Context, c shadow.Change[wanted]) error {
			got = append(got, c)
			return nil
		}})
		d.report(func(r *said) { r.Temp = 20 })
		settle(time.Second)
		wantStats(t, svc, shadowtest.Stats{Gets: 1, Updates: 2}) // one update is the cloud's
		set(t, svc, `{"rate":7}`)
		settle(time.Second)
		want := []shadow.Change[wanted]{
			{Desired: wanted{"eco", 5}, Delta: raw(`{"mode":"eco","rate":5}`), Version: 1},
			{Desired: wanted{"eco", 7}, Delta: raw(`{"rate":7}`), Version: 3},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		wantReported(t, svc, `{"mode":"eco","rate":7,"temp":20}`)
		doc, f := d.State()
		if diff := cmp.Diff(shadow.Document[wanted, said]{wanted{"eco", 7}, said{Mode: "eco", Rate: 7, Temp: 20}, 4}, doc); diff != "" {
			t.Errorf("State (-want +got):\n%s\n%+v", diff, f)
		}
	})
}

func TestRefusedDelta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		broken := errors.New("no such rate")
		var calls []int
		d := start(t, svc, &options{Refresh: -1, OnDelta: func(_ context.Context, c shadow.Change[wanted]) error {
			if calls = append(calls, c.Desired.Rate); c.Desired.Rate < 0 {
				return broken
			}
			return nil
		}})
		d.report(func(r *said) { r.Rate = 1 })
		settle(time.Second)
		set(t, svc, `{"rate":-1}`)
		settle(time.Second)
		d.report(func(r *said) { r.Temp = 3 }) // another field is no reason to try again
		settle(time.Hour)
		wantReported(t, svc, `{"rate":1,"temp":3}`)
		if _, f := d.State(); !errors.Is(f.Refused, broken) {
			t.Errorf("Refused = %v; want %v", f.Refused, broken)
		}
		svc.Disconnect("dev")
		settle(time.Second)
		svc.Connect("dev")
		settle(time.Second)
		set(t, svc, `{"rate":2}`)
		settle(time.Second)
		wantReported(t, svc, `{"rate":2,"temp":3}`)
		if _, f := d.State(); f.Refused != nil {
			t.Errorf("Refused = %v; want nil after the next change", f.Refused)
		}
		if diff := cmp.Diff([]int{-1, -1, 2}, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestRefusedDeltaRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"rate":2}`)
		var at []time.Duration
		begin := time.Now()
		start(t, svc, &options{Retry: time.Minute, OnDelta: func(context.Context, shadow.Change[wanted]) error {
			if at = append(at, time.Since(begin).Round(time.Second)); len(at) < 3 {
				return errors.New("bus busy")
			}
			return nil
		}})
		settle(time.Hour)
		if diff := cmp.Diff([]time.Duration{0, time.Minute, 2 * time.Minute}, at); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		wantReported(t, svc, `{"rate":2}`)
	})
}

// A device that can only do part of what is asked says so from its callback,
// and is not asked the same for ever.
func TestCallbackReportsWhatItDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		calls := 0
		var d device
		ready := make(chan struct{})
		d = start(t, svc, &options{OnDelta: func(ctx context.Context, c shadow.Change[wanted]) error {
			<-ready
			calls++
			return d.Report(ctx, func(r *said) error { r.Rate = min(c.Desired.Rate, 10); return nil })
		}})
		close(ready)
		set(t, svc, `{"mode":"fast","rate":100}`)
		settle(time.Minute)
		wantReported(t, svc, `{"mode":"fast","rate":10,"temp":0}`)
		if calls != 1 {
			t.Errorf("OnDelta called %d times; want once", calls)
		}
	})
}

// A first report while a change is being applied asserts the zero values of all
// fields; they are not what the device says.
func TestReportDuringCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"temp":5,"mode":"x"}`)
		d := start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error {
			time.Sleep(time.Minute)
			return nil
		}})
		settle(time.Second)
		d.report(func(r *said) { r.Rate = 4 })
		settle(time.Hour)
		wantReported(t, svc, `{"mode":"x","rate":4,"temp":5}`)
	})
}

func TestDeviceOverrideIsOfferedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		set(t, svc, `{"mode":"on"}`)
		calls := 0
		d := start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { calls++; return nil }})
		settle(time.Second)
		d.report(func(r *said) { r.Mode = "off" })
		settle(time.Second)
		wantReported(t, svc, `{"mode":"on","temp":0}`)
		if calls != 2 {
			t.Errorf("OnDelta called %d times; want 2", calls)
		}
	})
}

func TestDeviceWinsInReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		d.report(func(r *said) { r.Mode, r.Temp, r.Kits = "a", 1, map[string]int{"x": 1, "y": 1} })
		settle(time.Second)
		svc.Disconnect("dev")
		settle(time.Second)
		if err := svc.SetReported("thing", "", raw(`{"mode":"z","temp":null,"kits":{"x":9,"other":1},"foreign":{"a":1}}`)); err != nil {
			t.Fatal(err)
		}
		d.report(func(r *said) { delete(r.Kits, "x") })
		svc.Connect("dev")
		settle(time.Second)
		wantReported(t, svc, `{"foreign":{"a":1},"kits":{"other":1,"y":1},"mode":"a","temp":1}`)
		// And while connected.
		if err := svc.SetReported("thing", "", nil); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		wantReported(t, svc, `{"kits":{"y":1},"mode":"a","temp":1}`)
	})
}

func TestLostMessages(t *testing.T) {
	// Each case loses messages of one kind once; the state must come right
	// without another change.
	for _, lost := range []string{
		"get", "get/accepted", "update", "update/accepted", "update/delta",
	} {
		t.Run(lost, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				set(t, svc, `{"rate":1}`)
				n := 0
				svc.Script(func(m shadowtest.Message) shadowtest.Action {
					if m.Topic == "$aws/things/thing/shadow/"+lost {
						n++
						return shadowtest.Action{Drop: n == 1}
					}
					return shadowtest.Action{}
				})
				d := start(t, svc, &options{Refresh: -1, OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
				d.report(func(r *said) { r.Temp = 1 })
				settle(time.Minute)
				set(t, svc, `{"rate":2}`)
				settle(time.Minute)
				wantReported(t, svc, `{"rate":2,"temp":1}`)
				if n == 0 {
					t.Error("no message was lost")
				}
			})
		})
	}
	t.Run("both messages of a change", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			svc := shadowtest.New(nil)
			start(t, svc, &options{OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
			settle(time.Second)
			svc.Script(func(shadowtest.Message) shadowtest.Action { return shadowtest.Action{Drop: true} })
			set(t, svc, `{"rate":2}`)
			svc.Script(nil)
			settle(2 * time.Hour) // only Refresh finds out
			wantReported(t, svc, `{"rate":2}`)
		})
	})
}

// An update whose answer is lost was carried out: the document says so, and it
// is not sent again.
func TestTimeoutResolvedByGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		settle(time.Second)
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			return shadowtest.Action{Drop: strings.HasSuffix(m.Topic, "/update/accepted")}
		})
		d.report(func(r *said) { r.Temp = 1 })
		settle(5 * time.Second)
		if _, f := d.State(); !f.Pending {
			t.Error("Pending = false; want true while the answer is out")
		}
		settle(time.Minute)
		wantStats(t, svc, shadowtest.Stats{Gets: 2, Updates: 1, Rejected: 1})
		if _, f := d.State(); f.Pending || !f.Synced || f.Err != nil {
			t.Errorf("Freshness = %+v; want synced without error", f)
		}
	})
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		code     int
		atLeast  int // updates within an hour, all refused
		atMost   int
		afterFix bool // whether it goes through by itself once the cause is gone
	}{
		{401, 30, 80, true},
		{409, 30, 80, true},
		{415, 1, 1, false},
		{429, 30, 80, true},
		{500, 30, 80, true},
		{403, 30, 80, true},
		{404, 30, 80, true},
		{413, 1, 1, false},
		{400, 1, 1, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				d := start(t, svc, &options{Refresh: -1})
				settle(time.Second)
				svc.Script(func(m shadowtest.Message) shadowtest.Action {
					if strings.HasSuffix(m.Topic, "shadow/update") {
						return shadowtest.Action{Reject: tt.code}
					}
					return shadowtest.Action{}
				})
				d.report(func(r *said) { r.Temp = 1 })
				settle(time.Hour)
				if n := svc.Stats("thing", "").Updates; n < tt.atLeast || n > tt.atMost {
					t.Errorf("%d updates in an hour; want %d to %d", n, tt.atLeast, tt.atMost)
				}
				var rejected *shadow.RejectedError
				if _, f := d.State(); !errors.As(f.Err, &rejected) || rejected.Code != tt.code || !f.Pending {
					t.Errorf("Freshness = %+v; want pending with a RejectedError %d", f, tt.code)
				}
				svc.Script(nil)
				settle(2 * time.Minute)
				if _, ok := svc.Document("thing", ""); ok != tt.afterFix {
					t.Errorf("reported after the cause is gone: %v; want %v", ok, tt.afterFix)
				}
				d.report(func(r *said) { r.Temp = 2 })
				settle(2 * time.Minute)
				wantReported(t, svc, `{"temp":2}`)
			})
		})
	}
}

func TestStaleAndReorderedMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		var got []int
		start(t, svc, &options{Refresh: -1, OnDelta: func(_ context.Context, c shadow.Change[wanted]) error {
			got = append(got, c.Desired.Rate)
			return nil
		}})
		settle(time.Second)
		n := 0
		svc.Script(func(m shadowtest.Message) shadowtest.Action {
			if n++; !m.ToService && n%2 == 0 {
				return shadowtest.Action{Delay: 3 * time.Second, Duplicate: 2}
			}
			return shadowtest.Action{Duplicate: 1}
		})
		for i := range 20 {
			set(t, svc, fmt.Sprintf(`{"rate":%d}`, i+1))
			settle(500 * time.Millisecond)
		}
		svc.Script(nil)
		settle(time.Minute)
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] {
				t.Fatalf("applied rates %v; want none older than one before it", got)
			}
		}
		wantReported(t, svc, `{"rate":20}`)
	})
}

func TestDeletedAndMadeAnew(t *testing.T) {
	for _, tt := range []struct {
		name        string
		wait        time.Duration
		offline     bool
		wantVersion int64
	}{
		{"within 48 hours", time.Hour, true, 5},
		{"after 48 hours", 49 * time.Hour, true, 2},
		{"connected", time.Hour, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				set(t, svc, `{"rate":1}`)
				var got []int
				d := start(t, svc, &options{OnDelta: func(_ context.Context, c shadow.Change[wanted]) error {
					got = append(got, c.Desired.Rate)
					return nil
				}})
				settle(time.Second)
				d.report(func(r *said) { r.Temp = 1 })
				settle(time.Second)
				if tt.offline {
					svc.Disconnect("dev")
				}
				if err := svc.Delete("thing", ""); err != nil {
					t.Fatal(err)
				}
				settle(tt.wait)
				set(t, svc, `{"rate":2}`)
				svc.Connect("dev")
				settle(time.Minute)
				doc, _ := svc.Document("thing", "")
				if string(doc.Reported) != `{"rate":2,"temp":1}` || string(doc.Desired) != `{"rate":2}` {
					t.Errorf("document = %s %s; want reported again as a whole", doc.Reported, doc.Desired)
				}
				if tt.wantVersion != 0 && doc.Version != tt.wantVersion {
					t.Errorf("version = %d; want %d", doc.Version, tt.wantVersion)
				}
				if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
					t.Errorf("applied (-want +got):\n%s", diff)
				}
				if state, _ := d.State(); state.Version != doc.Version {
					t.Errorf("State().Version = %d; want %d", state.Version, doc.Version)
				}
			})
		})
	}
}

// Messages that nobody sends unless something is wrong do not stop the device,
// nor make it ask without end.
func TestHostileMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, &options{Refresh: -1, OnDelta: func(context.Context, shadow.Change[wanted]) error { return nil }})
		d.report(func(r *said) { r.Temp = 1 })
		settle(time.Second)
		evil := svc.Conn("evil")
		for _, topic := range []string{"get/accepted", "get/rejected", "update/accepted", "update/rejected", "update/delta", "delete/accepted"} {
			for _, payload := range []string{
				``, `x`, `[]`, `{}`, `{"version":7}`, `{"version":-1,"state":{}}`, `{"version":1e99,"state":{"reported":5}}`, `{"state":{"desired":[1]},"version":2}`,
				`{"version":9223372036854775807,"state":{"rate":1}}`, strings.Repeat(`{"a":`, 20000), `{"version":2,"state":null,"clientToken":5}`,
			} {
				if err := evil.Publish(t.Context(), "$aws/things/thing/shadow/"+topic, []byte(payload)); err != nil {
					t.Fatal(err)
				}
				settle(time.Second)
			}
		}
		settle(time.Minute)
		set(t, svc, `{"rate":3}`)
		d.report(func(r *said) { r.Temp = 2 })
		settle(time.Minute)
		wantReported(t, svc, `{"rate":3,"temp":2}`)
		if n := svc.Stats("thing", "").Gets; n > 70 {
			t.Errorf("%d gets after 66 bad messages; want at most one for each", n)
		}
	})
}

func TestNamedShadowsShareAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		a := start(t, svc, &options{Name: "a"})
		b := start(t, svc, &options{Name: "b"})
		a.report(func(r *said) { r.Temp = 1 })
		b.report(func(r *said) { r.Temp = 2 })
		settle(time.Second)
		for name, want := range map[string]string{"a": `{"temp":1}`, "b": `{"temp":2}`} {
			if doc, _ := svc.Document("thing", name); string(doc.Reported) != want {
				t.Errorf("shadow %s = %s; want %s", name, doc.Reported, want)
			}
		}
		if _, ok := svc.Document("thing", ""); ok {
			t.Error("there is a classic shadow; want none")
		}
	})
}

func TestReportRefused(t *testing.T) {
	svc := shadowtest.New(nil)
	s := bind(t, svc, nil)
	ctx := t.Context()
	broken := errors.New("broken")
	if err := s.Report(ctx, func(r *said) error { r.Temp = 5; return broken }); !errors.Is(err, broken) {
		t.Errorf("Report = %v; want f's error", err)
	}
	if err := s.Report(ctx, func(r *said) error { r.Mode = strings.Repeat("x", 9000); return nil }); !errors.Is(err, shadow.ErrSize) {
		t.Errorf("Report of 9 KB = %v; want ErrSize", err)
	}
	if doc, f := s.State(); doc.Reported.Temp != 0 || doc.Reported.Mode != "" || f.Pending {
		t.Errorf("State = %+v %+v; want nothing reported", doc, f)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Report(done, func(*said) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Report = %v; want context.Canceled", err)
	}
	list, err := shadow.Bind[[]int, []int](svc.Conn("dev"), "thing", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.Report(ctx, func(r *[]int) error { *r = []int{1}; return nil }); !errors.Is(err, shadow.ErrNotObject) {
		t.Errorf("Report of a list = %v; want ErrNotObject", err)
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		s, err := shadow.Bind(svc.Conn("dev"), "thing", &shadow.Options[map[string]any, map[string]any]{
			OnDelta: func(context.Context, shadow.Change[map[string]any]) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		set(t, svc, `{"id":12345678901234567890,"x":0.10}`)
		settle(time.Second)
		if err := s.Report(ctx, func(r *map[string]any) error { (*r)["y"] = 1; return nil }); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		wantReported(t, svc, `{"id":12345678901234567890,"x":0.10,"y":1}`)
		cancel()
		<-done
	})
}

func TestBindReportsAllMistakes(t *testing.T) {
	_, err := shadow.Bind(nil, "a/b", &options{
		Name: strings.Repeat("n", 65), RequestTimeout: -1, Retry: -1, SaveEvery: -1, Limits: shadow.Limits{Size: -1},
	})
	for _, want := range []string{"no connection", `"a/b"`, "65 characters", "RequestTimeout", "Retry", "SaveEvery", "Limits"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Bind = %v; want a word about %s", err, want)
		}
	}
	if _, err := shadow.Bind[wanted, said](shadowtest.New(nil).Conn("c"), "", nil); err == nil {
		t.Error("Bind with an empty thing name = nil; want an error")
	}
}

func TestRunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		d := start(t, svc, nil)
		synctest.Wait()
		if err := d.Run(t.Context()); !errors.Is(err, shadow.ErrRunning) {
			t.Errorf("second Run = %v; want ErrRunning", err)
		}
		d.stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d.report(func(r *said) { r.Temp = 1 })
		if err := d.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run again = %v; want its context's error", err)
		}
		wantReported(t, svc, `{"temp":1}`)
	})
}
