package senml_test

import (
	"math"
	"testing"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

// TestUnits looks up the units of both registries.
func TestUnits(t *testing.T) {
	primary := []string{
		"m", "kg", "g", "s", "A", "K", "cd", "mol", "Hz", "rad", "sr", "N", "Pa", "J", "W", "C", "V", "F", "Ohm", "S", "Wb", "T", "H", "Cel", "lm", "lx", "Bq", "Gy", "Sv",
		"kat", "m2", "m3", "l", "m/s", "m/s2", "m3/s", "l/s", "W/m2", "cd/m2", "bit", "bit/s", "lat", "lon", "pH", "dB", "dBW", "Bspl", "count", "/", "%", "%RH", "%EL", "EL",
		"1/s", "1/min", "beat/min", "beats", "S/m", // RFC 8428, table 6
		"B", "VA", "VAs", "var", "vars", "J/m", "kg/m3", "deg", // RFC 8798, table 1
	}
	secondary := map[string]struct { // RFC 8798, table 2
		of            string
		scale, offset float64
	}{
		"ms": {"s", 1.0 / 1000, 0}, "min": {"s", 60, 0}, "h": {"s", 3600, 0}, "MHz": {"Hz", 1e6, 0}, "kW": {"W", 1000, 0}, "kVA": {"VA", 1000, 0}, "kvar": {"var", 1000, 0},
		"Ah": {"C", 3600, 0}, "Wh": {"J", 3600, 0}, "kWh": {"J", 3.6e6, 0}, "varh": {"vars", 3600, 0}, "kvarh": {"vars", 3.6e6, 0}, "kVAh": {"VAs", 3.6e6, 0}, "Wh/km": {"J/m", 3.6, 0},
		"KiB": {"B", 1024, 0}, "GB": {"B", 1e9, 0}, "Mbit/s": {"bit/s", 1e6, 0}, "B/s": {"bit/s", 8, 0}, "MB/s": {"bit/s", 8e6, 0}, "mV": {"V", 1.0 / 1000, 0}, "mA": {"A", 1.0 / 1000, 0},
		"dBm": {"dBW", 1, -30}, "ug/m3": {"kg/m3", 1e-9, 0}, "mm/h": {"m/s", 1.0 / 3600000, 0}, "m/h": {"m/s", 1.0 / 3600, 0}, "ppm": {"/", 1e-6, 0}, "/100": {"/", 1.0 / 100, 0},
		"/1000": {"/", 1.0 / 1000, 0}, "hPa": {"Pa", 100, 0}, "mm": {"m", 1.0 / 1000, 0}, "cm": {"m", 1.0 / 100, 0}, "km": {"m", 1000, 0}, "km/h": {"m/s", 1 / 3.6, 0},
	}
	for _, s := range primary {
		if u, ok := senml.LookupUnit(s); !ok || u.Symbol != s || u.Primary != "" || u.Description == "" {
			t.Errorf("LookupUnit(%q) = %+v, %v", s, u, ok)
		}
	}
	for s, want := range secondary {
		u, ok := senml.LookupUnit(s)
		if !ok || u.Primary != want.of {
			t.Errorf("LookupUnit(%q) = %+v, %v; want one of %s", s, u, ok, want.of)
			continue
		}
		for _, v := range []float64{0, 1, -12.75, 1e6} {
			got, exp := u.ToPrimary(payload.Float(v)).Float64(), v*want.scale+want.offset
			if math.Abs(got-exp) > 1e-12*math.Abs(exp) {
				t.Errorf("%v %s is %v %s; want %v", v, s, got, want.of, exp)
			}
		}
	}
	for _, s := range []string{"g", "l", "l/s", "Bspl", "%", "1/min", "beat/min", "beats", "deg"} {
		if u, _ := senml.LookupUnit(s); !u.Discouraged {
			t.Errorf("%q is not discouraged", s)
		}
	}
	for _, s := range []string{"", "cel", "°C", "kPa", "zz", "~"} {
		if u, ok := senml.LookupUnit(s); ok {
			t.Errorf("LookupUnit(%q) = %+v", s, u)
		}
	}
	cel, _ := senml.LookupUnit("Cel")
	if v := cel.ToPrimary(payload.Int(5)); v.Kind() != payload.KindInt {
		t.Errorf("a primary unit changed the value to %v", v)
	}
	km, _ := senml.LookupUnit("km")
	if v := km.ToPrimary(payload.String("far")); v.Str() != "far" {
		t.Errorf("text became %v", v)
	}
}
