package senml_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

// TestParseErrors feeds packs that are none.
func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for _, tc := range []struct {
		in   string // JSON, or CBOR in hexadecimal after "h:"
		want error  // nil for any
	}{
		{``, nil},
		{`{}`, nil},
		{`[`, nil},
		{`[]`, nil},
		{`[1]`, nil},
		{`[{}`, nil},
		{`[{}]x`, nil},
		{`[{"n":"a"}][]`, nil},
		{`[{"n":1}]`, nil},
		{`[{"v":"1"}]`, nil},
		{`[{"v":null}]`, nil},
		{`[{"v":[1]}]`, nil},
		{`[{"vb":1}]`, nil},
		{`[{"vd":"?"}]`, nil},
		{`[{"vd":"aGk="}]`, nil},
		{`[{"vs":"a","v":1}]`, nil},
		{`[{"v":1,"v":1}]`, nil},
		{`[{"n":"a","n":"b"}]`, nil},
		{"[{\"n\":\"\xff\"}]", nil},
		{deep, nil},
		{`[{"x":` + deep + `}]`, nil},
		{`[{"v":1e999}]`, payload.ErrNotFinite},
		{`[{"t":-1e999}]`, payload.ErrNotFinite},
		{`[{"bver":11,"n":"a","v":1}]`, senml.ErrVersion},
		{`[{"bver":0}]`, senml.ErrVersion},
		{`[{"bver":1.5}]`, senml.ErrVersion},
		{`[{"bver":-1}]`, senml.ErrVersion},
		{`[{"bver":5,"n":"a","v":1},{"bver":6,"n":"a","v":1}]`, senml.ErrVersion},
		{`[{"n":"a","v":1},{"bver":6,"n":"a","v":1}]`, senml.ErrVersion},
		{`[{"n":"a","v":1,"x_":1}]`, senml.ErrLabel},
		{`[{"n"`, nil},
		{`[{"n":}]`, nil},
		{`[{"x":}]`, nil},
		{`[{1:2}]`, nil},
		{`[{"bver":"5"}]`, nil},
		{"h:81a1fb3ff000000000000000", nil},
		{"h:81a161ff00", nil},
		{"h:81a102c4", nil},
		{"h:81a102c482", nil},
		{"h:81a102c48200", nil},
		{"h:81a102c4821902bc01", nil},
		{"h:81a102f4", nil},
		{"h:81a1022000", nil},
		{"h:", nil},
		{"h:80", nil},
		{"h:a0", nil},
		{"h:81", nil},
		{"h:8180", nil},
		{"h:81a1", nil},
		{"h:81a10061", nil},
		{"h:81a0ff", nil},
		{"h:9f", nil},
		{"h:9fff", nil},
		{"h:81a100f5", nil},
		{"h:81a1026161", nil},
		{"h:81a102f6", nil},
		{"h:81a1006 1ff", nil},
		{"h:81a2020102 01", nil},
		{"h:81a1 20 fb3ff0000000000000", nil},
		{"h:81a102 7fff", nil},
		{"h:81a1037f61 61ff", nil},
		{"h:9bffffffffffffffff", nil},
		{"h:81bbffffffffffffffff", nil},
		{"h:81a1 18c8 9bffffffffffffffff", nil},
		{"h:81a1 18c8" + strings.Repeat("81", 1000) + "00", nil},
		{"h:81a102c4820100c400", nil},
		{"h:81a102c482190fff01", nil},
		{"h:81a102c48101", nil},
		{"h:81a102c482 1b7fffffffffffffff 01", nil},
		{"h:81a102c4 82 01 c24100", nil},
		{"h:81a102 1c", nil},
		{"h:81a102 f8", nil},
		{"h:81a102f97c00", payload.ErrNotFinite},
		{"h:81a102f97e00", payload.ErrNotFinite},
		{"h:81a102fa7f800000", payload.ErrNotFinite},
		{"h:81a102fbfff0000000000000", payload.ErrNotFinite},
		{"h:81a1200b", senml.ErrVersion},
		{"h:81a161785f01", nil},
		{"h:81a162785f01", senml.ErrLabel},
	} {
		parse := senml.ParseJSON
		in := []byte(tc.in)
		if h, ok := strings.CutPrefix(tc.in, "h:"); ok {
			parse = senml.ParseCBOR
			b, err := hex.DecodeString(strings.ReplaceAll(h, " ", ""))
			if err != nil {
				t.Fatalf("%s: %v", h, err)
			}
			in = b
		}
		p, err := parse(in)
		var se *senml.SyntaxError
		if !errors.As(err, &se) || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%.60q = %+v, %v; want a SyntaxError of %v", tc.in, p, err, tc.want)
		}
	}
}

