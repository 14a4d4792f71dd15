package text_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/payload/internal/text"
)

// TestStrings holds strings against encoding/json.
func TestStrings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.String().Draw(rt, "s")
		b := text.AppendString(nil, s)
		var back string
		if err := json.Unmarshal(b, &back); err != nil || back != s {
			rt.Fatalf("%q is %s, which is %q, %v", s, b, back, err)
		}
	})
	if got := string(text.AppendString([]byte("x"), "a\"\\\n\r\t\x00\x1f\u2028\u2029é😀/<")); got != `x"a\"\\\n\r\t\u0000\u001f\u2028\u2029é😀/<"` {
		t.Errorf("%s", got)
	}
}

// TestFloats holds numbers against strconv and the grammar of JSON.
func TestFloats(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "-1.5", 1e16: "10000000000000000", 1e17: "1e17", 1.5e300: "1.5e300", 1e-6: "0.000001", 1e-7: "1e-7", 1.25e-10: "1.25e-10", 123456789012345680: "1.2345678901234568e17",
		1772600767.089: "1772600767.089", 0.00012345678901234567: "1.2345678901234567e-4", -5e-324: "-5e-324",
	} {
		if got := string(text.AppendFloat(nil, f, 64)); got != want {
			t.Errorf("%v is %s; want %s", f, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(rt, "f")
		b := text.AppendFloat([]byte("1"), f, 64)[1:]
		if got, err := strconv.ParseFloat(string(b), 64); err != nil || got != f || !json.Valid(b) || len(b) > 24 {
			rt.Fatalf("%v is %s", f, b)
		}
		s := rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(rt, "float32")
		b = text.AppendFloat(nil, float64(s), 32)
		if got, err := strconv.ParseFloat(string(b), 32); err != nil || float32(got) != s || !json.Valid(b) {
			rt.Fatalf("%v of 32 bits is %s", s, b)
		}
	})
}
