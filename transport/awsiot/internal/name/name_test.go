package name_test

import (
	"strings"
	"testing"

	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

func TestNames(t *testing.T) {
	for _, tc := range []struct {
		check func(string) error
		in    string
		ok    bool
	}{
		{name.Thing, "hub-7:a_B", true},
		{name.Thing, "", false},
		{name.Thing, strings.Repeat("x", 128), true},
		{name.Thing, strings.Repeat("x", 129), false},
		{name.Thing, "a/b", false},
		{name.Thing, "+", false},
		{name.Thing, "#", false},
		{name.Thing, "a\x00", false},
		{name.Thing, "ä", false},
		{name.Stream, "AFR_OTA-2c14e009", true},
		{name.Stream, "a:b", false},
		{name.Metric, "battery:percent", true},
		{name.Metric, "a b", false},
		{name.Service, "SSH", true},
		{name.Service, "ssh;reboot", false},
	} {
		if err := tc.check(tc.in); (err == nil) != tc.ok {
			t.Errorf("%q: %v; want ok %t", tc.in, err, tc.ok)
		}
	}
}
