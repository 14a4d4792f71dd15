package shadowtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// order makes six updates and returns the tokens of the answers as they arrive,
// with the seconds that passed.
func order(t *testing.T, conn shadow.Conn) []string {
	t.Helper()
	var mu sync.Mutex
	var got []string
	start := time.Now()
	if _, err := conn.Subscribe(t.Context(), []string{"$aws/things/hub/shadow/update/accepted"}, func(_ string, payload []byte) {
		_, token, _ := strings.Cut(string(payload), `"clientToken":"`)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%s@%v", token[:1], time.Since(start).Seconds()))
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if err := conn.Publish(t.Context(), "$aws/things/hub/shadow/update", fmt.Appendf(nil, `{"state":{},"clientToken":"%d"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Minute)
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(got)
}

func TestBehindAndDelay(t *testing.T) {
	tests := []struct {
		name string
		acts map[string]shadowtest.Action // by token, of requests ("0") or answers ("0!")
		want []string
	}{
		{"nothing", nil, []string{"0@0", "1@0", "2@0", "3@0", "4@0", "5@0"}},
		{"a request behind one", map[string]shadowtest.Action{"1": {Behind: 1}}, []string{"0@0", "2@0", "1@0", "3@0", "4@0", "5@0"}},
		{"a request behind three", map[string]shadowtest.Action{"0": {Behind: 3}}, []string{"1@0", "2@0", "3@0", "0@0", "4@0", "5@0"}},
		{"two behind each other's followers", map[string]shadowtest.Action{"0": {Behind: 2}, "1": {Behind: 1}}, []string{"2@0", "1@0", "3@0", "0@0", "4@0", "5@0"}},
		{"behind more than come", map[string]shadowtest.Action{"4": {Behind: 3}}, []string{"0@0", "1@0", "2@0", "3@0", "5@0", "4@5"}},
		{"an answer behind one", map[string]shadowtest.Action{"1!": {Behind: 1}}, []string{"0@0", "2@0", "1@0", "3@0", "4@0", "5@0"}},
		{"an answer late", map[string]shadowtest.Action{"1!": {Delay: 2 * time.Second}}, []string{"0@0", "2@0", "3@0", "4@0", "5@0", "1@2"}},
		{"a request late", map[string]shadowtest.Action{"1": {Delay: 2 * time.Second}}, []string{"0@0", "2@0", "3@0", "4@0", "5@0", "1@2"}},
		{"an answer late, doubled, behind", map[string]shadowtest.Action{"0!": {Delay: time.Second, Duplicate: 1, Behind: 1}}, []string{"1@0", "2@0", "3@0", "4@0", "5@0", "0@6", "0@6"}},
		{"lost ones are waited for in vain", map[string]shadowtest.Action{"3": {Behind: 2}, "4": {Drop: true}}, []string{"0@0", "1@0", "2@0", "5@0", "3@5"}},
	}
	for _, tt := range tests {
		for _, way := range []string{"in memory", "served"} {
			t.Run(tt.name+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					svc := shadowtest.New(&shadowtest.Options{Hold: 5 * time.Second})
					svc.Script(func(m shadowtest.Message) shadowtest.Action {
						_, token, _ := strings.Cut(string(m.Payload), `"clientToken":"`)
						if strings.HasSuffix(m.Topic, "/update/accepted") {
							return tt.acts[token[:1]+"!"]
						}
						if m.ToService {
							return tt.acts[token[:1]]
						}
						return shadowtest.Action{Drop: true} // documents are not looked at
					})
					conn := svc.Conn("client")
					if way == "served" {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						b := new(hall)
						go svc.Serve(ctx, b)
						synctest.Wait()
						conn = b
					}
					if diff := cmp.Diff(tt.want, order(t, conn)); diff != "" {
						t.Errorf("token@seconds in the order of arrival (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// A connection that is cut loses the answers that waited, not the requests.
func TestHeldWhenCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := connect(t, svc, "$aws/things/hub/shadow/")
		svc.Script(func(shadowtest.Message) shadowtest.Action { return shadowtest.Action{Behind: 9} })
		c.ask("update", `{"state":{"reported":{"a":1}}}`)
		if _, ok := svc.Document("hub", ""); ok {
			t.Error("the request was carried out at once; want it held")
		}
		svc.Disconnect("client")
		svc.Connect("client")
		connect(t, svc, "$aws/things/hub/shadow/")
		time.Sleep(time.Second)
		synctest.Wait()
		if doc, _ := svc.Document("hub", ""); doc.Version != 1 {
			t.Errorf("version = %d; want 1: it arrives when nothing follows", doc.Version)
		}
		svc.Disconnect("client")
		svc.Connect("client")
		c = connect(t, svc, "$aws/things/hub/shadow/")
		time.Sleep(time.Minute)
		if got := c.arrived(); len(got) > 0 {
			t.Errorf("the next link got %v; want nothing of the one before", got)
		}
	})
}

func TestWaitDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		wait := func(ctx context.Context, version int64) chan string {
			done := make(chan string, 1)
			go func() {
				d, err := svc.WaitDocument(ctx, "hub", "cfg", func(d shadowtest.Document) bool { return d.Version == version })
				done <- fmt.Sprint(d.Version, err)
			}()
			synctest.Wait()
			return done
		}
		two, five := wait(t.Context(), 2), wait(t.Context(), 5)
		ctx, cancel := context.WithCancel(t.Context())
		nine := wait(ctx, 9)
		for range 2 {
			if err := svc.SetReported("hub", "cfg", raw(`{"a":1}`)); err != nil {
				t.Fatal(err)
			}
		}
		if got := <-two; got != "2 <nil>" {
			t.Errorf("WaitDocument for version 2 = %s; want it", got)
		}
		if err := svc.Delete("hub", "cfg"); err != nil {
			t.Fatal(err)
		}
		if got := <-wait(t.Context(), 0); got != "0 <nil>" {
			t.Errorf("WaitDocument for nothing = %s; want the zero Document", got)
		}
		cancel()
		if got := <-nine; got != "0 context canceled" {
			t.Errorf("WaitDocument after cancel = %s; want the document of the time and the error", got)
		}
		for range 3 {
			if err := svc.SetReported("hub", "cfg", raw(`{"a":1}`)); err != nil {
				t.Fatal(err)
			}
		}
		if got := <-five; got != "5 <nil>" {
			t.Errorf("WaitDocument for version 5 = %s; want it", got)
		}
	})
}

