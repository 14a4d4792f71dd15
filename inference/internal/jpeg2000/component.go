package jpeg2000

// plane is one component of the image, in eight bits; or the indices of a palette.
type plane struct {
	area    rect // in samples
	pix     []uint8
	indices bool
}

// checkTransform holds that the first three components may be transformed together (G.2, G.3).
func (t *tile) checkTransform() error {
	if len(t.comps) < 3 {
		return FormatError("there are too few components to transform")
	}
	a := &t.comps[0]
	for i := 1; i < 3; i++ {
		b := &t.comps[i]
		if a.comp.dx != b.comp.dx || a.comp.dy != b.comp.dy || a.coding.reversible != b.coding.reversible {
			return FormatError("the components to transform are not alike")
		}
	}
	return nil
}

// store undoes the component transform and puts the samples of a tile into the planes.
func (d *decoder) store(t *tile) error {
	if t.mct {
		c, w := t.comps[:3], t.comps[0].area.w()
		for y := range c[0].area.h() {
			if err := d.spend(10 * w); err != nil {
				return err
			}
			from, to := y*w, y*w+w
			if c[0].coding.reversible {
				inverseRCT(c[0].ints[from:to], c[1].ints[from:to], c[2].ints[from:to])
			} else {
				inverseICT(c[0].floats[from:to], c[1].floats[from:to], c[2].floats[from:to])
			}
		}
	}
	for i := range t.comps {
		c, p := &t.comps[i], &d.planes[i]
		w := c.area.w()
		for y := range c.area.h() {
			if err := d.spend(5 * w); err != nil {
				return err
			}
			to := p.pix[(c.area.y0-p.area.y0+y)*p.area.w()+c.area.x0-p.area.x0:][:w]
			var row []int32
			if c.coding.reversible {
				row = c.ints[y*w:][:w]
			} else {
				row = d.rounded(c.floats[y*w:][:w])
			}
			c.comp.store(to, row, p.indices)
		}
	}
	return nil
}

// rounded returns samples as integers, which the next call overwrites.
func (d *decoder) rounded(from []float32) []int32 {
	d.row = emptied(d.row, len(from))
	const far = 1 << 17 // past any sample, where a float still has halves
	for i, v := range from {
		if !(v > -far) { // nor is it a number
			v = -far
		}
		d.row[i] = int32(min(v, far)+far+0.5) - far
	}
	return d.row
}

// store shifts the level of samples without a sign (G.1), cuts them to the span, and brings them to eight bits
// unless they are indices.
func (d depth) store(to []uint8, from []int32, index bool) {
	low, high := d.span()
	shift := int32(0)
	if !d.signed {
		shift = 1 << (d.bits - 1)
	}
	for i, v := range from {
		v = min(max(v, low-shift), high-shift) + shift
		if index {
			to[i] = uint8(v - low)
		} else {
			to[i] = d.eight(v)
		}
	}
}

// inverseRCT undoes the reversible component transform (G.2.2).
func inverseRCT(y, u, v []int32) {
	for i := range y {
		g := y[i] - (u[i]+v[i])>>2
		y[i], u[i], v[i] = v[i]+g, g, u[i]+g
	}
}

// inverseICT undoes the irreversible component transform (G.3.2).
func inverseICT(y, u, v []float32) {
	for i := range y {
		l, b, r := y[i], u[i], v[i]
		y[i], u[i], v[i] = l+1.402*r, l-0.344136*b-0.714136*r, l+1.772*b
	}
}
