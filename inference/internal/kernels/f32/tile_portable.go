package f32

import "unsafe"

// portableShape is the shape of the tiles of portable code: as many rows as share what is read of a panel.
var portableShape = shape{rows: 4, width: 8}

// runPortable computes a tile whose panel is width columns wide.
func (t *Tile) runPortable(width int) {
	var sums [4][32]float32
	apart := t.LDB
	if apart == 0 {
		apart = 4 * width
	}
	for first, n := 0, 0; first < t.Rows; first += n {
		n = 1
		if t.Rows-first >= len(sums) {
			n = len(sums)
		}
		var a [len(sums)]unsafe.Pointer
		for i := range n {
			a[i] = t.row(t.A, t.A2, t.LDA, first+i)
		}
		clear(sums[:n])
		for _, tap := range unsafe.Slice(t.Taps, t.NTaps) {
			b := unsafe.Add(t.B, tap.B)
			for j := 0; j < width; j += 2 {
				if n > 1 {
					addColumns(&sums, &a, tap.A, unsafe.Add(b, 4*j), j, t.K, apart)
				} else {
					addColumn(&sums[0], unsafe.Add(a[0], tap.A), unsafe.Add(b, 4*j), j, t.K, apart)
				}
			}
		}
		for i := range n {
			t.finish(first+i, &sums[i])
		}
	}
}

// row returns where a row is that begins with those of two halves.
func (t *Tile) row(first, second unsafe.Pointer, apart, r int) unsafe.Pointer {
	if half := t.half(); r >= half {
		first, r = second, r-half
	}
	return unsafe.Add(first, r*apart)
}

func load(p unsafe.Pointer, offset int) float32 { return *(*float32)(unsafe.Add(p, offset)) }

// addColumns adds to the sums of two columns of four rows the products of k numbers of each row with the columns at b,
// whose numbers are apart bytes from each other.
func addColumns(sums *[4][32]float32, a *[4]unsafe.Pointer, offset int, b unsafe.Pointer, j, k, apart int) {
	a0, a1, a2, a3 := unsafe.Add(a[0], offset), unsafe.Add(a[1], offset), unsafe.Add(a[2], offset), unsafe.Add(a[3], offset)
	s00, s01, s10, s11 := sums[0][j], sums[0][j+1], sums[1][j], sums[1][j+1]
	s20, s21, s30, s31 := sums[2][j], sums[2][j+1], sums[3][j], sums[3][j+1]
	at := 0
	for i := range k {
		w0, w1 := load(b, at), load(b, at+4)
		v := load(a0, 4*i)
		s00 += v * w0
		s01 += v * w1
		v = load(a1, 4*i)
		s10 += v * w0
		s11 += v * w1
		v = load(a2, 4*i)
		s20 += v * w0
		s21 += v * w1
		v = load(a3, 4*i)
		s30 += v * w0
		s31 += v * w1
		at += apart
	}
	sums[0][j], sums[0][j+1], sums[1][j], sums[1][j+1] = s00, s01, s10, s11
	sums[2][j], sums[2][j+1], sums[3][j], sums[3][j+1] = s20, s21, s30, s31
}

// addColumn is addColumns for one row.
func addColumn(sums *[32]float32, a, b unsafe.Pointer, j, k, apart int) {
	s0, s1, t0, t1 := sums[j], sums[j+1], float32(0), float32(0)
	at, i := 0, 0
	for ; i+1 < k; i += 2 {
		v, u := load(a, 4*i), load(a, 4*i+4)
		s0 += v * load(b, at)
		s1 += v * load(b, at+4)
		at += apart
		t0 += u * load(b, at)
		t1 += u * load(b, at+4)
		at += apart
	}
	if i < k {
		v := load(a, 4*i)
		s0 += v * load(b, at)
		s1 += v * load(b, at+4)
	}
	sums[j], sums[j+1] = s0+t0, s1+t1
}

// finish stores a row.
func (t *Tile) finish(r int, sums *[32]float32) {
	c := t.row(t.C, t.C2, t.LDC, r)
	var add unsafe.Pointer
	if t.Add != nil {
		add = t.row(t.Add, t.Add2, t.LDAdd, r)
	}
	for j, v := range sums[:t.Cols] {
		if t.Bias != nil {
			v += load(t.Bias, 4*j)
		}
		if add != nil {
			v += load(add, 4*j)
		}
		if t.Clamp {
			if v < t.Lo {
				v = t.Lo
			}
			if v > t.Hi {
				v = t.Hi
			}
		}
		*(*float32)(unsafe.Add(c, 4*j)) = v
	}
}
