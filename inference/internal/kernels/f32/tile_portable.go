package f32

import "unsafe"

// portableShape is the shape of the tiles of portable code: as many sums as it keeps in registers on most machines.
var portableShape = shape{rows: 4, width: 8}

// runPortable computes a tile whose panel is width columns wide.
func (t *Tile) runPortable(width int) {
	var sums [8]float32
	for r := range t.Rows {
		a, c, add, row := t.A, t.C, t.Add, r
		if r >= t.half() {
			a, c, add, row = t.A2, t.C2, t.Add2, r-t.half()
		}
		a, c, add = unsafe.Add(a, row*t.LDA), unsafe.Add(c, row*t.LDC), unsafe.Add(add, row*t.LDAdd)
		sums := sums[:width]
		clear(sums)
		for _, tap := range unsafe.Slice(t.Taps, t.NTaps) {
			x := unsafe.Slice((*float32)(unsafe.Add(a, tap.A)), t.K)
			b := unsafe.Slice((*float32)(unsafe.Add(t.B, tap.B)), t.K*width)
			for k, v := range x {
				for j, w := range b[k*width:][:len(sums)] {
					sums[j] += v * w
				}
			}
		}
		for j, v := range sums[:t.Cols] {
			if t.Bias != nil {
				v += unsafe.Slice((*float32)(t.Bias), width)[j]
			}
			if t.Add != nil {
				v += *(*float32)(unsafe.Add(add, 4*j))
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
}
