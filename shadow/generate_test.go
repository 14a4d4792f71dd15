package shadow

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"
)

// anyValue generates values over few keys, so that documents meet often.
func anyValue(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.SampledFrom([]any{0, 1, -1, 2.5, true, false, nil, "", "a", "é\"\\\n\u2028", "0", map[string]any{}}),
		rapid.Map(rapid.SampledFrom([]string{"1", "1.0", "10e-1", "12345678901234567890", "-0", "1E400"}), func(s string) any { return json.Number(s) }),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(anyValue(depth-1), 0, 3), func(v []any) any { return v }),
		rapid.Map(anyObject(depth-1), func(v map[string]any) any { return v }),
	)
}

func anyObject(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "common", "commons", "\u00e9<\""}), anyValue(depth), 0, 5)
}

func drawRules(t *rapid.T) Rules {
	return Rules{EmptyIsAbsent: rapid.Bool().Draw(t, "empty is absent")}
}

// drawDocument draws an object, written in any way.
func drawDocument(t *rapid.T, name string) json.RawMessage {
	return drawStyle(t).append(nil, anyObject(3).Draw(t, name))
}

// drawDocuments draws objects that may have much in common: the later ones are
// edits of the first or objects of their own.
func drawDocuments(t *rapid.T, n int) []json.RawMessage {
	first := anyObject(3).Draw(t, "first")
	s := drawStyle(t)
	docs := []json.RawMessage{s.append(nil, first)}
	for i := range n - 1 {
		switch name := fmt.Sprint("document ", i+2); rapid.IntRange(0, 3).Draw(t, name+" is") {
		case 0:
			docs = append(docs, drawDocument(t, name))
		case 1:
			docs = append(docs, docs[0])
		default:
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, name), 1))
			docs = append(docs, s.append(nil, edited(first, r, anyValue(1).Draw(t, name+" has"))))
		}
	}
	return docs
}

// style is a way to write JSON.
type style struct {
	*rand.Rand      // nil: without space, without escapes
	reverse    bool // members from the last to the first
}

func drawStyle(t *rapid.T) style {
	switch rapid.IntRange(0, 3).Draw(t, "style") {
	case 0:
		return style{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "style seed"), 1)), false}
	case 1:
		return style{nil, true}
	}
	return style{}
}

func (s style) space(dst []byte) []byte {
	if s.Rand == nil || s.IntN(8) > 0 {
		return dst
	}
	return append(dst, " \t\r\n"[s.IntN(4)])
}

func (s style) append(dst []byte, v any) []byte {
	dst = s.space(dst)
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if s.reverse {
			slices.Reverse(keys)
		}
		if s.Rand != nil {
			s.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		}
		dst = append(dst, '{')
		for i, k := range keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = s.space(s.text(s.space(dst), k))
			dst = s.append(append(dst, ':'), v[k])
		}
		dst = append(s.space(dst), '}')
	case []any:
		dst = append(dst, '[')
		for i := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = s.append(dst, v[i])
		}
		dst = append(s.space(dst), ']')
	case string:
		dst = s.text(dst, v)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		dst = append(dst, b...)
	}
	return s.space(dst)
}

func (s style) text(dst []byte, v string) []byte {
	if s.Rand == nil || s.IntN(6) > 0 {
		return appendText(dst, []byte(v))
	}
	dst = append(dst, '"')
	for _, r := range v {
		dst = fmt.Appendf(dst, `\u%04x`, r)
	}
	return append(dst, '"')
}

// edited returns a copy of v with some members changed, added or deleted.
func edited(v map[string]any, r *rand.Rand, other any) map[string]any {
	e := maps.Clone(v)
	for _, k := range slices.Sorted(maps.Keys(v)) {
		o, _ := v[k].(map[string]any)
		list, _ := v[k].([]any)
		switch {
		case o != nil && r.IntN(2) == 0:
			e[k] = edited(o, r, other)
		case list != nil && r.IntN(2) == 0:
			e[k] = append(slices.Clone(list), other)
		case r.IntN(5) == 0:
			e[k] = other
		case r.IntN(5) == 0:
			delete(e, k)
		}
	}
	if r.IntN(4) == 0 {
		e["new"] = other
	}
	return e
}
