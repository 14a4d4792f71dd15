package dtype

import "math"

// smallFloat describes a floating-point format of at most 16 bits: a sign, exp bits of exponent, man bits of mantissa.
type smallFloat struct {
	exp, man uint
	bias     int
	max      float64 // the greatest finite value
	inf      uint16  // the bits of infinity; 0 when there is none
	nan      uint16  // the bits of NaN; 0 when there is none
	unsigned bool    // zero has no sign: the bits of a negative one are those of NaN
}

// The formats, as the ONNX documentation defines them (docs/docsgen/source/technical/float8.md, float4.md) and, for
// the first three, IEEE 754.
var (
	float16Format  = smallFloat{exp: 5, man: 10, bias: 15, max: 65504, inf: 0x7c00, nan: 0x7e00}
	bfloat16Format = smallFloat{exp: 8, man: 7, bias: 127, max: 0x1.fep127, inf: 0x7f80, nan: 0x7fc0}
	e5m2Format     = smallFloat{exp: 5, man: 2, bias: 15, max: 57344, inf: 0x7c, nan: 0x7f}
	e4m3fnFormat   = smallFloat{exp: 4, man: 3, bias: 7, max: 448, nan: 0x7f}
	e4m3fnuzFormat = smallFloat{exp: 4, man: 3, bias: 8, max: 240, nan: 0x80, unsigned: true}
	e5m2fnuzFormat = smallFloat{exp: 5, man: 2, bias: 16, max: 57344, nan: 0x80, unsigned: true}
	e2m1Format     = smallFloat{exp: 2, man: 1, bias: 1, max: 6}
)

// decode returns the value of bits.
func (f *smallFloat) decode(bits uint16) float32 {
	sign := uint16(1) << (f.exp + f.man)
	m := bits &^ sign
	switch {
	case f.unsigned && bits == f.nan,
		f.inf != 0 && m > f.inf,
		f.inf == 0 && !f.unsigned && f.nan != 0 && m == f.nan:
		return float32(math.NaN())
	}
	v := math.Inf(1)
	if f.inf == 0 || m != f.inf {
		e := int(m >> f.man)
		fraction := m & (1<<f.man - 1)
		if e > 0 {
			fraction |= 1 << f.man
			e--
		}
		v = math.Ldexp(float64(fraction), e+1-f.bias-int(f.man))
	}
	if bits&sign != 0 {
		v = -v
	}
	return float32(v)
}

// encode returns the bits of the value nearest to v, the even one of two. What is too large, infinity included,
// becomes the greatest finite value when saturate is set or when there is neither infinity nor NaN.
func (f *smallFloat) encode(v float64, saturate bool) uint16 {
	sign := uint16(0)
	if math.Signbit(v) {
		sign, v = 1<<(f.exp+f.man), -v
	}
	if v != v {
		if f.unsigned {
			return f.nan
		}
		return sign | f.nan
	}
	// In units of the last place of the result, whose exponent is that of v but no less than the least.
	_, e := math.Frexp(v)
	e = max(e-1, 1-f.bias)
	unit := e - int(f.man)
	q := math.RoundToEven(math.Ldexp(v, -unit))
	switch {
	case v == 0 || q == 0:
		if f.unsigned {
			return 0
		}
		return sign
	case math.IsInf(v, 0) || math.Ldexp(q, unit) > f.max:
		switch {
		case saturate || f.inf == 0 && f.nan == 0:
			_, e = math.Frexp(f.max)
			e--
			q = math.Ldexp(f.max, int(f.man)-e)
		case f.inf != 0:
			return sign | f.inf
		case f.unsigned:
			return f.nan
		default:
			return sign | f.nan
		}
	}
	// A normal number's leading bit is not stored: added to the exponent's field it counts it up by one, which is the
	// step from subnormal numbers, whose field is 0, to normal ones.
	return sign | (uint16(e-1+f.bias)<<f.man + uint16(q))
}

