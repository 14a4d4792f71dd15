package f32

import "unsafe"

// depthwiseWidth is how many channels a tile of a depthwise convolution has at most: their weights stay in a
// first-level cache.
const depthwiseWidth = 256

// runDepthwisePortable computes
//
//	c[r][j] = clamp(bias[j] + add[r][j] + sum over taps t of a[r + taps[t].A][j] * b[taps[t].B + j])
//
// with the fields of a tile as they are otherwise. There is no panel: Cols may be any number, and K means nothing.
func (t *Tile) runDepthwisePortable() {
	for r := range t.Rows {
		a, c, add, row := t.A, t.C, t.Add, r
		if h := t.half(); r >= h {
			a, c, add, row = t.A2, t.C2, t.Add2, r-h
		}
		y := unsafe.Slice((*float32)(unsafe.Add(c, row*t.LDC)), t.Cols)
		z := y
		if t.Add != nil {
			z = unsafe.Slice((*float32)(unsafe.Add(add, row*t.LDAdd)), t.Cols)
		}
		var bias []float32
		if t.Bias != nil {
			bias = unsafe.Slice((*float32)(t.Bias), t.Cols)
		}
		for j := 0; j < t.Cols; j += len(depthwiseSums{}) {
			var sums depthwiseSums
			n := min(len(sums), t.Cols-j)
			for _, tap := range unsafe.Slice(t.Taps, t.NTaps) {
				x := unsafe.Slice((*float32)(unsafe.Add(a, row*t.LDA+tap.A+4*j)), n)
				w := unsafe.Slice((*float32)(unsafe.Add(t.B, tap.B+4*j)), n)
				for i, v := range x {
					sums[i] += v * w[i]
				}
			}
			for i, v := range sums[:n] {
				if bias != nil {
					v += bias[j+i]
				}
				if t.Add != nil {
					v += z[j+i]
				}
				if t.Clamp {
					if v < t.Lo {
						v = t.Lo
					}
					if v > t.Hi {
						v = t.Hi
					}
				}
				y[j+i] = v
			}
		}
	}
}

// depthwiseSums are those of a few channels.
type depthwiseSums [16]float32