// TestParse reads what is unusual.
func TestParse(t *testing.T) {
	f := payload.Float
	for _, tc := range []struct {
		in   string
		want senml.Pack
	}{
		{`[{"n":"a","v":1,"x":{"y_":[1,{}]},"z":null}]`, senml.Pack{{Name: "a", Value: f(1)}}},
		{` [ { } , {"bn":"","bt":0,"bu":"","bv":0,"bs":-0,"n":"","u":"","s":0,"t":0.0,"ut":0e5} ] `, senml.Pack{{}, {Zero: 1<<10 - 1}}},
		{`[{"v":9007199254740993},{"v":9007199254740992},{"v":1.10},{"v":-0}]`, senml.Pack{{Value: payload.Int(9007199254740993)}, {Value: f(1 << 53)}, {Value: f(1.1)}, {Value: f(0)}}},
		{`[{"v":18446744073709551616},{"v":9223372036854775807}]`, senml.Pack{{Value: f(1 << 64)}, {Value: payload.Int(9223372036854775807)}}},
		{`[{"bver":10},{"bver":10,"vd":""}]`, senml.Pack{{Version: 10}, {Version: 10, Value: payload.Bytes(nil)}}},
		{`[{"n":"a","vs":"😀\u0000"}]`, senml.Pack{{Name: "a", Value: payload.String("😀\x00")}}},
		// The same in CBOR: indefinite lengths, unknown labels, every form of number.
		{"h:9fbf006161 02f93e00ffff", senml.Pack{{Name: "a", Value: f(1.5)}}},
		{"h:81a4 186401 2802 617883 01f6a16179c100 0220", senml.Pack{{Value: f(-1)}}},
		{"h:83a102fa3fc00000 a102fb3ff8000000000000 a102c4822119 0393", senml.Pack{{Value: f(1.5)}, {Value: f(1.5)}, {Value: f(9.15)}}},
		{"h:83a1021bffffffffffffffff a1023bffffffffffffffff a1021b0020000000000001", senml.Pack{{Value: f(1 << 64)}, {Value: f(-1 << 64)}, {Value: payload.Int(1<<53 + 1)}}},
		{"h:83a102f90001 a102f98000 a102f9c400", senml.Pack{{Value: f(1.0 / (1 << 24))}, {Value: f(0)}, {Value: f(-4)}}},
		{"h:82a10840 a104f4", senml.Pack{{Value: payload.Bytes(nil)}, {Value: payload.Bool(false)}}},
	} {
		parse := senml.ParseJSON
		in := []byte(tc.in)
		if h, ok := strings.CutPrefix(tc.in, "h:"); ok {
			parse = senml.ParseCBOR
			b, err := hex.DecodeString(strings.ReplaceAll(h, " ", ""))
			if err != nil {
				t.Fatalf("%s: %v", h, err)
			}
			in = b
		}
		got, err := parse(in)
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
			continue
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s -want +got:\n%s", tc.in, d)
		}
	}
}

