package raster

// image makes the pixels of what all scans brought.
func (d *jpeg) image() (*Image, error) {
	for i := range d.components {
		c := &d.components[i]
		stride := 8 * c.blocksX
		c.samples = make([]byte, stride*8*c.blocksY)
		for y := range c.blocksY {
			if err := d.ctx.Err(); err != nil {
				return nil, err
			}
			for x := range c.blocksX {
				b := (*[64]int16)(c.coefficients[64*(y*c.blocksX+x):])
				inverseDCT(c.samples[8*y*stride+8*x:], stride, b, &d.quant[c.quant])
			}
		}
		c.coefficients = nil
	}
	m := &Image{d.width, d.height, make([]byte, 3*d.width*d.height)}
	var lines [4][]byte
	var ups [4]upsampler
	for i := range d.components {
		c := &d.components[i]
		ups[i] = newUpsampler(c, d.width, d.hmax, d.vmax)
		lines[i] = make([]byte, 2*c.width+d.width)
	}
	convert := d.conversion()
	for y := range d.height {
		if err := d.ctx.Err(); err != nil {
			return nil, err
		}
		for i := range d.components {
			ups[i].row(lines[i], y)
		}
		row := m.Pix[3*y*d.width:]
		for x := range d.width {
			convert(row[3*x:][:3], &lines, x)
		}
	}
	return m, nil
}

// conversion returns the function that makes a pixel of the components' samples at a place in their lines.
func (d *jpeg) conversion() func(to []byte, lines *[4][]byte, x int) {
	// Without a marker that says so, three components are the colors when they are named for these.
	named := len(d.components) == 3 && d.components[0].id == 'R' && d.components[1].id == 'G' && d.components[2].id == 'B'
	rgb := d.adobe == 0 || d.adobe < 0 && !d.jfif && named
	switch {
	case len(d.components) == 1:
		return func(to []byte, lines *[4][]byte, x int) {
			v := lines[0][x]
			to[0], to[1], to[2] = v, v, v
		}
	case len(d.components) == 4: // how much of each ink is left out, or put on when Adobe's programs did not write it
		adobe := d.adobe
		return func(to []byte, lines *[4][]byte, x int) {
			if to[0], to[1], to[2] = lines[0][x], lines[1][x], lines[2][x]; adobe == 2 {
				jpegPixel(to, int32(lines[0][x]), int32(lines[1][x])-128, int32(lines[2][x])-128)
			}
			black := lines[3][x]
			if adobe < 0 {
				black = ^black
			}
			for i, v := range to {
				if adobe < 0 {
					v = ^v
				}
				to[i] = byte((int(v)*int(black) + 127) / 255)
			}
		}
	case rgb:
		return func(to []byte, lines *[4][]byte, x int) {
			to[0], to[1], to[2] = lines[0][x], lines[1][x], lines[2][x]
		}
	}
	return func(to []byte, lines *[4][]byte, x int) {
		jpegPixel(to, int32(lines[0][x]), int32(lines[1][x])-128, int32(lines[2][x])-128)
	}
}

// jpegPixel converts a pixel by the equations of JFIF with factors in units of 2^-16.
func jpegPixel(to []byte, y, cb, cr int32) {
	const half = 1 << 15
	to[0] = clamp(y + (91881*cr+half)>>16)
	to[1] = clamp(y + (-22554*cb-46802*cr+half)>>16)
	to[2] = clamp(y + (116130*cb+half)>>16)
}
