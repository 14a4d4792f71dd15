package kernels

// MaxPlane computes the greatest element that each position sees of a plane. When where is not nil it gets the index
// of that element in the plane, the first of several, plus start. A position that sees nothing gives the lowest value
// and index -1.
func MaxPlane[T Number](win *Window, out []T, where []int64, x []T, start int64) {
	s := win.spot(0)
	lowest := Lowest[T]()
	for i := range win.Spots {
		best, at := lowest, -1
		for t, off := range win.offsets {
			if !s.inside && !s.sees(t) {
				continue
			}
			if v := x[s.base+off]; at < 0 || v > best || v != v {
				best, at = v, s.base+off
			}
		}
		out[i] = best
		if where != nil {
			where[i] = -1
			if at >= 0 {
				where[i] = start + int64(at)
			}
		}
		s.next()
	}
}

// MeanPlane computes the mean of what each position sees of a plane. Count is what the sum is divided by: nil for the
// number of elements seen, or else one entry per position.
func MeanPlane[T Float](win *Window, out, x []T, count []T) {
	s := win.spot(0)
	for i := range win.Spots {
		var sum T
		n := 0
		if s.inside {
			plane := x[s.base:]
			for _, off := range win.offsets {
				sum += plane[off]
			}
			n = win.Taps
		} else {
			for t, off := range win.offsets {
				if s.sees(t) {
					sum += x[s.base+off]
					n++
				}
			}
		}
		if count != nil {
			out[i] = sum / count[i]
		} else {
			out[i] = sum / T(n)
		}
		s.next()
	}
}

// Coverage returns for each position how many taps lie on the plane extended by its padding: before it by Pad, after
// it by after.
func Coverage[T Float](win *Window, after []int) []T {
	out := make([]T, win.Spots)
	s := win.spot(0)
	rank := len(win.In)
	for i := range out {
		for t := range win.Taps {
			covered := true
			for d, c := range win.coords[t*rank:][:rank] {
				x := s.origin[d] + c
				covered = covered && x >= -win.Pad[d] && x < win.In[d]+after[d]
			}
			if covered {
				out[i]++
			}
		}
		s.next()
	}
	return out
}
