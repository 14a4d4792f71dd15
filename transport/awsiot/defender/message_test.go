package defender

import (
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// The service's examples, field by field.
func TestGolden(t *testing.T) {
	r := report{
		limit: 50,
		system: Metrics{
			TCP: []Port{{24800, "eth0"}, {22, "eth0"}, {53, "eth0"}},
			UDP: []Port{{5353, "eth0"}, {67, "eth0"}},
			Connections: []Connection{
				{netip.MustParseAddrPort("192.168.0.1:8000"), 80, "eth0"},
				{netip.MustParseAddrPort("192.168.0.1:8000"), 80, "eth0"},
			},
		},
		custom: map[string]Value{
			"MyMetricOfType_Number":     Number(1),
			"MyMetricOfType_NumberList": Numbers(1, 2, 3),
			"MyMetricOfType_StringList": Strings("value_1", "value_2"),
			"MyMetricOfType_IpList":     IPs(netip.MustParseAddr("172.0.0.0"), netip.MustParseAddr("172.0.0.10")),
		},
	}
	for _, tc := range []struct {
		file    string
		names   *names
		id      int64
		traffic Counters
	}{
		{"long.json", longNames(), 1530304554, Counters{29358693495, 26485035, 10013573555, 11382615}},
		{"short.json", shortNames(), 1530305228, Counters{29359307173, 26490711, 10014614051, 11387620}},
	} {
		r.id, r.traffic = tc.id, &tc.traffic
		b, err := r.encode(tc.names)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := canonical(t, b), canonical(t, golden(t, tc.file)); got != want {
			t.Errorf("%s: %s; want %s", tc.file, got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for file, want := range map[string]answer{
		"accepted.json": {accepted: true},
		"rejected.json": {code: InvalidPayload, text: "Malformed metrics report"},
	} {
		if a, err := parseAnswer(golden(t, file)); err != nil || a != want {
			t.Errorf("%s: %+v, %v; want %+v", file, a, err, want)
		}
	}
	for _, s := range []string{``, `[]`, `{}`, `{"status":"OK"}`, `{"status":"REJECTED"}`, `{"status":1}`, `{"status":"ACCEPTED","reportId":"x"}`} {
		if a, err := parseAnswer([]byte(s)); err == nil {
			t.Errorf("%s: %+v; want an error", s, a)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"thingName":"t","reportId":7,"status":"REJECTED","statusDetails":{"ErrorCode":"Throttled"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := parseAnswer(b); err == nil && !a.accepted && a.code == "" {
			t.Errorf("%q gives %+v", b, a)
		}
	})
}

// A list that is too long shows every element within as many reports as it
// takes, and always the true count.
func TestTurns(t *testing.T) {
	r := report{limit: 3, system: Metrics{}}
	for p := range 8 {
		r.system.TCP = append(r.system.TCP, Port{uint16(p + 1), ""})
	}
	seen := map[int]bool{}
	for r.turn = range 3 {
		b, err := r.encode(longNames())
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Metrics struct {
				Ports struct {
					Ports []struct{ Port int }
					Total int
				} `json:"listening_tcp_ports"`
			}
		}
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if p := got.Metrics.Ports; len(p.Ports) != 3 || p.Total != 8 {
			t.Errorf("%d ports of %d; want 3 of 8", len(p.Ports), p.Total)
		}
		for _, p := range got.Metrics.Ports.Ports {
			seen[p.Port] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d ports seen; want all", len(seen))
	}
}

func TestReportBounds(t *testing.T) {
	if b, err := (&report{limit: 1}).encode(longNames()); err == nil {
		t.Errorf("an empty report: %s", b)
	}
	many := map[string]Value{}
	for i := range 200 {
		many[strings.Repeat("x", i+1)] = Strings(strings.Repeat("y", 1000))
	}
	if _, err := (&report{limit: 1, custom: many}).encode(longNames()); err == nil {
		t.Error("a report above 128 KiB: no error")
	}
	b, err := (&report{limit: 1, id: 1, system: Metrics{TCP: []Port{}, UDP: []Port{}, Connections: []Connection{}}}).encode(shortNames())
	const want = `{"hed":{"rid":1,"v":"1.0"},"met":{"tc":{"ec":{"cs":[],"t":0}},"tp":{"pts":[],"t":0},"up":{"pts":[],"t":0}}}`
	if err != nil || string(b) != want {
		t.Errorf("empty lists: %s, %v; want %s", b, err, want)
	}
}

func TestTraffic(t *testing.T) {
	last := map[string]Counters{"eth0": {100, 200, 3, 4}, "gone": {1000, 1000, 10, 10}}
	now := map[string]Counters{"eth0": {150, 20, 4, 4}, "new": {7, 8, 9, 10}}
	// Bytes out of eth0 began anew; what is gone counts for nothing.
	if got, want := traffic(now, last), (Counters{50 + 7, 20 + 8, 1 + 9, 0 + 10}); got != want {
		t.Errorf("traffic = %+v; want %+v", got, want)
	}
}

func canonical(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
