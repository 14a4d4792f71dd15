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
		{"first", ``, `{"a":1}`, `{"a":1}`, true},
		{"the same names", `{"a":1,"o":{"x":1}}`, `{"o":{"x":2},"a":2}`, `{"a":2,"o":{"x":2}}`, false},
		{"fewer names", `{"a":1,"b":1}`, `{"a":1}`, `{"a":1,"b":1}`, false},
		{"more names", `{"a":1}`, `{"b":1}`, `{"a":1,"b":1}`, true},
		{"more names inside", `{"o":{"x":1}}`, `{"o":{"y":1}}`, `{"o":{"x":1,"y":1}}`, true},
		{"an object stays one", `{"o":{"x":1}}`, `{"o":5}`, `{"o":{"x":1}}`, false},
		{"a value becomes an object", `{"o":5}`, `{"o":{"x":1}}`, `{"o":{"x":1}}`, true},
		{"an array is a value", `{"l":[1]}`, `{"l":[{"x":1}]}`, `{"l":[{"x":1}]}`, false},
		{"nothing more", `{"a":1}`, ``, `{"a":1}`, false},
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
