package kernels

// nearest turns a number of at most 2^51 into the integer nearest to it when it is added and taken away again: the sum
// has no room for a fraction, and is rounded half to even.
const nearest = 0x1.8p52

// Codes sets each element of dst to the integer nearest to v, half to even, plus zero, or to what is nearest to that
// between least and most. NaN becomes least. All codes fit 32 bits; dst may be as wide as they need, signed or not.
func Codes[D Integer](dst []D, v, zero []float64, least, most float64) {
	v, zero = v[:len(dst)], zero[:len(dst)]
	for i, x := range v {
		z := zero[i]
		dst[i] = D(int32(code(x, z, least, most)))
	}
}

// code is one of Codes. What is out of range is cut off before it is rounded, which comes to the same because the bounds
// are integers.
func code(x, zero, least, most float64) float64 {
	if x > most-zero {
		x = most - zero
	}
	if !(x >= least-zero) {
		x = least - zero
	}
	return (x + nearest) - nearest + zero
}

// Requantize sets each element of dst to the low byte of the integer nearest to sum * by, plus zero, as Codes does.
func Requantize(dst []byte, sums []float64, by, zero, least, most float64) {
	sums = sums[:len(dst)]
	for i, s := range sums {
		dst[i] = byte(int32(code(float64(s*by), zero, least, most)))
	}
}
