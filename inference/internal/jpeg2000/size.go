package jpeg2000

// size is the SIZ marker segment (A.5.1): the image and its tiles on the reference grid, and the components.
type size struct {
	area         rect // of the image
	tileX, tileY int  // the origin of the first tile
	tileW, tileH int
	across, down int // tiles
	comps        []component
}

// component is one component as SIZ declares it.
type component struct {
	depth
	dx, dy int // reference grid points from one sample to the next
}

// depth is the number of bits of a sample, 1 to 16 after [readSize], and whether it has a sign.
type depth struct {
	bits   uint8
	signed bool
}

// set takes a depth as SIZ and the palette box write it: the bits less one, and the sign in the upper bit.
func (d *depth) set(b uint8) { d.bits, d.signed = b&0x7f+1, b&0x80 != 0 }

// span returns the lowest and highest values.
func (d depth) span() (low, high int32) {
	if d.signed {
		return -1 << (d.bits - 1), 1<<(d.bits-1) - 1
	}
	return 0, 1<<d.bits - 1
}

// eight returns v, which is within the span, in eight bits without a sign: rounded when it has more, spread over the
// whole range when it has fewer.
func (d depth) eight(v int32) uint8 {
	low, high := d.span()
	v -= low
	switch {
	case d.bits > 8:
		s := d.bits - 8
		return uint8(min((v+1<<(s-1))>>s, 255))
	case d.bits < 8:
		high -= low
		return uint8((v*255 + high/2) / high)
	}
	return uint8(v)
}

func (s *size) width() int  { return s.area.w() }
func (s *size) height() int { return s.area.h() }

// readSize reads the start of a codestream up to and with SIZ, which is always the first marker segment. It returns a
// reader of what follows.
func readSize(b []byte) (*reader, *size, error) {
	r := &reader{b: b}
	if r.u16() != markSOC || r.u16() != markSIZ {
		return nil, nil, FormatError("the codestream does not begin with SOC and SIZ")
	}
	seg, err := segment(r)
	if err != nil {
		return nil, nil, err
	}
	if rsiz := seg.u16(); rsiz&0x4000 != 0 { // Part 15
		return nil, nil, UnsupportedError("high-throughput coding")
	} else if rsiz&0x8000 != 0 {
		return nil, nil, UnsupportedError("a Part 2 extension")
	}
	var grid [8]int
	for i := range grid {
		v := seg.u32()
		if i < 2 && v >= maxCoordinate {
			return nil, nil, LimitError("samples")
		}
		grid[i] = int(min(v, maxCoordinate)) // the others need not be told from more
	}
	n := int(seg.u16())
	if seg.short {
		return nil, nil, errShort
	}
	s := &size{
		area:  rect{grid[2], grid[3], grid[0], grid[1]},
		tileW: grid[4], tileH: grid[5], tileX: grid[6], tileY: grid[7],
	}
	first := rect{max(s.tileX, s.area.x0), max(s.tileY, s.area.y0), s.tileX + s.tileW, s.tileY + s.tileH}
	if s.area.empty() || first.empty() || s.tileX > s.area.x0 || s.tileY > s.area.y0 || n == 0 { // B.2, B.3
		return nil, nil, FormatError("the image has no area, or its tiles do not cover it")
	}
	if n > maxComponents {
		return nil, nil, UnsupportedError("an image of more than four components")
	}
	if s.area.more(maxSamples/n) || max(s.width(), s.height()) > maxSide {
		return nil, nil, LimitError("samples")
	}
	s.across, s.down = ceilDiv(s.area.x1-s.tileX, s.tileW), ceilDiv(s.area.y1-s.tileY, s.tileH)
	if s.across > maxTiles/s.down {
		return nil, nil, LimitError("tiles")
	}
	s.comps = make([]component, n)
	for i := range s.comps {
		c := &s.comps[i]
		c.set(seg.u8())
		c.dx, c.dy = int(seg.u8()), int(seg.u8())
		if seg.short {
			return nil, nil, errShort
		}
		if c.dx == 0 || c.dy == 0 {
			return nil, nil, FormatError("a component has no sub-sampling factor")
		}
		if c.bits > 16 {
			return nil, nil, UnsupportedError("a component of more than 16 bits")
		}
	}
	return r, s, nil
}

// tile returns the area of a tile on the reference grid (B.3).
func (s *size) tile(index int) rect {
	x, y := s.tileX+index%s.across*s.tileW, s.tileY+index/s.across*s.tileH
	return rect{
		max(x, s.area.x0), max(y, s.area.y0),
		min(x+s.tileW, s.area.x1), min(y+s.tileH, s.area.y1),
	}
}
