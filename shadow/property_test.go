package shadow

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func must(t interface{ Fatal(...any) }, v json.RawMessage, err error) json.RawMessage {
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parsed(t interface{ Fatal(...any) }, doc json.RawMessage, r Rules) value {
	v, err := parse(doc, r.nulls())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// equalDocs compares documents as they are read under the rules.
func equalDocs(t interface{ Fatal(...any) }, r Rules, a, b json.RawMessage) bool {
	return equal(parsed(t, a, r), parsed(t, b, r))
}

func TestMergeUndoesDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRules(t), drawDocuments(t, 2)
		old, new := docs[0], docs[1]
		patch, err := r.Diff(old, new)
		must(t, patch, err)
		got, err := r.Merge(old, patch)
		if must(t, got, err); !equalDocs(t, r, got, new) {
			t.Fatalf("%+v.Merge(%s, %s) = %s; want %s", r, old, patch, got, new)
		}
		if rest, err := r.Diff(got, new); err != nil || string(rest) != "{}" {
			t.Fatalf("%+v.Diff(%s, %s) = %s, %v; want {}", r, got, new, rest, err)
		}
	})
}

func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRules(t), drawDocuments(t, 2)
		doc, patch := docs[0], docs[1]
		once, err := r.Merge(doc, patch)
		must(t, once, err)
		if twice, err := r.Merge(once, patch); err != nil || string(twice) != string(once) {
			t.Fatalf("%+v.Merge(%s, %s) = %s, %v; want no change the second time", r, once, patch, twice, err)
		}
		plain, err := r.Merge(doc, raw(`{}`))
		if must(t, plain, err); !equalDocs(t, r, plain, doc) {
			t.Fatalf("%+v.Merge(%s, {}) = %s; want no change", r, doc, plain)
		}
		if again, err := r.Merge(plain, raw(`{}`)); err != nil || string(again) != string(plain) {
			t.Fatalf("%+v.Merge(%s, {}) = %s, %v; want the same text", r, plain, again, err)
		}
		if same, err := r.Merge(doc, plain); err != nil || string(same) != string(plain) {
			t.Fatalf("%+v.Merge(%s, %s) = %s, %v; want the document itself", r, doc, plain, same, err)
		}
	})
}

// without returns a document's copies that lack one leaf each, and what became
// empty by that.
func without(o map[string]any) (less []map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		inner, _ := o[k].(map[string]any)
		parts := without(inner)
		if len(parts) == 0 {
			parts = append(parts, nil)
		}
		for _, part := range parts {
			copied := maps.Clone(o)
			if copied[k] = part; len(part) == 0 {
				delete(copied, k)
			}
			less = append(less, copied)
		}
	}
	return less
}

// Every leaf of a patch is needed: without any one of them the patch does not
// lead to new.
func TestDiffIsMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRules(t), drawDocuments(t, 2)
		old, new := docs[0], docs[1]
		patch, err := r.Diff(old, new)
		must(t, patch, err)
		for _, less := range without(decoded(t, patch)) {
			part := style{}.append(nil, less)
			got, err := r.Merge(old, part)
			if must(t, got, err); equalDocs(t, r, got, new) {
				t.Fatalf("%+v.Diff(%s, %s) = %s; %s does", r, old, new, patch, part)
			}
		}
	})
}

func TestDeltaApplied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRules(t), drawDocuments(t, 2)
		desired, reported := docs[0], docs[1]
		d, err := r.Delta(desired, reported)
		must(t, d, err)
		applied, err := r.Merge(reported, d)
		must(t, applied, err)
		if rest, err := r.Delta(desired, applied); err != nil || string(rest) != "{}" {
			t.Fatalf("%+v.Delta(%s, %s) = %s, %v; want {}", r, desired, applied, rest, err)
		}
		if rest, err := r.Delta(desired, desired); err != nil || string(rest) != "{}" {
			t.Fatalf("%+v.Delta(%s, itself) = %s, %v; want {}", r, desired, rest, err)
		}
		// The delta says nothing that desired does not.
		if back, err := r.Merge(desired, d); err != nil || !equalDocs(t, r, back, desired) {
			t.Fatalf("%+v.Merge(%s, %s) = %s, %v; want no change", r, desired, d, back, err)
		}
		// Nor anything that is not needed.
		for _, less := range without(decoded(t, d)) {
			part := style{}.append(nil, less)
			applied, err := r.Merge(reported, part)
			must(t, applied, err)
			if rest, err := r.Delta(desired, applied); err != nil || string(rest) == "{}" {
				t.Fatalf("%+v.Delta(%s, %s) = %s, %v; %s does", r, desired, reported, d, err, part)
			}
		}
	})
}

