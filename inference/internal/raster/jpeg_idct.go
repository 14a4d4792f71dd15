package raster

// The inverse transform is that of Loeffler, Ligtenberg and Moschytz ("Practical fast 1-D DCT algorithms with 11
// multiplications", 1989) with factors in units of 2^-13 and two bits more between its passes, so that results are
// rounded as those of libjpeg's accurate integer method are.
const (
	dctBits  = 13
	dctExtra = 2

	dct0298 = 2446  // 0.298631336
	dct0390 = 3196  // 0.390180644
	dct0541 = 4433  // 0.541196100
	dct0765 = 6270  // 0.765366865
	dct0899 = 7373  // 0.899976223
	dct1175 = 9633  // 1.175875602
	dct1501 = 12299 // 1.501321110
	dct1847 = 15137 // 1.847759065
	dct1961 = 16069 // 1.961570560
	dct2053 = 16819 // 2.053119869
	dct2562 = 20995 // 2.562915447
	dct3072 = 25172 // 3.072711026
)

// inverseDCT makes the samples of a block of its coefficients and their steps.
func inverseDCT(to []byte, stride int, b *[64]int16, quant *[64]uint16) {
	var v [64]int32
	for i := range v {
		v[i] = int32(b[i]) * int32(quant[i])
	}
	for i := range 8 {
		inverseDCT8(v[i:], 8, dctBits-dctExtra)
	}
	for i := range 8 {
		row := v[8*i:][:8]
		inverseDCT8(row, 1, dctBits+dctExtra+3)
		out := to[i*stride:][:8]
		for j, s := range row {
			out[j] = clamp(s + 128)
		}
	}
}

// inverseDCT8 transforms 8 numbers that lie step apart, and divides them by a power of two.
func inverseDCT8(v []int32, step int, shift uint) {
	v = v[:7*step+1]
	z2, z3 := v[2*step], v[6*step]
	z1 := (z2 + z3) * dct0541
	t2, t3 := z1-z3*dct1847, z1+z2*dct0765
	t0, t1 := (v[0]+v[4*step])<<dctBits, (v[0]-v[4*step])<<dctBits
	a0, a3, a1, a2 := t0+t3, t0-t3, t1+t2, t1-t2

	t0, t1, t2, t3 = v[7*step], v[5*step], v[3*step], v[step]
	z1, z2, z3 = t0+t3, t1+t2, t0+t2
	z4 := t1 + t3
	z5 := (z3 + z4) * dct1175
	z1, z2 = -z1*dct0899, -z2*dct2562
	z3, z4 = z5-z3*dct1961, z5-z4*dct0390
	t0 = t0*dct0298 + z1 + z3
	t1 = t1*dct2053 + z2 + z4
	t2 = t2*dct3072 + z2 + z3
	t3 = t3*dct1501 + z1 + z4

	half := int32(1) << (shift - 1)
	v[0], v[7*step] = (a0+t3+half)>>shift, (a0-t3+half)>>shift
	v[step], v[6*step] = (a1+t2+half)>>shift, (a1-t2+half)>>shift
	v[2*step], v[5*step] = (a2+t1+half)>>shift, (a2-t1+half)>>shift
	v[3*step], v[4*step] = (a3+t0+half)>>shift, (a3-t0+half)>>shift
}
