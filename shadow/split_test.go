package shadow

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is to change, parts within the limit lead there.
func TestPartsLeadThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, want := drawDocument(t, "old"), drawDocument(t, "new")
		const limit = 60
		for range 200 {
			patch, err := Diff(doc, want)
			must(t, patch, err)
			if string(patch) == "{}" {
				return
			}
			part, err := firstPart(patch, limit)
			must(t, part, err)
			if len(part) > limit && len(part) < len(patch) {
				t.Fatalf("firstPart(%s) = %s of %d bytes; want at most %d", patch, part, len(part), limit)
			}
			next, err := Merge(doc, part)
			must(t, next, err)
			if len(patch) > limit && strings.Contains(string(patch), "null") && len(next) > len(doc)+len(part) {
				t.Fatalf("part %s makes %s longer than before, with deletions left", part, doc)
			}
			if equalDocs(t, Rules{}, next, doc) {
				t.Fatalf("firstPart(%s) = %s, which changes nothing in %s", patch, part, doc)
			}
			doc = next
		}
		t.Fatalf("not there after 200 parts: %s; want %s", doc, want)
	})
}

func TestFirstPart(t *testing.T) {
	for _, tc := range []struct{ name, patch, want string }{
		{"short", `{"a":1}`, `{"a":1}`},
		{"deletions first", `{"a":"0123456789","b":null,"c":{"d":null,"e":"0123456789"}}`, `{"b":null,"c":{"d":null}}`},
		{"then what fits", `{"a":"0123456789","c":{"d":{},"e":"0123456789"}}`, `{"a":"0123456789","c":{"d":{}}}`},
		{"never none", `{"a":"0123456789012345678901234567890123456789"}`, `{"a":"0123456789012345678901234567890123456789"}`},
		{"not an object", `[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9]`, `[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9]`},
	} {
		got, err := firstPart(json.RawMessage(tc.patch), 34)
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: firstPart(%s) = %s, %v; want %s", tc.name, tc.patch, got, err, tc.want)
		}
	}
}
