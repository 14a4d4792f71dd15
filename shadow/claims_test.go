package shadow

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestAddClaims(t *testing.T) {
	tests := []struct {
		name, claimed, doc, want string
		more                     bool
	}{
		{"first", ``, `{"a":1}`, `{"a":0}`, true},
		{"the same names", `{"a":1,"o":{"x":1}}`, `{"o":{"x":2},"a":2}`, `{"a":0,"o":{"x":0}}`, false},
		{"fewer names", `{"a":1,"b":1}`, `{"a":1}`, `{"a":0,"b":0}`, false},
		{"more names", `{"a":1}`, `{"b":1}`, `{"a":0,"b":0}`, true},
		{"more names inside", `{"o":{"x":1}}`, `{"o":{"y":1}}`, `{"o":{"x":0,"y":0}}`, true},
		{"an object stays one", `{"o":{"x":1}}`, `{"o":5}`, `{"o":{"x":0}}`, false},
		{"a value becomes an object", `{"o":5}`, `{"o":{"x":1}}`, `{"o":{"x":0}}`, true},
		{"an array is a value", `{"l":[1]}`, `{"l":[{"x":1}]}`, `{"l":0}`, false},
		{"nothing more", `{"a":1}`, ``, `{"a":0}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, more, err := addClaims(raw(tt.claimed), raw(tt.doc))
			if err != nil || string(got) != tt.want || more != tt.more {
				t.Errorf("addClaims(%s, %s) = %s, %v, %v; want %s, %v", tt.claimed, tt.doc, got, more, err, tt.want, tt.more)
			}
		})
	}
}

func TestKeepClaims(t *testing.T) {
	for _, tt := range []struct{ name, claimed, reported, want string }{
		{"nothing claimed", ``, `{"a":1}`, ``},
		{"nothing there", `{"a":0}`, ``, ``},
		{"some there", `{"a":0,"b":0,"o":{"x":0,"y":0}}`, `{"b":"is","c":1,"o":{"y":[1],"z":1}}`, `{"b":0,"o":{"y":0}}`},
		{"an object that is a value now", `{"o":{"x":0}}`, `{"o":1}`, `{"o":{"x":0}}`},
		{"a value that is an object now", `{"o":0}`, `{"o":{"x":1}}`, `{"o":0}`},
	} {
		got, err := keepClaims(raw(tt.claimed), raw(tt.reported))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: keepClaims(%s, %s) = %s, %v; want %s", tt.name, tt.claimed, tt.reported, got, err, tt.want)
		}
	}
}

// Claims with a document added hold all its names, so that adding it again adds
// nothing, nor does adding what was claimed before.
func TestAddClaimsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := drawDocuments(t, 2)
		sum, _, err := addClaims(docs[0], docs[1])
		must(t, sum, err)
		for _, doc := range append(docs, json.RawMessage(`{}`)) {
			if _, more, err := addClaims(sum, doc); more || err != nil {
				t.Fatalf("addClaims(%s, %s) = %v, %v; want no more names", sum, doc, more, err)
			}
		}
		if _, more, err := addClaims(sum, raw(`{"not there":0}`)); !more || err != nil {
			t.Fatalf("addClaims(%s) with a new name = %v, %v; want more names", sum, more, err)
		}
	})
}
