package jpeg2000

// rawReader reads a codeword segment of raw bits, where a bit is stuffed after each byte of ones (D.6). Behind the
// data there are ones.
type rawReader struct {
	data []byte
	last uint8
	left uint8
}

func (r *rawReader) bit() uint8 {
	if r.left == 0 {
		r.left = 8
		if r.last == 0xff {
			r.left = 7
		}
		r.last = 0xff
		if len(r.data) > 0 {
			r.last, r.data = r.data[0], r.data[1:]
		}
	}
	r.left--
	return r.last >> r.left & 1
}
