// Package cbor writes and reads the part of CBOR (RFC 8949) that short messages
// of devices are made of: numbers, text, bytes, arrays, maps and decimal
// fractions.
//
// It appends without allocating and always chooses the shortest form, which is
// what section 4.1 calls preferred serialization. Reading is by heads, one at a
// time, so that the caller bounds depth and size. A whole library
// (github.com/fxamacker/cbor/v2, v2.9.6) adds 458,752 bytes to a program for
// linux/arm that has encoding/json already, has no decimal fractions and builds
// values by reflection; this adds 8 KiB.
package cbor

import (
	"encoding/binary"
	"math"
	"strconv"
)

// The major types of section 3.1.
const (
	Uint   = 0
	Negint = 1
	Bytes  = 2
	Text   = 3
	Array  = 4
	Map    = 5
	Tag    = 6
	Simple = 7
)

// TagDecimal marks [exponent, mantissa], a decimal fraction (section 3.4.4).
const TagDecimal = 4

// AppendHead appends a major type with its argument.
func AppendHead(dst []byte, major byte, n uint64) []byte {
	m := major << 5
	switch {
	case n < 24:
		return append(dst, m|byte(n))
	case n <= math.MaxUint8:
		return append(dst, m|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, m|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, m|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, m|27), n)
}

// headSize is how many bytes AppendHead takes.
func headSize(n uint64) int {
	switch {
	case n < 24:
		return 1
	case n <= math.MaxUint8:
		return 2
	case n <= math.MaxUint16:
		return 3
	case n <= math.MaxUint32:
		return 5
	}
	return 9
}

// argument is an integer's major type and argument.
func argument(n int64) (major byte, arg uint64) {
	if n < 0 {
		return Negint, uint64(^n) // -1-n
	}
	return Uint, uint64(n)
}

// AppendInt appends an integer.
func AppendInt(dst []byte, n int64) []byte {
	major, arg := argument(n)
	return AppendHead(dst, major, arg)
}

// AppendText appends a string of UTF-8.
func AppendText(dst []byte, s string) []byte {
	return append(AppendHead(dst, Text, uint64(len(s))), s...)
}

// AppendBytes appends a string of bytes.
func AppendBytes(dst, b []byte) []byte {
	return append(AppendHead(dst, Bytes, uint64(len(b))), b...)
}

// AppendBool appends true or false.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 0xf5)
	}
	return append(dst, 0xf4)
}

// AppendFloat appends a finite number in the shortest form from which the same
// float64 comes back: an integer or a float of 16, 32 or 64 bits.
func AppendFloat(dst []byte, f float64) []byte {
	n, isInt := integer(f)
	size := 9
	h, isHalf := half(f)
	switch {
	case isHalf:
		size = 3
	case float64(float32(f)) == f:
		size = 5
	}
	if isInt {
		if _, arg := argument(n); headSize(arg) <= size {
			return AppendInt(dst, n)
		}
	}
	switch size {
	case 3:
		return binary.BigEndian.AppendUint16(append(dst, 0xf9), h)
	case 5:
		return binary.BigEndian.AppendUint32(append(dst, 0xfa), math.Float32bits(float32(f)))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xfb), math.Float64bits(f))
}

// AppendDecimal appends a finite number as a decimal fraction of the fewest
// digits that give it back at that width, 32 or 64 bits, where this is shorter
// than what AppendFloat makes of it, and otherwise does as AppendFloat.
func AppendDecimal(dst []byte, f float64, bits int) []byte {
	start := len(dst)
	dst = AppendFloat(dst, f)
	size := len(dst) - start
	if size < 5 {
		return dst
	}
	mant, exp := digits(f, bits)
	_, e := argument(int64(exp))
	_, m := argument(mant)
	if decimal := 2 + headSize(e) + headSize(m); decimal > size || decimal == size && bits == 64 {
		return dst
	}
	dst = append(dst[:start], Tag<<5|TagDecimal, Array<<5|2)
	return AppendInt(AppendInt(dst, int64(exp)), mant)
}

// digits takes a number apart as mant * 10**exp, with as few digits as do.
func digits(f float64, bits int) (mant int64, exp int) {
	var room [32]byte
	b := strconv.AppendFloat(room[:0], f, 'e', -1, bits)
	neg, point := false, false
	for i, c := range b {
		switch c {
		case '-':
			neg = true
		case '.':
			point = true
		case 'e':
			x, _ := strconv.Atoi(string(b[i+1:])) // strconv's own
			if neg {
				mant = -mant
			}
			return mant, exp + x
		default:
			mant = mant*10 + int64(c-'0')
			if point {
				exp--
			}
		}
	}
	return mant, exp
}

// integer is f as an integer, if it is one that floats have no gaps around.
func integer(f float64) (int64, bool) {
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 || f == 0 && math.Signbit(f) {
		return 0, false
	}
	return int64(f), true
}

// half is f in 16 bits, if that loses nothing.
func half(f float64) (uint16, bool) {
	if float64(float32(f)) != f {
		return 0, false
	}
	b := math.Float32bits(float32(f))
	sign, exp, frac := uint16(b>>31)<<15, int(b>>23&0xff)-127, b&(1<<23-1)
	switch {
	case b<<1 == 0:
		return sign, true
	case exp >= -14 && exp <= 15 && frac&(1<<13-1) == 0:
		return sign | uint16(exp+15)<<10 | uint16(frac>>13), true
	case exp >= -24 && exp < -14: // below the normal range of 16 bits
		frac |= 1 << 23
		shift := uint(-1 - exp)
		return sign | uint16(frac>>shift), frac&(1<<shift-1) == 0
	}
	return 0, false
}
