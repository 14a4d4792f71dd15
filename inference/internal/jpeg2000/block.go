package jpeg2000

// maxPlanes is how many bit-planes a magnitude has at most: with the half below, it fits 32 bits.
const maxPlanes = 30

// firstRaw is the first pass that selective bypass may leave raw (Table D.9).
const firstRaw = 10

// What is known of a coefficient while a code-block is decoded. The lower byte says which neighbours are
// significant, the four bits above it which of the nearest four are negative.
const (
	sigW = 1 << iota
	sigE
	sigN
	sigS
	sigNW
	sigNE
	sigSW
	sigSE
	negW
	negE
	negN
	negS
	significant
	visited // by a pass of this bit-plane
	refined
	negative

	anyNear = 0xff
)

// maxCells holds the coefficients of any code-block with a margin of one around it.
const maxCells = (1024 + 2) * (4 + 2)

// blockDecoder decodes code-blocks: tier 1, Annex D.
type blockDecoder struct {
	mq      mqDecoder
	raw     rawReader
	segment []byte // when its chunks do not lie together

	w, h   int
	stride int // of flags
	causal bool
	zero   *[256]uint8   // contexts of the subband at hand
	zeros  [4][256]uint8 // zero coding contexts of each orientation
	signs  [256]uint8    // sign contexts; the upper bit turns the sign about
	mags   [4096]uint32  // twice the magnitude, plus one half of the last bit-plane decoded
	flags  [maxCells]uint16
}

func newBlockDecoder() *blockDecoder {
	d := &blockDecoder{}
	for i := range 256 {
		h, v := i&1+i>>1&1, i>>2&1+i>>3&1
		diagonal := i>>4&1 + i>>5&1 + i>>6&1 + i>>7&1
		d.zeros[bandLL][i] = zeroContext(h, v, diagonal)
		d.zeros[bandHL][i] = zeroContext(v, h, diagonal)
		d.zeros[bandLH][i] = d.zeros[bandLL][i]
		d.zeros[bandHH][i] = zeroContextHH(h+v, diagonal)
		sign := func(bit int) int { return i >> bit & 1 * (1 - i>>(bit+4)&1*2) }
		d.signs[i] = signContext(min(max(sign(0)+sign(1), -1), 1), min(max(sign(2)+sign(3), -1), 1))
	}
	return d
}

// zeroContext is Table D.1 for the subbands LL and LH, and with h and v swapped for HL.
//
//go:noinline
func zeroContext(h, v, diagonal int) uint8 {
	switch {
	case h == 2:
		return 8
	case h == 1 && v > 0:
		return 7
	case h == 1:
		return uint8(5 + min(diagonal, 1))
	case v > 0:
		return uint8(2 + v)
	}
	return uint8(min(diagonal, 2))
}

// zeroContextHH is Table D.1 for the subband HH.
func zeroContextHH(near, diagonal int) uint8 {
	switch diagonal {
	case 0:
		return uint8(min(near, 2))
	case 1:
		return uint8(3 + min(near, 2))
	case 2:
		return uint8(6 + min(near, 1))
	}
	return 8
}

// signContext is Tables D.2 and D.3: a contribution and its opposite share a context.
func signContext(h, v int) uint8 {
	if h < 0 || h == 0 && v < 0 {
		return signContext(-h, -v) | 0x80
	}
	if h == 0 {
		return uint8(ctxSign + v)
	}
	return uint8(ctxSign + 3 + v)
}

// decode decodes the bit-planes of a code-block of w by h coefficients into mags and flags.
func (d *blockDecoder) decode(data []byte, b *codeBlock, w, h int, orient, style uint8) {
	d.w, d.h, d.stride = w, h, w+2
	d.causal = style&styleCausal != 0
	d.zero = &d.zeros[orient]
	clear(d.flags[:(w+2)*(h+2)])
	clear(d.mags[:w*h])
	d.mq.reset()
	plane, kind := uint(b.planes)-1, 2 // the first pass is a cleanup
	pass := 0
	for i := 0; i < len(b.chunks); {
		first := i
		passes := 0
		for i++; i < len(b.chunks) && b.chunks[i].continues; i++ {
		}
		segment := d.join(data, b.chunks[first:i])
		for _, k := range b.chunks[first:i] {
			passes += int(k.passes)
		}
		raw := style&styleBypass != 0 && pass >= firstRaw && kind != 2
		if raw {
			d.raw = rawReader{data: segment}
		} else {
			d.mq.start(segment)
		}
		for range passes {
			if pass > 3*(int(b.planes)-1) {
				return // encoders that run out of guard bits write passes below the last bit-plane
			}
			switch kind {
			case 0:
				d.significance(plane, raw)
			case 1:
				d.refinement(plane, raw)
			default:
				d.cleanup(plane)
				if style&styleSegments != 0 {
					// The symbol (D.5) is not looked at: where encoders cut a code-block off, it need not be whole.
					for range 4 {
						d.mq.bit(ctxUniform)
					}
				}
			}
			if style&styleReset != 0 {
				d.mq.reset()
			}
			pass++
			if kind++; kind == 3 {
				kind = 0
				plane--
			}
		}
	}
}

