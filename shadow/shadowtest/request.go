package shadowtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/brinkml/brink/shadow"
)

// current is the version that an update has to name.
func current(r *record) int64 {
	if r == nil || !r.exists {
		return 0
	}
	return r.version
}

// parseRequest checks what all requests have in common. Their body may be
// empty.
func parseRequest(payload []byte) (fields map[string]json.RawMessage, token string, why refusal) {
	if len(bytes.TrimSpace(payload)) == 0 {
		return nil, "", refusal{}
	}
	if !utf8.Valid(payload) {
		return nil, "", badEncoding
	}
	if json.Unmarshal(payload, &fields) != nil || fields == nil {
		return nil, "", invalidJSON
	}
	if raw, ok := fields["clientToken"]; ok {
		if json.Unmarshal(raw, &token) != nil || len(token) > 64 || string(raw) == "null" {
			return fields, "", invalidToken
		}
	}
	return fields, token, refusal{}
}

// update is an update request.
type update struct {
	state             json.RawMessage // as it came
	desired, reported json.RawMessage // patches; nil when not named
	clears            bool            // state is null
	version           int64
	versioned         bool
}

// parseUpdate checks an update from the outside inwards, so that of several
// mistakes the outermost is told. What else the root holds is ignored.
func parseUpdate(fields map[string]json.RawMessage, payload []byte, depth int) (u update, why refusal) {
	// Syntax first, and keys that appear twice, wherever they are.
	err := shadow.Validate(payload, shadow.Limits{Depth: math.MaxInt, Size: math.MaxInt})
	switch {
	case errors.Is(err, shadow.ErrDepth):
		return u, tooDeep(depth)
	case err != nil && !errors.Is(err, shadow.ErrNullElement):
		return u, invalidJSON
	}
	state, ok := fields["state"]
	if !ok {
		return u, missingState
	}
	u.state = state
	var nodes map[string]json.RawMessage
	switch {
	case string(state) == "null":
		u.clears = true
	case json.Unmarshal(state, &nodes) != nil:
		return u, stateObject
	}
	for name := range nodes {
		if name != "desired" && name != "reported" {
			return u, invalidNode
		}
	}
	u.desired, u.reported = nodes["desired"], nodes["reported"]
	if !isSection(u.desired) {
		return u, desiredObject
	}
	if !isSection(u.reported) {
		return u, reportedObject
	}
	for _, section := range []json.RawMessage{u.desired, u.reported} {
		if section == nil || string(section) == "null" {
			continue
		}
		switch err := shadow.Validate(section, shadow.Limits{Depth: depth, Size: math.MaxInt}); {
		case errors.Is(err, shadow.ErrDepth):
			return u, tooDeep(depth)
		case err != nil: // a null in an array
			return u, invalidNode
		}
	}
	if raw, ok := fields["version"]; ok {
		u.version, err = strconv.ParseInt(string(raw), 10, 64)
		if u.versioned = true; err != nil || u.version < 0 {
			return u, invalidVersion
		}
	}
	return u, refusal{}
}

func isSection(raw json.RawMessage) bool {
	return raw == nil || string(raw) == "null" || raw[0] == '{'
}

// metadata is that of an accepted update: of the fields it set.
func (u update) metadata(now int64) any {
	if u.clears {
		return stamp{now}
	}
	var s sections
	if u.desired != nil && string(u.desired) != "null" {
		s.Desired = stamped(tree(u.desired), now)
	}
	if u.reported != nil && string(u.reported) != "null" {
		s.Reported = stamped(tree(u.reported), now)
	}
	return s
}
