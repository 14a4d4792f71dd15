package jpeg2000

import (
	"image"
	"image/color"
	"slices"
)

// picture says how the components make a picture.
type picture struct {
	area    rect
	colours int // 1 or 3
	channel []channel
	alpha   bool // the last channel is opacity
	premul  bool // and the colours have been multiplied by it
	sycc    bool
	dx, dy  [maxComponents]int
}

// channel is a component, through a table unless that is nil.
type channel struct {
	comp  int
	table []uint8
}

// picture works out the channels, their order first: mapping (I.5.3.5), then definition (I.5.3.6).
func (f *file) picture(s *size) (*picture, error) {
	channels, err := f.channels(s)
	if err != nil {
		return nil, err
	}
	p := &picture{area: s.area, colours: 3, sycc: f.space == spaceSYCC}
	for i, c := range s.comps {
		p.dx[i], p.dy[i] = c.dx, c.dy
	}
	if f.space == spaceGrey || f.space == spaceUnknown && len(channels) < 3 {
		p.colours = 1
	}
	if c := s.comps; f.raw && len(c) == 3 && c[0].dx == 1 && c[1].dx == 2 && c[2].dx == 2 {
		p.sycc = true // nothing says so, but only chroma is sub-sampled
	}
	if len(channels) < p.colours {
		return nil, FormatError("there are fewer channels than colours")
	}
	p.channel = slices.Clone(channels[:p.colours])
	if f.defs == nil {
		// One channel more than there are colours is taken for opacity, although nothing says that either.
		if p.alpha = len(channels) == p.colours+1; p.alpha {
			p.channel = channels
		}
		return p, nil
	}
	return p, p.define(f.defs, channels)
}

// channels applies the component mapping.
func (f *file) channels(s *size) ([]channel, error) {
	var channels []channel
	if f.columns == nil {
		for i := range s.comps {
			channels = append(channels, channel{comp: i})
		}
		return channels, nil
	}
	for _, m := range f.mapping {
		c := channel{comp: m.comp}
		if m.comp >= len(s.comps) || m.mapped && m.column >= len(f.columns) {
			return nil, FormatError("the palette is mapped to nothing")
		}
		if s.comps[m.comp].bits > 8 {
			return nil, UnsupportedError("a palette with indices of more than eight bits")
		}
		if !m.mapped {
			return nil, UnsupportedError("a palette for some channels only")
		}
		c.table = f.columns[m.column]
		channels = append(channels, c)
	}
	return channels, nil
}

// define puts the channels into the order that the channel definitions give.
func (p *picture) define(defs []definition, channels []channel) error {
	found := 0
	var alpha *channel
	for _, d := range defs {
		if d.channel >= len(channels) {
			return FormatError("a definition is of no channel")
		}
		switch c := channels[d.channel]; {
		case d.kind == 0 && d.assoc >= 1 && d.assoc <= p.colours:
			p.channel[d.assoc-1] = c
			found |= 1 << d.assoc
		case (d.kind == 1 || d.kind == 2) && d.assoc == 0 && alpha == nil:
			alpha, p.premul = &c, d.kind == 2
		}
	}
	if found != 2<<p.colours-2 {
		return FormatError("a colour has no channel")
	}
	if alpha != nil {
		p.channel, p.alpha = append(p.channel, *alpha), true
	}
	return nil
}

//go:noinline
func (p *picture) model() color.Model {
	switch {
	case p.alpha && !p.premul:
		return color.NRGBAModel
	case p.alpha || p.colours == 3:
		return color.RGBAModel
	}
	return color.GrayModel
}

// planes takes the memory for the components.
func (p *picture) planes(s *size) []plane {
	planes := make([]plane, len(s.comps))
	for i, c := range s.comps {
		area := s.area.sampled(c.dx, c.dy)
		planes[i] = plane{area: area, pix: make([]uint8, area.w()*area.h())}
	}
	for _, c := range p.channel {
		if c.table != nil {
			planes[c.comp].indices = true
		}
	}
	return planes
}

// paint makes the picture of the components.
func (p *picture) paint(planes []plane, spend func(work int) error) (image.Image, error) {
	w, h := p.area.w(), p.area.h()
	model := p.model()
	size := 4
	if model == color.GrayModel {
		size = 1
	}
	pix, bounds := make([]uint8, w*h*size), image.Rect(0, 0, w, h)
	var rows [maxComponents][]uint8
	for i := range p.channel {
		rows[i] = make([]uint8, w)
	}
	for y := range h {
		if err := spend(10 * w * len(p.channel)); err != nil {
			return nil, err
		}
		for i, c := range p.channel {
			p.row(rows[i], y, &planes[c.comp], p.dx[c.comp], p.dy[c.comp], c.table)
		}
		if size == 1 {
			copy(pix[y*w:], rows[0])
			continue
		}
		to := pix[y*w*4:][:w*4]
		for x := range w {
			q := (*[4]uint8)(to[x*4:])
			v := rows[0][x]
			*q = [4]uint8{v, v, v, 255}
			if p.colours == 3 {
				q[1], q[2] = rows[1][x], rows[2][x]
			}
			if p.sycc && p.colours == 3 {
				q[0], q[1], q[2] = color.YCbCrToRGB(q[0], q[1], q[2])
			}
			if p.alpha {
				q[3] = rows[p.colours][x]
			}
		}
	}
	switch model {
	case color.GrayModel:
		return &image.Gray{Pix: pix, Stride: w, Rect: bounds}, nil
	case color.NRGBAModel:
		return &image.NRGBA{Pix: pix, Stride: 4 * w, Rect: bounds}, nil
	}
	return &image.RGBA{Pix: pix, Stride: 4 * w, Rect: bounds}, nil
}

// row fills a row of the picture from a component: a point of the reference grid takes the sample at it, or else the
// one before it, or the first.
func (p *picture) row(to []uint8, y int, from *plane, dx, dy int, table []uint8) {
	w := from.area.w()
	if w == 0 || from.area.h() == 0 { // no sample lies within the image
		clear(to)
		return
	}
	row := from.pix[max((p.area.y0+y)/dy-from.area.y0, 0)*w:][:w]
	if dx == 1 {
		copy(to, row)
	} else {
		for x := range to {
			to[x] = row[max((p.area.x0+x)/dx-from.area.x0, 0)]
		}
	}
	if table == nil {
		return
	}
	for x, v := range to {
		to[x] = table[v]
	}
}
