package jpeg2000

// lanes is how many rows or columns are transformed side by side.
const lanes = 8

// The lifting parameters of the irreversible transform (Table F.4).
const (
	alpha = -1.586134342059924
	beta  = -0.052980118572961
	gamma = 0.882911075530934
	delta = 0.443506852043971
	scale = 1.230174104914001
)

// synthesize turns the subbands of a component into samples, a resolution after the other (F.3.1, F.3.2).
func (d *decoder) synthesize(t *tile, index int) error {
	c := &t.comps[index]
	if c.coding.reversible {
		return synthesize(d, c, c.ints, lift53)
	}
	return synthesize(d, c, c.floats, lift97)
}

// synthesize transforms in place, rows before columns.
func synthesize[T int32 | float32](d *decoder, c *tileComp, data []T, lift func(line [][lanes]T, odd int)) error {
	stride := c.area.w()
	line := make([][lanes]T, max(c.area.w(), c.area.h()))
	for i := 1; i < len(c.resolutions); i++ {
		low, area := c.resolutions[i-1].area, c.resolutions[i].area
		w, h := area.w(), area.h()
		for pass := range 2 {
			count, odd, half, along, across := h, area.x0&1, low.w(), 1, stride
			line := line[:w]
			if pass == 1 {
				count, odd, half, along, across = w, area.y0&1, low.h(), stride, 1
				line = line[:h]
			}
			for at := 0; at < count; at += lanes {
				if err := d.spend(10 * lanes * len(line)); err != nil {
					return err
				}
				n := min(lanes, count-at)
				// In the array the low-pass samples lie in front of the high-pass ones, to be interleaved (F.3.3).
				for k := range line {
					to := 2*k + odd
					if k >= half {
						to = 2*(k-half) + 1 - odd
					}
					for j, p := 0, at*across+k*along; j < n; j, p = j+1, p+across {
						line[to][j] = data[p]
					}
				}
				lift(line, odd)
				for k := range line {
					for j, p := 0, at*across+k*along; j < n; j, p = j+1, p+across {
						data[p] = line[k][j]
					}
				}
			}
		}
	}
	return nil
}

// lift53 is the reversible transform in one dimension (F.3.6, F.3.8), of interleaved samples of which the first is
// low-pass unless odd is one.
func lift53(a [][lanes]int32, odd int) {
	if len(a) == 1 {
		if odd == 1 {
			for j := range a[0] {
				a[0][j] /= 2
			}
		}
		return
	}
	for i := odd; i < len(a); i += 2 {
		l, r := around(a, i)
		for j := range a[i] {
			a[i][j] -= (l[j] + r[j] + 2) >> 2
		}
	}
	for i := 1 - odd; i < len(a); i += 2 {
		l, r := around(a, i)
		for j := range a[i] {
			a[i][j] += (l[j] + r[j]) >> 1
		}
	}
}

// lift97 is the irreversible transform in one dimension, likewise.
func lift97(a [][lanes]float32, odd int) {
	if len(a) == 1 {
		if odd == 1 {
			for j := range a[0] {
				a[0][j] /= 2
			}
		}
		return
	}
	for i := range a {
		k := float32(scale)
		if i&1 != odd {
			k = 1 / scale
		}
		for j := range a[i] {
			a[i][j] *= k
		}
	}
	for step, k := range [...]float32{delta, gamma, beta, alpha} {
		for i := (odd + step) & 1; i < len(a); i += 2 {
			l, r := around(a, i)
			for j := range a[i] {
				a[i][j] -= k * (l[j] + r[j])
			}
		}
	}
}

// around returns the neighbours of element i of at least two; the ends are mirrored (F.3.7).
func around[T any](a []T, i int) (l, r *T) {
	switch i {
	case 0:
		return &a[1], &a[1]
	case len(a) - 1:
		return &a[i-1], &a[i-1]
	}
	return &a[i-1], &a[i+1]
}
