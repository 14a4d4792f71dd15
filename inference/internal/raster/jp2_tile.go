package raster

import (
	"cmp"
	"math"
	"slices"
)

// jp2Resolution is one of the resolutions of a component in a tile (B.5): the part of it that its bands add to the one
// before.
type jp2Resolution struct {
	x0, y0, x1, y1 int
	pw, ph         uint // logarithms of the size of precincts
	wide, high     int  // precincts
	bands          []jp2Band
	precincts      []jp2Precinct
}

// jp2Band is a band of frequencies.
type jp2Band struct {
	kind           int // 0 is LL, 1 HL, 2 LH, 3 HH
	x0, y0, x1, y1 int
	atX, atY       int // where it lies among all coefficients
	planes         int // bits of a coefficient
	step           float32
}

// jp2Precinct has the code blocks of all bands of a resolution at a place.
type jp2Precinct struct {
	bands []jp2Blocks
}

// jp2Blocks are the code blocks of one band in a precinct.
type jp2Blocks struct {
	wide, high       int
	included, planes tagTree
	blocks           []jp2Block
}

// jp2Block is a code block.
type jp2Block struct {
	x0, y0, x1, y1 int
	seen           bool
	planes         int
	length         int // bits that tell a segment's length, at least
	segments       []jp2Run
}

// jp2Run is some passes that are coded as one.
type jp2Run struct {
	passes, most int
	data         []byte
}

// jp2Order is a precinct, with what decides when its packets come.
type jp2Order struct {
	component, resolution, precinct int
	x, y                            int
}

func ceilShift(v int, n uint) int { return (v + 1<<n - 1) >> n }

// tile decodes a tile.
func (d *jp2) tile(t *jp2Tile, at int) error {
	x0, y0 := max(d.tileX+at%d.tilesX*d.tileW, d.x0), max(d.tileY+at/d.tilesX*d.tileH, d.y0)
	x1, y1 := min(d.tileX+(at%d.tilesX+1)*d.tileW, d.x1), min(d.tileY+(at/d.tilesX+1)*d.tileH, d.y1)
	all := make([][]jp2Resolution, len(d.components))
	var order []jp2Order
	for i := range d.components {
		c, s := &d.components[i], &t.styles[i]
		area := [4]int{ceilDiv(x0, c.dx), ceilDiv(y0, c.dy), ceilDiv(x1, c.dx), ceilDiv(y1, c.dy)}
		for r := range s.levels + 1 {
			res, err := s.resolution(area, r, int(c.bits), len(t.data)-len(order))
			if err != nil {
				return err
			}
			shift := uint(s.levels - r)
			for p := range res.precincts {
				px, py := res.x0>>res.pw+p%res.wide, res.y0>>res.ph+p/res.wide
				order = append(order, jp2Order{i, r, p, max(x0, px<<(res.pw+shift)*c.dx), max(y0, py<<(res.ph+shift)*c.dy)})
			}
			all[i] = append(all[i], res)
		}
	}
	if err := d.packets(t, all, order); err != nil {
		return err
	}
	planes := make([][]int32, len(all))
	var floats [4][]float32
	for i := range all {
		s := &t.styles[i]
		if s.reversible {
			out, err := restore(d, all[i], s, lift53)
			if err != nil {
				return err
			}
			planes[i] = out
			continue
		}
		out, err := restore(d, all[i], s, lift97)
		if err != nil {
			return err
		}
		floats[i] = out
	}
	d.mix(t, planes, floats[:])
	for i := range all {
		c, top := &d.components[i], all[i][len(all[i])-1]
		w := top.x1 - top.x0
		for y := top.y0; y < top.y1; y++ {
			row := c.samples[(y-c.y0)*(c.x1-c.x0)+top.x0-c.x0:]
			if planes[i] != nil {
				copy(row[:w], planes[i][(y-top.y0)*w:])
				continue
			}
			for x, v := range floats[i][(y-top.y0)*w:][:w] {
				row[x] = int32(math.RoundToEven(float64(v)))
			}
		}
	}
	return nil
}

