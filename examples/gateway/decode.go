package main

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/shadow"
)

// maxPayload is the longest local message that is taken, in bytes: the size of a shadow's document.
const maxPayload = 8 << 10

// refusal is why a message is not taken: nothing is done with it, and it is not asked for again.
type refusal struct {
	topic string
	err   error
}

func (r *refusal) Error() string { return fmt.Sprintf("message on %q refused: %v", r.topic, r.err) }

func (r *refusal) Unwrap() error { return r.err }

// object reads a message as a JSON object. Unlike encoding/json it refuses what two readers could read differently:
// a member that is there twice, and text that is not UTF-8. Names of members are taken as they are written.
func object(payload []byte) (map[string]json.RawMessage, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("%d bytes are more than %d", len(payload), maxPayload)
	}
	if len(payload) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	if err := shadow.Validate(payload, shadow.Limits{Depth: 16, Size: maxPayload}); err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(payload, &m); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("it is null")
	}
	return m, nil
}

// member reads one member into v, which fails when it is missing, null, or of another type.
func member(m map[string]json.RawMessage, name string, v any) error {
	raw, ok := m[name]
	if !ok {
		return fmt.Errorf("%q is missing", name)
	}
	if string(raw) == "null" {
		return fmt.Errorf("%q is null", name)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// decodeReading reads a message on the topic of measurements.
func decodeReading(payload []byte) (r reading, err error) {
	m, err := object(payload)
	if err != nil {
		return reading{}, err
	}
	return r, first(
		member(m, "timestamp", &r.Timestamp), member(m, "device_id", &r.DeviceID),
		member(m, "temperature", &r.Temperature), member(m, "humidity", &r.Humidity),
	)
}

// measured says what each of the book's appliances has to tell; another one may tell what it likes.
var measured = map[string][]string{
	"hvac":           {"temperature", "humidity"},
	"washingmachine": {"duty_cycles"},
	"refrigerator":   {"vibration"},
}

// decodeAppliance reads a message of an appliance. Device and time are what the book's table in the cloud is ordered by, so a message
// without them would be lost there.
func decodeAppliance(payload []byte) (a appliance, err error) {
	m, err := object(payload)
	if err != nil {
		return appliance{}, err
	}
	err = first(
		member(m, "device_id", &a.DeviceID), member(m, "timestamp", &a.Timestamp), member(m, "device_name", &a.DeviceName),
	)
	values := map[string]**number{
		"temperature": &a.Temperature, "humidity": &a.Humidity, "duty_cycles": &a.DutyCycles, "vibration": &a.Vibration,
	}
	for _, name := range measured[a.DeviceName] {
		err = first(err, member(m, name, values[name]))
	}
	return a, err
}

// decodeHeartbeat reads a heartbeat; its time is that of the leaf's own clock, in a zone that it does not name.
func decodeHeartbeat(payload []byte) (h heartbeat, err error) {
	m, err := object(payload)
	if err != nil {
		return heartbeat{}, err
	}
	var text string
	if err := member(m, "timestamp", &text); err != nil {
		return heartbeat{}, err
	}
	t, err := time.ParseInLocation(clockLayout, text, time.Local)
	return heartbeat{clock(t)}, err
}

// decodeText reads what the matrix is to show, which is any text.
func decodeText(payload []byte) (string, error) {
	switch {
	case len(payload) > maxPayload:
		return "", fmt.Errorf("%d bytes are more than %d", len(payload), maxPayload)
	case !utf8.Valid(payload):
		return "", fmt.Errorf("it is not UTF-8")
	}
	return string(payload), nil
}

// update is a leaf's request to change its shadow.
type update struct {
	request  json.RawMessage // as the leaf wrote it
	state    json.RawMessage
	reported json.RawMessage // nil without the section
	alone    bool            // nothing but reported is asked for
	token    json.RawMessage // nil without one
}

// decodeUpdate reads a leaf's shadow update.
func decodeUpdate(payload []byte) (u update, err error) {
	m, err := object(payload)
	if err != nil {
		return update{}, err
	}
	var token string
	if raw, ok := m["clientToken"]; ok {
		if err := member(m, "clientToken", &token); err != nil {
			return update{}, err
		}
		u.token = raw
	}
	var state map[string]json.RawMessage
	if err := member(m, "state", &state); err != nil {
		return u, err
	}
	_, versioned := m["version"]
	u.request, u.state, u.reported = payload, m["state"], state["reported"]
	u.alone = u.reported != nil && len(state) == 1 && !versioned
	if u.reported != nil {
		var section map[string]json.RawMessage
		if err := json.Unmarshal(u.reported, &section); err != nil {
			return u, fmt.Errorf("%q: %w", "reported", err)
		}
	}
	return u, nil
}

// first returns the first error that there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
