package jpeg2000

import (
	"bytes"
	"math"
)

// tile is the layout of one tile, and what its packets said.
type tile struct {
	*params
	area   rect   // on the reference grid
	data   []byte // of the packets
	packed []byte // their headers, if heads
	heads  bool
	comps  []tileComp

	precincts, blocks int // so far, against the limits
}

// tileComp is a component in a tile.
type tileComp struct {
	*compParams
	comp        *component
	area        rect // in samples
	resolutions []resolution
	ints        []int32   // the coefficients, then the samples, of a reversible transform
	floats      []float32 // of an irreversible one
}

// resolution is the packets' view of a resolution level (B.5, B.6).
type resolution struct {
	area       rect
	grid       rect // of precincts
	ppx, ppy   uint // exponents of a precinct's size
	bands      []band
	partitions []precinct // in raster order
}

// band is a subband.
type band struct {
	area   rect
	orient uint8
	planes int     // of bits of a coefficient's magnitude, M_b of Equation E-2
	step   float32 // of quantisation, Equation E-3
	dx, dy int     // where the component's coefficients have those of this band
}

// Orientations of a subband; the bits are those of x_ob and y_ob (Table B.1).
const (
	bandLL = iota
	bandHL // horizontally high-pass
	bandLH
	bandHH
)

// layOut makes the layout of a tile.
func (d *decoder) layOut(index int) (*tile, error) {
	parts := &d.cs.tiles[index]
	t := &tile{params: parts.params, packed: parts.packed, heads: parts.heads, data: parts.data[0]}
	if t.params == nil {
		t.params = &d.cs.params
	}
	if len(parts.data) > 1 {
		t.data = bytes.Join(parts.data, nil)
	}
	t.area = d.cs.size.tile(index)
	t.comps = make([]tileComp, len(d.cs.size.comps))
	for i := range t.comps {
		c := &t.comps[i]
		c.compParams, c.comp = &t.params.comps[i], &d.cs.size.comps[i]
		c.area = t.area.sampled(c.comp.dx, c.comp.dy)
		if err := c.layOut(t); err != nil {
			return nil, err
		}
		if err := d.spend(1000 * len(c.resolutions)); err != nil {
			return nil, err
		}
	}
	if t.mct {
		return t, t.checkTransform()
	}
	return t, nil
}

// layOut makes the resolutions of a component.
func (c *tileComp) layOut(t *tile) error {
	levels := c.coding.levels
	if len(c.quant.steps) < c.quant.need(levels) {
		return FormatError("the quantisation does not cover all subbands")
	}
	if c.coding.reversible && c.quant.style != quantNone {
		return UnsupportedError("quantisation with the reversible transform")
	}
	c.resolutions = make([]resolution, levels+1)
	for i := range c.resolutions {
		r := &c.resolutions[i]
		r.area = c.area.reduced(levels-i, bandLL)
		r.ppx, r.ppy = c.coding.precinct(i)
		r.grid = r.area.cells(r.ppx, r.ppy)
		if r.grid.more(maxPrecincts - t.precincts) {
			return LimitError("precincts")
		}
		r.partitions = make([]precinct, r.grid.w()*r.grid.h())
		t.precincts += len(r.partitions)
		if i == 0 {
			r.bands = []band{c.band(0, bandLL)}
			continue
		}
		low := &c.resolutions[i-1].area
		r.bands = []band{c.band(i, bandHL), c.band(i, bandLH), c.band(i, bandHH)}
		for k := range r.bands {
			b := &r.bands[k]
			if b.orient&bandHL != 0 {
				b.dx = low.w()
			}
			if b.orient&bandLH != 0 {
				b.dy = low.h()
			}
		}
	}
	return nil
}

// band returns a subband of a resolution, the position of its coefficients aside.
func (c *tileComp) band(resolution int, orient uint8) band {
	levels := c.coding.levels - max(resolution-1, 0)
	index := max(3*(resolution-1), 0) + int(orient)
	exponent, mantissa := c.quant.step(index)
	b := band{area: c.area.reduced(levels, orient), orient: orient, planes: c.quant.guard + exponent - 1}
	if !c.coding.reversible {
		gain := [...]int{bandLL: 0, bandHL: 1, bandLH: 1, bandHH: 2}[orient] // log2, Table E.1
		b.step = float32(math.Ldexp(1+float64(mantissa)/2048, int(c.comp.bits)+gain-exponent))
	}
	return b
}

// precinct is where the packets of one precinct of a resolution gather.
type precinct struct {
	layers int    // packets read so far
	parts  []part // one for each subband, from the first packet that has something
}

// part is what one subband has of a precinct.
type part struct {
	grid     rect // of code-blocks
	included tagTree
	zeros    tagTree // bit-planes above a code-block's first
	blocks   []codeBlock
}

// codeBlock is what packets said of a code-block.
type codeBlock struct {
	chunks   []chunk
	planes   uint8 // of bits, known from the first chunk on
	passes   uint8
	left     uint8 // passes that the last codeword segment may still get
	lblock   uint8 // of B.10.7.1
	included bool
}

// chunk is what one packet has of a codeword segment of a code-block.
type chunk struct {
	start, size int32 // in the tile's data
	passes      uint8
	continues   bool // the segment of the chunk before
}

// blockSize returns the exponents of the size of a resolution's code-blocks (Equations B-17 and B-18).
func (c *tileComp) blockSize(resolution int) (x, y uint) {
	r := &c.resolutions[resolution]
	half := uint(min(resolution, 1))
	return min(c.coding.xcb, r.ppx-half), min(c.coding.ycb, r.ppy-half)
}

// within returns what a subband has of a precinct.
func (c *tileComp) within(resolution, precinct int, b *band) rect {
	r := &c.resolutions[resolution]
	half := uint(min(resolution, 1))
	x, y := r.grid.x0+precinct%r.grid.w(), r.grid.y0+precinct/r.grid.w()
	return b.area.cell(x, y, r.ppx-half, r.ppy-half)
}

// partition makes the parts of a precinct.
func (c *tileComp) partition(t *tile, resolution, index int) error {
	r := &c.resolutions[resolution]
	sx, sy := c.blockSize(resolution)
	parts := make([]part, len(r.bands))
	for i := range parts {
		p := &parts[i]
		p.grid = c.within(resolution, index, &r.bands[i]).cells(sx, sy)
		if p.grid.more(maxBlocks - t.blocks) {
			return LimitError("code-blocks")
		}
		w, h := p.grid.w(), p.grid.h()
		t.blocks += w * h
		p.blocks = make([]codeBlock, w*h)
		p.included, p.zeros = newTagTree(w, h), newTagTree(w, h)
	}
	r.partitions[index].parts = parts
	return nil
}
