package jpeg2000

import "slices"

// Code-block styles (Table A.19).
const (
	styleBypass   = 1 << iota // the lower bit-planes' first two passes are raw bits
	styleReset                // contexts start anew with each pass
	styleTermAll              // each pass is a codeword segment
	styleCausal               // contexts do not look into the next stripe
	stylePredict              // termination helps to find errors; it changes nothing here
	styleSegments             // each cleanup pass ends with a known symbol
)

// maxProgressions bounds the progression order changes of a tile.
const maxProgressions = 32

// params are the coding parameters of the image or of one tile.
type params struct {
	order    uint8 // of progression (Table A.16)
	layers   int
	mct      bool // the first three components are transformed together
	sop, eph bool // markers before packets, and after their headers
	changes  []progression
	comps    [maxComponents]compParams

	coded, quantised bool // COD, QCD have been seen
	ownChanges       bool // changes are of this header, not the main header's
}

// compParams are the coding parameters of one component. Segments for one component override those for all of the
// same header, in whatever order they come.
type compParams struct {
	coding    coding
	quant     quant
	roiShift  uint // bit-planes by which a region of interest is shifted up (H.1)
	ownCoding bool // from COC, QCC of this header
	ownQuant  bool
}

// coding is what COD and COC say of a component (Table A.15).
type coding struct {
	levels     int // of wavelet decomposition
	xcb, ycb   uint
	style      uint8
	reversible bool
	precincts  []byte // one for each resolution; nil: 1<<15 by 1<<15
}

// precinct returns the exponents of the width and height of a resolution's precincts.
func (c *coding) precinct(resolution int) (x, y uint) {
	if c.precincts == nil {
		return 15, 15
	}
	b := c.precincts[resolution]
	return uint(b & 15), uint(b >> 4)
}

// quant is what QCD and QCC say of a component (A.6.4).
type quant struct {
	style uint8 // Table A.28
	guard int   // bits
	steps []byte
}

const (
	quantNone = iota
	quantDerived
	quantExpounded
)

// need returns how many bytes of step sizes a number of decomposition levels takes.
func (q *quant) need(levels int) int {
	return [...]int{quantNone: 3*levels + 1, quantDerived: 2, quantExpounded: 2 * (3*levels + 1)}[q.style]
}

// step returns exponent and mantissa of a subband's step size (E.1): band counts LL, then HL, LH and HH of each
// resolution from the lowest.
func (q *quant) step(band int) (exponent, mantissa int) {
	switch q.style {
	case quantNone:
		return int(q.steps[band] >> 3), 0
	case quantDerived:
		e, m := int(q.steps[0]>>3), int(q.steps[0]&7)<<8|int(q.steps[1])
		return max(e-max(band-1, 0)/3, 0), m // Equation E-5
	}
	return int(q.steps[2*band] >> 3), int(q.steps[2*band]&7)<<8 | int(q.steps[2*band+1])
}

// progression is one entry of a POC marker segment (A.6.6), or the progression of COD. It takes the packets that
// have not come yet, of resolutions from up to below to, and so on.
type progression struct {
	order            uint8
	resFrom, resTo   int
	compFrom, compTo int
	layerTo          int
}

// forTile returns parameters for a tile that start as the image's.
//
//go:noinline
func (p *params) forTile() *params {
	t := *p
	t.ownChanges = false
	for i := range t.comps {
		t.comps[i].ownCoding, t.comps[i].ownQuant = false, false
	}
	return &t
}

// complete holds that the main header has told all that it must.
func (p *params) complete(comps int) error {
	for i := range p.comps[:comps] {
		if c := &p.comps[i]; !c.ownQuant && !p.quantised {
			return FormatError("there is no quantisation marker segment")
		}
	}
	if !p.coded {
		return FormatError("there is no coding style marker segment")
	}
	return nil
}

