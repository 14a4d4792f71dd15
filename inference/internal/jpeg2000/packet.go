package jpeg2000

import "math/bits"

// bitReader reads the bits of a packet header, where a bit is stuffed after each byte of ones (B.10.1).
type bitReader struct {
	*reader
	last uint8 // the byte being read
	left uint8 // bits of it
}

func (r *bitReader) bit() uint8 {
	if r.left == 0 {
		r.left = 8
		if r.last == 0xff {
			r.left = 7
		}
		r.last = r.u8()
	}
	r.left--
	return r.last >> r.left & 1
}

// bits reads a number of n bits, at most 31.
//
//go:noinline
func (r *bitReader) bits(n int) int32 {
	var v int32
	for range n {
		v = v<<1 | int32(r.bit())
	}
	return v
}

// ones counts ones up to a zero or the limit.
func (r *bitReader) ones(limit int) int {
	n := 0
	for n < limit && r.bit() != 0 {
		n++
	}
	return n
}

// end goes on to the first whole byte behind the header.
func (r *bitReader) end() {
	if r.last == 0xff {
		r.skip(1)
	}
	r.last, r.left = 0, 0
}

// passes reads how many coding passes a packet has of a code-block (Table B.4).
func (r *bitReader) passes() int {
	if n := r.ones(2); n < 2 {
		return 1 + n
	}
	if n := r.bits(2); n < 3 {
		return 3 + int(n)
	}
	if n := r.bits(5); n < 31 {
		return 6 + int(n)
	}
	return 37 + int(r.bits(7))
}

// packetReader reads the packets of one tile.
type packetReader struct {
	t            *tile
	data, packed reader
	looks        *int
	spend        func(work int) error
	fresh        []span // chunks whose data comes behind the header being read
}

// span is the chunks of a code-block from some on.
type span struct {
	block *codeBlock
	from  int
}

// skipMarker goes past a marker and the rest of its segment, of n bytes in all, if it comes next.
//
//go:noinline
func (r *reader) skipMarker(mark uint16, n int) {
	if b := r.b[r.pos:]; len(b) >= n && uint16(b[0])<<8|uint16(b[1]) == mark {
		r.pos += n
	}
}

// packet reads the next packet of a precinct (B.9, B.10).
func (r *packetReader) packet(p place) error {
	t, c, layer := r.t, &r.t.comps[p.comp], p.precinct.layers
	if t.sop {
		r.data.skipMarker(markSOP, 6)
	}
	head := bitReader{reader: &r.data}
	if t.heads {
		head.reader = &r.packed
	}
	r.fresh = r.fresh[:0]
	work := 20
	if head.bit() != 0 {
		if p.precinct.parts == nil {
			if err := c.partition(t, int(p.res), int(p.index)); err != nil {
				return err
			}
		}
		for i := range p.precinct.parts {
			work += 4 * len(p.precinct.parts[i].blocks)
			*r.looks += len(p.precinct.parts[i].blocks)
			if *r.looks > maxBlockLooks {
				return LimitError("code-blocks in layers")
			}
			if err := r.part(&head, c, p, i, uint16(layer+1)); err != nil {
				return err
			}
		}
	}
	head.end()
	if t.eph {
		head.skipMarker(markEPH, 2)
	}
	if head.short {
		return errShort
	}
	for _, s := range r.fresh {
		for i := range s.block.chunks[s.from:] {
			k := &s.block.chunks[s.from+i]
			k.start = int32(r.data.pos)
			r.data.skip(int(k.size))
		}
		if r.data.short {
			return errShort
		}
	}
	p.precinct.layers++
	return r.spend(work)
}

// part reads what a packet header says of the code-blocks of one subband.
func (r *packetReader) part(head *bitReader, c *tileComp, at place, index int, limit uint16) error {
	p := &at.precinct.parts[index]
	top := c.resolutions[at.res].bands[index].planes + int(c.roiShift)
	w := p.grid.w()
	for i := range p.blocks {
		b := &p.blocks[i]
		x, y := i%w, i/w
		if b.included {
			if head.bit() == 0 {
				continue
			}
		} else {
			if !p.included.below(head, x, y, limit) {
				continue
			}
			zeros := uint16(1)
			for !p.zeros.below(head, x, y, zeros) {
				if zeros++; int(zeros) > top+1 || head.short {
					return FormatError("a code-block has no bit-planes")
				}
			}
			planes := top - p.zeros.value(x, y)
			if planes > maxPlanes {
				return UnsupportedError("a code-block of more than 30 bit-planes")
			}
			b.planes, b.included, b.lblock = uint8(max(planes, 0)), true, 3
		}
		if err := r.chunks(head, b, c.coding.style); err != nil {
			return err
		}
	}
	return nil
}

// maxPasses is how many passes one packet may have of a code-block (Table B.4); all packets have no more here.
const maxPasses = 164

// chunks reads how many passes and bytes a packet has of a code-block (B.10.6, B.10.7).
func (r *packetReader) chunks(head *bitReader, b *codeBlock, style uint8) error {
	r.fresh = append(r.fresh, span{b, len(b.chunks)})
	n := head.passes()
	if int(b.passes)+n > maxPasses {
		return FormatError("a code-block has too many passes")
	}
	b.lblock += uint8(head.ones(32))
	for n > 0 {
		k := chunk{continues: true}
		if b.left == 0 {
			b.left, k.continues = segmentPasses(style, b.passes), false
		}
		passes := min(n, int(b.left))
		size := int(b.lblock) + bits.Len(uint(passes)) - 1
		if size > 31 {
			return FormatError("a code-block is longer than any file")
		}
		k.passes, k.size = uint8(passes), head.bits(size)
		b.chunks = append(b.chunks, k)
		b.passes += k.passes
		b.left -= k.passes
		n -= passes
	}
	return nil
}

// segmentPasses returns how many passes the codeword segment may have that begins with a pass (Table D.9): with
// selective bypass, ten up to the fourth bit-plane's cleanup, then two raw ones and a cleanup in turn.
func segmentPasses(style, pass uint8) uint8 {
	switch {
	case style&styleTermAll != 0:
		return 1
	case style&styleBypass == 0:
		return 255
	case pass < firstRaw:
		return firstRaw - pass
	case pass%3 == 1:
		return 2
	}
	return 1
}
