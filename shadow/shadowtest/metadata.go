package shadowtest

import (
	"bytes"
	"encoding/json"
	"maps"
)

// stamp is the metadata of one value: when it was set, in seconds since 1970.
// The metadata of a document has the document's shape, with stamps for values:
// map[string]any for objects, []any for arrays.
type stamp struct {
	Timestamp int64 `json:"timestamp"`
}

// tree decodes a valid document. Its numbers stay text: they need not fit any
// type.
func tree(doc json.RawMessage) (v any) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic("shadowtest: a checked document is invalid: " + err.Error())
	}
	return v
}

// stamped is the metadata of v as set now; null members have none.
func stamped(v any, now int64) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, m := range v {
			if m != nil {
				out[k] = stamped(m, now)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = stamped(e, now)
		}
		return out
	default:
		return stamp{now}
	}
}

// restamp is meta after a patch: what it names gets the present time, what it
// deletes goes.
func restamp(meta, patch any, now int64) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return stamped(patch, now)
	}
	old, _ := meta.(map[string]any)
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = restamp(out[k], v, now)
		}
	}
	return out
}

// empties says whether a patch may leave an object without members.
func empties(patch any) bool {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch == nil
	}
	for _, v := range p {
		if empties(v) {
			return true
		}
	}
	return len(p) == 0
}

// pick is the part of meta that belongs to doc, a part of meta's document.
func pick(meta, doc any) any {
	d, ok := doc.(map[string]any)
	m, ok2 := meta.(map[string]any)
	if !ok || !ok2 {
		return meta
	}
	out := map[string]any{}
	for k, v := range d {
		out[k] = pick(m[k], v)
	}
	return out
}
