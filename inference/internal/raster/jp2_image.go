package raster

// mix makes red, green and blue of the first three components of a tile, where these were mixed (annex G).
func (d *jp2) mix(t *jp2Tile, planes [][]int32, floats [][]float32) {
	if !t.coding.transform || len(planes) < 3 {
		return
	}
	a, b, c := planes[0], planes[1], planes[2]
	if len(a) > 0 && len(a) == len(b) && len(a) == len(c) {
		for i := range a {
			green := a[i] - (b[i]+c[i])>>2
			a[i], b[i], c[i] = c[i]+green, green, b[i]+green
		}
	}
	y, cb, cr := floats[0], floats[1], floats[2]
	if len(y) > 0 && len(y) == len(cb) && len(y) == len(cr) {
		for i := range y {
			luma, u, v := y[i], cb[i], cr[i]
			y[i], cb[i], cr[i] = luma+1.402*v, luma-0.344136*u-0.714136*v, luma+1.772*u
		}
	}
}

// image makes pixels of the samples: of the first component alone when there are less than three.
func (d *jp2) image() *Image {
	m := &Image{d.x1 - d.x0, d.y1 - d.y0, nil}
	m.Pix = make([]byte, 3*m.Width*m.Height)
	for i := range 3 {
		c := &d.components[0]
		if len(d.components) >= 3 {
			c = &d.components[i]
		}
		w := c.x1 - c.x0
		half, most := int32(1)<<(c.bits-1), int32(1)<<c.bits-1
		for y := range m.Height {
			row := c.samples[min(max((d.y0+y)/c.dy-c.y0, 0), c.y1-c.y0-1)*w:][:w]
			for x := range m.Width {
				v := row[min(max((d.x0+x)/c.dx-c.x0, 0), w-1)]
				v = min(max(v+half, 0), most)
				if c.bits > 8 {
					v >>= c.bits - 8
				} else if c.bits < 8 {
					v = v * 255 / most
				}
				m.Pix[3*(y*m.Width+x)+i] = byte(v)
			}
		}
	}
	return m
}
