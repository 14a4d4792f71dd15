package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ptr(v number) *number { return &v }

// TestPayloads holds each message against what the book's program writes, but for the spaces that json.dumps puts in.
func TestPayloads(t *testing.T) {
	at := time.Date(2021, 6, 3, 4, 34, 48, 645510000, time.UTC)
	for _, tt := range []struct {
		name string
		v    any
		want string
	}{
		{
			"ReadSenseHAT",
			reading{stamp(at), "hvac", 23.456789, 45.25},
			`{"timestamp":1622694888.6455,"device_id":"hvac","temperature":23.456789,"humidity":45.25}`,
		},
		{
			"Publisher, hvac",
			appliance{DeviceID: "1", Timestamp: stamp(at), DeviceName: "hvac", Temperature: ptr(61.03), Humidity: ptr(10.5)},
			`{"device_id":"1","timestamp":1622694888.6455,"device_name":"hvac","temperature":61.03,"humidity":10.5}`,
		},
		{
			"Publisher, washingmachine",
			appliance{DeviceID: "2", Timestamp: stamp(at), DeviceName: "washingmachine", DutyCycles: ptr(98.99)},
			`{"device_id":"2","timestamp":1622694888.6455,"device_name":"washingmachine","duty_cycles":98.99}`,
		},
		{
			"Publisher, refrigerator",
			appliance{DeviceID: "3", Timestamp: stamp(at), DeviceName: "refrigerator", Vibration: ptr(998.75)},
			`{"device_id":"3","timestamp":1622694888.6455,"device_name":"refrigerator","vibration":998.75}`,
		},
		{
			"DLRImageClassification", classified([]string{"banana", "strawberry"}, []float32{0.1, 0.52127737}, at),
			`{"timestamp":"2021-06-03 04:34:48.645510","inference-type":"climate-classification",` +
				`"inference-description":"Top 3 predictions with score 0.15 or above ","inference-results":[{"Label":"strawberry","Score":"0.52127737"}]}`,
		},
		{
			"DLRImageClassification, nothing seen", classified([]string{"banana"}, []float32{0.1}, at),
			`{"timestamp":"2021-06-03 04:34:48.645510","inference-type":"climate-classification",` +
				`"inference-description":"Top 3 predictions with score 0.15 or above ","inference-results":[]}`,
		},
		{"heartbeat", heartbeat{clock(at)}, `{"timestamp":"03-06-2021, 04:34:48"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := json.Marshal(tt.v)
			if err != nil || string(b) != tt.want {
				t.Errorf("Marshal = %s, %v;\nwant      %s", b, err, tt.want)
			}
		})
	}
}

func TestStamp(t *testing.T) {
	for _, tt := range []struct {
		nanos int64
		want  string
	}{
		{0, "0.0"},
		{1622694888_000_000_000, "1622694888.0"},
		{1622694888_000_049_000, "1622694888.0"},
		{1622694888_000_051_000, "1622694888.0001"},
		{1622694888_100_000_000, "1622694888.1"},
		{1622694888_999_960_000, "1622694889.0"},
		{-500_000_000, "-0.5"},
	} {
		if b, err := json.Marshal(stamp(time.Unix(0, tt.nanos))); err != nil || string(b) != tt.want {
			t.Errorf("stamp of %d ns = %s, %v; want %s", tt.nanos, b, err, tt.want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if b, err := json.Marshal(number(f)); err == nil {
			t.Errorf("number %v = %s; want an error", f, b)
		}
	}
}

// TestScoresAreFloat32 reads the text back: no digit is missing, and none too many.
func TestScoresAreFloat32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float32Range(0, 1).Draw(t, "p")
		text, err := score(p).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back float32
		if _, err := fmt.Sscan(string(text), &back); err != nil || back != p || !strings.Contains(string(text), ".") {
			t.Errorf("score %v = %q, which reads as %v, %v", p, text, back, err)
		}
	})
	if text, _ := score(1).MarshalText(); string(text) != "1.0" {
		t.Errorf("score 1 = %q; want 1.0", text)
	}
}

// bookPy prints what the book's programs publish, by the expressions that they use, for lines of nanoseconds, temperature and humidity. The
// clock is the line's.
const bookPy = `
import json, sys
from datetime import datetime, timedelta
for line in sys.stdin:
    ns, a, b = line.split()
    now = int(ns) / 1e9
    a, b = float(a), float(b)
    stamp = float("%.4f" % now)
    local = datetime.fromtimestamp(int(ns) // 10**9) + timedelta(microseconds=int(ns) // 1000 % 10**6)
    for topic, m in [
        ('dt/local/sensor/hvac', {'timestamp': stamp, 'device_id': 'hvac', 'temperature': a, 'humidity': b}),
        ('hbs/localtopic', {'device_id': "1", 'timestamp': stamp, 'device_name': 'hvac', 'temperature': round(a, 2), 'humidity': round(b, 2)}),
        ('hbs/localtopic', {'device_id': "2", 'timestamp': stamp, 'device_name': 'washingmachine', 'duty_cycles': round(a, 2)}),
        ('hbs/localtopic', {'device_id': "3", 'timestamp': stamp, 'device_name': 'refrigerator', 'vibration': round(b, 2)}),
        ('dt/localdevice/heartbeat', {'timestamp': local.strftime("%d-%m-%Y, %H:%M:%S")}),
        ('$aws/things/localdevice/shadow/update', {'state': {'reported': {'temperature': a}}}),
        ('clock', {'timestamp': str(local)}),
        ('texts', ['t: ' + str("%.2f" % a), 'h: ' + str("%.2f" % b)]),
    ]:
        print(topic, json.dumps(m), sep='\t')
`

// fromPython runs bookPy and returns its lines: topic and payload.
func fromPython(t *testing.T, input string) [][2]string {
	t.Helper()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("there is no /usr/bin/python3")
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", bookPy)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var lines [][2]string
	for line := range strings.Lines(string(out)) {
		topic, payload, _ := strings.Cut(strings.TrimSpace(line), "\t")
		lines = append(lines, [2]string{topic, payload})
	}
	return lines
}

// TestAgainstPython compares, for random values, what Python writes with what is written here byte by byte, and with what is read here.
func TestAgainstPython(t *testing.T) {
	type sample struct {
		at   time.Time
		a, b number
	}
	var samples []sample
	var in strings.Builder
	random := rapid.Custom(func(t *rapid.T) sample {
		return sample{
			time.Unix(rapid.Int64Range(1_500_000_000, 2_000_000_000).Draw(t, "s"), rapid.Int64Range(1, 999_999).Draw(t, "us")*1000),
			// Two decimals, as the book's round makes them: how Python rounds a half is not what is compared here.
			number(rapid.IntRange(-4000, 8500).Draw(t, "a")) / 100, number(rapid.IntRange(0, 99900).Draw(t, "b")) / 100,
		}
	})
	for i := range 200 {
		samples = append(samples, random.Example(i))
	}
	for _, s := range samples {
		fmt.Fprintln(&in, s.at.UnixNano(), s.a, s.b)
	}
	lines := fromPython(t, in.String())
	if len(lines) != 8*len(samples) {
		t.Fatalf("%d lines of Python; want %d", len(lines), 8*len(samples))
	}
	check := func(python string, v any) {
		t.Helper()
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(python)); err != nil {
			t.Fatalf("%s: %v", python, err)
		}
		got, err := json.Marshal(v)
		if diff := cmp.Diff(want.String(), string(got)); diff != "" || err != nil {
			t.Fatalf("%v, - Python, + here:\n%s", err, diff)
		}
	}
	for i, s := range samples {
		l := lines[8*i:]
		for _, line := range l[:6] {
			if err := decodable(line[0], []byte(line[1])); err != nil {
				t.Errorf("%s on %q: %v", line[1], line[0], err)
			}
		}
		r, err := decodeReading([]byte(l[0][1]))
		want := reading{stamp(s.at), "hvac", s.a, s.b}
		if err != nil || r != want {
			t.Errorf("decodeReading = %v, %v; want %v", r, err, want)
		}
		check(l[0][1], want)
		check(l[1][1], appliance{DeviceID: "1", Timestamp: stamp(s.at), DeviceName: "hvac", Temperature: &s.a, Humidity: &s.b})
		check(l[2][1], appliance{DeviceID: "2", Timestamp: stamp(s.at), DeviceName: "washingmachine", DutyCycles: &s.a})
		check(l[3][1], appliance{DeviceID: "3", Timestamp: stamp(s.at), DeviceName: "refrigerator", Vibration: &s.b})
		check(l[4][1], heartbeat{clock(s.at)})
		check(l[6][1], struct {
			T wall `json:"timestamp"`
		}{wall(s.at)})
		check(l[7][1], measurements(r))
	}
}

// decodable reads a message as the bridge does.
func decodable(topic string, payload []byte) error {
	var err error
	switch {
	case topic == readingTopic:
		_, err = decodeReading(payload)
	case topic == applianceTopic:
		_, err = decodeAppliance(payload)
	case isHeartbeat(topic):
		_, err = decodeHeartbeat(payload)
	case topic == shadowTopic("localdevice"):
		_, err = decodeUpdate(payload)
	default:
		err = fmt.Errorf("nobody reads %q", topic)
	}
	return err
}