// resolution lays out a resolution of a component that covers an area. It has no more precincts than there are bytes
// left for their packets.
func (s *jp2Style) resolution(area [4]int, r, bits, left int) (jp2Resolution, error) {
	n := uint(s.levels - r)
	res := jp2Resolution{
		x0: ceilShift(area[0], n), y0: ceilShift(area[1], n), x1: ceilShift(area[2], n), y1: ceilShift(area[3], n),
		pw: s.precincts[r][0], ph: s.precincts[r][1],
	}
	if res.x0 < res.x1 && res.y0 < res.y1 {
		res.wide = ceilShift(res.x1, res.pw) - res.x0>>res.pw
		res.high = ceilShift(res.y1, res.ph) - res.y0>>res.ph
	}
	if int64(res.wide)*int64(res.high) > int64(left) {
		return res, errJP2Short
	}
	kinds := []int{1, 2, 3}
	level := n + 1
	if r == 0 {
		kinds, level = kinds[:0:0], n
		kinds = append(kinds, 0)
	}
	for _, kind := range kinds {
		offX, offY := kind&1, kind>>1
		b := jp2Band{kind: kind}
		of := func(v, off int) int {
			if off == 1 {
				v -= 1 << (level - 1)
			}
			return ceilShift(v, level)
		}
		b.x0, b.y0, b.x1, b.y1 = of(area[0], offX), of(area[1], offY), of(area[2], offX), of(area[3], offY)
		if offX == 1 {
			b.atX = ceilShift(area[2], level) - ceilShift(area[0], level)
		}
		if offY == 1 {
			b.atY = ceilShift(area[3], level) - ceilShift(area[1], level)
		}
		s.quantize(&b, r, bits, int(level))
		res.bands = append(res.bands, b)
	}
	blockW, blockH := min(s.blockW, res.pw), min(s.blockH, res.ph)
	pw, ph := res.pw, res.ph
	if r > 0 {
		pw, ph = pw-1, ph-1
		blockW, blockH = min(s.blockW, pw), min(s.blockH, ph)
	}
	for p := range res.wide * res.high {
		px, py := res.x0>>res.pw+p%res.wide, res.y0>>res.ph+p/res.wide
		precinct := jp2Precinct{bands: make([]jp2Blocks, len(res.bands))}
		for i := range res.bands {
			b := &res.bands[i]
			x0, y0 := max(px<<pw, b.x0), max(py<<ph, b.y0)
			x1, y1 := min((px+1)<<pw, b.x1), min((py+1)<<ph, b.y1)
			if x0 < x1 && y0 < y1 {
				precinct.bands[i].cut(x0, y0, x1, y1, blockW, blockH)
			}
		}
		res.precincts = append(res.precincts, precinct)
	}
	return res, nil
}

// quantize finds how many bits the coefficients of a band have, and their step (E.1).
func (s *jp2Style) quantize(b *jp2Band, r, bits, level int) {
	i := 0
	if r > 0 {
		i = 3*(r-1) + b.kind
	}
	step := s.steps[i]
	exponent := int(step >> 11)
	if s.quantStyle == 1 {
		step = s.steps[0]
		exponent = int(step>>11) - (s.levels - level)
	}
	b.planes = s.guard + exponent - 1
	gain := [4]int{0, 1, 1, 2}[b.kind]
	b.step = float32(math.Ldexp(1+float64(step&0x7ff)/2048, bits+gain-exponent))
}

// cut makes the code blocks of an area.
func (p *jp2Blocks) cut(x0, y0, x1, y1 int, w, h uint) {
	left, top := x0>>w, y0>>h
	p.wide, p.high = ceilShift(x1, w)-left, ceilShift(y1, h)-top
	p.included, p.planes = newTagTree(p.wide, p.high), newTagTree(p.wide, p.high)
	p.blocks = make([]jp2Block, p.wide*p.high)
	for i := range p.blocks {
		x, y := left+i%p.wide, top+i/p.wide
		p.blocks[i] = jp2Block{
			x0: max(x<<w, x0), y0: max(y<<h, y0), x1: min((x+1)<<w, x1), y1: min((y+1)<<h, y1), length: 3,
		}
	}
}

// packets reads all packets of a tile, in the order that it says (B.12). Data that ends early leaves the rest as it is.
func (d *jp2) packets(t *jp2Tile, all [][]jp2Resolution, order []jp2Order) error {
	keys := func(o *jp2Order) [5]int {
		switch t.coding.order {
		case 2:
			return [5]int{o.resolution, o.y, o.x, o.component, o.precinct}
		case 3:
			return [5]int{o.y, o.x, o.component, o.resolution, o.precinct}
		case 4:
			return [5]int{o.component, o.y, o.x, o.resolution, o.precinct}
		}
		return [5]int{o.resolution, o.component, o.precinct}
	}
	slices.SortStableFunc(order, func(a, b jp2Order) int {
		x, y := keys(&a), keys(&b)
		return slices.CompareFunc(x[:], y[:], cmp.Compare[int])
	})
	r := &packetReader{data: t.data}
	read := func(o *jp2Order, layer int) error {
		res := &all[o.component][o.resolution]
		return r.packet(&t.styles[o.component], res, &res.precincts[o.precinct], layer)
	}
	for from := 0; from < len(order); {
		to := len(order) // of those whose layers go together
		switch t.coding.order {
		case 0:
		case 1:
			to = from
			for to < len(order) && order[to].resolution == order[from].resolution {
				to++
			}
		default:
			to = from + 1
		}
		for layer := range t.coding.layers {
			if err := d.ctx.Err(); err != nil {
				return err
			}
			for i := from; i < to; i++ {
				if len(r.data) == 0 {
					return nil
				}
				if err := read(&order[i], layer); err != nil {
					return err
				}
			}
		}
		from = to
	}
	return nil
}
