package shadow

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// valid says by encoding/json what Validate says, its size apart.
func valid(doc []byte, depth int) bool {
	if doc = bytes.Trim(doc, " \t\r\n"); len(doc) == 0 || string(doc) == "null" {
		return true
	}
	if !utf8.Valid(doc) || !json.Valid(doc) || doc[0] != '{' {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	type level struct {
		keys map[string]bool // nil in an array
		name bool            // a key comes next
	}
	var levels []level
	for {
		t, err := d.Token()
		if err != nil {
			return true // the end: the text as a whole is JSON
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			levels = levels[:len(levels)-1]
			continue
		}
		s, isText := t.(string)
		if strings.ContainsRune(s, utf8.RuneError) {
			return false // half a surrogate pair: documents here do not hold the character itself
		}
		if n := len(levels) - 1; n >= 0 {
			switch in := &levels[n]; {
			case in.keys == nil && t == nil:
				return false
			case in.name && isText && in.keys[s]:
				return false
			case in.name:
				in.keys[s], in.name = true, false
				continue
			case in.keys != nil:
				in.name = true
			}
		}
		switch t {
		case json.Delim('{'):
			levels = append(levels, level{keys: map[string]bool{}, name: true})
		case json.Delim('['):
			levels = append(levels, level{})
		}
		if len(levels) > depth {
			return false
		}
	}
}

func TestValidateAgainstChecker(t *testing.T) {
	good, bad := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		doc := []byte(drawDocument(t, "document"))
		for range rapid.IntRange(0, 2).Draw(t, "wounds") {
			at := rapid.IntRange(0, len(doc)).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "wound") {
			case 0:
				doc = slices.Insert(doc, at, []byte(rapid.SampledFrom([]string{
					"{", "}", "[", "]", `"`, ":", ",", `\ud83d`, "\xff", "0", "-", ".", "e", `\`, "\x00", "null", `"a":1,`, `,"a":1`, "[null]", "[[[[{}]]]]",
				}).Draw(t, "what"))...)
			case 1:
				doc = slices.Delete(doc, at, min(at+rapid.IntRange(1, 3).Draw(t, "length"), len(doc)))
			case 2:
				to := rapid.IntRange(at, len(doc)).Draw(t, "to")
				doc = slices.Insert(doc, to, doc[at:to]...)
			case 3:
				doc = doc[:at]
			}
		}
		depth := rapid.IntRange(1, 7).Draw(t, "depth")
		want := valid(doc, depth)
		if want {
			good++
		} else {
			bad++
		}
		err := Validate(doc, Limits{Depth: depth, Size: 1 << 20})
		if (err == nil) != want {
			t.Fatalf("Validate(%q, depth %d) = %v; want valid %v", doc, depth, err, want)
		}
		var de *DocumentError
		if err != nil && (!errors.As(err, &de) || de.Offset < 0 || de.Offset > len(doc)) {
			t.Fatalf("Validate(%q) = %v; want a DocumentError inside the document", doc, err)
		}
	})
	if good == 0 || bad == 0 {
		t.Errorf("%d documents valid, %d not; want some of each", good, bad)
	}
}

// The size is that of the document as Merge writes it.
func TestValidateSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t, "document")
		written, err := Merge(doc, raw(`{}`))
		must(t, written, err)
		if err := Validate(doc, Limits{Depth: 99, Size: len(written)}); err != nil && !errors.Is(err, ErrNullElement) {
			t.Fatalf("Validate(%s) at its size of %d: %v", doc, len(written), err)
		}
		if err := Validate(doc, Limits{Depth: 99, Size: len(written) - 1}); err == nil {
			t.Fatalf("Validate(%s) with %d bytes allowed = nil; want an error", doc, len(written)-1)
		}
	})
}
