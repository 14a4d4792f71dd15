package shadow

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The functions once more, written with maps and encoding/json, to test the
// others against. An absent value is nil; gone stands for null in a patch.
type model struct{ Rules }

type gone struct{}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// read decodes a document, or a patch whose nulls become gone.
func (m model) read(t interface{ Fatal(...any) }, doc json.RawMessage, patch bool) any {
	if patch && string(doc) == "null" {
		return gone{}
	}
	return m.clean(m.decode(t, doc), patch)
}

func (model) decode(t interface{ Fatal(...any) }, doc json.RawMessage) any {
	if len(doc) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (m model) clean(v any, patch bool) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	clean := map[string]any{}
	for k, v := range o {
		v = m.clean(v, patch)
		if v == nil || m.EmptyIsAbsent && isObject(v) && len(v.(map[string]any)) == 0 {
			if patch {
				clean[k] = gone{}
			}
			continue
		}
		clean[k] = v
	}
	return clean
}

// set puts a member where one belongs.
func (m model) set(o map[string]any, key string, v any) {
	if v != nil && !(m.EmptyIsAbsent && isObject(v) && len(v.(map[string]any)) == 0) {
		o[key] = v
	}
}

func (m model) merge(doc, patch any) any {
	switch p := patch.(type) {
	case nil:
		return doc
	case gone:
		return nil
	case map[string]any:
		d, _ := doc.(map[string]any)
		sum := map[string]any{}
		for k := range d {
			m.set(sum, k, m.merge(d[k], p[k]))
		}
		for k := range p {
			if d[k] == nil {
				m.set(sum, k, m.merge(nil, p[k]))
			}
		}
		return sum
	}
	return patch
}

func (m model) delta(desired, reported any) any {
	d, ok := desired.(map[string]any)
	r, ok2 := reported.(map[string]any)
	if !ok || !ok2 {
		if desired == nil || m.equal(desired, reported) {
			return map[string]any{}
		}
		return desired
	}
	left := map[string]any{}
	for k := range d {
		v := m.delta(d[k], r[k])
		if o, ok := v.(map[string]any); ok && len(o) == 0 && (isObject(r[k]) || m.equal(d[k], r[k]) || !isObject(d[k])) {
			continue
		}
		left[k] = v
	}
	return left
}

func (m model) merge3(base, local, remote any) any {
	l, ok := local.(map[string]any)
	r, ok2 := remote.(map[string]any)
	if !ok || !ok2 {
		if m.equal(local, base) {
			return remote
		}
		return local
	}
	b, _ := base.(map[string]any)
	sum := map[string]any{}
	for k := range l {
		m.set(sum, k, m.merge3(b[k], l[k], r[k]))
	}
	for k := range r {
		if l[k] == nil {
			m.set(sum, k, m.merge3(b[k], nil, r[k]))
		}
	}
	return sum
}

// equal compares numbers as fractions; documents here hold none with large
// exponents.
func (m model) equal(a, b any) bool {
	return cmp.Equal(a, b, cmp.Comparer(func(x, y json.Number) bool {
		p, ok := new(big.Rat).SetString(string(x))
		q, ok2 := new(big.Rat).SetString(string(y))
		return ok && ok2 && p.Cmp(q) == 0
	}))
}

func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model{drawRules(t)}
		docs := drawDocuments(t, 3)
		a, b, c := docs[0], docs[1], docs[2]
		x, y, z := m.read(t, a, false), m.read(t, b, false), m.read(t, c, false)
		check := func(name string, got json.RawMessage, err error, want any) {
			if must(t, got, err); !cmp.Equal(m.read(t, got, false), want) {
				t.Fatalf("%s under %+v of %s, %s, %s: %s; want %v", name, m.Rules, a, b, c, got, want)
			}
			if again, err := Merge(nil, got); err != nil || string(again) != string(got) {
				t.Fatalf("%s = %s; read and written again: %s, %v", name, got, again, err)
			}
		}
		got, err := m.Merge(a, b)
		check("Merge", got, err, m.merge(x, m.read(t, b, true)))
		got, err = m.Delta(a, b)
		check("Delta", got, err, m.delta(x, y))
		got, err = m.Merge3(a, b, c)
		check("Merge3", got, err, m.merge3(x, y, z))
		patch, err := m.Diff(a, b)
		must(t, patch, err)
		if got := m.merge(x, m.read(t, patch, true)); !m.equal(got, y) {
			t.Fatalf("Diff(%s, %s) under %+v = %s leads to %v", a, b, m.Rules, patch, got)
		}
	})
}