// Float32 returns the value of f.
func (f Float16) Float32() float32 {
	// Exponents move from a bias of 15 to one of 127; subnormal numbers are scaled by a multiplication.
	u := uint32(f&0x7fff) << 13
	v := math.Float32frombits(u) * 0x1p112
	if u >= 0x7c00<<13 {
		v = math.Float32frombits(u | 0x7f800000)
	}
	return math.Float32frombits(math.Float32bits(v) | uint32(f&0x8000)<<16)
}

// Float32 returns the value of f.
func (f BFloat16) Float32() float32 { return math.Float32frombits(uint32(f) << 16) }

// Float32 returns the value of f.
func (f Float8E4M3FN) Float32() float32 { return e4m3fnFormat.decode(uint16(f)) }

// Float32 returns the value of f.
func (f Float8E4M3FNUZ) Float32() float32 { return e4m3fnuzFormat.decode(uint16(f)) }

// Float32 returns the value of f.
func (f Float8E5M2) Float32() float32 { return e5m2Format.decode(uint16(f)) }

// Float32 returns the value of f.
func (f Float8E5M2FNUZ) Float32() float32 { return e5m2fnuzFormat.decode(uint16(f)) }

// Float32 returns the value of f.
func (f Float4E2M1) Float32() float32 { return e2m1Format.decode(uint16(f)) }

// Float32 returns the value of f: a power of two, or NaN for 255.
func (f Float8E8M0) Float32() float32 {
	if f == 255 {
		return float32(math.NaN())
	}
	return float32(math.Ldexp(1, int(f)-127))
}

// ToFloat16 returns the Float16 nearest to v.
func ToFloat16(v float64) Float16 { return Float16(half(v, 10, 15)) }

// ToBFloat16 returns the BFloat16 nearest to v.
func ToBFloat16(v float64) BFloat16 { return BFloat16(half(v, 7, 127)) }

// RoundFloat16 is ToFloat16 for the floats that whole tensors are computed in.
func RoundFloat16(v float32) Float16 {
	bits := math.Float32bits(v)
	sign, bits := Float16(bits>>16&0x8000), bits&^(1<<31)
	switch {
	case bits > 0x7f800000:
		return sign | 0x7e00
	case bits >= 0x47800000: // 2^16
		return sign | 0x7c00
	case bits < 0x38800000: // 2^-14; the sum has its last place where the result has it
		return sign | Float16(math.Float32bits(math.Float32frombits(bits)+0.5)-0x3f000000)
	}
	return sign | Float16((bits-0x38000000+0xfff+bits>>13&1)>>13)
}

// RoundBFloat16 is ToBFloat16 for the floats that whole tensors are computed in.
func RoundBFloat16(v float32) BFloat16 {
	bits := math.Float32bits(v)
	if v != v {
		return BFloat16(bits>>16&0x8000 | 0x7fc0)
	}
	return BFloat16((bits + 0x7fff + bits>>16&1) >> 16)
}

// half returns the bits of the value nearest to v, the even one of two, in a format of 16 bits as in IEEE 754 with man
// bits of mantissa. It gives what encode gives, from the bits of v and so much sooner.
func half(v float64, man uint, bias uint64) uint16 {
	bits := math.Float64bits(v)
	sign, bits := uint16(bits>>63)<<15, bits&^(1<<63)
	shift := 52 - man
	const doubleBias = 1023
	inf := (2*bias + 1) << man
	switch {
	case v != v:
		return sign | uint16(inf) | 1<<(man-1)
	case bits < (doubleBias+1-bias)<<52: // subnormal: the sum has its last place where the result has it
		unit := math.Float64frombits((doubleBias + 1 - bias + uint64(shift)) << 52)
		return sign | uint16(math.Float64bits(math.Abs(v)+unit)&(1<<52-1))
	}
	bits += 1<<(shift-1) - 1 + bits>>shift&1
	return sign | uint16(min(bits>>shift-(doubleBias-bias)<<man, inf))
}

// ToFloat8E4M3FN returns the nearest value to v; what is too large is the greatest one when saturate is set, else NaN.
func ToFloat8E4M3FN(v float64, saturate bool) Float8E4M3FN {
	return Float8E4M3FN(e4m3fnFormat.encode(v, saturate))
}