func TestShadows(t *testing.T) {
	svc := shadowtest.New(nil)
	if got := svc.Shadows("hub"); got != nil {
		t.Errorf("Shadows of nothing = %q; want none", got)
	}
	for _, name := range []string{"b", "", "a", "c"} {
		if err := svc.SetReported("hub", name, raw(`{"x":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := svc.SetReported("other", "d", raw(`{"x":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := svc.Delete("hub", "b"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "a", "c"}, svc.Shadows("hub")); diff != "" {
		t.Errorf("Shadows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hub", "other"}, svc.Things()); diff != "" {
		t.Errorf("Things (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(shadowtest.Stats{Updates: 5, Deletes: 1}, svc.Total()); diff != "" {
		t.Errorf("Total (-want +got):\n%s", diff)
	}
}

// A refusal on the HTTPS interface is told there only, and names that no topic
// could hold belong to nothing.
func TestDirectRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := connect(t, svc, "$aws/things/hub/shadow/")
		for request, want := range map[[3]string]string{
			{"hub", "", `{`}:                         "400 Invalid JSON",
			{"hub", "", `{"state":{},"version":3}`}:  "409 Version conflict",
			{"", "", `{"state":{}}`}:                 "404 Thing not found",
			{"a/b", "", `{"state":{}}`}:              "404 Thing not found",
			{strings.Repeat("x", 129), "", `{"s":1`}: "400 Invalid JSON",
			{"hub", "a+b", `{"state":{}}`}:           "404 No shadow exists with name: a+b",
		} {
			if err := svc.Update(request[0], request[1], raw(request[2])); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("Update(%q) = %v; want %s", request, err, want)
			}
		}
		synctest.Wait()
		if got := c.arrived(); len(got) > 0 {
			t.Errorf("the topics got %v; want nothing", got)
		}
	})
}

// A script can ask for every refusal of the catalogue.
func TestScriptedRefusals(t *testing.T) {
	for code, text := range map[int]string{
		400: "Invalid JSON", 401: "Unauthorized", 403: "Forbidden", 404: "Thing not found", 409: "Version conflict",
		413: "The payload exceeds the maximum size allowed", 415: "Unsupported documented encoding; supported encoding is UTF-8",
		429: "TOO_MANY_REQUESTS", 500: "Internal service failure", 503: "Refused by script",
	} {
		synctest.Test(t, func(t *testing.T) {
			svc := shadowtest.New(nil)
			c := connect(t, svc, "$aws/things/hub/shadow/")
			svc.Script(func(shadowtest.Message) shadowtest.Action { return shadowtest.Action{Reject: code} })
			for _, op := range []string{"get", "update", "delete"} {
				want := []string{fmt.Sprintf(`%s/rejected {"code":%d,"message":%q,"timestamp":946684800,"clientToken":"t"}`, op, code, text)}
				if diff := cmp.Diff(want, c.ask(op, `{"clientToken":"t"}`)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", op, diff)
				}
			}
			stats := shadowtest.Stats{Gets: 1, Updates: 1, Deletes: 1, Rejected: 3}
			switch code {
			case 409:
				stats.Conflicts = 3
			case 429:
				stats.Throttled = 3
			}
			if diff := cmp.Diff(stats, svc.Stats("hub", "")); diff != "" {
				t.Errorf("Stats (-want +got):\n%s", diff)
			}
		})
	}
}
