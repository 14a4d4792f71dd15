package senml_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

// values draws a value of any kind.
func values(rt *rapid.T) payload.Value {
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

// TestRoundTrip encodes random records and reads them again, with names, units,
// times and all digits of the values.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.SampledFrom([]string{"", mac, "a:", "a", "urn:dev:ow:1:", "urn:dev:ow:1"})
		in := make([]payload.Record, rapid.IntRange(1, 12).Draw(rt, "n"))
		for i := range in {
			r := &in[i]
			r.Base = base.Draw(rt, "base")
			r.Name = rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9:./_]{0,3}`).Draw(rt, "name")
			r.Unit = rapid.SampledFrom([]string{"", "Cel", "%RH", "A"}).Draw(rt, "unit")
			r.Value = values(rt)
			if rapid.IntRange(0, 4).Draw(rt, "timed") > 0 {
				r.Time = time.UnixMilli(rapid.OneOf(rapid.Int64Range(1<<28*1000, mostMillis), rapid.Int64Range(1772600767000, 1772600769000)).Draw(rt, "ms"))
			}
		}
		f := senml.Format(rapid.IntRange(0, 1).Draw(rt, "format"))
		enc := mustNew(t, f, &senml.Options{Decimals: rapid.Bool().Draw(rt, "decimals")})
		b, err := enc.AppendEncode(nil, in...)
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]int{}
		for _, r := range records(t, f, b) {
			got[key(r)]++
		}
		for _, r := range in {
			if r.Time.IsZero() {
				r.Time = now
			}
			k := key(payload.Record{Name: r.Base + r.Name, Unit: r.Unit, Value: r.Value, Time: r.Time})
			if got[k] == 0 {
				rt.Fatalf("%+v is not in %q", r, b)
			}
			got[k]--
		}
	})
}

const mostMillis = 253402300799_000 // the last second of the year 9999

// key is what a record says, with numbers by their values.
func key(r payload.Record) string {
	v := r.Value
	if n := v.Int64(); v.Kind() == payload.KindInt && int64(float64(n)) == n && n != math.MaxInt64 {
		v = payload.Float(float64(n))
	}
	if v.Kind() == payload.KindFloat {
		v = payload.Float(v.Float64() + 0) // of both zeros one
	}
	return fmt.Sprintf("%s %s %v %s %d", r.Name, r.Unit, v.Number(), v, r.Time.UnixNano())
}

func FuzzParseJSON(f *testing.F) {
	for _, e := range examples {
		f.Add(readFile(f, e.file))
	}
	f.Add([]byte(`[{"bn":"","bt":0,"bu":"","bv":0,"bs":0,"bver":5,"n":"","u":"","s":0,"t":1e300,"ut":0,"x":[{}],"vs":"\ud800"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := senml.ParseJSON(b)
		if err == nil {
			again(t, p)
		}
	})
}

func FuzzParseCBOR(f *testing.F) {
	f.Add(readHex(f, "6.hex"))
	for _, e := range examples {
		p, err := senml.ParseJSON(readFile(f, e.file))
		if err != nil {
			f.Fatal(err)
		}
		b, err := p.AppendCBOR(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\x9f\xbf\x00\x61a\x02\xc4\x82\x21\x19\x03\x93\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := senml.ParseCBOR(b)
		if err == nil {
			again(t, p)
		}
	})
}

// again holds a pack that was read to what both encodings and resolving make of
// it.
func again(t *testing.T, p senml.Pack) {
	j, err := p.AppendJSON(nil)
	if err != nil {
		t.Fatalf("read, but not to be written: %v", err)
	}
	c, err := p.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	pj, err := senml.ParseJSON(j)
	if err != nil {
		t.Fatalf("%s: %v", j, err)
	}
	pc, err := senml.ParseCBOR(c)
	if err != nil {
		t.Fatalf("%x: %v", c, err)
	}
	if d := cmp.Diff(p, pj); d != "" {
		t.Fatalf("through JSON: %s", d)
	}
	if d := cmp.Diff(p, pc); d != "" {
		t.Fatalf("through CBOR: %s", d)
	}
	r, err := p.Resolve(now)
	if err != nil {
		return
	}
	rr, err := r.Resolve(now)
	if err != nil {
		t.Fatalf("resolved, but not twice: %v", err)
	}
	if len(r) != len(rr) {
		t.Fatalf("%d records, resolved again %d", len(r), len(rr))
	}
	for i := range r {
		if i > 0 && r[i].Time < r[i-1].Time {
			t.Fatalf("record %d is not in order of time", i)
		}
	}
}
