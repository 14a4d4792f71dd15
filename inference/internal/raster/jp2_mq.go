package raster

// mqState is a state of the adaptive probability (table C.2): that of the less probable symbol, and the states after
// one symbol or the other.
type mqState struct {
	qe         uint16
	more, less uint8
	turn       bool // the symbols change places
}

var mqStates = [47]mqState{
	{0x5601, 1, 1, true},
	{0x3401, 2, 6, false},
	{0x1801, 3, 9, false},
	{0x0ac1, 4, 12, false},
	{0x0521, 5, 29, false},
	{0x0221, 38, 33, false},
	{0x5601, 7, 6, true},
	{0x5401, 8, 14, false},
	{0x4801, 9, 14, false},
	{0x3801, 10, 14, false},
	{0x3001, 11, 17, false},
	{0x2401, 12, 18, false},
	{0x1c01, 13, 20, false},
	{0x1601, 29, 21, false},
	{0x5601, 15, 14, true},
	{0x5401, 16, 14, false},
	{0x5101, 17, 15, false},
	{0x4801, 18, 16, false},
	{0x3801, 19, 17, false},
	{0x3401, 20, 18, false},
	{0x3001, 21, 19, false},
	{0x2801, 22, 19, false},
	{0x2401, 23, 20, false},
	{0x2201, 24, 21, false},
	{0x1c01, 25, 22, false},
	{0x1801, 26, 23, false},
	{0x1601, 27, 24, false},
	{0x1401, 28, 25, false},
	{0x1201, 29, 26, false},
	{0x1101, 30, 27, false},
	{0x0ac1, 31, 28, false},
	{0x09c1, 32, 29, false},
	{0x08a1, 33, 30, false},
	{0x0521, 34, 31, false},
	{0x0441, 35, 32, false},
	{0x02a1, 36, 33, false},
	{0x0221, 37, 34, false},
	{0x0141, 38, 35, false},
	{0x0111, 39, 36, false},
	{0x0085, 40, 37, false},
	{0x0049, 41, 38, false},
	{0x0025, 42, 39, false},
	{0x0015, 43, 40, false},
	{0x0009, 44, 41, false},
	{0x0005, 45, 42, false},
	{0x0001, 45, 43, false},
	{0x5601, 46, 46, false},
}

// The contexts: 9 for whether a coefficient becomes significant, 5 for its sign, 3 for further bits, and these.
const (
	mqSign     = 9
	mqRefine   = 14
	mqRun      = 17
	mqUniform  = 18
	mqContexts = 19
)

// mqDecoder is the arithmetic decoder of annex C; or reads plain bits.
type mqDecoder struct {
	data   []byte
	at     int
	c, a   uint32
	count  uint
	states [mqContexts]uint8
	likely [mqContexts]uint8
}

// resetContexts sets the contexts to how they are at first (table D.7).
func (m *mqDecoder) resetContexts() {
	m.states, m.likely = [mqContexts]uint8{}, [mqContexts]uint8{}
	m.states[0], m.states[mqRun], m.states[mqUniform] = 4, 3, 46
}

// byteAt returns a byte of the data, after which there are ones.
func (m *mqDecoder) byteAt(i int) uint32 {
	if i < len(m.data) {
		return uint32(m.data[i])
	}
	return 0xff
}

// start begins to decode data.
func (m *mqDecoder) start(data []byte) {
	m.data, m.at = data, 0
	m.c = m.byteAt(0) << 16
	m.next()
	m.c <<= 7
	m.count -= 7
	m.a = 0x8000
}

func (m *mqDecoder) next() {
	b := m.byteAt(m.at + 1)
	if m.byteAt(m.at) != 0xff {
		m.at++
		m.c += b << 8
		m.count = 8
		return
	}
	if b > 0x8f {
		m.c += 0xff00
		m.count = 8
		return
	}
	m.at++
	m.c += b << 9
	m.count = 7
}

// decode returns the next symbol in a context.
func (m *mqDecoder) decode(context int) uint8 {
	s := &mqStates[m.states[context]]
	qe := uint32(s.qe)
	d := m.likely[context]
	m.a -= qe
	low := m.c>>16 < qe
	if !low {
		m.c -= qe << 16
		if m.a&0x8000 != 0 {
			return d
		}
	}
	if low != (m.a < qe) { // the less probable symbol
		d = 1 - d
		if s.turn {
			m.likely[context] = d
		}
		m.states[context] = s.less
	} else {
		m.states[context] = s.more
	}
	if low {
		m.a = qe
	}
	for m.a&0x8000 == 0 {
		if m.count == 0 {
			m.next()
		}
		m.a <<= 1
		m.c <<= 1
		m.count--
	}
	return d
}

// startRaw begins to read plain bits.
func (m *mqDecoder) startRaw(data []byte) { m.data, m.at, m.c, m.count = data, 0, 0, 0 }

// raw returns the next plain bit. A byte after 0xff has seven.
func (m *mqDecoder) raw() uint8 {
	if m.count == 0 {
		m.count = 8
		if m.c == 0xff {
			m.count = 7
		}
		m.c = m.byteAt(m.at)
		m.at++
	}
	m.count--
	return uint8(m.c >> m.count & 1)
}
