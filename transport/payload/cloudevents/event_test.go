package cloudevents_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/cloudevents"
	"github.com/brinkml/brink/transport/payload/senml"
)

func TestAppendJSON(t *testing.T) {
	ext := func(name string, v payload.Value) []cloudevents.Attribute {
		return []cloudevents.Attribute{{Name: name, Value: v}}
	}
	for _, tc := range []struct {
		name string
		e    cloudevents.Event
		want string // after specversion, id, source and type; or the attribute that is wrong, after '!'
	}{
		{"nothing else", cloudevents.Event{}, `}`},
		{"all", cloudevents.Event{
			Subject: "kitchen \"é\"", Time: time.Date(2026, 3, 4, 5, 6, 7, 1000, time.FixedZone("", 3600)), DataContentType: "application/json", DataSchema: "https://example.com/s#1",
			Extensions: []cloudevents.Attribute{{"traceparent", payload.String("00-1")}, {"sampledrate", payload.Int(-1 << 31)}, {"hot", payload.Bool(true)}, {"raw", payload.Bytes([]byte{0xff})}},
			Data:       []byte(`{"t":1}`),
		}, `,"subject":"kitchen \"é\"","time":"2026-03-04T04:06:07.000001Z","datacontenttype":"application/json","dataschema":"https://example.com/s#1",` +
			`"traceparent":"00-1","sampledrate":-2147483648,"hot":true,"raw":"/w==","data":{"t":1}}`},
		{"JSON null", cloudevents.Event{Data: []byte("null")}, `,"data":null}`},
		{"by content type", cloudevents.Event{DataContentType: "Application/Vnd.X+JSON; charset=utf-8", Data: []byte("1")}, `,"datacontenttype":"Application/Vnd.X+JSON; charset=utf-8","data":1}`},
		{"binary by content type", cloudevents.Event{DataContentType: "application/cbor", Data: []byte{0x81}}, `,"datacontenttype":"application/cbor","data_base64":"gQ=="}`},
		{"binary of no type", cloudevents.Event{Form: cloudevents.FormBinary, Data: []byte{}}, `,"data_base64":""}`},
		{"text", cloudevents.Event{Form: cloudevents.FormText, DataContentType: "text/plain", Data: []byte("a\n")}, `,"datacontenttype":"text/plain","data":"a\n"}`},
		{"name of 20", cloudevents.Event{Extensions: ext(strings.Repeat("a", 20), payload.Bool(false))}, `,"aaaaaaaaaaaaaaaaaaaa":false}`},

		{"data is not JSON", cloudevents.Event{Data: []byte("{")}, "!data"},
		{"data is not UTF-8", cloudevents.Event{Data: []byte("\"\xff\"")}, "!data"},
		{"text is not UTF-8", cloudevents.Event{Form: cloudevents.FormText, DataContentType: "text/plain", Data: []byte("\xff")}, "!data"},
		{"JSON of another type", cloudevents.Event{Form: cloudevents.FormJSON, DataContentType: "text/plain", Data: []byte("1")}, "!data"},
		{"text of type JSON", cloudevents.Event{Form: cloudevents.FormText, Data: []byte("1")}, "!data"},
		{"no such form", cloudevents.Event{Form: 4, Data: []byte("1")}, "!data"},
		{"control character", cloudevents.Event{Subject: "a\n"}, "!subject"},
		{"C1 control character", cloudevents.Event{Subject: "a\u0085"}, "!subject"},
		{"noncharacter", cloudevents.Event{Subject: "\ufdd0"}, "!subject"},
		{"noncharacter of plane 1", cloudevents.Event{Subject: "\U0001ffff"}, "!subject"},
		{"not UTF-8", cloudevents.Event{Subject: "\xff"}, "!subject"},
		{"schema without scheme", cloudevents.Event{DataSchema: "/s"}, "!dataschema"},
		{"no media type", cloudevents.Event{DataContentType: "json"}, "!datacontenttype"},
		{"media type with a space", cloudevents.Event{DataContentType: "a b/c"}, "!datacontenttype"},
		{"schema with a bad scheme", cloudevents.Event{DataSchema: "1a:b"}, "!dataschema"},
		{"year 10000", cloudevents.Event{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "!time"},
		{"name with a capital", cloudevents.Event{Extensions: ext("traceParent", payload.Int(1))}, "!traceParent"},
		{"name with an underscore", cloudevents.Event{Extensions: ext("a_b", payload.Int(1))}, "!a_b"},
		{"name that is taken", cloudevents.Event{Extensions: ext("data", payload.Int(1))}, "!data"},
		{"name of an attribute", cloudevents.Event{Extensions: ext("subject", payload.Int(1))}, "!subject"},
		{"no name", cloudevents.Event{Extensions: ext("", payload.Int(1))}, "!"},
		{"name of 21", cloudevents.Event{Extensions: ext(strings.Repeat("a", 21), payload.Int(1))}, "!aaaaaaaaaaaaaaaaaaaaa"},
		{"name with a digit first", cloudevents.Event{Extensions: ext("1a", payload.Int(1))}, "!1a"},
		{"integer of 33 bits", cloudevents.Event{Extensions: ext("a", payload.Int(1<<31))}, "!a"},
		{"fraction", cloudevents.Event{Extensions: ext("a", payload.Float(1))}, "!a"},
		{"no value", cloudevents.Event{Extensions: ext("a", payload.Value{})}, "!a"},
		{"value with a control character", cloudevents.Event{Extensions: ext("a", payload.String("\x7f"))}, "!a"},
		{"twice", cloudevents.Event{Extensions: append(ext("a", payload.Int(1)), ext("a", payload.Int(1))...)}, "!a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.e.ID, tc.e.Source, tc.e.Type = "1", "/s", "com.example.x"
			got, err := tc.e.AppendJSON([]byte("x"))
			if attribute, ok := strings.CutPrefix(tc.want, "!"); ok {
				var bad *cloudevents.Error
				if !errors.As(err, &bad) || bad.Attribute != attribute || string(got) != "x" {
					t.Errorf("%s, %v; want an Error of %q", got, err, attribute)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(`x{"specversion":"1.0","id":"1","source":"/s","type":"com.example.x"`+tc.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if _, err := cloudevents.Parse(got[1:]); err != nil {
				t.Error(err)
			}
		})
	}
	for attribute, e := range map[string]cloudevents.Event{
		"id": {Source: "/s", Type: "t"}, "source": {ID: "1", Type: "t"}, "type": {ID: "1", Source: "/s"},
	} {
		var bad *cloudevents.Error
		if err := e.Check(); !errors.As(err, &bad) || bad.Attribute != attribute {
			t.Errorf("without %s: %v", attribute, err)
		}
	}
	ok := cloudevents.Event{ID: "1", Source: "/s", Type: "t"}
	var bad *cloudevents.Error
	if got, err := cloudevents.AppendBatch([]byte("x"), ok, cloudevents.Event{}); !errors.As(err, &bad) || bad.Index != 1 || string(got) != "x" {
		t.Errorf("a batch with a bad event: %s, %v", got, err)
	}
}

// TestSources holds sources against RFC 3986.
func TestSources(t *testing.T) {
	for s, want := range map[string]bool{
		// The specification's examples.
		"https://github.com/cloudevents": true, "mailto:cncf-wg-serverless@lists.cncf.io": true, "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66": true,
		"/cloudevents/spec/pull/123": true, "/sensors/tn-1234567/alerts": true, "1-555-123-4567": true,
		"urn:dev:mac:0024befffe804ff1": true, "//host/p?q#f": true, "?q": true, "#f": true, "a/b:c": true, "%41": true, "http://[2001:db8::1]/": true,
		"": false, "a b": false, "é": false, "%4": false, "%zz": false, "1a:b": false, ":a": false, "a#b#c": false, "a\\b": false, "<a>": false,
	} {
		e := cloudevents.Event{ID: "1", Source: s, Type: "t"}
		if err := e.Check(); (err == nil) != want {
			t.Errorf("source %q: %v; want success %v", s, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const ok = `"specversion":"1.0","id":"1","source":"/s","type":"t"`
	for _, tc := range []struct{ in, attribute string }{ // "" is ErrFormat
		{``, ""},
		{`[]`, ""},
		{`{`, ""},
		{`{` + ok, ""},
		{`{` + ok + `}x`, ""},
		{`{` + ok + `}}`, ""},
		{"{" + ok + ",\"a\":\"\xff\"}", ""},
		{`{"a":` + strings.Repeat("[", 100_000), ""},
		{`{"id":"1","source":"/s","type":"t"}`, "specversion"},
		{`{"specversion":"0.3","id":"1","source":"/s","type":"t"}`, "specversion"},
		{`{"specversion":1,"id":"1"}`, "specversion"},
		{`{"specversion":"1.0","source":"/s","type":"t"}`, "id"},
		{`{"specversion":"1.0","id":"","source":"/s","type":"t"}`, "id"},
		{`{"specversion":"1.0","id":1,"source":"/s","type":"t"}`, "id"},
		{`{"specversion":"1.0","id":null,"source":"/s","type":"t"}`, "id"},
		{`{` + ok + `,"id":"2"}`, "id"},
		{`{` + ok + `,"time":"now"}`, "time"},
		{`{` + ok + `,"time":5}`, "time"},
		{`{` + ok + `,"time":""}`, "time"},
		{`{` + ok + `,"data":1,"data_base64":""}`, "data"},
		{`{` + ok + `,"data_base64":"*"}`, "data"},
		{`{` + ok + `,"data_base64":1}`, "data_base64"},
		{`{` + ok + `,"datacontenttype":"text/plain","data":1}`, "data"},
		{`{` + ok + `,"datacontenttype":"text/plain","data":null}`, "data"},
		{`{` + ok + `,"a":1.5}`, "a"},
		{`{` + ok + `,"a":1e2}`, "a"},
		{`{` + ok + `,"a":2147483648}`, "a"},
		{`{` + ok + `,"a":{}}`, "a"},
		{`{` + ok + `,"a":[1]}`, "a"},
		{`{` + ok + `,"A":1}`, "A"},
		{`{` + ok + `,"a b":1}`, "a b"},
		{`{` + ok + `,"":1}`, ""},
		{`{` + ok + `,"a":"\u0000"}`, "a"},
	} {
		e, err := cloudevents.Parse([]byte(tc.in))
		var bad *cloudevents.Error
		if !errors.Is(err, cloudevents.ErrFormat) && (!errors.As(err, &bad) || bad.Attribute != tc.attribute) {
			t.Errorf("Parse(%.80s) = %+v, %v; want an error of %q", tc.in, e, err, tc.attribute)
		}
		if _, err := cloudevents.ParseBatch([]byte(`[{` + ok + `},` + tc.in + `]`)); err == nil || errors.As(err, &bad) && bad.Index != 1 {
			t.Errorf("ParseBatch with %.80s: %v", tc.in, err)
		}
	}
	for _, in := range []string{``, `{}`, `[`, `[{}`, `[]]`, `[1]`} {
		if e, err := cloudevents.ParseBatch([]byte(in)); err == nil {
			t.Errorf("ParseBatch(%s) = %v, nil", in, e)
		}
	}
	many := `[` + strings.Repeat(`{`+ok+`},`, cloudevents.MaxEvents) + `{` + ok + `}]`
	if _, err := cloudevents.ParseBatch([]byte(many)); !errors.Is(err, cloudevents.ErrFormat) {
		t.Errorf("one event too many: %v", err)
	}
	// What receivers are lenient with.
	for _, in := range []string{
		`{` + ok + `,"time":"2018-04-05t17:31:00.25+02:00"}`,
		`{` + ok + `,"` + strings.Repeat("a", 40) + `":1,"1a":true,"subject":null,"data_base64":null}`,
	} {
		if _, err := cloudevents.Parse([]byte(in)); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestErrors reads the errors as people do.
func TestErrors(t *testing.T) {
	_, err := cloudevents.AppendBatch(nil, cloudevents.Event{ID: "1", Source: "/s", Type: "t"}, cloudevents.Event{ID: "1", Source: "/s", Type: "t\n"})
	if got, want := err.Error(), `cloudevents: event 1: type: has a character that the specification disallows`; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	_, err = cloudevents.Parse([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"t","` + strings.Repeat("A", 100) + `":1}`))
	if got, want := err.Error(), `cloudevents: event 0: `+strings.Repeat("A", 64)+`: is no name for an extension`; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

func TestIDs(t *testing.T) {
	ids, err := cloudevents.NewIDs(1753000003, "air-2")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1753000003-air-2-1", "1753000003-air-2-2"} {
		id := ids.Next()
		if back, err := cloudevents.ParseID(id.String()); id.String() != want || back != id || err != nil {
			t.Errorf("%s is %+v again, %v; want %s", id, back, err, want)
		}
	}
	for _, s := range []string{"", "1", "1-2", "1--2", "1-A-2", "0-a-1", "1-a-0", "01-a-1", "+1-a-1", "1-a-+1", "1-a-18446744073709551616", "1-" + strings.Repeat("a", 65) + "-1", "A234-1234-1234"} {
		if id, err := cloudevents.ParseID(s); !errors.Is(err, cloudevents.ErrID) {
			t.Errorf("ParseID(%q) = %+v, %v", s, id, err)
		}
	}
	for _, bad := range []struct {
		epoch uint64
		lane  string
	}{{0, "a"}, {1, ""}, {1, "A"}, {1, strings.Repeat("a", 65)}} {
		if _, err := cloudevents.NewIDs(bad.epoch, bad.lane); err == nil {
			t.Errorf("NewIDs(%v) was taken", bad)
		}
	}
}

func mustEncoder(t testing.TB, inner payload.Encoder) *cloudevents.Encoder {
	t.Helper()
	ids, err := cloudevents.NewIDs(7, "air")
	if err != nil {
		t.Fatal(err)
	}
	e, err := cloudevents.New("/hubs/7", "com.example.air", ids, &cloudevents.Options{Inner: inner, Subject: "kitchen"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mustSenML(t testing.TB, f senml.Format) payload.Encoder {
	t.Helper()
	e, err := senml.New(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEncoder puts every encoding into events.
func TestEncoder(t *testing.T) {
	records := []payload.Record{
		{Name: "n", Value: payload.Int(3)},
		{Name: "temp", Unit: "Cel", Value: payload.Float(21.5), Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)},
	}
	for _, tc := range []struct {
		inner payload.Encoder
		typ   string
		form  cloudevents.Form
	}{
		{nil, "application/json", cloudevents.FormJSON},
		{mustSenML(t, senml.JSON), senml.TypeJSON, cloudevents.FormJSON},
		{mustSenML(t, senml.CBOR), senml.TypeCBOR, cloudevents.FormBinary},
		{mustEncoder(t, mustSenML(t, senml.CBOR)), cloudevents.TypeJSON, cloudevents.FormJSON},
	} {
		enc := mustEncoder(t, tc.inner)
		if enc.ContentType() != cloudevents.TypeJSON {
			t.Errorf("ContentType = %q", enc.ContentType())
		}
		for seq := uint64(1); seq <= 2; seq++ {
			b, err := enc.AppendEncode([]byte("x"), records...)
			if err != nil {
				t.Fatal(err)
			}
			e, err := cloudevents.Parse(b[1:])
			if err != nil {
				t.Fatalf("%s: %v", b[1:], err)
			}
			id, err := cloudevents.ParseID(e.ID)
			if err != nil || id != (cloudevents.ID{Epoch: 7, Lane: "air", Seq: seq}) {
				t.Errorf("id %q, %v", e.ID, err)
			}
			if e.Source != "/hubs/7" || e.Type != "com.example.air" || e.Subject != "kitchen" || !e.Time.Equal(records[1].Time) || e.DataContentType != tc.typ || e.Form != tc.form {
				t.Errorf("%+v", e)
			}
			if tc.typ == cloudevents.TypeJSON {
				continue // its ids go on
			}
			inner := tc.inner
			if inner == nil {
				inner = payload.JSON{}
			}
			if want, err := inner.AppendEncode(nil, records...); err != nil || string(want) != string(e.Data) {
				t.Errorf("data is %q; want %q, %v", e.Data, want, err)
			}
		}
		for _, bad := range [][]payload.Record{nil, {{Name: "a"}}, {{Name: "a", Value: payload.Int(1), Time: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}}} {
			if b, err := enc.AppendEncode([]byte("x"), bad...); err == nil || string(b) != "x" {
				t.Errorf("%+v: %q, %v", bad, b, err)
			}
		}
	}
	for _, id := range []cloudevents.ID{{}, {1, "a", 0}, {0, "a", 1}, {1, `a"`, 1}} {
		if b, err := mustEncoder(t, nil).AppendAs([]byte("x"), id, records...); !errors.Is(err, cloudevents.ErrID) || string(b) != "x" {
			t.Errorf("AppendAs(%+v) = %q, %v; want ErrID", id, b, err)
		}
	}
	ids, err := cloudevents.NewIDs(1, "a")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() (*cloudevents.Encoder, error){
		"no ids":    func() (*cloudevents.Encoder, error) { return cloudevents.New("/s", "t", nil, nil) },
		"no source": func() (*cloudevents.Encoder, error) { return cloudevents.New("", "t", ids, nil) },
		"no type":   func() (*cloudevents.Encoder, error) { return cloudevents.New("/s", "", ids, nil) },
		"bad extension": func() (*cloudevents.Encoder, error) {
			return cloudevents.New("/s", "t", ids, &cloudevents.Options{Extensions: []cloudevents.Attribute{{Name: "A"}}})
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("New with %s was taken", name)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	records := []payload.Record{{Name: "temp", Unit: "Cel", Value: payload.Float(21.37), Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}}
	buf := make([]byte, 0, 4096)
	for _, inner := range []payload.Encoder{nil, mustSenML(t, senml.JSON), mustSenML(t, senml.CBOR)} {
		enc := mustEncoder(t, inner)
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if buf, err = enc.AppendEncode(buf[:0], records...); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("an event of %T allocates %v times; want 0", inner, n)
		}
	}
}

// TestRoundTrip writes random events, alone and as a batch, and reads them.
func TestRoundTrip(t *testing.T) {
	str := rapid.StringMatching(`[ -~é😀]{1,12}`)
	rapid.Check(t, func(rt *rapid.T) {
		events := make([]cloudevents.Event, rapid.IntRange(0, 4).Draw(rt, "n"))
		for i := range events {
			e := &events[i]
			e.ID, e.Type = str.Draw(rt, "id"), str.Draw(rt, "type")
			e.Source = rapid.StringMatching(`(urn:|/|https://)[a-z0-9:/%]{0,0}[a-z0-9/.~-]{1,8}(\?q)?(#f)?`).Draw(rt, "source")
			e.Subject = rapid.SampledFrom([]string{"", "kitchen", "é\"\\"}).Draw(rt, "subject")
			if rapid.Bool().Draw(rt, "timed") {
				e.Time = time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(rt, "sec"), rapid.Int64Range(0, 999_999_999).Draw(rt, "nsec")).UTC()
			}
			for k := range rapid.IntRange(0, 3).Draw(rt, "extensions") {
				v := rapid.SampledFrom([]payload.Value{payload.Bool(true), payload.Int(-5), payload.String("x\"é"), payload.String("")}).Draw(rt, "value")
				e.Extensions = append(e.Extensions, cloudevents.Attribute{Name: "ext" + string(rune('a'+k)), Value: v})
			}
			switch rapid.IntRange(0, 3).Draw(rt, "data") {
			case 1:
				e.Form, e.Data = cloudevents.FormJSON, []byte(rapid.SampledFrom([]string{"null", "1.50", `{"a":[1, 2]}`, `"x"`}).Draw(rt, "json"))
				e.DataContentType = rapid.SampledFrom([]string{"", "application/json", "text/json", "application/senml+json"}).Draw(rt, "type")
			case 2:
				e.Form, e.Data, e.DataContentType = cloudevents.FormText, []byte(rapid.String().Draw(rt, "text")), "text/plain"
			case 3:
				e.Form, e.Data = cloudevents.FormBinary, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "bytes")
				e.DataContentType = rapid.SampledFrom([]string{"", "application/json", "application/cbor"}).Draw(rt, "type")
			}
			b, err := e.AppendJSON(nil)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := cloudevents.Parse(b)
			if err != nil {
				rt.Fatalf("%s: %v", b, err)
			}
			if d := cmp.Diff(*e, got); d != "" {
				rt.Fatalf("%s\n-in +out:\n%s", b, d)
			}
		}
		b, err := cloudevents.AppendBatch(nil, events...)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := cloudevents.ParseBatch(b)
		if err != nil {
			rt.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(events, append([]cloudevents.Event{}, got...)); d != "" {
			rt.Fatalf("%s\n-in +out:\n%s", b, d)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"2018-04-05T17:31:00Z","a":5,"b":true,"c":null,"data":{"x":[1]}}`))
	f.Add([]byte(`[{"specversion":"1.0","id":"1","source":"urn:a","type":"t","datacontenttype":"text/xml","data":"<a/>"},{"specversion":"1.0","id":"2","source":"/s","type":"t","data_base64":"AAE="}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var events []cloudevents.Event
		if e, err := cloudevents.Parse(b); err == nil {
			events = []cloudevents.Event{e}
		} else if events, err = cloudevents.ParseBatch(b); err != nil {
			return
		}
		out, err := cloudevents.AppendBatch(nil, events...)
		var bad *cloudevents.Error
		if errors.As(err, &bad) && strings.Contains(bad.Reason, "should not have") {
			return
		}
		if err != nil {
			t.Fatalf("read, but not to be written: %v", err)
		}
		again, err := cloudevents.ParseBatch(out)
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if d := cmp.Diff(events, again, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); d != "" && len(events)+len(again) > 0 {
			t.Fatal(d)
		}
	})
}
