package cbor_test

import (
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport/internal/cbor"
)

// TestNumbers holds numbers against the examples of RFC 8949, appendix A, that
// are in preferred serialization; floats with an integral value become integers
// where that is no longer.
func TestNumbers(t *testing.T) {
	for _, tc := range []struct {
		f    float64
		want string
	}{
		{0, "00"},
		{1, "01"},
		{10, "0a"},
		{23, "17"},
		{24, "1818"},
		{25, "1819"},
		{100, "1864"},
		{1000, "1903e8"},
		{1000000, "1a000f4240"},
		{-1, "20"},
		{-10, "29"},
		{-100, "3863"},
		{-1000, "3903e7"},
		{math.Copysign(0, -1), "f98000"},
		{1.1, "fb3ff199999999999a"},
		{1.5, "f93e00"},
		{65504, "19ffe0"},
		{3.4028234663852886e+38, "fa7f7fffff"},
		{1.0e+300, "fb7e37e43c8800759c"},
		{5.960464477539063e-8, "f90001"},
		{0.00006103515625, "f90400"},
		{-4.1, "fbc010666666666666"},
		// Not from the RFC.
		{1e12, "1b000000e8d4a51000"},
		{1e10, "fa501502f9"},
		{1 << 53, "fa5a000000"},
		{-65536, "39ffff"},
		{6.097555160522461e-05, "f903ff"},
		{1.0 / 3, "fb3fd5555555555555"},
		{float64(float32(0.1)), "fa3dcccccd"},
		{2.9802322387695312e-08, "fa33000000"},
		{math.SmallestNonzeroFloat64, "fb0000000000000001"},
		{65520, "19fff0"},
		{-0.5, "f9b800"},
	} {
		b := cbor.AppendFloat(nil, tc.f)
		if got := hex.EncodeToString(b); got != tc.want {
			t.Errorf("AppendFloat(%v) = %s; want %s", tc.f, got, tc.want)
		}
		if f, err := float(b); err != nil || f != tc.f || math.Signbit(f) != math.Signbit(tc.f) {
			t.Errorf("%x is %v, %v; want %v", b, f, err, tc.f)
		}
	}
	for _, tc := range []struct {
		n    int64
		want string
	}{{math.MaxInt64, "1b7fffffffffffffff"}, {math.MinInt64, "3b7fffffffffffffff"}, {1000000000000, "1b000000e8d4a51000"}, {-24, "37"}, {-25, "3818"}, {65535, "19ffff"}, {65536, "1a00010000"}} {
		if got := hex.EncodeToString(cbor.AppendInt(nil, tc.n)); got != tc.want {
			t.Errorf("AppendInt(%d) = %s; want %s", tc.n, got, tc.want)
		}
	}
}

// TestDecimals begins with the example of RFC 8949, section 3.4.4, 273.15.
func TestDecimals(t *testing.T) {
	for _, tc := range []struct {
		f    float64
		bits int
		want string
	}{
		{273.15, 64, "c48221196ab3"},
		{21.3, 64, "c4822018d5"},
		{-0.01, 64, "c4822120"},
		{1e300, 64, "c48219012c01"},
		{float64(float32(21.3)), 32, "c4822018d5"},
		{1.0 / 3, 64, "fb3fd5555555555555"},
		{1.5, 64, "f93e00"},
		{5, 64, "05"},
		{1234.5, 64, "fa449a5000"},
		{1e20, 64, "c4821401"},
		{0.1, 64, "c4822001"},
	} {
		b := cbor.AppendDecimal(nil, tc.f, tc.bits)
		if got := hex.EncodeToString(b); got != tc.want {
			t.Errorf("AppendDecimal(%v, %d) = %s; want %s", tc.f, tc.bits, got, tc.want)
		}
		f, err := float(b)
		if same := f == tc.f || tc.bits == 32 && float32(f) == float32(tc.f); err != nil || !same {
			t.Errorf("%x is %v, %v; want %v", b, f, err, tc.f)
		}
	}
}

func float(b []byte) (float64, error) {
	r := cbor.NewReader(b)
	h, err := r.Head()
	if err != nil {
		return 0, err
	}
	f, err := r.Float(h)
	if err == nil && r.Len() != 0 {
		err = errors.New("bytes are left")
	}
	return f, err
}

// TestRoundTrip writes random numbers in every way and reads them.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.OneOf(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.Int32().Draw(t, "n")) / math.Pow10(rapid.IntRange(0, 5).Draw(t, "digits"))
		})).Draw(rt, "f")
		plain, decimal := cbor.AppendFloat(nil, f), cbor.AppendDecimal(nil, f, 64)
		for _, b := range [][]byte{plain, decimal} {
			if got, err := float(b); err != nil || got != f {
				rt.Fatalf("%v is %x, which is %v, %v", f, b, got, err)
			}
		}
		if len(decimal) > len(plain) || len(plain) > 9 {
			rt.Fatalf("%v takes %d bytes, as a decimal %d", f, len(plain), len(decimal))
		}
		half := float64(float32(rapid.Float32Range(-65504, 65504).Draw(rt, "float32")))
		if b := cbor.AppendFloat(nil, half); len(b) > 5 {
			rt.Fatalf("%v of 32 bits takes %d bytes", half, len(b))
		}
		n := rapid.Int64().Draw(rt, "n")
		r := cbor.NewReader(cbor.AppendInt(nil, n))
		h, err := r.Head()
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := r.Int(h); err != nil || got != n || r.Len() != 0 {
			rt.Fatalf("%d came back as %d, %v", n, got, err)
		}
	})
}

// TestHalves reads all floats of 16 bits and writes them again.
func TestHalves(t *testing.T) {
	for h := range 1 << 16 {
		b := []byte{0xf9, byte(h >> 8), byte(h)}
		f, err := float(b)
		if h>>10&31 == 31 {
			if !errors.Is(err, cbor.ErrNumber) {
				t.Errorf("%x = %v, %v; want ErrNumber", b, f, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if again := cbor.AppendFloat(nil, f); len(again) > 3 || again[0] == 0xf9 && string(again) != string(b) {
			t.Errorf("%x is %v, which is %x", b, f, again)
		}
	}
}

// TestSkip skips values of every kind, and refuses what is broken.
func TestSkip(t *testing.T) {
	for in, want := range map[string]error{
		"00": nil, "3903e7": nil, "6161": nil, "4101": nil, "83010203": nil, "a10102": nil, "c100": nil, "f6": nil, "f818": nil, "fb3ff199999999999a": nil,
		"9f01ff": nil, "bf0102ff": nil, "9f9fffff": nil, "80": nil, "a0": nil,
		"": cbor.ErrShort, "18": cbor.ErrShort, "6261": cbor.ErrShort, "8201": cbor.ErrShort, "9f": cbor.ErrShort, "bb8000000000000000": cbor.ErrShort, "9bffffffffffffffff": cbor.ErrShort,
		"1c": cbor.ErrForm, "1f": cbor.ErrForm, "ff": cbor.ErrForm, "bf01ff": cbor.ErrForm, "81ff": cbor.ErrForm, "7f6161ff": cbor.ErrForm, "61ff": cbor.ErrForm,
		"8181818181818181818181818181818100": cbor.ErrDepth,
	} {
		b, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		r := cbor.NewReader(b)
		h, err := r.Head()
		if err == nil {
			err = r.Skip(h)
		}
		if !errors.Is(err, want) || err == nil && r.Len() != 0 {
			t.Errorf("Skip(%s) = %v with %d bytes left; want %v", in, err, r.Len(), want)
		}
	}
}