// TestResolve covers what the RFC's examples do not.
func TestResolve(t *testing.T) {
	for _, tc := range []struct {
		name, in, want string
		err            error
	}{
		{
			"base value and sum", `[{"bn":"a","bv":20,"bs":100,"v":1.5},{"s":5},{"v":-20},{"vs":"x"},{"bv":0,"bs":0,"v":3}]`,
			`[{"n":"a","t":631152000,"v":21.5,"s":100},{"n":"a","t":631152000,"v":20,"s":105},{"n":"a","t":631152000,"v":0,"s":100},{"n":"a","t":631152000,"vs":"x","s":100},{"n":"a","t":631152000,"v":3,"s":0}]`, nil,
		},
		{"sum only", `[{"n":"a","s":0},{"n":"b","s":1.5,"ut":0}]`, `[{"n":"a","t":631152000,"s":0},{"n":"b","t":631152000,"s":1.5,"ut":0}]`, nil},
		{
			"a unit of none beats the base unit", `[{"bu":"A","n":"a","v":1},{"n":"b","u":"","v":2},{"bu":"","n":"c","v":3}]`,
			`[{"n":"a","u":"A","t":631152000,"v":1},{"n":"b","t":631152000,"v":2},{"n":"c","t":631152000,"v":3}]`, nil,
		},
		{
			"order of times, relative and absolute", `[{"n":"a","t":0.5,"v":1},{"n":"b","t":-0.5,"v":2},{"n":"c","t":268435456,"v":3},{"n":"d","bt":268435455,"t":1,"v":4},{"n":"e","t":0.999,"v":5}]`,
			`[{"n":"c","t":268435456,"v":3},{"n":"d","t":268435456,"v":4},{"n":"b","t":631151999.5,"v":2},{"n":"a","t":631152000.5,"v":1},{"n":"e","t":899587455.999,"v":5}]`, nil,
		},
		{"version 5 stays", `[{"bver":5,"n":"a","v":1},{"n":"b","v":2}]`, `[{"bver":5,"n":"a","t":631152000,"v":1},{"bver":5,"n":"b","t":631152000,"v":2}]`, nil},
		{"version 10 goes", `[{"bver":10,"n":"a","v":1}]`, `[{"n":"a","t":631152000,"v":1}]`, nil},
		{"no name", `[{"v":1}]`, "", payload.ErrName},
		{"bad name", `[{"bn":"a ","v":1}]`, "", payload.ErrName},
		{"name begins with '/'", `[{"n":"/a","v":1}]`, "", payload.ErrName},
		{"no value", `[{"n":"a"}]`, "", payload.ErrNoValue},
		{"base fields only", `[{"bn":"a","bt":5}]`, "", payload.ErrNoRecords},
		{"nothing at all", `[{}]`, "", payload.ErrName},
		{"sum beyond floats", `[{"n":"a","bv":1e308,"v":1e308}]`, "", payload.ErrNotFinite},
		{"sum of sums beyond floats", `[{"n":"a","bs":-1e308,"s":-1e308}]`, "", payload.ErrNotFinite},
		{"time out of reach", `[{"n":"a","t":1e300,"v":1}]`, "", payload.ErrTime},
		{"base time out of reach", `[{"n":"a","bt":-1e300,"v":1}]`, "", payload.ErrTime},
		{"year 10000", `[{"n":"a","t":253402300800,"v":1}]`, "", payload.ErrTime},
		{"year 10000 by sum", `[{"n":"a","bt":253402300799,"t":1,"v":1}]`, "", payload.ErrTime},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := senml.ParseJSON([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Resolve(now)
			if tc.err != nil {
				if !errors.Is(err, tc.err) {
					t.Errorf("Resolve = %+v, %v; want %v", r, err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestErrors reads the errors as people do.
func TestErrors(t *testing.T) {
	for in, want := range map[string]string{
		`[{"n":"a","v":1},{"n":"b","v":"1"}]`: `senml: record 1, field "v": not of the type that this field has`,
		`{}`:                                  `senml: record 0: not an array of objects`,
	} {
		if _, err := senml.ParseJSON([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", in, err, want)
		}
	}
	_, err := senml.Pack{{Name: "a", Value: payload.Float(1)}, {Name: "b b", Value: payload.Float(1)}}.Records(now)
	if want := `payload: record 1 ("b b"): no name, or not one for this encoding`; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	if r, err := (senml.Pack{{Name: "a", Sum: 1}}).Records(now); !errors.Is(err, payload.ErrNoRecords) {
		t.Errorf("a pack of sums: %v, %v; want ErrNoRecords", r, err)
	}
}

// TestMany checks the bound on records.
func TestMany(t *testing.T) {
	in := `[` + strings.Repeat(`{"n":"a","v":1},`, payload.MaxRecords-1) + `{"n":"a","v":1}`
	if p, err := senml.ParseJSON([]byte(in + `]`)); err != nil || len(p) != payload.MaxRecords {
		t.Errorf("%d records, %v", len(p), err)
	}
	var se *senml.SyntaxError
	if _, err := senml.ParseJSON([]byte(in + `,{}]`)); !errors.As(err, &se) || se.Index != payload.MaxRecords {
		t.Errorf("one too many: %v", err)
	}
	bin := append([]byte{0x9f}, strings.Repeat("\xa0", payload.MaxRecords+1)...)
	if _, err := senml.ParseCBOR(append(bin, 0xff)); !errors.As(err, &se) || se.Index != payload.MaxRecords {
		t.Errorf("one too many in CBOR: %v", err)
	}
}

// TestDigitsOfTimes checks that times come back by the digits they were written
// with, though no float has them.
func TestDigitsOfTimes(t *testing.T) {
	for _, res := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		for _, f := range []senml.Format{senml.JSON, senml.CBOR} {
			enc := mustNew(t, f, &senml.Options{Resolution: res})
			for i := range 1000 {
				in := []payload.Record{
					rec("", "a", "", payload.Float(1), t0.Add(time.Duration(i)*1234567891*time.Nanosecond).Round(res)),
					rec("", "b", "", payload.Float(1), t0.Add(time.Duration(i)*12345678912345).Round(res)),
				}
				b, err := enc.AppendEncode(nil, in...)
				if err != nil {
					t.Fatal(err)
				}
				out := records(t, f, b)
				for k := range in {
					if !out[k].Time.Equal(in[k].Time) {
						t.Fatalf("%v came back as %v from %s", in[k].Time, out[k].Time, b)
					}
				}
			}
		}
	}
}

// The two ends of time in one pack, eight thousand years apart.
func TestTimesFarApart(t *testing.T) {
	for _, f := range []senml.Format{senml.JSON, senml.CBOR} {
		for _, ms := range []int64{0, 1, 500, 999} {
			in := []payload.Record{
				rec("", "a", "", payload.Float(1), time.UnixMilli(253402300799000).UTC()),
				rec("", "b", "", payload.Float(1), time.UnixMilli(268435456000+ms).UTC()),
			}
			b, err := mustNew(t, f, nil).AppendEncode(nil, in...)
			if err != nil {
				t.Fatal(err)
			}
			// In the order of their times.
			if out := records(t, f, b); !out[0].Time.Equal(in[1].Time) || !out[1].Time.Equal(in[0].Time) {
				t.Errorf("%v and %v came back as %v from %s", in[1].Time, in[0].Time, out, b)
			}
		}
	}
}

// records reads a pack of either format.
func records(t testing.TB, f senml.Format, b []byte) []payload.Record {
	t.Helper()
	parse := senml.ParseJSON
	if f == senml.CBOR {
		parse = senml.ParseCBOR
	}
	p, err := parse(b)
	if err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	out, err := p.Records(now)
	if err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return out
}
