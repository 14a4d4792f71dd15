package shadowtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/shadow"
)

// publication is a message of the service.
type publication struct {
	topic   string
	payload []byte
}

// reply is every message of the service but rejected and documents.
type reply struct {
	State       any    `json:"state,omitempty"`
	Metadata    any    `json:"metadata,omitempty"`
	Version     int64  `json:"version"`
	Timestamp   int64  `json:"timestamp"`
	ClientToken string `json:"clientToken,omitempty"`
}

type rejection struct {
	Code        int    `json:"code"`
	Message     string `json:"message"`
	Timestamp   int64  `json:"timestamp"`
	ClientToken string `json:"clientToken,omitempty"`
}

type documents struct {
	Previous    *snapshot `json:"previous"`
	Current     *snapshot `json:"current"`
	Timestamp   int64     `json:"timestamp"`
	ClientToken string    `json:"clientToken,omitempty"`
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("shadowtest: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}

// handle carries out a request, with s.mu held, and returns the messages that
// follow from it. The error is the refusal that is among them.
func (s *Service) handle(r request) ([]publication, *shadow.RejectedError) {
	count := s.counters(r.key)
	var out []publication
	var token string
	var why refusal
	switch r.op {
	case "get":
		count.Gets++
		out, token, why = s.get(r)
	case "delete":
		count.Deletes++
		out, token, why = s.delete(r)
	case "update":
		count.Updates++
		out, token, why = s.update(r)
	}
	if why.code == 0 {
		return out, nil
	}
	count.Rejected++
	if why.code == 409 {
		count.Conflicts++
	}
	return []publication{s.rejected(r, why, token)}, why.error(r.op)
}

func (s *Service) rejected(r request, why refusal, token string) publication {
	return publication{r.topic(r.op + "/rejected"), encode(rejection{why.code, why.text, time.Now().Unix(), token})}
}

// find returns an existing shadow.
func (s *Service) find(k key) (*record, refusal) {
	if s.o.Things != nil && !slices.Contains(s.o.Things, k.thing) {
		return nil, thingNotFound
	}
	r := s.shadows[k]
	if r == nil || !r.exists {
		return r, noShadow(k)
	}
	return r, refusal{}
}

func (s *Service) get(r request) (out []publication, token string, why refusal) {
	if _, token, why = parseRequest(r.payload); why.code != 0 {
		return nil, "", why
	}
	rec, why := s.find(r.key)
	if why.code != 0 {
		return nil, token, why
	}
	state := rec.state()
	if d := rec.delta(); d != nil {
		state.Delta = d
	}
	meta := sections{Desired: rec.metaDesired, Reported: rec.metaReported}
	return []publication{{r.topic("get/accepted"), encode(reply{state, meta, rec.version, time.Now().Unix(), token})}}, token, refusal{}
}

func (s *Service) delete(r request) (out []publication, token string, why refusal) {
	_, token, _ = parseRequest(r.payload) // the content is ignored but for its token
	rec, why := s.find(r.key)
	if why.code != 0 {
		return nil, token, why
	}
	now := time.Now()
	s.shadows[r.key] = &record{version: rec.version, deleted: now}
	return []publication{{r.topic("delete/accepted"), encode(reply{Version: rec.version, Timestamp: now.Unix(), ClientToken: token})}}, token, refusal{}
}

func (s *Service) update(r request) (out []publication, token string, why refusal) {
	fields, token, why := parseRequest(r.payload)
	if why.code != 0 {
		return nil, token, why
	}
	if len(bytes.TrimSpace(r.payload)) == 0 {
		return nil, "", invalidJSON
	}
	u, why := parseUpdate(fields, r.payload, s.o.Limits.Depth)
	if why.code != 0 {
		return nil, token, why
	}
	old, why := s.find(r.key)
	if why == thingNotFound {
		return nil, token, why
	}
	if u.versioned && u.version != current(old) {
		return nil, token, versionConflict
	}
	now := time.Now()
	rec, err := old.next(u, now)
	switch {
	case err != nil:
		return nil, token, internalFailure
	case len(rec.desired)+len(rec.reported) > s.o.Limits.Size:
		return nil, token, tooLarge
	}
	s.shadows[r.key] = rec
	ts := now.Unix()
	out = append(out, publication{r.topic("update/accepted"), encode(reply{u.state, u.metadata(ts), rec.version, ts, token})})
	if d := rec.delta(); d != nil {
		meta := pick(rec.metaDesired, tree(d))
		out = append(out, publication{r.topic("update/delta"), encode(reply{d, meta, rec.version, ts, token})})
	}
	return append(out, publication{r.topic("update/documents"), encode(documents{old.snapshot(), rec.snapshot(), ts, token})}), token, refusal{}
}

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
			return nil, "", invalidToken
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

func parseUpdate(fields map[string]json.RawMessage, payload []byte, depth int) (u update, why refusal) {
	// Root and state come on top of a section's levels.
	err := shadow.Validate(payload, shadow.Limits{Depth: depth + 2, Size: len(payload) + 1})
	switch {
	case errors.Is(err, shadow.ErrDepth):
		return u, tooDeep(depth)
	case errors.Is(err, shadow.ErrNullElement):
		return u, invalidNode
	case err != nil:
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