// join returns the data of a codeword segment.
func (d *blockDecoder) join(data []byte, chunks []chunk) []byte {
	if len(chunks) == 1 {
		return data[chunks[0].start:][:chunks[0].size]
	}
	d.segment = d.segment[:0]
	for _, k := range chunks {
		d.segment = append(d.segment, data[k.start:][:k.size]...)
	}
	return d.segment
}

// cell returns the index in flags of a coefficient.
func (d *blockDecoder) cell(x, y int) int { return (y+1)*d.stride + x + 1 }

// rise makes a coefficient significant at a bit-plane and tells its neighbours. In vertically causal mode those of
// the stripe above are not told (D.7).
func (d *blockDecoder) rise(x, y int, sign uint8, plane uint) {
	d.mags[y*d.w+x] = 3 << plane
	i := d.cell(x, y)
	near := (*[3]uint16)(d.flags[i-1:])
	n := uint16(sign)
	near[0] |= sigE | n*negE
	near[1] |= significant | n*negative
	near[2] |= sigW | n*negW
	near = (*[3]uint16)(d.flags[i+d.stride-1:])
	near[0] |= sigNE
	near[1] |= sigN | n*negN
	near[2] |= sigNW
	if d.causal && y&3 == 0 {
		return
	}
	near = (*[3]uint16)(d.flags[i-d.stride-1:])
	near[0] |= sigSE
	near[1] |= sigS | n*negS
	near[2] |= sigSW
}

// sign decodes the sign of a coefficient from what is known of it (D.3.2).
func (d *blockDecoder) sign(f uint16) uint8 {
	ctx := d.signs[f&0x0f|f>>4&0xf0]
	return d.mq.bit(ctx&0x7f) ^ ctx>>7
}

// significance is the significance propagation pass (D.3.1).
func (d *blockDecoder) significance(plane uint, raw bool) {
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			for y := top; y < bottom; y++ {
				p := &d.flags[d.cell(x, y)]
				f := *p
				if f&significant != 0 || f&anyNear == 0 {
					continue
				}
				*p |= visited
				if raw {
					if d.raw.bit() != 0 {
						d.rise(x, y, d.raw.bit(), plane)
					}
				} else if d.mq.bit(d.zero[f&anyNear]) != 0 {
					d.rise(x, y, d.sign(f), plane)
				}
			}
		}
	}
}

// refinement is the magnitude refinement pass (D.3.3).
func (d *blockDecoder) refinement(plane uint, raw bool) {
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			for y := top; y < bottom; y++ {
				p := &d.flags[d.cell(x, y)]
				f := *p
				if f&(significant|visited) != significant {
					continue
				}
				*p |= refined
				var bit uint8
				switch {
				case raw:
					bit = d.raw.bit()
				case f&refined != 0: // Table D.4
					bit = d.mq.bit(ctxMagnitude + 2)
				case f&anyNear != 0:
					bit = d.mq.bit(ctxMagnitude + 1)
				default:
					bit = d.mq.bit(ctxMagnitude)
				}
				// The half of the bit-plane above becomes this one's bit, and a new half comes below it.
				m := &d.mags[y*d.w+x]
				if *m += 1 << plane; bit == 0 {
					*m -= 2 << plane
				}
			}
		}
	}
}

// cleanup is the cleanup pass (D.3.4).
func (d *blockDecoder) cleanup(plane uint) {
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			y := top
			rising := false // the coefficient at y is known to become significant
			if d.quiet(x, top) {
				if d.mq.bit(ctxRun) == 0 {
					continue
				}
				y += int(d.mq.bit(ctxUniform)<<1 | d.mq.bit(ctxUniform))
				rising = true
			}
			for ; y < bottom; y++ {
				p := &d.flags[d.cell(x, y)]
				f := *p
				if f&(significant|visited) == 0 && (rising || d.mq.bit(d.zero[f&anyNear]) != 0) {
					d.rise(x, y, d.sign(f), plane)
				}
				rising = false
				*p &^= visited
			}
		}
	}
}

// quiet says whether a run-length symbol stands for a column of a stripe: all four are to be decoded in this pass and
// have no significant neighbour.
func (d *blockDecoder) quiet(x, top int) bool {
	if top+4 > d.h {
		return false
	}
	i := d.cell(x, top)
	f := d.flags[i] | d.flags[i+d.stride] | d.flags[i+2*d.stride] | d.flags[i+3*d.stride]
	return f&(significant|visited|anyNear) == 0
}
