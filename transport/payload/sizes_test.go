package payload_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/cloudevents"
	"github.com/brinkml/brink/transport/payload/senml"
	"github.com/brinkml/brink/transport/zstd"
)

// readings is a temperature with two decimals every 10 s, give or take 3 ms, as
// a device that samples by a deadline has it.
func readings(n int) []payload.Record {
	r := rand.New(rand.NewPCG(1, 2))
	temp := 2137 // hundredths
	in := make([]payload.Record, n)
	for i := range in {
		in[i] = payload.Record{
			Base: "urn:dev:mac:0024befffe804ff1:", Name: "temp", Unit: "Cel", Value: payload.Float(float64(temp) / 100),
			Time: t0.Add(time.Duration(i)*10*time.Second + time.Duration(r.IntN(4))*time.Millisecond),
		}
		temp += r.IntN(9) - 4
	}
	return in
}

// encoders are those of the table in docs/aws-iot.md.
func encoders(t testing.TB) (names []string, encs []payload.Encoder) {
	t.Helper()
	add := func(name string, e payload.Encoder, err error) payload.Encoder {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		names, encs = append(names, name), append(encs, e)
		return e
	}
	event := func(inner payload.Encoder) (payload.Encoder, error) {
		ids, err := cloudevents.NewIDs(1753000003, "air")
		if err != nil {
			return nil, err
		}
		return cloudevents.New("urn:dev:mac:0024befffe804ff1", "com.example.air", ids, &cloudevents.Options{Inner: inner})
	}
	add("Flat", payload.Flat{}, nil)
	add("JSON", payload.JSON{}, nil)
	e, err := senml.New(senml.JSON, nil)
	pack := add("SenML, JSON", e, err)
	e, err = senml.New(senml.CBOR, nil)
	bin := add("SenML, CBOR", e, err)
	e, err = senml.New(senml.CBOR, &senml.Options{Decimals: true})
	add("SenML, CBOR, decimals", e, err)
	ev, err := event(pack)
	add("CloudEvents of SenML, JSON", ev, err)
	ev, err = event(bin)
	add("CloudEvents of SenML, CBOR", ev, err)
	return names, encs
}

// TestSizes holds the plain sizes that docs/aws-iot.md gives. What zstd makes of
// them, which may change with the library, it logs.
func TestSizes(t *testing.T) {
	z, err := zstd.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	one, many := readings(1), readings(60)
	names, encs := encoders(t)
	got := map[string][3]int{}
	var table strings.Builder
	for i, enc := range encs {
		encode := func(r ...payload.Record) []byte {
			b, err := enc.AppendEncode(nil, r...)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		single := encode(one...)
		var whole []byte // one message of all
		if names[i] != "Flat" {
			whole = encode(many...)
		}
		lane := []byte("[") // what a lane with a batch makes of one message each
		for k, r := range many {
			b := encode(r)
			switch {
			case !strings.HasSuffix(enc.ContentType(), "json"):
				if k == 0 {
					lane = nil
				}
				lane = append(lane, byte(len(b))) // a uvarint below 128
			case k > 0:
				lane = append(lane, ',')
			}
			lane = append(lane, b...)
		}
		if lane[0] == '[' {
			lane = append(lane, ']')
		}
		got[names[i]] = [3]int{len(single), len(whole), len(lane)}
		zip := func(b []byte) int { return len(z.Compress(nil, b)) }
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %d | %d | %d |\n", names[i], len(single), zip(single), len(whole), zip(whole), len(lane), zip(lane))
	}
	t.Logf("| encoding | one | zstd | 60 in a message | zstd | 60 joined | zstd |\n%s", table.String())
	want := map[string][3]int{
		"Flat":                       {48, 0, 2924},
		"JSON":                       {107, 6344, 6464},
		"SenML, JSON":                {82, 1427, 4964},
		"SenML, CBOR":                {63, 1205, 3840},
		"SenML, CBOR, decimals":      {60, 968, 3655},
		"CloudEvents of SenML, JSON": {277, 1622, 16705},
		"CloudEvents of SenML, CBOR": {288, 1812, 17382},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// BenchmarkEncode encodes sixty readings with each encoder, beside what
// encoding/json takes for a pack whose base fields were chosen before.
func BenchmarkEncode(b *testing.B) {
	in := readings(60)
	buf := make([]byte, 0, 64<<10)
	names, encs := encoders(b)
	for i, enc := range encs[1:] {
		b.Run(names[i+1], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = enc.AppendEncode(buf[:0], in...); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
	b.Run("encoding/json", func(b *testing.B) { marshal(b, in) })
}
