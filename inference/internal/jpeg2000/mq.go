package jpeg2000

// mqState is a row of the probability estimation table (Table C.2).
type mqState struct {
	qe         uint16
	mps, lps   uint8 // the next state after the more, or less, probable symbol
	turnsAbout uint8 // 1: the less probable symbol becomes the more probable one
}

var mqStates = [47]mqState{
	{0x5601, 1, 1, 1},
	{0x3401, 2, 6, 0},
	{0x1801, 3, 9, 0},
	{0x0ac1, 4, 12, 0},
	{0x0521, 5, 29, 0},
	{0x0221, 38, 33, 0},
	{0x5601, 7, 6, 1},
	{0x5401, 8, 14, 0},
	{0x4801, 9, 14, 0},
	{0x3801, 10, 14, 0},
	{0x3001, 11, 17, 0},
	{0x2401, 12, 18, 0},
	{0x1c01, 13, 20, 0},
	{0x1601, 29, 21, 0},
	{0x5601, 15, 14, 1},
	{0x5401, 16, 14, 0},
	{0x5101, 17, 15, 0},
	{0x4801, 18, 16, 0},
	{0x3801, 19, 17, 0},
	{0x3401, 20, 18, 0},
	{0x3001, 21, 19, 0},
	{0x2801, 22, 19, 0},
	{0x2401, 23, 20, 0},
	{0x2201, 24, 21, 0},
	{0x1c01, 25, 22, 0},
	{0x1801, 26, 23, 0},
	{0x1601, 27, 24, 0},
	{0x1401, 28, 25, 0},
	{0x1201, 29, 26, 0},
	{0x1101, 30, 27, 0},
	{0x0ac1, 31, 28, 0},
	{0x09c1, 32, 29, 0},
	{0x08a1, 33, 30, 0},
	{0x0521, 34, 31, 0},
	{0x0441, 35, 32, 0},
	{0x02a1, 36, 33, 0},
	{0x0221, 37, 34, 0},
	{0x0141, 38, 35, 0},
	{0x0111, 39, 36, 0},
	{0x0085, 40, 37, 0},
	{0x0049, 41, 38, 0},
	{0x0025, 42, 39, 0},
	{0x0015, 43, 40, 0},
	{0x0009, 44, 41, 0},
	{0x0005, 45, 42, 0},
	{0x0001, 45, 43, 0},
	{0x5601, 46, 46, 0},
}

// Contexts of the block coder (Tables D.1 to D.5); the first nine are those of zero coding.
const (
	ctxSign      = 9
	ctxMagnitude = 14
	ctxRun       = 17
	ctxUniform   = 18
	contexts     = 19
)

// mqDecoder is the arithmetic decoder of Annex C.
type mqDecoder struct {
	data  []byte // of the codeword segment; behind it there are bytes of ones
	pos   int
	c     uint32
	a     uint32
	count int
	state [contexts]uint8 // row of mqStates, times two, plus the more probable symbol
}

// reset gives all contexts their first states (Table D.7).
func (d *mqDecoder) reset() {
	clear(d.state[:])
	d.state[0] = 4 << 1
	d.state[ctxRun] = 3 << 1
	d.state[ctxUniform] = 46 << 1
}

// start begins a codeword segment: INITDEC (Figure C.20).
func (d *mqDecoder) start(data []byte) {
	d.data, d.pos = data, 0
	d.c = uint32(d.at(0)) << 16
	d.fill()
	d.c <<= 7
	d.count -= 7
	d.a = 0x8000
}

func (d *mqDecoder) at(i int) uint8 {
	if i < len(d.data) {
		return d.data[i]
	}
	return 0xff
}

// fill takes a byte in: BYTEIN (Figure C.19).
func (d *mqDecoder) fill() {
	next := d.at(d.pos + 1)
	if d.at(d.pos) != 0xff {
		d.pos++
		d.c += uint32(next) << 8
		d.count = 8
		return
	}
	if next > 0x8f {
		d.c += 0xff00
		d.count = 8
		return
	}
	d.pos++
	d.c += uint32(next) << 9
	d.count = 7
}

// bit decodes a symbol: DECODE, with the exchanges and RENORMD (Figures C.15 to C.18).
func (d *mqDecoder) bit(ctx uint8) uint8 {
	state := &d.state[ctx]
	row := &mqStates[*state>>1]
	symbol := *state & 1
	qe := uint32(row.qe)
	d.a -= qe
	var lps bool
	if d.c>>16 < qe {
		lps = d.a >= qe
		d.a = qe
	} else {
		d.c -= qe << 16
		if d.a&0x8000 != 0 {
			return symbol
		}
		lps = d.a < qe
	}
	if lps {
		*state = row.lps<<1 | symbol ^ row.turnsAbout
		symbol ^= 1
	} else {
		*state = row.mps<<1 | symbol
	}
	for d.a&0x8000 == 0 {
		if d.count == 0 {
			d.fill()
		}
		d.a <<= 1
		d.c <<= 1
		d.count--
	}
	return symbol
}
