package cpu

import (
	"strings"
	"testing"
)

func TestLevels(t *testing.T) {
	all := Levels()
	if all[0] != Portable {
		t.Errorf("Levels() = %v; want %v first", all, Portable)
	}
	for _, l := range all {
		if got, err := Parse(l.String()); got != l || err != nil {
			t.Errorf("Parse(%q) = %v, %v; want %v", l, got, err, l)
		}
	}
}

func TestDefault(t *testing.T) {
	t.Setenv(Variable, "")
	if got, err := Default(); got != Best() || err != nil {
		t.Errorf("Default() = %v, %v; want %v", got, err, Best())
	}
	t.Setenv(Variable, "portable")
	if got, err := Default(); got != Portable || err != nil {
		t.Errorf("Default() = %v, %v; want %v", got, err, Portable)
	}
	t.Setenv(Variable, "z80")
	if _, err := Default(); err == nil || !strings.Contains(err.Error(), "portable") {
		t.Errorf("Default() = %v; want an error that lists what there is", err)
	}
}
