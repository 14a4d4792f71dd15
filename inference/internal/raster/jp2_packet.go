package raster

import "math/bits"

// tagTree codes numbers in an array, each level of it the least ones of two by two of the level below (B.10.2).
type tagTree struct {
	levels []tagLevel
}

type tagLevel struct {
	wide  int
	nodes []tagNode
}

type tagNode struct {
	low   int // the value, or what it is at least
	known bool
}

func newTagTree(w, h int) tagTree {
	var t tagTree
	for {
		t.levels = append(t.levels, tagLevel{w, make([]tagNode, w*h)})
		if w*h <= 1 {
			return t
		}
		w, h = (w+1)/2, (h+1)/2
	}
}

// less reads as much as it takes to tell whether the value at a place is less than a threshold.
func (t *tagTree) less(r *packetReader, x, y, threshold int) bool {
	low := 0
	for i := len(t.levels) - 1; i >= 0; i-- {
		n := &t.levels[i].nodes[y>>i*t.levels[i].wide+x>>i]
		n.low = max(n.low, low)
		for !n.known && n.low < threshold {
			if r.bit() == 1 {
				n.known = true
			} else {
				n.low++
			}
		}
		low = n.low
	}
	n := &t.levels[0].nodes[y*t.levels[0].wide+x]
	return n.known && n.low < threshold
}

// packetReader reads packets: headers of bits, of which a byte after 0xff has seven, and bodies of bytes.
type packetReader struct {
	data []byte
	last byte
	left uint // bits of last
	over bool // bits were read that are not there
}

func (r *packetReader) bit() int {
	if r.left == 0 {
		r.left = 8
		if r.last == 0xff {
			r.left = 7
		}
		if len(r.data) == 0 {
			r.over, r.last = true, 0
		} else {
			r.last, r.data = r.data[0], r.data[1:]
		}
	}
	r.left--
	return int(r.last >> r.left & 1)
}

func (r *packetReader) bits(n int) int {
	v := 0
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// align goes to the next byte.
func (r *packetReader) align() {
	if r.last == 0xff && len(r.data) > 0 {
		r.data = r.data[1:]
	}
	r.last, r.left = 0, 0
}

// skip skips a marker segment of so many bytes, if there is one.
func (r *packetReader) skip(marker byte, n int) {
	if len(r.data) >= n && r.data[0] == 0xff && r.data[1] == marker {
		r.data = r.data[n:]
	}
}

// passes reads how many passes follow (table B.4).
func (r *packetReader) passes() int {
	switch {
	case r.bit() == 0:
		return 1
	case r.bit() == 0:
		return 2
	}
	if n := r.bits(2); n < 3 {
		return 3 + n
	}
	if n := r.bits(5); n < 31 {
		return 6 + n
	}
	return 37 + r.bits(7)
}

// jp2Piece is what a packet brings of a run of passes.
type jp2Piece struct {
	block *jp2Block
	run   int
	size  int
}

// packet reads one packet: what a layer brings of the code blocks of a precinct (B.9, B.10).
func (r *packetReader) packet(s *jp2Style, res *jp2Resolution, p *jp2Precinct, layer int) error {
	r.skip(0x91, 6)
	var pieces []jp2Piece
	if r.bit() == 1 {
		for i := range p.bands {
			b := &p.bands[i]
			for j := range b.blocks {
				block := &b.blocks[j]
				x, y := j%b.wide, j/b.wide
				if block.seen && r.bit() == 0 || !block.seen && !b.included.less(r, x, y, layer+1) {
					continue
				}
				if !block.seen {
					block.seen = true
					missing := 0
					for !b.planes.less(r, x, y, missing+1) {
						if missing++; missing > 64 || r.over {
							return errJP2
						}
					}
					if block.planes = res.bands[i].planes - missing; block.planes > 30 {
						return errJP2
					}
				}
				n := r.passes()
				for r.bit() == 1 {
					if block.length++; block.length > 32 {
						return errJP2
					}
				}
				for n > 0 {
					run := block.run(s.blockStyle)
					count := min(n, run.most-run.passes)
					size := r.bits(block.length + bits.Len(uint(count)) - 1)
					if r.over || size < 0 || size > len(r.data) {
						return errJP2Short
					}
					run.passes += count
					pieces = append(pieces, jp2Piece{block, len(block.segments) - 1, size})
					n -= count
				}
			}
		}
	}
	r.align()
	r.skip(0x92, 2)
	for _, piece := range pieces {
		if piece.size > len(r.data) {
			return errJP2Short
		}
		run := &piece.block.segments[piece.run]
		run.data = append(run.data, r.data[:piece.size]...)
		r.data = r.data[piece.size:]
	}
	return nil
}

// The styles of code blocks (table A.19).
const (
	jp2Bypass    = 1 << iota // the arithmetic coder, in some passes
	jp2Reset                 // its contexts, after each pass
	jp2Terminate             // it, after each pass
	jp2Causal                // contexts do not look at the next stripe
	jp2Predictable
	jp2Symbols // after each plane, to notice errors
)

// run returns the run that the next pass belongs to.
func (b *jp2Block) run(style byte) *jp2Run {
	n := len(b.segments)
	if n > 0 && b.segments[n-1].passes < b.segments[n-1].most {
		return &b.segments[n-1]
	}
	most := 1 << 20
	switch {
	case style&jp2Terminate != 0:
		most = 1
	case style&jp2Bypass != 0 && n == 0:
		most = 10
	case style&jp2Bypass != 0 && n%2 == 1:
		most = 2
	case style&jp2Bypass != 0:
		most = 1
	}
	b.segments = append(b.segments, jp2Run{most: most})
	return &b.segments[n]
}
