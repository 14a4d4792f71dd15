package shadow

import (
	"encoding/json"
	"testing"
)

func FuzzDocuments(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `{"a":{"b":null}}`, `[1,[2,[3]]]`, `{"a":1e5,"b":-0.0}`, `{"\u0061":"\ud83d\ude00"}`, "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `[[[[[[`, ` `,
	} {
		f.Add([]byte(s), []byte(`{"a":{"b":1},"c":[null]}`))
		f.Add([]byte(`{"a":{"b":1},"c":[null]}`), []byte(s))
		f.Add([]byte(`{"same":`+s+`,"x":[`+s+`]}`), []byte(`{"x":[`+s+`,1], "same":`+s+`}`))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, err := parse(a, dropNulls)
		if err != nil {
			return
		}
		if !json.Valid(a) && x.kind() != absent {
			t.Fatalf("parse(%q) took what encoding/json refuses", a)
		}
		if out := encode(x); out != nil && !json.Valid(out) {
			t.Fatalf("encode(parse(%q)) = %q; want JSON", a, out)
		}
		if back, err := parse(encode(x), dropNulls); err != nil || !equal(x, back) {
			t.Fatalf("parse(encode(parse(%q))) differs: %v", a, err)
		}
		r := Rules{EmptyIsAbsent: len(a)%2 == 1}
		patch, err := r.Diff(a, b)
		if err != nil {
			return
		}
		got, err := r.Merge(a, patch)
		if err != nil || !equalDocs(t, r, got, b) {
			t.Fatalf("Merge(%q, %q) = %q, %v; want %q", a, patch, got, err, b)
		}
		if _, err := r.Merge(a, b); err != nil {
			t.Fatalf("Merge(%q, %q) = %v; want no error for valid documents", a, b, err)
		}
		// What they have in common makes no difference.
		apart := join{verb: diffing, prune: r.EmptyIsAbsent}
		if apart.values(parsed(t, a, r), parsed(t, b, r), value{}); string(apart.out) != string(patch) {
			t.Fatalf("%+v.Diff(%q, %q) = %q; want %q", r, a, b, patch, apart.out)
		}
		d, err := r.Delta(a, b)
		if err != nil {
			t.Fatalf("Delta(%q, %q) = %v", a, b, err)
		}
		_ = Validate(d, Limits{})
		if _, err := r.Merge3(a, b, d); err != nil {
			t.Fatalf("Merge3(%q, %q, %q) = %v", a, b, d, err)
		}
	})
}
