package i8

import "unsafe"

// portableShape is the shape of the tiles of portable code: as many sums as it keeps in registers on most machines.
var portableShape = shape{run: 1, width: 4, wide: true}

// runPortable computes a tile of any shape, two columns by two columns. The panel holds int16, the columns of each
// product together.
func (t *Tile) runPortable() {
	half := (t.Rows + 1) / 2
	for r := range half {
		a, c := unsafe.Add(t.A, r*t.LDA), unsafe.Add(t.C, r*t.LDC)
		a2, c2 := a, c
		if t.Rows > 1 {
			a2, c2 = unsafe.Add(t.A2, r*t.LDA), unsafe.Add(t.C2, r*t.LDC)
		}
		for j := 0; j < t.Cols; j += 2 {
			sums := t.pairs(a, a2, j)
			for i := range min(2, t.Cols-j) {
				t.put(c, j+i, sums[i])
				t.put(c2, j+i, sums[2+i])
			}
		}
	}
}

// pairs returns the sums of two rows and of the columns j and j+1.
func (t *Tile) pairs(a, a2 unsafe.Pointer, j int) [4]int32 {
	bias := (*[2]int32)(unsafe.Add(t.Bias, 4*j))
	s0, s1 := bias[0], bias[1]
	s2, s3 := s0, s1
	invert := byte(t.Invert)
	at := 2 * j
	for _, tap := range unsafe.Slice(t.Taps, t.NTaps) {
		x := unsafe.Slice((*byte)(unsafe.Add(a, tap)), 4*t.K)
		y := unsafe.Slice((*byte)(unsafe.Add(a2, tap)), len(x))
		for k, v := range x {
			w := (*[2]int16)(unsafe.Add(t.B, at))
			at += 2 * t.Width
			p, q := int32(v^invert), int32(y[k]^invert)
			u, v := int32(w[0]), int32(w[1])
			s0 += p * u
			s1 += p * v
			s2 += q * u
			s3 += q * v
		}
	}
	return [4]int32{s0, s1, s2, s3}
}

// put stores what column j of the row at c becomes.
func (t *Tile) put(c unsafe.Pointer, j int, sum int32) {
	if t.Kind == Sums {
		*(*int32)(unsafe.Add(c, 4*j)) = sum
		return
	}
	v := float32(sum) * *(*float32)(unsafe.Add(t.Scale, 4*j))
	if t.Kind == Floats {
		v = float32(v) + *(*float32)(unsafe.Add(t.Shift, 4*j))
		if v == v { // what is no number stays so
			v = clamp(v, t.Lo, t.Hi)
		}
		*(*float32)(unsafe.Add(c, 4*j)) = v
		return
	}
	*(*byte)(unsafe.Add(c, j)) = byte(nearest(clamp(v, t.Lo, t.Hi)) + t.Zero)
}

// clamp returns what is nearest to v from lo to hi, lo for what is no number.
func clamp(v, lo, hi float32) float32 {
	if !(v > lo) {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return v
}

// nearest returns the integer nearest to v, half to even. It fits 32 bits.
func nearest(v float32) int32 {
	const unit = 0x1.8p52 // a sum with it has no room for a fraction
	return int32((float64(v) + unit) - unit)
}
