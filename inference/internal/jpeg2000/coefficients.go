package jpeg2000

// coefficients decodes the code-blocks of a component into its subbands.
func (d *decoder) coefficients(t *tile, index int) error {
	c := &t.comps[index]
	if d.blocks == nil {
		d.blocks = newBlockDecoder()
	}
	n := c.area.w() * c.area.h()
	if c.coding.reversible {
		d.ints[index] = emptied(d.ints[index], n)
		c.ints = d.ints[index]
	} else {
		d.floats[index] = emptied(d.floats[index], n)
		c.floats = d.floats[index]
	}
	for ri := range c.resolutions {
		r := &c.resolutions[ri]
		sx, sy := c.blockSize(ri)
		for pi := range r.partitions {
			parts := r.partitions[pi].parts
			for k := range parts {
				p := &parts[k]
				b := &r.bands[k]
				area := c.within(ri, pi, b)
				w := p.grid.w()
				for i := range p.blocks {
					block := &p.blocks[i]
					if !block.included {
						continue
					}
					cell := area.cell(p.grid.x0+i%w, p.grid.y0+i/w, sx, sy)
					// A pass visits a part of the coefficients, at some ten additions each.
					if err := d.spend(5 * cell.w() * cell.h() * int(block.passes)); err != nil {
						return err
					}
					d.blocks.decode(t.data, block, cell.w(), cell.h(), b.orient, c.coding.style)
					d.dequantize(c, b, cell)
				}
			}
		}
	}
	return nil
}

// emptied returns a slice of n zeros, of the memory of s if it has enough.
//
//go:noinline
func emptied[T any](s []T, n int) []T {
	if n > cap(s) {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// dequantize puts the coefficients of a code-block where the wavelet takes them (E.1). A coefficient is taken to lie in
// the middle of its interval, r = 1/2 in Equations E-6 and E-8; a reversible one of which all bit-planes are known is
// exact.
func (d *decoder) dequantize(c *tileComp, b *band, cell rect) {
	w, stride := cell.w(), c.area.w()
	for y := range cell.h() {
		at := (cell.y0-b.area.y0+b.dy+y)*stride + cell.x0 - b.area.x0 + b.dx
		mags := d.blocks.mags[y*w:][:w]
		flags := d.blocks.flags[d.blocks.cell(0, y):][:w]
		for x, m := range mags {
			if m == 0 {
				continue
			}
			if m>>1>>c.roiShift != 0 && c.roiShift > 0 {
				m = m>>c.roiShift | 1 // of a region of interest (H.1), whose lower bit-planes are empty
			}
			if c.coding.reversible {
				v := int32(m >> 1)
				if flags[x]&negative != 0 {
					v = -v
				}
				c.ints[at+x] = v
			} else {
				v := float32(m) * (b.step / 2)
				if flags[x]&negative != 0 {
					v = -v
				}
				c.floats[at+x] = v
			}
		}
	}
}
