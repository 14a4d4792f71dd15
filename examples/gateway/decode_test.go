package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDecodeSamples reads messages as they are printed in the book and in its components' logs.
func TestDecodeSamples(t *testing.T) {
	r, err := decodeReading([]byte(`{"timestamp": 1622694888.6455, "device_id": "hvac", "temperature": 40, "humidity": 25}`))
	if want := (reading{1622694888.6455, "hvac", 40, 25}); err != nil || r != want {
		t.Errorf("decodeReading = %v, %v; want %v", r, err, want)
	}
	a, err := decodeAppliance([]byte(`{"device_id": "2", "timestamp": 1622694888.6455, "device_name": "washingmachine", "duty_cycles": 55.3}`))
	if diff := cmp.Diff(appliance{DeviceID: "2", Timestamp: 1622694888.6455, DeviceName: "washingmachine", DutyCycles: ptr(55.3)}, a); err != nil || diff != "" {
		t.Errorf("decodeAppliance: %v, - want, + got:\n%s", err, diff)
	}
	h, err := decodeHeartbeat([]byte(`{"timestamp": "03-06-2021, 04:34:48"}`))
	if want := time.Date(2021, 6, 3, 4, 34, 48, 0, time.Local); err != nil || !time.Time(h.Timestamp).Equal(want) {
		t.Errorf("decodeHeartbeat = %v, %v; want %v", time.Time(h.Timestamp), err, want)
	}
	u, err := decodeUpdate([]byte(`{"state": {"reported": {"temperature": 38.97224560132513}}}`))
	if err != nil || string(u.reported) != `{"temperature": 38.97224560132513}` || !u.alone || u.token != nil {
		t.Errorf("decodeUpdate = %s, %v; want the reported section alone", u.reported, err)
	}
	// Score is text.
	var c struct {
		Results []struct{ Label, Score string } `json:"inference-results"`
	}
	const sample = `{"timestamp": "2021-06-03 04:34:48.645510", "inference-type": "image-classification", "inference-description": "Top 3 predictions with score 0.15 or above ", "inference-results": [{"Label": "strawberry", "Score": "0.52127737"}]}`
	text, err := decodeText([]byte(sample))
	if err != nil || json.Unmarshal([]byte(text), &c) != nil || c.Results[0].Score != "0.52127737" {
		t.Errorf("decodeText = %q, %v; want what came", text, err)
	}
}

// hostile are payloads that nobody may take for a message of that topic.
var hostile = map[string][]string{
	readingTopic: {
		`{"device_id":"hvac","temperature":1,"humidity":2}`,
		`{"timestamp":1,"device_id":1,"temperature":1,"humidity":2}`,
		`{"timestamp":"1","device_id":"hvac","temperature":1,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":null,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":true,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":NaN,"humidity":2}`, // as json.dumps writes it
		`{"timestamp":1,"device_id":"hvac","temperature":Infinity,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":1e999,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":1,"Humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":1,"temperature":2,"humidity":2}`,
		`{"timestamp":1,"device_id":"hvac","temperature":[1],"humidity":2}`,
	},
	applianceTopic: {
		`{"device_id":"1","device_name":"hvac","temperature":1,"humidity":2}`,
		`{"timestamp":1,"device_name":"hvac","temperature":1,"humidity":2}`,
		`{"device_id":1,"timestamp":1,"device_name":"hvac","temperature":1,"humidity":2}`,
		`{"device_id":"1","timestamp":1,"device_name":"hvac","temperature":1}`,
		`{"device_id":"2","timestamp":1,"device_name":"washingmachine","vibration":1}`,
		`{"device_id":"3","timestamp":1,"device_name":"refrigerator","vibration":"1"}`,
		`{"device_id":"3","timestamp":1}`,
	},
	"dt/localdevice/heartbeat": {
		`{"timestamp":1622694888.6455}`,
		`{"timestamp":"2021-06-03 04:34:48"}`,
		`{"timestamp":"31-02-2021, 04:34:48"}`,
		`{"time":"03-06-2021, 04:34:48"}`,
	},
	"$aws/things/localdevice/shadow/update": {
		`{}`,
		`{"state":null}`,
		`{"state":[]}`,
		`{"state":{"reported":7}}`,
		`{"state":{"reported":[{"a":1}]}}`,
		`{"state":{"reported":{"a":[null]}}}`,
		`{"state":{"reported":{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}}}`,
		`{"state":{"reported":{"a":1}},"clientToken":7}`,
		`{"state":{"reported":{"a":1}},"clientToken":null}`,
		`{"state":{"reported":{"a":"` + strings.Repeat("x", 9000) + `"}}}`,
	},
	inferenceTopic: {"\xff", "t: \xc3\x28", strings.Repeat("x", maxPayload+1)},
}

// nothing is refused on every topic that expects JSON.
var nothing = []string{
	"", " ", "null", "true", "0", `"text"`, "[]", "[{}]", "{", "}", `{"a"}`, `{"a":1`, `{"a":1}{}`, "\x00", "\xff\xfe", "{\"a\":\"\xff\"}",
	`{"a":1,"a":1}`, strings.Repeat("[", 100000), strings.Repeat(`{"a":`, 100000), "{" + strings.Repeat(" ", maxPayload) + "}",
}

func TestHostilePayloads(t *testing.T) {
	for topic, payloads := range hostile {
		if topic == inferenceTopic {
			continue // any text; see TestBridgeRefuses
		}
		for _, p := range append(payloads, nothing...) {
			if topic == shadowTopic("localdevice") && strings.Contains(p, `"g":1`) {
				continue // too deep for a shadow, which the shadow says
			}
			if err := decodable(topic, []byte(p)); err == nil {
				t.Errorf("%.80q on %s was taken", p, topic)
			} else if len(err.Error()) > 300 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%.80q on %s: the error is long, or of several lines: %.400q", p, topic, err)
			}
		}
	}
}

// FuzzDecode reads anything as every kind of message. What is taken must be sound.
func FuzzDecode(f *testing.F) {
	for _, payloads := range hostile {
		for _, p := range payloads {
			f.Add([]byte(p))
		}
	}
	f.Add([]byte(`{"timestamp":1622694888.6455,"device_id":"hvac","device_name":"hvac","temperature":40,"humidity":25}`))
	f.Add([]byte(`{"timestamp":"03-06-2021, 04:34:48"}`))
	f.Add([]byte(`{"state":{"reported":{"temperature":35.5}},"clientToken":"a"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		sound := func(v number) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("%q has the number %v", payload, v)
			}
		}
		if r, err := decodeReading(payload); err == nil {
			sound(r.Temperature)
			sound(r.Humidity)
			if b, err := json.Marshal(r); err != nil {
				t.Errorf("%q cannot be written again: %v", payload, err)
			} else if again, err := decodeReading(b); err != nil || again != r {
				t.Errorf("%q became %s: %v", payload, b, err)
			}
		}
		if a, err := decodeAppliance(payload); err == nil {
			sound(a.Timestamp)
			if a.DeviceName == "hvac" && (a.Temperature == nil || a.Humidity == nil) {
				t.Errorf("%q is of a hvac that measures nothing", payload)
			}
		}
		if u, err := decodeUpdate(payload); err == nil && !json.Valid(u.state) {
			t.Errorf("%q has the state %q", payload, u.state)
		}
		_, _ = decodeHeartbeat(payload)
		if s, err := decodeText(payload); err == nil && s != string(payload) {
			t.Errorf("%q became %q", payload, s)
		}
	})
}
