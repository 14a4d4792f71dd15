package name_test

import (
	"testing"

	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

func TestFile(t *testing.T) {
	for thing, want := range map[string]string{"hub-7": "hub-7", "a:b::c": "a%3Ab%3A%3Ac", ":": "%3A"} {
		if got := name.File(thing); got != want {
			t.Errorf("File(%q) = %q; want %q", thing, got, want)
		}
	}
}
