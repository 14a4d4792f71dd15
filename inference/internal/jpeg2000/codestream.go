package jpeg2000

import "bytes"

// Markers (Table A.2).
const (
	markSOC = 0xff4f
	markSIZ = 0xff51
	markCOD = 0xff52
	markCOC = 0xff53
	markQCD = 0xff5c
	markQCC = 0xff5d
	markRGN = 0xff5e
	markPOC = 0xff5f
	markPPM = 0xff60
	markPPT = 0xff61
	markSOT = 0xff90
	markSOP = 0xff91
	markEPH = 0xff92
	markSOD = 0xff93
	markEOC = 0xffd9
)

// codestream is what the headers of a codestream say, and where the data of its tiles lies.
type codestream struct {
	size   *size
	params params // of the main header
	tiles  []tileParts
	packed [][]byte // PPM marker segments, less their indices
}

// tileParts gathers the tile-parts of one tile.
type tileParts struct {
	params *params  // nil until a header of the tile changes something
	data   [][]byte // one for each tile-part
	packed []byte   // packet headers from PPT or PPM marker segments
	heads  bool     // the packet headers are in packed
	ppt    int      // PPT marker segments so far
}

// segment returns the body of the marker segment at r.
func segment(r *reader) (*reader, error) {
	n := int(r.u16())
	if n < 2 {
		r.short = true
	}
	b := r.take(n - 2)
	return &reader{b: b}, r.err()
}

// bare says whether a marker stands without a segment (A.1).
func bare(marker uint16) bool { return marker >= 0xff30 && marker <= 0xff3f }

// readCodestream reads all headers of a codestream and holds that it has a tile-part for each tile.
func readCodestream(b []byte) (*codestream, error) {
	r, siz, err := readSize(b)
	if err != nil {
		return nil, err
	}
	cs := &codestream{size: siz}
	if err := cs.mainHeader(r); err != nil {
		return nil, err
	}
	cs.tiles = make([]tileParts, siz.across*siz.down)
	var part packedParts
	if cs.packed != nil {
		part.b = bytes.Join(cs.packed, nil)
	}
	for {
		if err := cs.tilePart(r, &part); err != nil {
			return nil, err
		}
		switch mark := r.u16(); {
		case r.short:
			return nil, errShort
		case mark == markEOC:
			for i := range cs.tiles {
				if cs.tiles[i].data == nil {
					return nil, FormatError("a tile is missing")
				}
			}
			return cs, nil
		case mark != markSOT:
			return nil, FormatError("a tile-part does not begin with SOT")
		}
	}
}

// mainHeader reads the marker segments from SIZ to the first SOT.
func (cs *codestream) mainHeader(r *reader) error {
	for {
		mark := r.u16()
		if mark == markSOT {
			return cs.params.complete(len(cs.size.comps))
		}
		if bare(mark) {
			continue
		}
		if mark < 0xff00 {
			return FormatError("the main header has something else than a marker")
		}
		seg, err := segment(r)
		if err != nil {
			return err
		}
		if mark == markPPM {
			if int(seg.u8()) != len(cs.packed) {
				return UnsupportedError("packed packet headers out of order")
			}
			cs.packed = append(cs.packed, seg.rest())
		} else if err := cs.params.segment(mark, seg, len(cs.size.comps)); err != nil {
			return err
		}
		if seg.short {
			return errShort
		}
	}
}

// tilePart reads a tile-part from behind its SOT marker up to its end (A.4.2).
func (cs *codestream) tilePart(r *reader, main *packedParts) error {
	start := r.pos - 2
	seg, err := segment(r)
	if err != nil {
		return err
	}
	index, length, number := int(seg.u16()), seg.u32(), int(seg.u8())
	if seg.short || index >= len(cs.tiles) {
		return FormatError("a tile-part is of no tile")
	}
	t := &cs.tiles[index]
	if number != len(t.data) {
		return FormatError("a tile's parts are not in order")
	}
	if err := cs.tileHeader(r, t); err != nil {
		return err
	}
	if cs.packed != nil {
		b, err := main.next()
		if err != nil {
			return err
		}
		t.packed, t.heads = append(t.packed, b...), true
	}
	end := 0
	if length == 0 { // it is the last, and ends at the marker that no packet can hold
		if end = bytes.Index(r.b[r.pos:], []byte{0xff, 0xd9}); end < 0 {
			return errShort
		}
		end += r.pos
	} else if uint64(length) > uint64(len(r.b)-start) {
		return errShort
	} else if end = start + int(length); end < r.pos {
		return FormatError("a tile-part is shorter than its header")
	}
	t.data = append(t.data, r.take(end-r.pos))
	return nil
}

// tileHeader reads the marker segments of a tile-part up to SOD.
func (cs *codestream) tileHeader(r *reader, t *tileParts) error {
	for {
		mark := r.u16()
		if mark == markSOD {
			return nil
		}
		if bare(mark) {
			continue
		}
		if mark < 0xff00 {
			return FormatError("a tile-part's header has something else than a marker")
		}
		seg, err := segment(r)
		if err != nil {
			return err
		}
		switch mark {
		case markPPT:
			if int(seg.u8()) != t.ppt {
				return UnsupportedError("packed packet headers out of order")
			}
			t.ppt++
			t.packed, t.heads = append(t.packed, seg.rest()...), true
		case markCOD, markCOC, markQCD, markQCC, markRGN, markPOC:
			if mark != markPOC && len(t.data) > 0 {
				return FormatError("a tile's parameters change after its first part")
			}
			if t.params == nil {
				t.params = cs.params.forTile()
			}
			if err := t.params.segment(mark, seg, len(cs.size.comps)); err != nil {
				return err
			}
		}
		if seg.short {
			return errShort
		}
	}
}

// packedParts reads what the PPM marker segments hold together: for each tile-part in turn, a length and its packet
// headers (A.7.4).
type packedParts struct{ b []byte }

func (p *packedParts) next() ([]byte, error) {
	r := reader{b: p.b}
	n := r.u32()
	if uint64(n) > uint64(len(r.b)-r.pos) {
		return nil, errShort
	}
	b := r.take(int(n))
	p.b = r.rest()
	return b, r.err()
}