// ToFloat8E4M3FNUZ returns the nearest value to v; what is too large is the greatest one when saturate is set, else NaN.
func ToFloat8E4M3FNUZ(v float64, saturate bool) Float8E4M3FNUZ {
	return Float8E4M3FNUZ(e4m3fnuzFormat.encode(v, saturate))
}

// ToFloat8E5M2 returns the nearest value to v; what is too large is the greatest one when saturate is set, else infinite.
func ToFloat8E5M2(v float64, saturate bool) Float8E5M2 {
	return Float8E5M2(e5m2Format.encode(v, saturate))
}

// ToFloat8E5M2FNUZ returns the nearest value to v; what is too large is the greatest one when saturate is set, else NaN.
func ToFloat8E5M2FNUZ(v float64, saturate bool) Float8E5M2FNUZ {
	return Float8E5M2FNUZ(e5m2fnuzFormat.encode(v, saturate))
}

// ToFloat4E2M1 returns the nearest value to v, at most 6 and at least -6. NaN, which it has not, becomes -0.
func ToFloat4E2M1(v float64) Float4E2M1 {
	if v != v {
		return 8
	}
	return Float4E2M1(e2m1Format.encode(v, true))
}

// Rounding says which power of two a value that is none becomes.
type Rounding uint8

// The ways to round.
const (
	Nearest Rounding = iota
	Up
	Down
)

// ToFloat8E8M0 returns the power of two that stands for |v|. Too large becomes 2^127 when saturate is set, and too small
// 2^-127; else both become NaN.
func ToFloat8E8M0(v float64, r Rounding, saturate bool) Float8E8M0 {
	v = math.Abs(v)
	if v != v {
		return 255
	}
	if math.IsInf(v, 0) {
		if saturate {
			return 254
		}
		return 255
	}
	if v == 0 {
		if saturate {
			return 0
		}
		return 255
	}
	fraction, e := math.Frexp(v) // v = fraction * 2^e with fraction in [0.5, 1)
	e--
	if r == Up && fraction > 0.5 || r == Nearest && fraction >= 0.75 {
		e++
	}
	switch {
	case (e < -127 || e > 127) && !saturate:
		return 255
	case e < -127:
		return 0
	case e > 127:
		return 254
	}
	return Float8E8M0(e + 127)
}

// Decode returns the value of an element of d, one of [SmallFloats], from its bits.
func (d DType) Decode(bits uint16) float32 {
	switch d {
	case F16:
		return Float16(bits).Float32()
	case BF16:
		return BFloat16(bits).Float32()
	case F8E4M3FN:
		return Float8E4M3FN(bits).Float32()
	case F8E4M3FNUZ:
		return Float8E4M3FNUZ(bits).Float32()
	case F8E5M2:
		return Float8E5M2(bits).Float32()
	case F8E5M2FNUZ:
		return Float8E5M2FNUZ(bits).Float32()
	case F4E2M1:
		return Float4E2M1(bits).Float32()
	}
	return Float8E8M0(bits).Float32()
}

// Encode returns the bits of v as an element of d, one of [SmallFloats]. Saturate says for those of 8 bits that what is
// too large becomes the greatest value; r is how powers of two are rounded to.
func (d DType) Encode(v float64, saturate bool, r Rounding) uint16 {
	switch d {
	case F16:
		return uint16(ToFloat16(v))
	case BF16:
		return uint16(ToBFloat16(v))
	case F8E4M3FN:
		return uint16(ToFloat8E4M3FN(v, saturate))
	case F8E4M3FNUZ:
		return uint16(ToFloat8E4M3FNUZ(v, saturate))
	case F8E5M2:
		return uint16(ToFloat8E5M2(v, saturate))
	case F8E5M2FNUZ:
		return uint16(ToFloat8E5M2FNUZ(v, saturate))
	case F4E2M1:
		return uint16(ToFloat4E2M1(v))
	}
	return uint16(ToFloat8E8M0(v, r, saturate))
}
