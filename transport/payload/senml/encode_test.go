package senml_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

func mustNew(t testing.TB, f senml.Format, o *senml.Options) *senml.Encoder {
	t.Helper()
	e, err := senml.New(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const mac = "urn:dev:mac:0024befffe804ff1:"

var t0 = time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC) // 1772600767.089

func rec(base, name, unit string, v payload.Value, at time.Time) payload.Record {
	return payload.Record{Base: base, Name: name, Unit: unit, Value: v, Time: at}
}

// TestEncode shows which base fields are chosen.
func TestEncode(t *testing.T) {
	f := payload.Float
	for _, tc := range []struct {
		name string
		o    *senml.Options
		in   []payload.Record
		want string
	}{
		{
			"one", nil,
			[]payload.Record{rec(mac, "temp", "Cel", f(21.5), t0)},
			`[{"n":"urn:dev:mac:0024befffe804ff1:temp","u":"Cel","t":1772600767.089,"v":21.5}]`,
		},
		{
			"one without time and unit", nil,
			[]payload.Record{rec(mac, "door", "", payload.Bool(true), time.Time{})},
			`[{"n":"urn:dev:mac:0024befffe804ff1:door","vb":true}]`,
		},
		{"one moment", nil, []payload.Record{
			rec(mac, "temp", "Cel", f(21.5), t0), rec(mac, "hum", "%RH", f(40), t0), rec(mac, "label", "", payload.String("a\"é\n"), t0),
		}, `[{"bn":"urn:dev:mac:0024befffe804ff1:","bt":1772600767.089,"n":"temp","u":"Cel","v":21.5},` +
			`{"n":"hum","u":"%RH","v":40},{"n":"label","vs":"a\"é\n"}]`},
		{"a series", nil, []payload.Record{
			rec(mac, "temp", "Cel", f(21.5), t0), rec(mac, "temp", "Cel", f(21.6), t0.Add(10*time.Second)), rec(mac, "temp", "Cel", f(21.7), t0.Add(19990*time.Millisecond)),
		}, `[{"bn":"urn:dev:mac:0024befffe804ff1:temp","bt":1772600767.089,"bu":"Cel","v":21.5},{"t":10,"v":21.6},{"t":19.99,"v":21.7}]`},
		{"the most frequent unit", nil, []payload.Record{
			rec("", "a", "V", f(1), t0), rec("", "b", "A", f(2), t0), rec("", "c", "A", f(3), t0),
		}, `[{"bt":1772600767.089,"bu":"A","n":"a","u":"V","v":1},{"n":"b","v":2},{"n":"c","v":3}]`},
		{"no base unit beside a record without one", nil, []payload.Record{
			rec("", "a", "A", f(1), t0), rec("", "b", "A", f(2), t0), rec("", "c", "", f(3), t0),
		}, `[{"bt":1772600767.089,"n":"a","u":"A","v":1},{"n":"b","u":"A","v":2},{"n":"c","v":3}]`},
		{"beyond Base up to a separator", nil, []payload.Record{
			rec(mac, "room/temp", "", f(1), t0), rec(mac, "room/tension", "", f(2), t0),
		}, `[{"bn":"urn:dev:mac:0024befffe804ff1:room/","bt":1772600767.089,"n":"temp","v":1},{"n":"tension","v":2}]`},
		{"two devices", nil, []payload.Record{
			rec("alpha-centauri:", "temp", "", f(1), t0), rec("alpha-centauri:", "hum", "", f(2), t0), rec("beta-centauri:", "temp", "", f(3), t0), rec("beta-centauri:", "hum", "", f(4), t0),
		}, `[{"bn":"alpha-centauri:","bt":1772600767.089,"n":"temp","v":1},{"n":"hum","v":2},{"bn":"beta-centauri:","n":"temp","v":3},{"n":"hum","v":4}]`},
		{"two devices with short names", nil, []payload.Record{
			rec("a:", "temp", "", f(1), t0), rec("b:", "temp", "", f(2), t0),
		}, `[{"bt":1772600767.089,"n":"a:temp","v":1},{"n":"b:temp","v":2}]`},
		{"devices in turn", nil, []payload.Record{
			rec("urn:dev:ow:1:", "t", "", f(1), t0), rec("urn:dev:ow:2:", "t", "", f(2), t0), rec("urn:dev:ow:1:", "t", "", f(3), t0),
		}, `[{"bn":"urn:dev:ow:","bt":1772600767.089,"n":"1:t","v":1},{"n":"2:t","v":2},{"n":"1:t","v":3}]`},
		{"a run without anything in common", nil, []payload.Record{
			rec("urn:dev:ow:1234567890:", "t", "", f(1), t0), rec("urn:dev:ow:1234567890:", "u", "", f(2), t0), rec("", "a", "", f(3), t0), rec("", "b", "", f(4), t0),
		}, `[{"bn":"urn:dev:ow:1234567890:","bt":1772600767.089,"n":"t","v":1},{"n":"u","v":2},{"bn":"","n":"a","v":3},{"n":"b","v":4}]`},
		{"a time unknown between", nil, []payload.Record{
			rec("", "a", "", f(1), t0), rec("", "b", "", f(2), time.Time{}), rec("", "c", "", f(3), t0.Add(time.Second)), rec("", "d", "", f(4), t0),
		}, `[{"bt":1772600767.089,"n":"a","v":1},{"bt":0,"n":"b","v":2},{"bt":1772600768.089,"n":"c","v":3},{"n":"d","t":-1,"v":4}]`},
		{"secondary units", nil, []payload.Record{
			rec("", "a", "hPa", f(1013.25), t0), rec("", "b", "km/h", payload.Float32(36.9), t0), rec("", "c", "dBm", payload.Int(10), t0), rec("", "d", "ms", f(100), t0),
		}, `[{"bt":1772600767.089,"n":"a","u":"Pa","v":101325},{"n":"b","u":"m/s","v":10.25},{"n":"c","u":"dBW","v":-20},{"n":"d","u":"s","v":0.1}]`},
		{
			"any unit", &senml.Options{AnyUnit: true},
			[]payload.Record{rec("", "a", "furlong", f(1), t0)},
			`[{"n":"a","u":"furlong","t":1772600767.089,"v":1}]`,
		},
		{"digits", nil, []payload.Record{
			rec("", "a", "", payload.Float32(21.3), time.Time{}), rec("", "b", "", f(0.1), time.Time{}), rec("", "c", "", payload.Int(math.MinInt64), time.Time{}),
			rec("", "d", "", f(1e21), time.Time{}), rec("", "e", "", f(-1.5e-9), time.Time{}), rec("", "f", "", payload.Bytes([]byte{0xfb, 0xff}), time.Time{}), rec("", "g", "", f(math.MaxFloat64), time.Time{}),
		}, `[{"n":"a","v":21.3},{"n":"b","v":0.1},{"n":"c","v":-9223372036854775808},{"n":"d","v":1e21},{"n":"e","v":-1.5e-9},{"n":"f","vd":"-_8"},{"n":"g","v":1.7976931348623157e308}]`},
		{
			"microseconds", &senml.Options{Resolution: time.Microsecond},
			[]payload.Record{rec("", "a", "", f(1), t0.Add(1234567))},
			`[{"n":"a","t":1772600767.090235,"v":1}]`,
		},
		{"2^28", nil, []payload.Record{rec("", "a", "", f(1), time.Unix(1<<28, 0))}, `[{"n":"a","t":268435456,"v":1}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := mustNew(t, senml.JSON, tc.o).AppendEncode([]byte("x"), tc.in...)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff("x"+tc.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			bin, err := mustNew(t, senml.CBOR, tc.o).AppendEncode(nil, tc.in...)
			if err != nil {
				t.Fatal(err)
			}
			p, err := senml.ParseJSON(got[1:])
			if err != nil {
				t.Fatal(err)
			}
			q, err := senml.ParseCBOR(bin)
			if err != nil {
				t.Fatal(err)
			}
			sameButFloat32(t, p, q)
		})
	}
}

// sameButFloat32 compares packs of JSON and CBOR, which of a Float32 holds the
// nearest float of 32 bits.
func sameButFloat32(t *testing.T, p, q senml.Pack) {
	t.Helper()
	near := cmp.Comparer(func(a, b payload.Value) bool {
		return a.Equal(b) || a.Number() && b.Number() && float32(a.Float64()) == float32(b.Float64())
	})
	if d := cmp.Diff(p, q, near); d != "" {
		t.Errorf("-JSON +CBOR:\n%s", d)
	}
}

// TestRefused checks that what cannot be said is refused with its reason, and
// nothing appended.
func TestRefused(t *testing.T) {
	ok := rec("", "ok", "", payload.Float(1), t0)
	for _, tc := range []struct {
		name string
		o    *senml.Options
		rec  payload.Record
		want error
	}{
		{"NaN", nil, rec("", "a", "", payload.Float(math.NaN()), t0), payload.ErrNotFinite},
		{"Inf", nil, rec("", "a", "", payload.Float(math.Inf(-1)), t0), payload.ErrNotFinite},
		{"Inf of 32 bits", nil, rec("", "a", "", payload.Float32(float32(math.Inf(1))), t0), payload.ErrNotFinite},
		{"Inf by conversion", nil, rec("", "a", "km", payload.Float(1e308), t0), payload.ErrNotFinite},
		{"no name", nil, rec("", "", "", payload.Float(1), t0), payload.ErrName},
		{"name begins with a separator", nil, rec("", ":a", "", payload.Float(1), t0), payload.ErrName},
		{"base begins with a separator", nil, rec("_", "a", "", payload.Float(1), t0), payload.ErrName},
		{"name with a space", nil, rec("", "a b", "", payload.Float(1), t0), payload.ErrName},
		{"name beyond ASCII", nil, rec("é", "a", "", payload.Float(1), t0), payload.ErrName},
		{"no value", nil, rec("", "a", "", payload.Value{}, t0), payload.ErrNoValue},
		{"not UTF-8", nil, rec("", "a", "", payload.String("\xff"), t0), payload.ErrText},
		{"no such unit", nil, rec("", "a", "°C", payload.Float(1), t0), payload.ErrUnit},
		{"unit in the wrong case", nil, rec("", "a", "cel", payload.Float(1), t0), payload.ErrUnit},
		{"before 2^28", nil, rec("", "a", "", payload.Float(1), time.Unix(1<<28-1, 999_000_000)), payload.ErrTime},
		{"1970", nil, rec("", "a", "", payload.Float(1), time.Unix(0, 0)), payload.ErrTime},
		{"year 10000", nil, rec("", "a", "", payload.Float(1), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), payload.ErrTime},
		{"far from now", &senml.Options{Relative: true}, rec("", "a", "", payload.Float(1), time.Now().Add(1<<28*time.Second+time.Minute)), payload.ErrTime},
	} {
		for _, f := range []senml.Format{senml.JSON, senml.CBOR} {
			got, err := mustNew(t, f, tc.o).AppendEncode([]byte("x"), ok, tc.rec)
			var re *payload.RecordError
			if !errors.Is(err, tc.want) || !errors.As(err, &re) || re.Index != 1 || string(got) != "x" {
				t.Errorf("%s: %q, %v; want %v of record 1", tc.name, got, err, tc.want)
			}
		}
	}
	if _, err := mustNew(t, senml.JSON, nil).AppendEncode(nil); !errors.Is(err, payload.ErrNoRecords) {
		t.Errorf("no records: %v", err)
	}
	for _, o := range []*senml.Options{{Resolution: -1}} {
		if e, err := senml.New(senml.JSON, o); err == nil {
			t.Errorf("New(%+v) = %v, nil", o, e)
		}
	}
	if _, err := senml.New(2, nil); err == nil {
		t.Error("Format 2 was taken")
	}
	for _, p := range []senml.Pack{nil, {{Name: "a", Time: math.Inf(1)}}, {{Name: "\xff"}}, {{Version: -1}}, {{Value: payload.Float(math.NaN())}}} {
		for f, enc := range map[string]func([]byte) ([]byte, error){"JSON": p.AppendJSON, "CBOR": p.AppendCBOR} {
			var se *senml.SyntaxError
			if got, err := enc([]byte("x")); !errors.As(err, &se) || string(got) != "x" {
				t.Errorf("%s of %+v: %q, %v", f, p, got, err)
			}
		}
	}
}

// TestRelative encodes with a clock that is wrong by years.
func TestRelative(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := time.Now() // in the bubble, the year 2000
		time.Sleep(1500 * time.Millisecond)
		second := time.Now()
		time.Sleep(2 * time.Second)
		enc := mustNew(t, senml.JSON, &senml.Options{Relative: true})
		in := []payload.Record{
			rec("", "a", "", payload.Float(1), first),
			rec("", "b", "", payload.Float(2), second),
			rec("", "c", "", payload.Float(3), time.Time{}),
		}
		got, err := enc.AppendEncode(nil, in...)
		if err != nil {
			t.Fatal(err)
		}
		const want = `[{"bt":-3.5,"n":"a","v":1},{"n":"b","t":1.5,"v":2},{"bt":0,"n":"c","v":3}]`
		if string(got) != want {
			t.Errorf("%s; want %s", got, want)
		}
		p, err := senml.ParseJSON(got)
		if err != nil {
			t.Fatal(err)
		}
		recs, err := p.Records(now)
		if err != nil {
			t.Fatal(err)
		}
		for i, ago := range []time.Duration{3500 * time.Millisecond, 2 * time.Second, 0} {
			if want := now.Add(-ago); !recs[i].Time.Equal(want) {
				t.Errorf("%s at %v; want %v", recs[i].Name, recs[i].Time, want)
			}
		}
	})
}

// TestDecimals compares the sizes of a pack with and without decimal fractions.
func TestDecimals(t *testing.T) {
	in := series(60)
	plain, err := mustNew(t, senml.CBOR, nil).AppendEncode(nil, in...)
	if err != nil {
		t.Fatal(err)
	}
	short, err := mustNew(t, senml.CBOR, &senml.Options{Decimals: true}).AppendEncode(nil, in...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := senml.ParseCBOR(plain)
	if err != nil {
		t.Fatal(err)
	}
	q, err := senml.ParseCBOR(short)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, q); d != "" {
		t.Errorf("-plain +decimals:\n%s", d)
	}
	t.Logf("%d bytes, with decimal fractions %d", len(plain), len(short))
	if len(short)*100 > len(plain)*85 {
		t.Errorf("decimal fractions take %d bytes of %d; want a sixth less", len(short), len(plain))
	}
}

// TestNoAllocs holds the encoders to a buffer that is used again.
func TestNoAllocs(t *testing.T) {
	in := append(series(60), rec("other:", "s", "", payload.String("a\n"), t0), rec("", "b", "", payload.Bytes([]byte("abc")), time.Time{}))
	buf := make([]byte, 0, 64<<10)
	for _, o := range []*senml.Options{nil, {Decimals: true, Resolution: 1}, {Relative: true}} {
		for _, f := range []senml.Format{senml.JSON, senml.CBOR} {
			enc := mustNew(t, f, o)
			if n := testing.AllocsPerRun(100, func() {
				var err error
				if buf, err = enc.AppendEncode(buf[:0], in...); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("format %d with %+v allocates %v times; want 0", f, o, n)
			}
		}
	}
}

// series is n readings of a temperature, one every 10 s.
func series(n int) []payload.Record {
	in := make([]payload.Record, n)
	for i := range in {
		in[i] = rec(mac, "temp", "Cel", payload.Float(21+float64(i*37%100)/100), t0.Add(time.Duration(i)*10*time.Second))
	}
	return in
}

// TestFewCharacters holds numbers to section 5: a mantissa of fewer than 19
// characters and an exponent of fewer than 5, with a small e.
func TestFewCharacters(t *testing.T) {
	enc := mustNew(t, senml.JSON, nil)
	for _, v := range []float64{0, 1e16, 123456789012345678, 1e17, 1e-6, 1e-7, 0.1234567890123456789, 1.0 / 3, 2.0 / 3e5, math.MaxFloat64, math.SmallestNonzeroFloat64, 5e-324} {
		b, err := enc.AppendEncode(nil, rec("", "a", "", payload.Float(v), time.Time{}))
		if err != nil {
			t.Fatal(err)
		}
		_, digits, _ := strings.Cut(strings.TrimSuffix(string(b), "}]"), `"v":`)
		mant, exp, _ := strings.Cut(digits, "e")
		if len(mant) >= 19 || len(exp) >= 5 || strings.ContainsAny(digits, "E+") {
			t.Errorf("%v is written as %s", v, digits)
		}
	}
}
