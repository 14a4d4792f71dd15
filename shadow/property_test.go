package shadow

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// anyValue generates values over few keys, so that documents meet often.
func anyValue(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.SampledFrom([]any{0, 1, -1, 2.5, true, false, "", "a", "é\"\\\n\u2028", "0"}),
		rapid.Map(rapid.SampledFrom([]string{"1", "1.0", "1e0", "12345678901234567890", "-0", "1E400"}), func(s string) any { return json.Number(s) }),
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
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "\u00e9<\""}), anyValue(depth), 0, 5)
}

func drawDocument(t *rapid.T, name string) json.RawMessage {
	b, err := json.Marshal(anyObject(3).Draw(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must(t interface{ Fatal(...any) }, v json.RawMessage, err error) json.RawMessage {
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func equalDocs(t interface{ Fatal(...any) }, a, b json.RawMessage) bool {
	x, err := parse(a, dropNulls)
	if err != nil {
		t.Fatal(err)
	}
	y, err := parse(b, dropNulls)
	if err != nil {
		t.Fatal(err)
	}
	return equal(x, y)
}

func TestMergeUndoesDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawDocument(t, "old"), drawDocument(t, "new")
		patch, err := Diff(old, new)
		must(t, patch, err)
		got, err := Merge(old, patch)
		if must(t, got, err); !equalDocs(t, got, new) {
			t.Fatalf("Merge(%s, %s) = %s; want %s", old, patch, got, new)
		}
		if again, err := Merge(got, patch); err != nil || !equalDocs(t, again, got) {
			t.Fatalf("Merge(%s, %s) = %s, %v; want no change the second time", got, patch, again, err)
		}
		if rest, err := Diff(got, new); err != nil || string(rest) != "{}" {
			t.Fatalf("Diff(%s, %s) = %s, %v; want {}", got, new, rest, err)
		}
	})
}

// Every member that a patch names is needed: without any one of them the patch
// does not lead to new.
func TestDiffIsMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawDocument(t, "old"), drawDocument(t, "new")
		patch, err := Diff(old, new)
		must(t, patch, err)
		var members map[string]json.RawMessage
		if err := json.Unmarshal(patch, &members); err != nil {
			t.Fatal(err)
		}
		for key := range members {
			rest := map[string]json.RawMessage{}
			for k, v := range members {
				if k != key {
					rest[k] = v
				}
			}
			less, err := json.Marshal(rest)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Merge(old, less)
			if must(t, got, err); equalDocs(t, got, new) {
				t.Fatalf("Diff(%s, %s) = %s; %q is not needed", old, new, patch, key)
			}
		}
	})
}

func TestDeltaApplied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, reported := drawDocument(t, "desired"), drawDocument(t, "reported")
		d, err := Delta(desired, reported)
		must(t, d, err)
		applied, err := Merge(reported, d)
		must(t, applied, err)
		if rest, err := Delta(desired, applied); err != nil || string(rest) != "{}" {
			t.Fatalf("Delta(%s, %s) = %s, %v; want {}", desired, applied, rest, err)
		}
		if rest, err := Delta(desired, desired); err != nil || string(rest) != "{}" {
			t.Fatalf("Delta(%s, itself) = %s, %v; want {}", desired, rest, err)
		}
		// The delta says nothing that desired does not.
		if back, err := Merge(desired, d); err != nil || !equalDocs(t, back, desired) {
			t.Fatalf("Merge(%s, %s) = %s, %v; want no change", desired, d, back, err)
		}
	})
}

func TestMerge3Laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, a, b := drawDocument(t, "base"), drawDocument(t, "a"), drawDocument(t, "b")
		law := func(name string, base, local, remote, want json.RawMessage) {
			got, err := Merge3(base, local, remote)
			if must(t, got, err); !equalDocs(t, got, want) {
				t.Fatalf("%s: Merge3(%s, %s, %s) = %s; want %s", name, base, local, remote, got, want)
			}
		}
		law("only local changed", base, a, base, a)
		law("only remote changed", base, base, a, a)
		law("the same change", base, a, a, a)
		// What local changed since base is in the result, whatever remote did.
		got, err := Merge3(base, a, b)
		must(t, got, err)
		changed, err := Diff(base, a)
		must(t, changed, err)
		if replayed, err := Merge(got, changed); err != nil || !equalDocs(t, replayed, got) {
			t.Fatalf("Merge3(%s, %s, %s) = %s lacks local's change %s", base, a, b, got, changed)
		}
		// A second round finds nothing to do.
		law("settled", a, got, got, got)
	})
}

func FuzzDocuments(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `{"a":{"b":null}}`, `[1,[2,[3]]]`, `{"a":1e5,"b":-0.0}`, `{"\u0061":"\ud83d\ude00"}`, "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `[[[[[[`, ` `,
	} {
		f.Add([]byte(s), []byte(`{"a":{"b":1},"c":[null]}`))
		f.Add([]byte(`{"a":{"b":1},"c":[null]}`), []byte(s))
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
		patch, err := Diff(a, b)
		if err != nil {
			return
		}
		got, err := Merge(a, patch)
		if err != nil || !equalDocs(t, got, b) {
			t.Fatalf("Merge(%q, %q) = %q, %v; want %q", a, patch, got, err, b)
		}
		if _, err := Merge(a, b); err != nil {
			t.Fatalf("Merge(%q, %q) = %v; want no error for valid documents", a, b, err)
		}
		d, err := Delta(a, b)
		if err != nil {
			t.Fatalf("Delta(%q, %q) = %v", a, b, err)
		}
		_ = Validate(d, Limits{})
		if _, err := Merge3(a, b, d); err != nil {
			t.Fatalf("Merge3(%q, %q, %q) = %v", a, b, d, err)
		}
	})
}

// oneKB is a shadow section of 1 KB like a hub with ten appliances reports.
func oneKB(score int) json.RawMessage {
	type appliance struct {
		Name   string  `json:"name"`
		State  string  `json:"state"`
		Score  float64 `json:"score"`
		Seen   int64   `json:"seen"`
		Online bool    `json:"online"`
	}
	doc := map[string]appliance{}
	for i := range 11 {
		doc[fmt.Sprintf("appliance-%02d", i)] = appliance{"boiler", "green", 0.125 * float64(i), 1_700_000_000 + int64(i), i%2 == 0}
	}
	doc["appliance-04"] = appliance{"boiler", "red", float64(score), 1_700_000_100, true}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return b
}

func TestDiffAllocations(t *testing.T) {
	old, new := oneKB(1), oneKB(2)
	got := testing.AllocsPerRun(100, func() {
		if _, err := Diff(old, new); err != nil {
			t.Fatal(err)
		}
	})
	if got > 12 {
		t.Errorf("Diff of two documents of 1 KB makes %v allocations; want at most 12", got)
	}
}

func BenchmarkDiff1KB(b *testing.B) {
	old, new := oneKB(1), oneKB(2)
	b.SetBytes(int64(len(old) + len(new)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Diff(old, new); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelta1KB(b *testing.B) {
	desired, reported := oneKB(1), oneKB(2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Delta(desired, reported); err != nil {
			b.Fatal(err)
		}
	}
}