func TestMerge3Laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRules(t), drawDocuments(t, 3)
		base, a, b := docs[0], docs[1], docs[2]
		law := func(name string, base, local, remote, want json.RawMessage) {
			got, err := r.Merge3(base, local, remote)
			if must(t, got, err); !equalDocs(t, r, got, want) {
				t.Fatalf("%s: %+v.Merge3(%s, %s, %s) = %s; want %s", name, r, base, local, remote, got, want)
			}
		}
		law("only local changed", base, a, base, a)
		law("only remote changed", base, base, a, a)
		law("the same change", base, a, a, a)
		law("local alone", nil, a, nil, a)
		// What local changed since base is in the result, whatever remote did;
		// swapped, what remote changed.
		got, err := r.Merge3(base, a, b)
		must(t, got, err)
		changed, err := r.Diff(base, a)
		must(t, changed, err)
		if replayed, err := r.Merge(got, changed); err != nil || !equalDocs(t, r, replayed, got) {
			t.Fatalf("%+v.Merge3(%s, %s, %s) = %s lacks local's change %s", r, base, a, b, got, changed)
		}
		// A second round finds nothing to do.
		law("settled", a, got, got, got)
		law("settled at local", a, a, got, got)
		// Nothing is in the result that neither side has.
		from := append(leaves(decoded(t, a), ""), leaves(decoded(t, b), "")...)
		for _, leaf := range leaves(decoded(t, got), "") {
			if !slices.Contains(from, leaf) {
				t.Fatalf("%+v.Merge3(%s, %s, %s) = %s invents %s", r, base, a, b, got, leaf)
			}
		}
		// Changes of different members: nobody needs to win, and one patch after
		// the other does the same.
		other, err := r.Diff(base, b)
		must(t, other, err)
		if !conflict(decoded(t, changed), decoded(t, other)) {
			law("swapped", base, b, a, got)
			first, err := r.Merge(base, changed)
			must(t, first, err)
			both, err := r.Merge(first, other)
			if must(t, both, err); !equalDocs(t, r, both, got) {
				t.Fatalf("%+v.Merge3(%s, %s, %s) = %s; one patch after the other gives %s", r, base, a, b, got, both)
			}
		}
	})
}

// Without a base, and where nobody has an object in place of another's value,
// three documents may be joined in any grouping.
func TestMerge3Groups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		var docs [3]json.RawMessage
		for i := range docs {
			flat := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]any{1, 2, "x", []any{1}}), 0, 3)
			docs[i] = drawStyle(t).append(nil, map[string]any{"o": flat.Draw(t, "o"), "p": flat.Draw(t, "p")})
		}
		bc, err := r.Merge3(nil, docs[1], docs[2])
		must(t, bc, err)
		left, err := r.Merge3(nil, docs[0], bc)
		must(t, left, err)
		ab, err := r.Merge3(nil, docs[0], docs[1])
		must(t, ab, err)
		right, err := r.Merge3(nil, ab, docs[2])
		if must(t, right, err); string(left) != string(right) {
			t.Fatalf("%s, %s, %s under %+v: %s or %s", docs[0], docs[1], docs[2], r, left, right)
		}
	})
}

func decoded(t interface{ Fatal(...any) }, doc json.RawMessage) map[string]any {
	o, _ := model{}.decode(t, doc).(map[string]any)
	return o
}

// leaves lists everything in a document with its path. Objects count as well,
// because one that both sides emptied stays.
func leaves(v any, path string) (all []string) {
	o, ok := v.(map[string]any)
	if !ok {
		return []string{path + "=" + string(style{}.append(nil, v))}
	}
	all = append(all, path+"={}")
	for k, v := range o {
		all = append(all, leaves(v, path+"/"+k)...)
	}
	return all
}

// conflict says whether two patches say something of the same member.
func conflict(a, b map[string]any) bool {
	for k, x := range a {
		y, both := b[k]
		o, ok := x.(map[string]any)
		p, ok2 := y.(map[string]any)
		if both && (!ok || !ok2 || conflict(o, p)) {
			return true
		}
	}
	return false
}