// segment reads a marker segment into p, if it is one that matters for decoding.
func (p *params) segment(mark uint16, r *reader, comps int) error {
	switch mark {
	case markCOD:
		return p.cod(r)
	case markQCD:
		q, err := readQuant(r)
		if err != nil {
			return err
		}
		p.quantised = true
		for i := range p.comps {
			if c := &p.comps[i]; !c.ownQuant {
				c.quant = q
			}
		}
	case markPOC:
		return p.poc(r, comps)
	case markCOC, markQCC, markRGN: // the component has two bytes only when there are more than 256
		index := int(r.u8())
		if index >= comps {
			return FormatError("a marker segment is of no component")
		}
		return p.comps[index].segment(mark, r)
	}
	return nil
}

// segment reads a marker segment of one component.
func (c *compParams) segment(mark uint16, r *reader) (err error) {
	switch mark {
	case markCOC:
		c.coding, err = readCoding(r, r.u8()&1 != 0)
		c.ownCoding = true
	case markQCC:
		c.quant, err = readQuant(r)
		c.ownQuant = true
	case markRGN:
		if r.u8() != 0 {
			return UnsupportedError("this style of region of interest")
		}
		c.roiShift = uint(r.u8())
	}
	return err
}

// cod reads a COD marker segment (A.6.1).
func (p *params) cod(r *reader) error {
	style := r.u8()
	p.order, p.layers = r.u8(), int(r.u16())
	switch mct := r.u8(); {
	case r.short:
		return errShort
	case p.order > orderCPRL || p.layers == 0 || mct > 1:
		return FormatError("the coding style has an unknown value")
	default:
		p.mct = mct == 1
	}
	p.sop, p.eph = style&2 != 0, style&4 != 0
	c, err := readCoding(r, style&1 != 0)
	if err != nil {
		return err
	}
	p.coded = true
	for i := range p.comps {
		if !p.comps[i].ownCoding {
			p.comps[i].coding = c
		}
	}
	return nil
}

// readCoding reads the part that COD and COC share (Table A.15).
func readCoding(r *reader, precincts bool) (coding, error) {
	c := coding{levels: int(r.u8()), xcb: uint(r.u8()) + 2, ycb: uint(r.u8()) + 2, style: r.u8()}
	transform := r.u8()
	if r.short {
		return c, errShort
	}
	if c.style&^(1<<6-1) != 0 {
		return c, UnsupportedError("this style of code-blocks")
	}
	if c.levels > 32 || c.xcb > 10 || c.ycb > 10 || c.xcb+c.ycb > 12 || transform > 1 {
		return c, FormatError("the coding style has an unknown value")
	}
	c.reversible = transform == 1
	if precincts {
		if c.precincts = r.take(c.levels + 1); r.short {
			return c, errShort
		}
		for _, b := range c.precincts[1:] {
			if b&15 == 0 || b>>4 == 0 { // the subbands' precincts are half as wide
				return c, FormatError("a precinct has no area")
			}
		}
	}
	return c, nil
}

func readQuant(r *reader) (quant, error) {
	b := r.u8()
	q := quant{style: b & 31, guard: int(b >> 5), steps: r.rest()}
	if r.short {
		return q, errShort
	}
	if q.style > quantExpounded {
		return q, FormatError("the quantisation has an unknown style")
	}
	return q, nil
}

// poc reads a POC marker segment (A.6.6).
func (p *params) poc(r *reader, comps int) error {
	if !p.ownChanges {
		p.changes, p.ownChanges = nil, true
	}
	p.changes = slices.Clip(p.changes) // tiles share the main header's
	for r.pos < len(r.b) {
		g := progression{resFrom: int(r.u8()), compFrom: int(r.u8()), layerTo: int(r.u16()), resTo: int(r.u8())}
		g.compTo, g.order = int(r.u8()), r.u8()
		if g.compTo == 0 { // 256
			g.compTo = comps
		}
		if r.short {
			return errShort
		}
		if g.order > orderCPRL {
			return FormatError("a progression has an unknown order")
		}
		if p.changes = append(p.changes, g); len(p.changes) > maxProgressions {
			return LimitError("progression order changes")
		}
	}
	return nil
}
