package kernels

import "math"

// Neg computes -x.
func Neg[T Signed](dst, src []T) {
	for i, v := range src {
		dst[i] = -v
	}
}

// Abs computes |x|. The least integer of a type has no positive counterpart and stays as it is.
func Abs[T Signed](dst, src []T) {
	for i, v := range src {
		if v <= 0 { // a zero of either sign becomes +0
			v = 0 - v
		}
		dst[i] = v
	}
}

// Sign computes -1, 0 or 1; NaN stays NaN.
func Sign[T Number](dst, src []T) {
	for i, v := range src {
		switch {
		case v > 0:
			v = 1
		case v < 0:
			v = 0
			v--
		}
		dst[i] = v
	}
}

// Reciprocal computes 1 / x.
func Reciprocal[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] = 1 / v
	}
}

// Clip computes min(max(x, low), high).
func Clip[T Number](dst, src []T, low, high T) {
	for i, v := range src {
		if v < low {
			v = low
		}
		if v > high {
			v = high
		}
		dst[i] = v
	}
}

// Convert converts numbers to another type as Go does: floats to integers towards zero, integers by their low bits.
func Convert[R, T Number](dst []R, src []T) {
	for i, v := range src {
		dst[i] = R(v)
	}
}

// Truncate converts floats to integers towards zero: what is beyond 64 bits to the greatest or least of these, and NaN
// to 0, on every processor.
func Truncate[T Float](dst []int64, src []T) {
	for i, v := range src {
		switch {
		case v > -1<<63 && v < 1<<63:
			dst[i] = int64(v)
		case v > 0:
			dst[i] = math.MaxInt64
		case v < 0:
			dst[i] = math.MinInt64
		default:
			dst[i] = 0
		}
	}
}

// TruncateUnsigned is Truncate for integers without a sign. Negative ones are told by their bits.
func TruncateUnsigned[T Float](dst []uint64, src []T) {
	for i, v := range src {
		switch {
		case v > -1<<63 && v < 1<<63:
			dst[i] = uint64(int64(v))
		case v >= 1<<63 && v < 1<<64:
			dst[i] = uint64(v)
		case v > 0:
			dst[i] = math.MaxUint64
		case v < 0:
			dst[i] = 1 << 63
		default:
			dst[i] = 0
		}
	}
}

// NotZero tells of each number whether it is other than 0.
func NotZero[T Number](dst []bool, src []T) {
	for i, v := range src {
		dst[i] = v != 0
	}
}

// Same copies numbers that an operator leaves as they are.
func Same[T Number](dst, src []T) { copy(dst, src) }

// IsNaN tells of each number whether it is none.
func IsNaN[T Float](dst []bool, src []T) {
	for i, v := range src {
		dst[i] = v != v
	}
}

// IsInf tells of each number whether it is an infinity of a sign that is asked for.
func IsInf[T Float](dst []bool, src []T, negative, positive bool) {
	for i, v := range src {
		dst[i] = negative && math.IsInf(float64(v), -1) || positive && math.IsInf(float64(v), 1)
	}
}
