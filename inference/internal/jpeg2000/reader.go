package jpeg2000

import "encoding/binary"

// reader takes big-endian numbers off a slice. Past its end it gives zeros and remembers that it did. Its
// methods are called from everywhere and seldom: copies of them would only take room.
type reader struct {
	b     []byte
	pos   int
	short bool
}

// take returns the next n bytes, or nil when there are fewer.
//
//go:noinline
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		r.short, r.pos = true, len(r.b)
		return nil
	}
	r.pos += n
	return r.b[r.pos-n : r.pos]
}

//go:noinline
func (r *reader) skip(n int) { r.take(n) }

//go:noinline
func (r *reader) rest() []byte { return r.take(len(r.b) - r.pos) }

//go:noinline
func (r *reader) u8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

//go:noinline
func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

//go:noinline
func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) err() error {
	if r.short {
		return errShort
	}
	return nil
}
