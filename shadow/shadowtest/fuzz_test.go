package shadowtest_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// catalogue is what the service may refuse with.
var catalogue = []string{
	"400 Invalid JSON", "400 Missing required node: state", "400 State node must be an object", "400 Desired node must be an object",
	"400 Reported node must be an object", "400 Invalid version", "400 Invalid clientToken", "400 State contains an invalid node",
	"400 JSON contains too many levels of nesting; maximum is 6", "404 No shadow exists with name: x", "409 Version conflict",
	"413 The payload exceeds the maximum size allowed", "415 Unsupported documented encoding; supported encoding is UTF-8",
}

// Any bytes on any topic: answers of the catalogue, and a document that is
// valid.
func FuzzService(f *testing.F) {
	f.Add("$aws/things/x/shadow/update", []byte(`{"state":{"desired":{"a":1}}}`), "$aws/things/x/shadow/get", []byte(`{"clientToken":"t"}`))
	f.Add("$aws/things/x/shadow/update", []byte(`{"state":{"reported":{"a":{"b":null},"c":[[1e999]]}},"version":1}`), "$aws/things/x/shadow/delete", []byte(`{`))
	f.Add("$aws/things/x/shadow/name/x/update", []byte(`{"state":null}`), "a/b", []byte("\xff"))
	f.Add("$aws/things/x/shadow/update", []byte(`{"state":{"desired":{"a":{}},"reported":null}}`), "$aws/things/x/shadow/update", []byte(`{"state":{"desired":{"a":{"a":[{}]}}}}`))
	f.Fuzz(func(t *testing.T, topic1 string, payload1 []byte, topic2 string, payload2 []byte) {
		synctest.Test(t, func(t *testing.T) {
			svc := shadowtest.New(nil)
			if err := svc.Update("x", "", raw(`{"state":{"desired":{"a":{"b":1}},"reported":{"a":5}}}`)); err != nil {
				t.Fatal(err)
			}
			c := svc.Conn("c")
			all := func(topic string, payload []byte) {
				if topic == topic1 || topic == topic2 { // no request, and so for whoever listens
					return
				}
				var m struct {
					Code    int
					Message string
					Version int64
				}
				if !json.Valid(payload) || json.Unmarshal(payload, &m) != nil {
					t.Errorf("%s got %s; want JSON", topic, payload)
				}
				if strings.HasSuffix(topic, "/rejected") {
					name := regexp.MustCompile(`name: .+$`).ReplaceAllString(m.Message, "name: x")
					if text := (&shadow.RejectedError{Op: "o", Code: m.Code, Message: name}).Error(); !slices.ContainsFunc(catalogue, func(s string) bool { return strings.HasSuffix(text, "rejected: "+s) }) {
						t.Errorf("%s got %s; want an answer of the catalogue", topic, payload)
					}
				}
			}
			if _, err := c.Subscribe(t.Context(), []string{"$aws/#"}, all); err != nil {
				t.Fatal(err)
			}
			for _, m := range []struct {
				topic   string
				payload []byte
			}{{topic1, payload1}, {topic2, payload2}, {topic1, payload1}, {"$aws/things/x/shadow/update", payload1}, {"$aws/things/x/shadow/get", payload2}} {
				_ = c.Publish(t.Context(), m.topic, m.payload) // 128 KiB cut the connection
				synctest.Wait()
			}
			for _, name := range svc.Shadows("x") {
				d, _ := svc.Document("x", name)
				valid(t, d)
				if len(d.Desired)+len(d.Reported) > 8192 {
					t.Errorf("the document has %d bytes; want 8192 at most", len(d.Desired)+len(d.Reported))
				}
			}
		})
	})
}
