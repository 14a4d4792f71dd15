package shadowtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
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

type raw = json.RawMessage

// client is a connection that notes all that arrives for one shadow.
type client struct {
	t    *testing.T
	c    shadow.Conn
	base string

	mu  sync.Mutex
	got []string // suffix and payload
}

// arrived is what came since the last ask.
func (c *client) arrived() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

func connect(t *testing.T, svc *shadowtest.Service, base string) *client {
	t.Helper()
	c := &client{t: t, c: svc.Conn("client"), base: base}
	topics := []string{
		"get/accepted", "get/rejected", "update/accepted", "update/rejected",
		"update/delta", "update/documents", "delete/accepted", "delete/rejected",
	}
	for i := range topics {
		topics[i] = base + topics[i]
	}
	if _, err := c.c.Subscribe(t.Context(), topics, func(topic string, payload []byte) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got = append(c.got, strings.TrimPrefix(topic, base)+" "+string(payload))
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask publishes and returns what came of it.
func (c *client) ask(op, payload string) []string {
	c.t.Helper()
	c.mu.Lock()
	c.got = nil
	c.mu.Unlock()
	if err := c.c.Publish(c.t.Context(), c.base+op, []byte(payload)); err != nil {
		c.t.Fatal(err)
	}
	synctest.Wait()
	return c.arrived()
}

// In synctest the clock starts at 2000-01-01 00:00 UTC, second 946684800.

func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, shadowtest.New(nil), "$aws/things/hub/shadow/")
		steps := []struct {
			name, op, payload string
			want              []string
		}{
			{"get of nothing", "get", ``, []string{
				`get/rejected {"code":404,"message":"No shadow exists with name: hub","timestamp":946684800}`,
			}},
			{"delete of nothing", "delete", `{"clientToken":"t"}`, []string{
				`delete/rejected {"code":404,"message":"No shadow exists with name: hub","timestamp":946684800,"clientToken":"t"}`,
			}},
			{"first update", "update", `{"state":{"desired":{"color":"red","rgb":[1,2],"o":{"p":1}}},"clientToken":"t1"}`, []string{
				`update/accepted {"state":{"desired":{"color":"red","rgb":[1,2],"o":{"p":1}}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]}},` +
					`"version":1,"timestamp":946684800,"clientToken":"t1"}`,
				`update/delta {"state":{"color":"red","o":{"p":1},"rgb":[1,2]},` +
					`"metadata":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]},` +
					`"version":1,"timestamp":946684800,"clientToken":"t1"}`,
				`update/documents {"previous":null,"current":{"state":{"desired":{"color":"red","o":{"p":1},"rgb":[1,2]}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]}},"version":1},` +
					`"timestamp":946684800,"clientToken":"t1"}`,
			}},
			{"report of a part, later", "update", `{"state":{"reported":{"color":"red","rgb":[1],"t":20}}}`, []string{
				`update/accepted {"state":{"reported":{"color":"red","rgb":[1],"t":20}},` +
					`"metadata":{"reported":{"color":{"timestamp":946684801},"rgb":[{"timestamp":946684801}],"t":{"timestamp":946684801}}},"version":2,"timestamp":946684801}`,
				`update/delta {"state":{"o":{"p":1},"rgb":[1,2]},` +
					`"metadata":{"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]},"version":2,"timestamp":946684801}`,
				`update/documents {"previous":{"state":{"desired":{"color":"red","o":{"p":1},"rgb":[1,2]}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]}},"version":1},` +
					`"current":{"state":{"desired":{"color":"red","o":{"p":1},"rgb":[1,2]},"reported":{"color":"red","rgb":[1],"t":20}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]},` +
					`"reported":{"color":{"timestamp":946684801},"rgb":[{"timestamp":946684801}],"t":{"timestamp":946684801}}},"version":2},"timestamp":946684801}`,
			}},
			{"get", "get", `{"clientToken":"g"}`, []string{
				`get/accepted {"state":{"desired":{"color":"red","o":{"p":1},"rgb":[1,2]},"reported":{"color":"red","rgb":[1],"t":20},"delta":{"o":{"p":1},"rgb":[1,2]}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]},` +
					`"reported":{"color":{"timestamp":946684801},"rgb":[{"timestamp":946684801}],"t":{"timestamp":946684801}}},"version":2,"timestamp":946684802,"clientToken":"g"}`,
			}},
			{"conflict", "update", `{"state":{"desired":{"color":"blue"}},"version":1,"clientToken":"c"}`, []string{
				`update/rejected {"code":409,"message":"Version conflict","timestamp":946684803,"clientToken":"c"}`,
			}},
			{"state null", "update", `{"state":null,"version":2}`, []string{
				`update/accepted {"state":null,"metadata":{"timestamp":946684804},"version":3,"timestamp":946684804}`,
				`update/documents {"previous":{"state":{"desired":{"color":"red","o":{"p":1},"rgb":[1,2]},"reported":{"color":"red","rgb":[1],"t":20}},` +
					`"metadata":{"desired":{"color":{"timestamp":946684800},"o":{"p":{"timestamp":946684800}},"rgb":[{"timestamp":946684800},{"timestamp":946684800}]},` +
					`"reported":{"color":{"timestamp":946684801},"rgb":[{"timestamp":946684801}],"t":{"timestamp":946684801}}},"version":2},` +
					`"current":{"state":{},"metadata":{},"version":3},"timestamp":946684804}`,
			}},
			{"get of an empty shadow", "get", ``, []string{
				`get/accepted {"state":{},"metadata":{},"version":3,"timestamp":946684805}`,
			}},
			{"delete", "delete", ``, []string{`delete/accepted {"version":3,"timestamp":946684806}`}},
			{"get after delete", "get", `{"clientToken":"x"}`, []string{
				`get/rejected {"code":404,"message":"No shadow exists with name: hub","timestamp":946684807,"clientToken":"x"}`,
			}},
		}
		for i, s := range steps {
			if i > 3 {
				time.Sleep(time.Second)
			}
			if diff := cmp.Diff(s.want, c.ask(s.op, s.payload)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", s.name, diff)
			}
			if i == 2 {
				time.Sleep(time.Second)
			}
		}
	})
}

