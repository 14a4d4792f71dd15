package payload_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/payload"
)

var t0 = time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC)

func TestEncode(t *testing.T) {
	in := []payload.Record{
		{Base: "hub \"7\":", Name: "temp", Unit: "Cel", Value: payload.Float32(21.3), Time: t0},
		{Base: "hub \"7\":", Name: "door", Value: payload.Bool(true), Time: t0.In(time.FixedZone("", 3600))},
		{Name: "count", Value: payload.Int(9007199254740993), Time: t0},
		{Name: "text", Value: payload.String("a\x00\u2028é\\"), Time: t0},
		{Name: "raw", Value: payload.Bytes([]byte{0xfb, 0xff}), Time: t0},
	}
	for _, tc := range []struct {
		name string
		enc  payload.Encoder
		in   []payload.Record
		want string
	}{
		{"JSON", payload.JSON{}, in, `[{"name":"hub \"7\":temp","unit":"Cel","value":21.3,"time":"2026-03-04T05:06:07.089Z"},` +
			`{"name":"hub \"7\":door","value":true,"time":"2026-03-04T05:06:07.089Z"},` +
			`{"name":"count","value":9007199254740993,"time":"2026-03-04T05:06:07.089Z"},` +
			`{"name":"text","value":"a\u0000\u2028é\\","time":"2026-03-04T05:06:07.089Z"},` +
			`{"name":"raw","value_base64":"+/8=","time":"2026-03-04T05:06:07.089Z"}]`},
		{"JSON without time", payload.JSON{}, []payload.Record{{Base: "a", Value: payload.Float(-0.5)}}, `[{"name":"a","value":-0.5}]`},
		{"Flat", payload.Flat{}, in, `{"time":"2026-03-04T05:06:07.089Z","temp":21.3,"door":true,"count":9007199254740993,"text":"a\u0000\u2028é\\","raw":"+/8="}`},
		{"Flat in ms", payload.Flat{Time: "ts", Milli: true}, in[:1], `{"ts":1772600767089,"temp":21.3}`},
		{"Flat without time", payload.Flat{}, []payload.Record{{Name: "a\n", Value: payload.Float(1e-7)}}, `{"a\n":1e-7}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.enc.AppendEncode([]byte("x"), tc.in...)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff("x"+tc.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if !json.Valid(got[1:]) {
				t.Errorf("%s is not JSON", got[1:])
			}
			if tc.enc.ContentType() != "application/json" {
				t.Errorf("ContentType = %q", tc.enc.ContentType())
			}
		})
	}
}

func TestRefused(t *testing.T) {
	ok := payload.Record{Name: "ok", Value: payload.Float(1), Time: t0}
	both := []payload.Encoder{payload.JSON{}, payload.Flat{}}
	flat := both[1:]
	for _, tc := range []struct {
		name string
		encs []payload.Encoder
		rec  payload.Record
		want error
	}{
		{"NaN", both, payload.Record{Name: "a", Value: payload.Float(math.NaN()), Time: t0}, payload.ErrNotFinite},
		{"Inf", both, payload.Record{Name: "a", Value: payload.Float32(float32(math.Inf(1))), Time: t0}, payload.ErrNotFinite},
		{"no value", both, payload.Record{Name: "a", Time: t0}, payload.ErrNoValue},
		{"no name", both, payload.Record{Value: payload.Float(1), Time: t0}, payload.ErrName},
		{"name not UTF-8", both, payload.Record{Base: "\xff", Name: "a", Value: payload.Float(1), Time: t0}, payload.ErrText},
		{"unit not UTF-8", both, payload.Record{Name: "a", Unit: "\xff", Value: payload.Float(1), Time: t0}, payload.ErrText},
		{"text not UTF-8", both, payload.Record{Name: "a", Value: payload.String("\xff"), Time: t0}, payload.ErrText},
		{"year 10000", both[:1], payload.Record{Name: "a", Value: payload.Float(1), Time: t0.AddDate(9000, 0, 0)}, payload.ErrTime},
		{"base only", flat, payload.Record{Base: "a", Value: payload.Float(1), Time: t0}, payload.ErrName},
		{"another time", flat, payload.Record{Name: "a", Value: payload.Float(1), Time: t0.Add(1)}, payload.ErrMany},
		{"the same name", flat, payload.Record{Base: "a", Name: "ok", Value: payload.Float(1), Time: t0}, payload.ErrMany},
		{"the name of the time", flat, payload.Record{Name: "time", Value: payload.Float(1), Time: t0}, payload.ErrMany},
	} {
		for _, enc := range tc.encs {
			got, err := enc.AppendEncode([]byte("x"), ok, tc.rec)
			var re *payload.RecordError
			if !errors.As(err, &re) || re.Index != 1 || !errors.Is(err, tc.want) || string(got) != "x" {
				t.Errorf("%T, %s: %q, %v; want %v", enc, tc.name, got, err, tc.want)
			}
		}
	}
	for _, enc := range both {
		if got, err := enc.AppendEncode([]byte("x")); !errors.Is(err, payload.ErrNoRecords) || string(got) != "x" {
			t.Errorf("%T without records: %q, %v", enc, got, err)
		}
	}
	old := payload.Record{Name: "a", Value: payload.Float(1), Time: t0.AddDate(9000, 0, 0)}
	if _, err := (payload.Flat{}).AppendEncode(nil, old); !errors.Is(err, payload.ErrTime) {
		t.Errorf("Flat in the year 11026: %v", err)
	}
}

func TestParseJSONErrors(t *testing.T) {
	for _, in := range []string{
		``, `{}`, `[`, `[1]`, `[{"name":"a","value":1}`, `[{"name":"a","value":1}]]`, `[{"name":"a","value":1}] 1`, "[{\"name\":\"\xff\",\"value\":1}]", strings.Repeat("[", 100_000),
		`[{"name":"a","value":1,"time":"yesterday"}]`, `[{"name":1,"value":1}]`,
	} {
		if got, err := payload.ParseJSON([]byte(in)); !errors.Is(err, payload.ErrFormat) {
			t.Errorf("ParseJSON(%.40q) = %v, %v; want ErrFormat", in, got, err)
		}
	}
	for in, want := range map[string]error{
		`[{"value":1}]`:                               payload.ErrName,
		`[{"name":"a"}]`:                              payload.ErrNoValue,
		`[{"name":"a","value":null}]`:                 payload.ErrNoValue,
		`[{"name":"a","value":{}}]`:                   payload.ErrNumber,
		`[{"name":"a","value":1e999}]`:                payload.ErrNotFinite,
		`[{"name":"a","value":1,"value_base64":""}]`:  nil,
		`[{"name":"a","value_base64":"*"}]`:           nil,
		`[{"name":"b","value":2},{"name":"a"}]`:       payload.ErrNoValue,
		`[{"name":"b","value":2},{"name":"","value"}`: nil,
	} {
		var re *payload.RecordError
		got, err := payload.ParseJSON([]byte(in))
		if err == nil || want != nil && (!errors.As(err, &re) || !errors.Is(err, want)) {
			t.Errorf("ParseJSON(%s) = %v, %v; want %v", in, got, err, want)
		}
	}
	if _, err := payload.ParseJSON([]byte(`[]`)); !errors.Is(err, payload.ErrNoRecords) {
		t.Errorf("an empty array: %v", err)
	}
	many := `[` + strings.Repeat(`{"name":"a","value":1},`, payload.MaxRecords)
	if _, err := payload.ParseJSON([]byte(many + `{"name":"a","value":1}]`)); !errors.Is(err, payload.ErrFormat) {
		t.Errorf("one record too many: %v", err)
	}
}

// TestRoundTrip writes random records as JSON and reads them again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := make([]payload.Record, rapid.IntRange(1, 8).Draw(rt, "n"))
		for i := range in {
			in[i] = payload.Record{
				Name:  "n" + rapid.String().Draw(rt, "name"),
				Unit:  rapid.SampledFrom([]string{"", "Cel", "°C"}).Draw(rt, "unit"),
				Value: value(rt),
			}
			if rapid.Bool().Draw(rt, "timed") {
				in[i].Time = time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(rt, "sec"), rapid.Int64Range(0, 999_999_999).Draw(rt, "nsec")).UTC()
			}
		}
		b, err := payload.JSON{}.AppendEncode(nil, in...)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := payload.ParseJSON(b)
		if err != nil {
			rt.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(in, got); d != "" {
			rt.Fatalf("%s\n-in +out:\n%s", b, d)
		}
	})
}

func value(rt *rapid.T) payload.Value {
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0:
		return payload.Float(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(rt, "float"))
	case 1:
		return payload.Float(float64(rapid.IntRange(-100_000, 100_000).Draw(rt, "cents")) / 100)
	case 2:
		return payload.Int(rapid.Int64().Draw(rt, "int"))
	case 3:
		return payload.Bool(rapid.Bool().Draw(rt, "bool"))
	case 4:
		return payload.String(rapid.String().Draw(rt, "string"))
	}
	return payload.Bytes(rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes"))
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`[{"name":"a","unit":"Cel","value":21.5,"time":"2026-03-04T05:06:07.089Z"},{"name":"b","value_base64":"+/8="},{"name":"c","value":"\ud800"}]`))
	f.Add([]byte(`[{"name":"a","value":9007199254740993,"x":[{}]},{"NAME":"b","Value":true}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := payload.ParseJSON(b)
		if err != nil {
			return
		}
		out, err := payload.JSON{}.AppendEncode(nil, in...)
		if errors.Is(err, payload.ErrTime) {
			return // in UTC it is the year 10000, or before 0
		}
		if err != nil {
			t.Fatalf("read, but not to be written: %v", err)
		}
		again, err := payload.ParseJSON(out)
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if d := cmp.Diff(in, again); d != "" {
			t.Fatal(d)
		}
	})
}

func TestValue(t *testing.T) {
	for _, tc := range []struct {
		v     payload.Value
		kind  payload.Kind
		text  string
		float float64
	}{
		{payload.Value{}, payload.KindNone, "null", 0},
		{payload.Float(1.25), payload.KindFloat, "1.25", 1.25},
		{payload.Float32(0.1), payload.KindFloat32, "0.1", float64(float32(0.1))},
		{payload.Int(-7), payload.KindInt, "-7", -7},
		{payload.Bool(true), payload.KindBool, "true", 0},
		{payload.String("a\"b"), payload.KindString, `a"b`, 0},
		{payload.Bytes([]byte("hi \n")), payload.KindBytes, `"aGkgCg=="`, 0},
	} {
		if tc.v.Kind() != tc.kind || tc.v.String() != tc.text || tc.v.Float64() != tc.float || !tc.v.Equal(tc.v) {
			t.Errorf("%v: kind %v, float %v; want %v, %v", tc.v, tc.v.Kind(), tc.v.Float64(), tc.kind, tc.float)
		}
	}
	for _, tc := range []struct {
		a, b payload.Value
		want bool
	}{
		{payload.Float(2), payload.Int(2), true},
		{payload.Float32(0.5), payload.Float(0.5), true},
		{payload.Float32(0.1), payload.Float(0.1), false},
		{payload.Int(math.MaxInt64), payload.Int(math.MaxInt64 - 1), false},
		{payload.Bool(true), payload.Bool(false), false},
		{payload.String("1"), payload.Int(1), false},
		{payload.Bytes(nil), payload.Bytes([]byte{}), true},
		{payload.String(""), payload.Value{}, false},
	} {
		if tc.a.Equal(tc.b) != tc.want || tc.b.Equal(tc.a) != tc.want {
			t.Errorf("%v equals %v: %v; want %v", tc.a, tc.b, !tc.want, tc.want)
		}
	}
	if payload.Float(3).Int64() != 0 || payload.Int(3).Bool() || !payload.Bool(true).Bool() || payload.Int(3).Str() != "" || payload.Int(3).Bytes() != nil {
		t.Error("a value is of another kind, too")
	}
	for _, s := range []string{"0", "-0.5", "10.25e-3", "1E+2", "0e0"} {
		if v, err := payload.ParseNumber(s); err != nil || !json.Valid([]byte(v.String())) {
			t.Errorf("ParseNumber(%q) = %v, %v", s, v, err)
		}
	}
	for _, s := range []string{"", "x", "NaN", "Inf", "-inf", "0x", "1_0", "+1", ".5", "1.", "01", "1e", "1e+", "-", "1 ", "1e5x", "0x1p4"} {
		if v, err := payload.ParseNumber(s); !errors.Is(err, payload.ErrNumber) {
			t.Errorf("ParseNumber(%q) = %v, %v", s, v, err)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	in := []payload.Record{
		{Base: "hub-7:", Name: "temp", Unit: "Cel", Value: payload.Float(21.37), Time: t0},
		{Base: "hub-7:", Name: "text", Value: payload.String("a\n"), Time: t0},
		{Base: "hub-7:", Name: "raw", Value: payload.Bytes([]byte("abc")), Time: t0},
	}
	buf := make([]byte, 0, 4096)
	for _, enc := range []payload.Encoder{payload.JSON{}, payload.Flat{}, payload.Flat{Milli: true}} {
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if buf, err = enc.AppendEncode(buf[:0], in...); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%T allocates %v times; want 0", enc, n)
		}
	}
}
