package raster

// What is known of a coefficient while its block is decoded.
const (
	significant = 1 << iota
	negative
	visited // in this plane
	refined // at least once
)

// blockDecoder decodes code blocks (annex D).
type blockDecoder struct {
	mqDecoder
	w, h   int
	flags  []uint8 // with a row and a column around them
	values []int32 // magnitudes, in halves
	kind   int     // of the band
	style  byte
	isRaw  bool
}

// decode decodes a block of a band.
func (d *blockDecoder) decodeBlock(b *jp2Block, kind int, style byte) {
	d.w, d.h, d.kind, d.style = b.x1-b.x0, b.y1-b.y0, kind, style
	d.flags = grown(d.flags, (d.w+2)*(d.h+2))
	d.values = grown(d.values, d.w*d.h)
	d.resetContexts()
	pass, done := 2, 0
	plane := b.planes
	for i := range b.segments {
		run := &b.segments[i]
		d.isRaw = style&jp2Bypass != 0 && done >= 10 && pass < 2
		if d.isRaw {
			d.startRaw(run.data)
		} else {
			d.start(run.data)
		}
		for range run.passes {
			if plane < 1 {
				return
			}
			one := int32(1) << plane
			switch pass {
			case 0:
				d.propagate(one)
			case 1:
				d.refine(one)
			default:
				d.clean(one)
			}
			if style&jp2Reset != 0 {
				d.resetContexts()
			}
			done++
			if pass++; pass == 3 {
				pass = 0
				plane--
			}
		}
	}
}

// grown returns a slice of n zeros, in the memory of s if there is enough.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// around returns how many neighbours at the sides, above and below, and at the corners are significant.
func (d *blockDecoder) around(at int, causal bool) (h, v, x int) {
	f, w := d.flags, d.w+2
	sig := func(i int) int { return int(f[i] & significant) }
	h = sig(at-1) + sig(at+1)
	v = sig(at - w)
	x = sig(at-w-1) + sig(at-w+1)
	if !causal {
		v += sig(at + w)
		x += sig(at+w-1) + sig(at+w+1)
	}
	return h, v, x
}

// zeroContext returns the context of a coefficient that is not significant (table D.1).
func (d *blockDecoder) zeroContext(h, v, x int) int {
	if d.kind == 3 {
		hv := h + v
		switch {
		case x >= 3:
			return 8
		case x == 2:
			return 6 + min(hv, 1)
		case x == 1:
			return 3 + min(hv, 2)
		}
		return min(hv, 2)
	}
	if d.kind == 1 {
		h, v = v, h
	}
	switch {
	case h == 2:
		return 8
	case h == 1 && v > 0:
		return 7
	case h == 1:
		return 5 + min(x, 1)
	case v > 0:
		return 2 + v
	}
	return min(x, 2)
}

// sign reads a sign (D.3.2).
func (d *blockDecoder) sign(at int, causal bool) uint8 {
	if d.isRaw {
		return d.raw()
	}
	w := d.w + 2
	of := func(i int) int {
		switch d.flags[i] & (significant | negative) {
		case significant:
			return 1
		case significant | negative:
			return -1
		}
		return 0
	}
	h, v := of(at-1)+of(at+1), of(at-w)
	if !causal {
		v += of(at + w)
	}
	h, v = min(max(h, -1), 1), min(max(v, -1), 1)
	turn := uint8(0)
	if h < 0 || h == 0 && v < 0 {
		h, v, turn = -h, -v, 1
	}
	context := mqSign + v // of 0 and 1
	if h == 1 {
		context = mqSign + 3 + v
	}
	return d.decode(context) ^ turn
}

// each calls f for every coefficient, in stripes of four rows (D.1), with its place among the flags and the values.
// Causal is whether the next row does not count.
func (d *blockDecoder) each(f func(at, value int, causal bool)) {
	for top := 0; top < d.h; top += 4 {
		for x := range d.w {
			for y := top; y < min(top+4, d.h); y++ {
				f((y+1)*(d.w+2)+x+1, y*d.w+x, d.causal(y))
			}
		}
	}
}

func (d *blockDecoder) causal(y int) bool { return d.style&jp2Causal != 0 && y%4 == 3 }

// become makes a coefficient significant.
func (d *blockDecoder) become(at, value int, one int32, causal bool) {
	d.flags[at] |= significant
	if d.sign(at, causal) == 1 {
		d.flags[at] |= negative
	}
	d.values[value] = one | one>>1
}

// propagate is the pass over coefficients that have significant neighbours (D.3.1).
func (d *blockDecoder) propagate(one int32) {
	d.each(func(at, value int, causal bool) {
		if d.flags[at]&significant != 0 {
			return
		}
		h, v, x := d.around(at, causal)
		if h+v+x == 0 {
			return
		}
		d.flags[at] |= visited
		bit := uint8(0)
		if d.isRaw {
			bit = d.raw()
		} else {
			bit = d.decode(d.zeroContext(h, v, x))
		}
		if bit == 1 {
			d.become(at, value, one, causal)
		}
	})
}

// refine is the pass over coefficients that were significant before (D.3.3).
func (d *blockDecoder) refine(one int32) {
	d.each(func(at, value int, causal bool) {
		if d.flags[at]&(significant|visited) != significant {
			return
		}
		context := mqRefine + 2
		if d.flags[at]&refined == 0 {
			context = mqRefine
			if h, v, x := d.around(at, causal); h+v+x > 0 {
				context++
			}
		}
		bit := uint8(0)
		if d.isRaw {
			bit = d.raw()
		} else {
			bit = d.decode(context)
		}
		if d.flags[at] |= refined; bit == 1 {
			d.values[value] += one >> 1
		} else {
			d.values[value] -= one >> 1
		}
	})
}

// clean is the pass over all others (D.3.4).
func (d *blockDecoder) clean(one int32) {
	for top := 0; top < d.h; top += 4 {
		for x := range d.w {
			d.cleanColumn(one, top, x)
		}
	}
	if d.style&jp2Symbols != 0 {
		for range 4 {
			d.decode(mqUniform)
		}
	}
	for i := range d.flags {
		d.flags[i] &^= visited
	}
}

func (d *blockDecoder) cleanColumn(one int32, top, x int) {
	y, found := top, false
	if top+4 <= d.h {
		quiet := true
		for i := range 4 {
			at := (top+i+1)*(d.w+2) + x + 1
			h, v, c := d.around(at, d.causal(top+i))
			quiet = quiet && d.flags[at]&(significant|visited) == 0 && h+v+c == 0
		}
		if quiet {
			if d.decode(mqRun) == 0 {
				return
			}
			y += int(d.decode(mqUniform)<<1 | d.decode(mqUniform))
			found = true
		}
	}
	for ; y < min(top+4, d.h); y++ {
		at, causal := (y+1)*(d.w+2)+x+1, d.causal(y)
		if !found {
			if d.flags[at]&(significant|visited) != 0 {
				continue
			}
			h, v, c := d.around(at, causal)
			if d.decode(d.zeroContext(h, v, c)) == 0 {
				continue
			}
		}
		found = false
		d.become(at, y*d.w+x, one, causal)
	}
}