// Documents after two updates: the rows with states were observed on the
// service itself by the moto project's verified tests.
func TestUpdates(t *testing.T) {
	tests := []struct{ name, first, second, want string }{
		{"null deletes, the last one the section", `{"desired":{"a":1}}`, `{"desired":{"a":null}}`, `{}`},
		{"null deletes one", `{"desired":{"a":1,"b":2}}`, `{"desired":{"a":null}}`, `{"desired":{"b":2},"delta":{"b":2}}`},
		{"section null", `{"desired":{"a":1},"reported":{"b":1}}`, `{"desired":null}`, `{"reported":{"b":1}}`},
		{"both sections null", `{"desired":{"a":1},"reported":{"b":1}}`, `{"desired":null,"reported":null}`, `{}`},
		{"nothing, then nothing deleted", `{}`, `{"reported":{"online":null}}`, `{}`},
		{"empty section", `{"desired":{}}`, `{"reported":{"online":false}}`, `{"reported":{"online":false}}`},
		{"empty section beside another", `{"desired":{"enabled":true}}`, `{"reported":{}}`, `{"desired":{"enabled":true},"delta":{"enabled":true}}`},
		{"empty object stays", `{"desired":{"a":1,"b":{"c":3}}}`, `{"desired":{"a":1,"b":{"c":{}},"d":{}}}`, `{"desired":{"a":1,"b":{"c":{}},"d":{}},"delta":{"a":1,"b":{"c":{}},"d":{}}}`},
		{"object over a scalar", `{"desired":{"b":{"c":3}}}`, `{"desired":{"b":{"c":{"d":3}}}}`, `{"desired":{"b":{"c":{"d":3}}},"delta":{"b":{"c":{"d":3}}}}`},
		{"array replaced whole", `{"desired":{"a":["RED","GREEN"]}}`, `{"desired":{"a":["RED"]}}`, `{"desired":{"a":["RED"]},"delta":{"a":["RED"]}}`},
		{"only named fields", `{"reported":{"a":{"x":1,"y":2}}}`, `{"reported":{"a":{"y":3}}}`, `{"reported":{"a":{"x":1,"y":3}}}`},
		{"met", `{"desired":{"on":true}}`, `{"reported":{"on":true,"more":1}}`, `{"desired":{"on":true},"reported":{"more":1,"on":true}}`},
		{"nested delta", `{"reported":{"a":{"b":{"c":"d","e":"f"}}}}`, `{"desired":{"a":{"b":{"c":"d2"}}}}`, `{"desired":{"a":{"b":{"c":"d2"}}},"reported":{"a":{"b":{"c":"d","e":"f"}}},"delta":{"a":{"b":{"c":"d2"}}}}`},
		{"deleted from reported, still desired", `{"desired":{"a":1},"reported":{"a":1}}`, `{"reported":{"a":null}}`, `{"desired":{"a":1},"delta":{"a":1}}`},
		{"deep numbers", `{"reported":{"a":12345678901234567890,"b":1.10}}`, `{}`, `{"reported":{"a":12345678901234567890,"b":1.10}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(nil)
				c := connect(t, svc, "$aws/things/hub/shadow/name/cfg/")
				c.ask("update", `{"state":`+tt.first+`}`)
				if got := c.ask("update", `{"state":`+tt.second+`}`); !strings.HasPrefix(got[0], "update/accepted ") {
					t.Fatalf("update %s = %v", tt.second, got)
				}
				var doc struct{ State raw }
				_, payload, _ := strings.Cut(c.ask("get", "")[0], " ")
				if err := json.Unmarshal([]byte(payload), &doc); err != nil {
					t.Fatal(err)
				}
				if string(doc.State) != tt.want {
					t.Errorf("state = %s; want %s", doc.State, tt.want)
				}
				if d, ok := svc.Document("hub", "cfg"); !ok || d.Version != 2 {
					t.Errorf("Document = %+v, %v; want version 2", d, ok)
				}
			})
		})
	}
}

func TestRejections(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	big := strings.Repeat("x", 5000)
	tests := []struct {
		name, payload string
		code          int
		message       string
	}{
		{"empty", ``, 400, "Invalid JSON"},
		{"no JSON", `{"state":`, 400, "Invalid JSON"},
		{"array", `[]`, 400, "Invalid JSON"},
		{"null", `null`, 400, "Invalid JSON"},
		{"key twice", `{"state":{"desired":{"a":1,"a":2}}}`, 400, "Invalid JSON"},
		{"no state", `{"desired":{}}`, 400, "Missing required node: state"},
		{"state is a string", `{"state":"on"}`, 400, "State node must be an object"},
		{"state is an array", `{"state":[]}`, 400, "State node must be an object"},
		{"desired is a number", `{"state":{"desired":5}}`, 400, "Desired node must be an object"},
		{"reported is an array", `{"state":{"reported":[]}}`, 400, "Reported node must be an object"},
		{"version is a string", `{"state":{},"version":"1"}`, 400, "Invalid version"},
		{"version is a fraction", `{"state":{},"version":1.5}`, 400, "Invalid version"},
		{"version is negative", `{"state":{},"version":-1}`, 400, "Invalid version"},
		{"token is a number", `{"state":{},"clientToken":5}`, 400, "Invalid clientToken"},
		{"token of 65 bytes", `{"state":{},"clientToken":"` + strings.Repeat("t", 65) + `"}`, 400, "Invalid clientToken"},
		{"seven levels", `{"state":{"desired":` + nested(7) + `}}`, 400, "JSON contains too many levels of nesting; maximum is 6"},
		{"another node", `{"state":{"desired":{},"delta":{}}}`, 400, "State contains an invalid node"},
		{"null in an array", `{"state":{"desired":{"colors":[null,"RED"]}}}`, 400, "State contains an invalid node"},
		{"another thing", `{"state":{}}`, 404, "Thing not found"},
		{"conflict", `{"state":{"desired":{"a":1}},"version":7}`, 409, "Version conflict"},
		{"both sections above 8 KB", `{"state":{"desired":{"a":"` + big + `"},"reported":{"a":"` + big + `"}}}`, 413, "The payload exceeds the maximum size allowed"},
		{"not UTF-8", "{\"state\":{\"desired\":{\"a\":\"\xff\"}}}", 415, "Unsupported documented encoding; supported encoding is UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := shadowtest.New(&shadowtest.Options{Things: []string{"hub"}})
				if err := svc.SetReported("hub", "", raw(`{"x":1}`)); err != nil {
					t.Fatal(err)
				}
				thing := "hub"
				if tt.code == 404 {
					thing = "other"
				}
				c := connect(t, svc, "$aws/things/"+thing+"/shadow/")
				want := []string{fmt.Sprintf(`update/rejected {"code":%d,"message":%q,"timestamp":946684800}`, tt.code, tt.message)}
				if diff := cmp.Diff(want, c.ask("update", tt.payload)); diff != "" {
					t.Errorf("update (-want +got):\n%s", diff)
				}
				var rejected *shadow.RejectedError
				err := svc.Update(thing, "", raw(tt.payload))
				if !errors.As(err, &rejected) || rejected.Code != tt.code || rejected.Message != tt.message || rejected.Op != "update" {
					t.Errorf("Update = %v; want %d %s", err, tt.code, tt.message)
				}
				if doc, _ := svc.Document("hub", ""); doc.Version != 1 {
					t.Errorf("version = %d; want 1: nothing was changed", doc.Version)
				}
			})
		})
	}
}

func TestTaken(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	for name, payload := range map[string]string{
		"six levels":          `{"state":{"desired":` + nested(6) + `}}`,
		"token of 64 bytes":   `{"state":{},"clientToken":"` + strings.Repeat("t", 64) + `"}`,
		"version as known":    `{"state":{"desired":{"a":1}},"version":1}`,
		"8 KB together":       `{"state":{"desired":{"a":"` + strings.Repeat("x", 8192-8-7) + `"}}}`,
		"unknown root fields": `{"state":{},"extra":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			svc := shadowtest.New(nil)
			if err := svc.SetReported("hub", "", raw(`{"x":1}`)); err != nil {
				t.Fatal(err)
			}
			if err := svc.Update("hub", "", raw(payload)); err != nil {
				t.Errorf("Update = %v; want nil", err)
			}
		})
	}
}

func TestVersionAfterDelete(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		want int64
	}{{0, 3}, {47 * time.Hour, 3}, {48 * time.Hour, 1}} {
		synctest.Test(t, func(t *testing.T) {
			svc := shadowtest.New(nil)
			for range 2 {
				if err := svc.SetDesired("hub", "", raw(`{"a":1}`)); err != nil {
					t.Fatal(err)
				}
			}
			if err := svc.Delete("hub", ""); err != nil {
				t.Fatal(err)
			}
			if _, ok := svc.Document("hub", ""); ok {
				t.Error("Document after Delete is there; want none")
			}
			time.Sleep(tt.wait)
			if err := svc.SetReported("hub", "", raw(`{"b":1}`)); err != nil {
				t.Fatal(err)
			}
			doc, _ := svc.Document("hub", "")
			if doc.Version != tt.want || doc.Desired != nil {
				t.Errorf("after %v: %+v; want version %d and nothing of before", tt.wait, doc, tt.want)
			}
		})
	}
}

