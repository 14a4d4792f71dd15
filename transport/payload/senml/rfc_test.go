package senml_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/rfc8428", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readHex(t testing.TB, name string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(readFile(t, name))), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameJSON compares two documents by what they mean.
func sameJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// examples are the packs of the RFC and what is in them, in order of time, with
// "now" at 1990-01-01.
var now = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

func at(sec int64, msec int64) time.Time { return time.Unix(sec, msec*1e6) }

func float(name, unit string, v float64, at time.Time) payload.Record {
	return payload.Record{Name: name, Unit: unit, Value: payload.Float(v), Time: at}
}

var examples = []struct {
	file string
	want []payload.Record
}{
	{"5.1.1-1.json", []payload.Record{float("urn:dev:ow:10e2073a01080063", "Cel", 23.1, now)}},
	{"5.1.2-1.json", []payload.Record{
		float("urn:dev:ow:10e2073a01080063:voltage", "V", 120.1, now),
		float("urn:dev:ow:10e2073a01080063:current", "A", 1.2, now),
	}},
	{"5.1.2-2.json", []payload.Record{
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.2, at(1276020071, 1)),
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.3, at(1276020072, 1)),
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.4, at(1276020073, 1)),
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.5, at(1276020074, 1)),
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.6, at(1276020075, 1)),
		float("urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, at(1276020076, 1)),
		float("urn:dev:ow:10e2073a0108006:current", "A", 1.7, at(1276020076, 1)),
	}},
	{"5.1.5-1.json", []payload.Record{
		float("urn:dev:ow:10e2073a01080063:temp", "Cel", 23.1, now),
		{Name: "urn:dev:ow:10e2073a01080063:label", Value: payload.String("Machine Room"), Time: now},
		{Name: "urn:dev:ow:10e2073a01080063:open", Value: payload.Bool(false), Time: now},
		{Name: "urn:dev:ow:10e2073a01080063:nfv-reader", Value: payload.Bytes([]byte("hi \n")), Time: now},
	}},
	{"5.1.6-1.json", []payload.Record{
		float("2001:db8::2/temperature", "Cel", 25.2, at(1320078429, 0)),
		float("2001:db8::2/humidity", "%RH", 30, at(1320078429, 0)),
		float("2001:db8::1/temperature", "Cel", 12.3, at(1320078429, 0)),
		float("2001:db8::1/humidity", "%RH", 67, at(1320078429, 0)),
	}},
	{"5.1.7-1.json", []payload.Record{
		float("urn:dev:ow:10e2073a01080063:temp", "Cel", 23.1, now),
		float("urn:dev:ow:10e2073a01080063:heat", "/", 1, now),
		float("urn:dev:ow:10e2073a01080063:fan", "/", 0, now),
	}},
	{"5.1.7-2.json", []payload.Record{
		float("2001:db8::3", "/", 1, at(1320078429, 0)),
		float("2001:db8::4", "/", 1, at(1320078429, 0)),
	}},
	{"5.1.7-3.json", []payload.Record{
		float("2001:db8::3", "/", 0.5, at(1320078429, 0)),
		float("2001:db8::4", "/", 0.5, at(1320078429, 0)),
		float("2001:db8::3", "/", 0, at(1320078429, 100)),
		float("2001:db8::4", "/", 0, at(1320078429, 100)),
	}},
}

// TestRFCExamples reads the examples of RFC 8428 and writes them again, in JSON
// and through CBOR.
func TestRFCExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/rfc8428/*.json")
	if err != nil || len(files) != 11 {
		t.Fatalf("%d examples, %v; want 11", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			in := readFile(t, filepath.Base(f))
			p, err := senml.ParseJSON(in)
			if err != nil {
				t.Fatal(err)
			}
			out, err := p.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, out, in)
			bin, err := p.AppendCBOR(nil)
			if err != nil {
				t.Fatal(err)
			}
			q, err := senml.ParseCBOR(bin)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(p, q); d != "" {
				t.Errorf("through CBOR, -want +got:\n%s", d)
			}
			t.Logf("%d bytes of JSON, %d of CBOR", len(out), len(bin))
		})
	}
	for _, e := range examples {
		t.Run("records of "+e.file, func(t *testing.T) {
			p, err := senml.ParseJSON(readFile(t, e.file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Records(now)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(e.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestRFCResolved holds section 5.1.3, resolved, against section 5.1.4.
func TestRFCResolved(t *testing.T) {
	p, err := senml.ParseJSON(readFile(t, "5.1.3-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(now)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, out, readFile(t, "5.1.4-1.json"))
	again, err := r.Resolve(now)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r, again); d != "" {
		t.Errorf("resolved twice, -once +twice:\n%s", d)
	}
	// Table 3 of section 5.1.3 says 254 bytes.
	bin, err := p.AppendCBOR(nil)
	if err != nil || len(bin) > 254 {
		t.Errorf("%d bytes of CBOR, %v; want 254 at most", len(bin), err)
	}
}

// TestRFCBytes holds the encoder against the bytes of section 6.
func TestRFCBytes(t *testing.T) {
	want := readHex(t, "6.hex")
	p, err := senml.ParseCBOR(want)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 0xc3 || p[6].Zero != senml.FieldTime {
		t.Errorf("%d bytes, %+v", len(want), p[6])
	}
	got, err := p.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(hex.Dump(want), hex.Dump(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	out, err := p.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	q, err := senml.ParseJSON(readFile(t, "5.1.2-2.json"))
	if err != nil {
		t.Fatal(err)
	}
	q[6].Zero = senml.FieldTime // which that example leaves out
	if d := cmp.Diff(q, p); d != "" {
		t.Errorf("%s\n-JSON +CBOR:\n%s", out, d)
	}
}
