package raster

// jpegScan is what one scan codes: of some components a band of coefficients, whole or a bit of them (G.1.1.1).
type jpegScan struct {
	components []*jpegComponent
	start, end int  // of the band
	low        uint // bits that later scans bring
	refines    bool // coefficients that an earlier scan began
}

// scan reads a scan, whose header is given (B.2.3).
func (d *jpeg) scan(header []byte) error {
	s, err := d.scanOf(header)
	if err != nil {
		return err
	}
	d.reset()
	d.runOfEnds = 0
	for _, c := range s.components {
		c.predicted = 0
	}
	unitsX, unitsY := d.mcusX, d.mcusY
	single := len(s.components) == 1
	if single { // then the units are blocks of the image, without those that only fill it up
		c := s.components[0]
		unitsX, unitsY = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
	}
	done := 0
	for y := range unitsY {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		for x := range unitsX {
			if d.restart > 0 && done == d.restart {
				if err := d.restartAt(s); err != nil {
					return err
				}
				done = 0
			}
			done++
			if single {
				err = d.block(s, s.components[0], x, y)
			} else {
				err = d.unit(s, x, y)
			}
			if err != nil {
				return err
			}
			if d.exhausted() {
				return errJPEGShort
			}
		}
	}
	return nil
}

func (d *jpeg) scanOf(header []byte) (*jpegScan, error) {
	if d.components == nil || len(header) < 1 || len(header) < 4+2*int(header[0]) {
		return nil, errJPEG
	}
	count := int(header[0])
	rest := header[1+2*count:]
	s := &jpegScan{start: int(rest[0]), end: int(rest[1]), low: uint(rest[2] & 15), refines: rest[2]>>4 != 0}
	if !d.progressive {
		s.start, s.end, s.low, s.refines = 0, 63, 0, false
	}
	if s.start > s.end || s.end > 63 || s.low > 13 || d.progressive && (s.start == 0) != (s.end == 0) {
		return nil, errJPEG
	}
	blocks := 0
	for i := range count {
		id, tables := int(header[1+2*i]), header[2+2*i]
		var c *jpegComponent
		for j := range d.components {
			if d.components[j].id == id {
				c = &d.components[j]
			}
		}
		if c == nil || tables>>4 > 3 || tables&15 > 3 {
			return nil, errJPEG
		}
		for _, other := range s.components {
			if other == c {
				return nil, errJPEG
			}
		}
		c.dc, c.ac = &d.tables[0][tables>>4], &d.tables[1][tables&15]
		s.components = append(s.components, c)
		blocks += c.h * c.v
	}
	if count == 0 || count > 1 && (blocks > 10 || s.start > 0) {
		return nil, errJPEG
	}
	return s, nil
}

// restartAt goes to the next restart marker.
func (d *jpeg) restartAt(s *jpegScan) error {
	marker, err := d.marker()
	if err != nil {
		return err
	}
	if marker < jpegRST0 || marker >= jpegRST0+8 {
		return errJPEG
	}
	d.reset()
	d.runOfEnds = 0
	for _, c := range s.components {
		c.predicted = 0
	}
	return nil
}

// unit reads the blocks of all components at a place.
func (d *jpeg) unit(s *jpegScan, x, y int) error {
	for _, c := range s.components {
		for i := range c.v {
			for j := range c.h {
				if err := d.block(s, c, x*c.h+j, y*c.v+i); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *jpeg) block(s *jpegScan, c *jpegComponent, x, y int) error {
	b := (*[64]int16)(c.coefficients[64*(y*c.blocksX+x):])
	switch {
	case !d.progressive:
		if err := d.first(s, c, b); err != nil {
			return err
		}
		return d.band(s, c, b, 1)
	case s.start == 0 && s.refines:
		b[0] |= int16(d.read(1)) << s.low
		return nil
	case s.start == 0:
		return d.first(s, c, b)
	case s.refines:
		return d.refine(s, c, b)
	}
	return d.band(s, c, b, s.start)
}

// first reads the first coefficient of a block, which is coded as a difference (F.2.2.1).
func (d *jpeg) first(s *jpegScan, c *jpegComponent, b *[64]int16) error {
	category, err := d.decode(c.dc)
	if err != nil {
		return err
	}
	if category > 15 {
		return errJPEG
	}
	c.predicted += d.extended(category)
	b[0] = int16(c.predicted << s.low)
	return nil
}

// band reads coefficients from one on (F.2.2.2, G.2).
func (d *jpeg) band(s *jpegScan, c *jpegComponent, b *[64]int16, from int) error {
	if d.runOfEnds > 0 {
		d.runOfEnds--
		return nil
	}
	for k := from; k <= s.end; k++ {
		code, err := d.decode(c.ac)
		if err != nil {
			return err
		}
		run, category := code>>4, code&15
		switch {
		case category > 0:
			if k += run; k > s.end {
				return errJPEG
			}
			b[zigzag[k]] = int16(d.extended(category) << s.low)
		case run == 15:
			k += 15
		default:
			if d.progressive {
				d.runOfEnds = 1<<run + int(d.read(run)) - 1
			}
			return nil
		}
	}
	return nil
}

// refine reads another bit of each coefficient of a band: of those that are there already, and of new ones between
// them (G.1.2.3).
func (d *jpeg) refine(s *jpegScan, c *jpegComponent, b *[64]int16) error {
	bit := int16(1) << s.low
	k := s.start
	for d.runOfEnds == 0 && k <= s.end {
		code, err := d.decode(c.ac)
		if err != nil {
			return err
		}
		run, category := code>>4, code&15
		fresh := int16(0)
		switch {
		case category == 1:
			if fresh = -bit; d.read(1) == 1 {
				fresh = bit
			}
		case category > 1:
			return errJPEG
		case run < 15:
			d.runOfEnds = 1<<run + int(d.read(run))
			continue
		}
		if k = d.correct(b, k, s.end, run, bit); k > s.end && fresh != 0 {
			return errJPEG
		}
		if fresh != 0 {
			b[zigzag[k]] = fresh
		}
		k++
	}
	if d.runOfEnds > 0 {
		d.runOfEnds--
		d.correct(b, k, s.end, 64, bit)
	}
	return nil
}

// correct reads the bits of the coefficients that are there already, from k on, and returns the place after so many
// that are not there.
func (d *jpeg) correct(b *[64]int16, k, end, skip int, bit int16) int {
	for ; k <= end; k++ {
		v := &b[zigzag[k]]
		switch {
		case *v == 0:
			if skip == 0 {
				return k
			}
			skip--
		case d.read(1) == 1 && *v&bit == 0:
			if *v > 0 {
				*v += bit
			} else {
				*v -= bit
			}
		}
	}
	return k
}