func TestShadowsAreApart(t *testing.T) {
	svc := shadowtest.New(nil)
	for i, name := range []string{"", "a", "b"} {
		if err := svc.SetDesired("hub", name, fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"", "a", "b"} {
		if doc, _ := svc.Document("hub", name); string(doc.Desired) != fmt.Sprintf(`{"n":%d}`, i) {
			t.Errorf("shadow %q = %s; want n %d", name, doc.Desired, i)
		}
	}
	if err := svc.Delete("hub", "c"); err == nil || !strings.HasSuffix(err.Error(), "404 No shadow exists with name: c") {
		t.Errorf("Delete = %v; want 404 with the name", err)
	}
}

func TestTopicsOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := connect(t, svc, "$aws/things/hub/shadow/")
		other := ""
		if _, err := c.c.Subscribe(t.Context(), []string{"home/+/reading", "log/#"}, func(topic string, payload []byte) { other += topic + "=" + string(payload) + ";" }); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{
			"$aws/things/hub/shadow/put", "$aws/things/hub/shadow", "$aws/things//shadow/update", "$aws/things/a b/shadow/update",
			"$aws/things/hub/shadow/name//update", "$aws/things/hub/shadow/name/" + strings.Repeat("n", 65) + "/update",
			"$aws/things/" + strings.Repeat("t", 129) + "/shadow/update", "home/boiler/reading", "home/reading", "log", "log/a/b",
		} {
			if err := c.c.Publish(t.Context(), topic, []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := c.arrived(); len(got) > 0 {
			t.Errorf("got %v; want no answer", got)
		}
		if want := "home/boiler/reading={};log={};log/a/b={};"; other != want {
			t.Errorf("other subscribers got %q; want %q", other, want)
		}
	})
}

func TestStatsAndHTML(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := shadowtest.New(nil)
		c := connect(t, svc, "$aws/things/hub/shadow/")
		got := c.ask("update", `{"state":{"reported":{"a<b":"<&>"}}}`)
		if !bytes.Contains([]byte(got[0]), []byte(`"a<b":"<&>"`)) {
			t.Errorf("accepted = %s; want the text as it was", got[0])
		}
		c.ask("get", "")
		c.ask("update", `{"state":{},"version":9}`)
		c.ask("update", `{`)
		c.ask("delete", "")
		want := shadowtest.Stats{Gets: 1, Updates: 3, Deletes: 1, Rejected: 2, Conflicts: 1}
		if diff := cmp.Diff(want, svc.Stats("hub", "")); diff != "" {
			t.Errorf("Stats (-want +got):\n%s", diff)
		}
	})
}
