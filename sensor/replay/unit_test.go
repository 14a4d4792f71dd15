package replay_test

import (
	"math"
	"strings"
	"testing"

	"github.com/brinkml/brink/sensor/replay"
)

// Known points of each unit, read by a column that has it.
func TestUnits(t *testing.T) {
	for _, tt := range []struct {
		unit   replay.Unit
		field  string
		want   float64
		within float64
	}{
		{replay.Unit{}, "1.5", 1.5, 0},
		{replay.Fahrenheit, "32", 0, 1e-12},
		{replay.Fahrenheit, "-40", -40, 1e-12},
		{replay.Fahrenheit, "212", 100, 1e-12},
		{replay.Kelvin, "273.15", 0, 0},
		{replay.Pascal, "101325", 1013.25, 1e-9},
		{replay.Kilopascal, "101.325", 1013.25, 1e-9},
		{replay.MmHg, "760", 1013.25, 0.001},
		{replay.InHg, "29.9213", 1013.25, 0.01},
		{replay.Fraction, "0.455", 45.5, 1e-12},
		{replay.MetrePerSecond2, "9.80665", 1, 1e-12},
		{replay.MilliG, "-1033", -1.033, 1e-12},
		{replay.DegreePerSecond, "180", math.Pi, 1e-12},
		{replay.Gauss, "0.5", 50, 1e-12},
		{replay.Milligauss, "500", 50, 1e-12},
		{replay.Nanotesla, "50000", 50, 1e-12},
		{replay.Unit{Scale: -2, Offset: 1}, "3", -5, 0},
	} {
		got, bad := rows(t, "a,b\n"+tt.field+",7\n", &replay.Options{Values: []replay.Column{{Name: "a", Unit: tt.unit}, {Name: "b"}}})
		if len(bad) != 0 || math.Abs(got[0].Values[0]-tt.want) > tt.within || got[0].Values[1] != 7 {
			t.Errorf("%s in %s = %v, %v; want %v, and 7 beside it", tt.field, tt.unit.Name, got, bad, tt.want)
		}
	}
}

// A value that a unit makes infinite is not a finite number.
func TestUnitOverflow(t *testing.T) {
	_, bad := rows(t, "a\n1e308\n", &replay.Options{Values: []replay.Column{{Name: "a", Unit: replay.Gauss}}})
	if len(bad) != 1 || !strings.HasSuffix(bad[0].Error(), `"1e308" is not a finite number`) {
		t.Errorf("errors = %v; want one about a number that is not finite", bad)
	}
}

func TestUnitsBad(t *testing.T) {
	for _, u := range []replay.Unit{{Offset: 1}, {Scale: math.Inf(1)}, {Scale: math.NaN()}, {Scale: 1, Offset: math.Inf(-1)}} {
		_, err := replay.NewReader(strings.NewReader("a\n"), "test.csv", &replay.Options{Values: []replay.Column{{Name: "a", Unit: u}}})
		if err == nil {
			t.Errorf("NewReader with the unit %+v = nil; want an error", u)
		}
	}
}
