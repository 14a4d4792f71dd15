package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// Repeated numbers come packed, many in one field, or one a field. A reader must take both,
// whatever the definition of the field says.

// varints appends the integers of f to list.
func varints[T int32 | int64 | uint64](d *decoder, f field, list []T) []T {
	if f.typ != protowire.BytesType {
		n := d.run(f)
		if !d.expect(f, protowire.VarintType) || !d.grow(len(list), n, unsafe.Sizeof(T(0))) {
			return list
		}
		list = append(slices.Grow(list, n), varint[T](d, f.at, f.u))
		tag := f.value - f.at
		for range n - 1 { // fields that run has looked at
			v, size := protowire.ConsumeVarint(d.buf[d.pos+tag : f.limit])
			list = append(list, varint[T](d, d.pos, v))
			d.pos += tag + size
		}
		return list
	}
	n := 0
	for _, b := range d.buf[f.raw.lo:f.raw.hi] {
		if b < 0x80 {
			n++
		}
	}
	if !d.grow(len(list), n, unsafe.Sizeof(T(0))) {
		return list
	}
	list = slices.Grow(list, n)
	for pos := f.raw.lo; pos < f.raw.hi && d.err == nil; {
		v, n := protowire.ConsumeVarint(d.buf[pos:f.raw.hi])
		if n < 0 {
			d.fail(pos, wireError(n))
			return list
		}
		list = append(list, varint[T](d, pos, v))
		pos += n
	}
	return list
}

// varint narrows v, which protobuf extends to 64 bits whatever the type of its field.
func varint[T int32 | int64 | uint64](d *decoder, at int, v uint64) T {
	t := T(v)
	if unsafe.Sizeof(t) == 4 && int64(t) != int64(v) {
		d.failf(at, "%d is no 32-bit integer", int64(v))
	}
	return t
}

// floats appends the float32 values of f to list.
func (d *decoder) floats(f field, list []float32) []float32 {
	if f.typ != protowire.BytesType {
		n := d.run(f)
		if !d.grow(len(list), n, 4) {
			return list
		}
		list = append(slices.Grow(list, n), d.float32(f))
		if d.err != nil {
			return list
		}
		tag := f.value - f.at
		for range n - 1 { // fields that run has looked at
			list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(d.buf[d.pos+tag:])))
			d.pos += tag + 4
		}
		return list
	}
	b, ok := d.packed(f, len(list), 4)
	if !ok {
		return list
	}
	list = slices.Grow(list, len(b)/4)
	for ; len(b) > 0; b = b[4:] {
		list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return list
}

// doubles appends the float64 values of f to list.
func (d *decoder) doubles(f field, list []float64) []float64 {
	if f.typ != protowire.BytesType {
		if !d.expect(f, protowire.Fixed64Type) || !d.grow(len(list), 1, 8) {
			return list
		}
		return append(list, math.Float64frombits(f.u))
	}
	b, ok := d.packed(f, len(list), 8)
	if !ok {
		return list
	}
	list = slices.Grow(list, len(b)/8)
	for ; len(b) > 0; b = b[8:] {
		list = append(list, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return list
}

// packed returns the bytes of a packed list whose elements take size bytes, to be appended to have others.
func (d *decoder) packed(f field, have, size int) ([]byte, bool) {
	b := d.bytes(f)
	if len(b)%size != 0 {
		d.failf(f.at, "a list of %d-byte numbers takes %d bytes", size, len(b))
		return nil, false
	}
	return b, d.grow(have, len(b)/size, uintptr(size))
}

// grow says whether a list of have elements may get n more of the given size.
func (d *decoder) grow(have, n int, size uintptr) bool {
	if n > d.lim.List-have {
		d.exceed("entries in one list", d.lim.List)
		return false
	}
	return d.take(n, size)
}
