package payload

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/payload/internal/text"
)

// Kind is what a Value holds.
type Kind uint8

// The kinds of values.
const (
	KindNone Kind = iota
	KindFloat
	KindFloat32
	KindInt
	KindBool
	KindString
	KindBytes
)

// Value is a number, a truth value, a text or bytes. The zero Value is none.
type Value struct {
	kind  Kind
	num   uint64
	str   string
	bytes []byte
}

// Float is a number. Encoders write the fewest digits that give it back.
func Float(f float64) Value { return Value{kind: KindFloat, num: math.Float64bits(f)} }

// Float32 is a number of 32 bits. Written in digits it has those of 32 bits,
// 21.3 and not 21.299999237060547; a binary encoding may send the 32 bits.
func Float32(f float32) Value { return Value{kind: KindFloat32, num: uint64(math.Float32bits(f))} }

// Int is a whole number, of which all digits are written.
func Int(n int64) Value { return Value{kind: KindInt, num: uint64(n)} }

// Bool is a truth value.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// String is a text of UTF-8.
func String(s string) Value { return Value{kind: KindString, str: s} }

// Bytes is binary data. The value aliases b.
func Bytes(b []byte) Value { return Value{kind: KindBytes, bytes: b} }

// Kind is what the value holds.
func (v Value) Kind() Kind { return v.kind }

// Number reports whether the value is a number of any kind.
func (v Value) Number() bool { return v.kind >= KindFloat && v.kind <= KindInt }

// Float64 is the number, rounded if it is an Int above 2^53; 0 if it is none.
func (v Value) Float64() float64 {
	switch v.kind {
	case KindFloat:
		return math.Float64frombits(v.num)
	case KindFloat32:
		return float64(math.Float32frombits(uint32(v.num)))
	case KindInt:
		return float64(int64(v.num))
	}
	return 0
}

// Int64 is the value of an Int; 0 of any other kind.
func (v Value) Int64() int64 {
	if v.kind != KindInt {
		return 0
	}
	return int64(v.num)
}

// Bool is the truth value; false if it is none.
func (v Value) Bool() bool { return v.kind == KindBool && v.num != 0 }

// Str is the text; "" if it is none.
func (v Value) Str() string { return v.str }

// Bytes is the data; nil if it is none.
func (v Value) Bytes() []byte { return v.bytes }

// Equal reports whether two values are the same number, whatever their kinds, or
// of the same kind and content.
func (v Value) Equal(w Value) bool {
	switch {
	case v.kind == KindInt && w.kind == KindInt:
		return v.num == w.num
	case v.Number() && w.Number():
		return v.Float64() == w.Float64()
	}
	return v.kind == w.kind && v.num == w.num && v.str == w.str && bytes.Equal(v.bytes, w.bytes)
}

// Check returns [ErrNoValue], [ErrNotFinite] or [ErrText] for a value that no
// encoding can carry.
func (v Value) Check() error {
	switch v.kind {
	case KindNone:
		return ErrNoValue
	case KindFloat, KindFloat32:
		if f := v.Float64(); math.IsNaN(f) || math.IsInf(f, 0) {
			return ErrNotFinite
		}
	case KindString:
		if !utf8.ValidString(v.str) {
			return ErrText
		}
	}
	return nil
}

// String is the value for people.
func (v Value) String() string {
	if v.kind == KindString {
		return v.str
	}
	return string(v.AppendJSON(nil, base64.StdEncoding))
}

// AppendJSON appends the value as JSON, bytes as a string in that form of
// base64. It must pass Check, but for none, which is null.
func (v Value) AppendJSON(dst []byte, enc *base64.Encoding) []byte {
	switch v.kind {
	case KindFloat:
		return text.AppendFloat(dst, v.Float64(), 64)
	case KindFloat32:
		return text.AppendFloat(dst, v.Float64(), 32)
	case KindInt:
		return strconv.AppendInt(dst, int64(v.num), 10)
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindString:
		return text.AppendString(dst, v.str)
	case KindBytes:
		return append(enc.AppendEncode(append(dst, '"'), v.bytes), '"')
	}
	return append(dst, "null"...)
}

// ParseNumber is the number of a JSON literal, with all its digits: an Int for
// whole numbers that a float does not hold. The error is [ErrNotFinite] for what
// is beyond floats, and [ErrNumber] for what is no number.
func ParseNumber(s string) (Value, error) {
	if !isNumber(s) {
		return Value{}, ErrNumber
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Value{}, ErrNotFinite
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && (f >= 1<<63 || int64(f) != n) {
		return Int(n), nil
	}
	return Float(f), nil
}

// isNumber holds s against the grammar of RFC 8259, section 6.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if zero, ok := strings.CutPrefix(s, "0"); ok {
		s = zero
	} else if !digits() {
		return false
	}
	if frac, ok := strings.CutPrefix(s, "."); ok {
		if s = frac; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return digits() && s == ""
	}
	return s == ""
}
