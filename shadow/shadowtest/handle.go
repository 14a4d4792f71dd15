package shadowtest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/brinkml/brink/shadow"
)

// publication is a message. The service's own has content, which is encoded
// when somebody hears it: to most of them nobody listens.
type publication struct {
	topic   string
	payload []byte
	content any
}

func (p *publication) encode() {
	if p.content != nil {
		p.payload, p.content = encode(p.content), nil
	}
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
	var out []publication
	var token string
	var why refusal
	switch r.op {
	case "get":
		out, token, why = s.get(r)
	case "delete":
		out, token, why = s.delete(r)
	case "update":
		out, token, why = s.update(r)
	}
	s.note(r, token, why)
	if why.code == 0 {
		return out, nil
	}
	return []publication{s.rejected(r, why, token)}, why.error(r.op)
}

// refuse is a refusal before the request was looked at.
func (s *Service) refuse(r request, why refusal) []publication {
	_, token, _ := parseRequest(r.payload)
	s.note(r, token, why)
	return []publication{s.rejected(r, why, token)}
}

func (s *Service) rejected(r request, why refusal, token string) publication {
	return publication{topic: r.topic(r.op + "/rejected"), content: rejection{why.code, why.text, time.Now().Unix(), token}}
}

// note counts a request and writes its line in the log.
func (s *Service) note(r request, token string, why refusal) {
	count := s.counters(r.key)
	switch r.op {
	case "get":
		count.Gets++
	case "delete":
		count.Deletes++
	case "update":
		count.Updates++
	}
	if why.code != 0 {
		count.Rejected++
	}
	switch why.code {
	case 409:
		count.Conflicts++
	case 429:
		count.Throttled++
	}
	var version int64
	if rec := s.shadows[r.key]; rec != nil {
		version = rec.version
	}
	s.o.Logger.Info("shadow request",
		slog.String("op", r.op), slog.String("thing", r.thing), slog.String("shadow", r.name),
		slog.Int("bytes", len(r.payload)), slog.String("token", token),
		slog.Int("code", why.code), slog.String("message", why.text), slog.Int64("version", version))
}

// find returns an existing shadow.
func (s *Service) find(k key) (*record, refusal) {
	if !isName(k.thing, maxThing) || s.o.Things != nil && !slices.Contains(s.o.Things, k.thing) {
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
	if d := s.delta(rec); d != nil {
		state.Delta = d
	}
	meta := sections{Desired: rec.metaDesired, Reported: rec.metaReported}
	return []publication{{topic: r.topic("get/accepted"), content: reply{state, meta, rec.version, time.Now().Unix(), token}}}, token, refusal{}
}

func (s *Service) delete(r request) (out []publication, token string, why refusal) {
	_, token, _ = parseRequest(r.payload) // the content is ignored but for its token
	rec, why := s.find(r.key)
	if why.code != 0 {
		return nil, token, why
	}
	now := time.Now()
	if !s.keep(r.key, &record{version: rec.version, deleted: now}) {
		return nil, token, internalFailure
	}
	return []publication{{topic: r.topic("delete/accepted"), content: reply{Version: rec.version, Timestamp: now.Unix(), ClientToken: token}}}, token, refusal{}
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
	if why == thingNotFound || !isShadowName(r.name) {
		return nil, token, why
	}
	if u.versioned && u.version != current(old) {
		return nil, token, versionConflict
	}
	now := time.Now()
	rec, err := s.next(old, u, now)
	switch {
	case err != nil:
		return nil, token, internalFailure
	case len(rec.desired)+len(rec.reported) > s.o.Limits.Size:
		return nil, token, tooLarge
	case !s.keep(r.key, rec):
		return nil, token, internalFailure
	}
	ts := now.Unix()
	out = append(out, publication{topic: r.topic("update/accepted"), content: reply{u.state, u.metadata(ts), rec.version, ts, token}})
	if d := s.delta(rec); d != nil {
		meta := pick(rec.metaDesired, tree(d))
		out = append(out, publication{topic: r.topic("update/delta"), content: reply{d, meta, rec.version, ts, token}})
	}
	return append(out, publication{topic: r.topic("update/documents"), content: documents{old.snapshot(), rec.snapshot(), ts, token}}), token, refusal{}
}
