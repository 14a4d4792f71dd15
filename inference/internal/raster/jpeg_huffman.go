package raster

// bitReader reads the bits of a scan: bytes of which 0xff is followed by 0, up to the next marker. After that there are
// zeros, of which none may be used in the end.
type bitReader struct {
	data   []byte
	pos    int
	bits   uint32 // the next ones, from the highest
	count  int    // of them
	padded int    // how many of them are not in the data
}

// fill makes sure that there are at least 25 bits.
func (r *bitReader) fill() {
	for r.count <= 24 {
		b := byte(0)
		switch {
		case r.pos >= len(r.data) || r.data[r.pos] == 0xff && (r.pos+1 >= len(r.data) || r.data[r.pos+1] != 0):
			r.padded += 8
		default:
			b = r.data[r.pos]
			r.pos++
			if b == 0xff {
				r.pos++
			}
		}
		r.bits |= uint32(b) << (24 - r.count)
		r.count += 8
	}
}

// read returns the next n bits, at most 16.
func (r *bitReader) read(n int) int32 {
	if n == 0 {
		return 0
	}
	if r.count < n {
		r.fill()
	}
	v := r.bits >> (32 - n)
	r.bits <<= n
	r.count -= n
	return int32(v)
}

// extended returns the number of the given category that follows (F.2.2.1).
func (r *bitReader) extended(category int) int32 {
	v := r.read(category)
	if category > 0 && v < 1<<(category-1) {
		v += -1<<category + 1
	}
	return v
}

// reset forgets the bits that were read ahead.
func (r *bitReader) reset() { r.bits, r.count, r.padded = 0, 0, 0 }

// exhausted reports whether bits were used that are not in the data.
func (r *bitReader) exhausted() bool { return r.count < r.padded }

// huffman is a table of codes (C.2).
type huffman struct {
	values []byte
	short  [256]uint16 // for each 8 bits: the length of the code that they begin with, and its value; 0 for longer ones
	limit  [17]int32   // for each length the first code that is longer, in 16 bits
	offset [17]int32   // what a code of that length is less than the place of its value
}

// huffmanTables reads tables of codes (B.2.4.2).
func (d *jpeg) huffmanTables(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return errJPEG
		}
		class, to := body[0]>>4, body[0]&15
		if class > 1 || to > 3 {
			return errJPEG
		}
		t := &d.tables[class][to]
		*t = huffman{}
		code, n := int32(0), int32(0)
		rest := body[17:]
		for length := 1; length <= 16; length++ {
			count := int32(body[length])
			t.offset[length] = n - code
			if int(n+count) > len(rest) || n+count > 256 {
				return errJPEG
			}
			for range count {
				if code >= 1<<length {
					return errJPEG
				}
				if length <= 8 {
					for i := range int32(1) << (8 - length) {
						t.short[code<<(8-length)|i] = uint16(length)<<8 | uint16(rest[n])
					}
				}
				code++
				n++
			}
			t.limit[length] = code << (16 - length)
			code <<= 1
		}
		t.values = rest[:n]
		body = rest[n:]
	}
	return nil
}

// decode returns the value of the next code.
func (r *bitReader) decode(t *huffman) (int, error) {
	if r.count < 16 {
		r.fill()
	}
	if s := t.short[r.bits>>24]; s != 0 {
		n := int(s >> 8)
		r.bits <<= n
		r.count -= n
		return int(s & 255), nil
	}
	code := int32(r.bits >> 16)
	for length := 9; length <= 16; length++ {
		if code < t.limit[length] {
			at := code>>(16-length) + t.offset[length]
			if at < 0 || int(at) >= len(t.values) {
				return 0, errJPEG
			}
			r.bits <<= length
			r.count -= length
			return int(t.values[at]), nil
		}
	}
	return 0, errJPEG
}
