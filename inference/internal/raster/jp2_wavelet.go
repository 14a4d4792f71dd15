package raster

// coefficient is what a component is made of: an integer, or a float where the transform loses something.
type coefficient interface{ int32 | float32 }

// restore decodes the code blocks of a component and puts its resolutions together, the least one first (F.3). Lift
// undoes the transform of a line; odd is 1 when its first element is of the high band, not of the low one.
func restore[T coefficient](d *jp2, all []jp2Resolution, s *jp2Style, lift func(line []T, odd int)) ([]T, error) {
	top := &all[len(all)-1]
	w, h := top.x1-top.x0, top.y1-top.y0
	out := make([]T, w*h)
	var b blockDecoder
	for i := range all {
		for j := range all[i].precincts {
			for k, blocks := range all[i].precincts[j].bands {
				band := &all[i].bands[k]
				for l := range blocks.blocks {
					if err := d.ctx.Err(); err != nil {
						return nil, err
					}
					block := &blocks.blocks[l]
					b.decodeBlock(block, band.kind, s.blockStyle)
					place(out[(block.y0-band.y0+band.atY)*w+block.x0-band.x0+band.atX:], w, &b, band.step, s.reversible)
				}
			}
		}
	}
	line, side := make([]T, max(w, h)), make([]T, max(w, h))
	for i := 1; i < len(all); i++ {
		r, low := &all[i], &all[i-1]
		rw, rh := r.x1-r.x0, r.y1-r.y0
		for y := range rh {
			if err := d.ctx.Err(); err != nil {
				return nil, err
			}
			row := out[y*w:][:rw]
			interleave(line[:rw], row, low.x1-low.x0, r.x0&1)
			lift(line[:rw], r.x0&1)
			copy(row, line)
		}
		for x := range rw {
			if err := d.ctx.Err(); err != nil {
				return nil, err
			}
			for y := range rh {
				side[y] = out[y*w+x]
			}
			interleave(line[:rh], side[:rh], low.y1-low.y0, r.y0&1)
			lift(line[:rh], r.y0&1)
			for y, v := range line[:rh] {
				out[y*w+x] = v
			}
		}
	}
	return out, nil
}

// place puts the coefficients of a block where they belong.
func place[T coefficient](out []T, stride int, b *blockDecoder, step float32, reversible bool) {
	for y := range b.h {
		for x, v := range b.values[y*b.w:][:b.w] {
			to := T(v >> 1)
			if !reversible {
				to = T(float32(v) / 2 * step)
			}
			if b.flags[(y+1)*(b.w+2)+x+1]&negative != 0 {
				to = -to
			}
			out[y*stride+x] = to
		}
	}
}

// interleave puts the elements of the low band, of which there are so many, at every second place, and those of the
// high band between them.
func interleave[T any](dst, src []T, low, odd int) {
	for i, v := range src[:low] {
		dst[2*i+odd] = v
	}
	for i, v := range src[low:] {
		dst[2*i+1-odd] = v
	}
}

// neighbours returns the elements beside one, which are the same at the ends. There are two elements at least.
func neighbours[T any](line []T, i int) (a, b T) {
	switch i {
	case 0:
		return line[1], line[1]
	case len(line) - 1:
		return line[i-1], line[i-1]
	}
	return line[i-1], line[i+1]
}

// lift53 undoes the reversible transform of a line (F.3.8.1).
func lift53(line []int32, odd int) {
	if len(line) == 1 {
		line[0] >>= odd
		return
	}
	for i := odd; i < len(line); i += 2 {
		a, b := neighbours(line, i)
		line[i] -= (a + b + 2) >> 2
	}
	for i := 1 - odd; i < len(line); i += 2 {
		a, b := neighbours(line, i)
		line[i] += (a + b) >> 1
	}
}

// lift97 undoes the irreversible transform of a line (F.3.8.2, table F.4).
func lift97(line []float32, odd int) {
	if len(line) == 1 {
		line[0] /= float32(1 + odd)
		return
	}
	const scale = 1.230174104914001
	for i := range line {
		if i&1 == odd {
			line[i] *= scale
		} else {
			line[i] *= 1 / scale
		}
	}
	for step, factor := range [...]float32{0.443506852043971, 0.882911075530934, -0.052980118572961, -1.586134342059924} {
		for i := (odd + step) & 1; i < len(line); i += 2 {
			a, b := neighbours(line, i)
			line[i] -= factor * (a + b)
		}
	}
}
